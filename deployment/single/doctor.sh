#!/usr/bin/env bash
# Checks this installation and says what to do about each problem. Exit status 1 if there is one.
. "$(dirname "$0")/host.sh"

problems=0
# check NAME ADVICE COMMAND…: succeeds silently or explains.
check() {
	local name=$1 advice=$2
	shift 2
	if "$@" >/dev/null 2>&1; then
		echo "ok       $name"
	else
		echo "PROBLEM  $name: $advice"
		problems=$((problems + 1))
	fi
}

has_secrets() {
	local name
	for name in secrets/server.key app-secrets/database_url app-secrets/simulator_password; do [ -s "$name" ] || return 1; done
}
runs() {
	[ -n "$(docker compose ps --status running --quiet "$1")" ] &&
		! docker compose ps "$1" --format '{{.Health}}' | grep --quiet --invert-match --extended-regexp '^(healthy)?$'
}
answers() {
	[ "$(curl --insecure --silent --output /dev/null --write-out '%{http_code}' --max-time 5 --resolve "$1:443:127.0.0.1" "https://$1$2")" = 200 ]
}
has_trusted_certificate() {
	curl --silent --output /dev/null --max-time 5 --resolve "$SITE_HOST:443:127.0.0.1" "https://$SITE_HOST/healthz"
}
has_recent_backup() {
	local stopped
	stopped=$(docker compose exec -T --user postgres postgres pgbackrest --stanza=minitwit --output=json info | grep -o '"stop":[0-9]*' | tail -1 | cut -d: -f2)
	[ -n "$stopped" ] && [ $(($(date +%s) - stopped)) -lt 100000 ]
}
has_space() {
	[ "$(df --output=pcent "$(docker info --format '{{.DockerRootDir}}')" | tail -1 | tr -dc 0-9)" -lt 85 ]
}

check "secrets" "run ./prepare.sh as root" has_secrets
for service in postgres web api proxy backup; do
	check "$service runs" "see docker compose logs $service" runs "$service"
done
for name in "$SITE_HOST" "api.$SITE_HOST"; do
	check "$name resolves" "add a DNS record that leads to this host" getent ahostsv4 "$name"
done
check "the site answers" "see docker compose logs proxy web" answers "$SITE_HOST" /public
check "the API answers" "see docker compose logs proxy api" answers "api.$SITE_HOST" /latest
case ",${COMPOSE_PROFILES:-}," in
*,acme,*) check "the certificate is trusted" "see docker compose logs acme; both names must lead here" has_trusted_certificate ;;
*) echo "note     the certificate is self-signed, because COMPOSE_PROFILES does not contain acme" ;;
esac
check "a backup of the last day" "run ./backup.sh and see docker compose logs backup" has_recent_backup
check "the disk" "more than 85 % of the disk are used" has_space
[ "$problems" = 0 ]
