#!/bin/sh
# Configures Elasticsearch and Kibana from the files beside this script: lifecycle policy, template, data
# stream, roles, users, and saved objects. It can be run again at any time.
set -eu

here=$(dirname "$0")
elasticsearch=${ELASTICSEARCH_URL:-https://elasticsearch:9200}
kibana=${KIBANA_URL:-https://kibana:5601}
ca=${CA_FILE:-/run/secrets/logging_ca}
secrets=${SECRETS_FOLDER:-/run/secrets}
stream=logs-minitwit-default
wait_seconds=${WAIT_SECONDS:-300}

# Escapes a secret for a quoted string in JSON and in curl's configuration.
secret() {
	sed 's/[\\"]/\\&/g' "$secrets/$1"
}

# request METHOD URL [curl's arguments]: prints the response, or ends the script on failure. The password is
# passed on standard input, because every user of the machine can see the arguments of a process.
request() {
	method=$1 url=$2
	shift 2
	printf 'user = "elastic:%s"\n' "$(secret elastic_password)" |
		curl --config - --silent --show-error --fail-with-body --cacert "$ca" --request "$method" "$@" "$url"
}

say() {
	echo "$*"
}

# put PATH FILE: sends a file to Elasticsearch.
put() {
	say "$1"
	request PUT "$elasticsearch/$1" --header 'Content-Type: application/json' --data-binary "@$here/$2" --output /dev/null
}

# A body with a password comes from a file that only we can read, not from the command line.
body=$(mktemp)
trap 'rm -f "$body"' EXIT

# user NAME ROLE SECRET: creates or updates a user.
user() {
	say "user $1"
	printf '{"roles":["%s"],"password":"%s"}' "$2" "$(secret "$3")" >"$body"
	request PUT "$elasticsearch/_security/user/$1" \
		--header 'Content-Type: application/json' --data-binary "@$body" --output /dev/null
}

# await NAME URL: waits until the URL responds.
await() {
	say "waiting for $1"
	waited=0
	until request GET "$2" --output /dev/null 2>/dev/null; do
		[ "$waited" -lt "$wait_seconds" ] || { say "$1 does not answer at $2" >&2; exit 1; }
		waited=$((waited + 1))
		sleep 1
	done
}

await Elasticsearch "$elasticsearch/_cluster/health?wait_for_status=yellow&timeout=1s"
put _ilm/policy/minitwit-logs lifecycle-policy.json
put _index_template/minitwit-logs index-template.json

# Created here so that Filebeat needs no privilege to create it. An existing data stream uses the new template
# from its next line on.
if request GET "$elasticsearch/_data_stream/$stream" --output /dev/null 2>/dev/null; then
	say "rollover of $stream"
	request POST "$elasticsearch/$stream/_rollover?lazy=true" --output /dev/null
else
	say "data stream $stream"
	request PUT "$elasticsearch/_data_stream/$stream" --output /dev/null
fi

put _security/role/minitwit_log_writer role-writer.json
put _security/role/minitwit_log_reader role-reader.json
user minitwit_filebeat minitwit_log_writer filebeat_password
user minitwit_reader minitwit_log_reader reader_password

say "password of kibana_system"
printf '{"password":"%s"}' "$(secret kibana_system_password)" >"$body"
request POST "$elasticsearch/_security/user/kibana_system/_password" \
	--header 'Content-Type: application/json' --data-binary "@$body" --output /dev/null

await Kibana "$kibana/api/status"
say "saved objects of Kibana"
answer=$(request POST "$kibana/api/saved_objects/_import?overwrite=true" \
	--header 'kbn-xsrf: true' --form "file=@$here/saved-objects.ndjson")
# Kibana responds with 200 even if it has imported nothing.
case $answer in
*'"success":true'*) say "Elasticsearch and Kibana are configured" ;;
*) say "Kibana rejected the saved objects: $answer" >&2; exit 1 ;;
esac
