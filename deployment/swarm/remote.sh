# shellcheck shell=bash
# Shared by the scripts of this folder: words, settings, commands on other hosts, waiting. It does nothing by itself.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SETTINGS=${SETTINGS:-$ROOT/deployment/.env}
POLL_SECONDS=${POLL_SECONDS:-5}
# A host that is seen for the first time is believed; one whose key has changed is not.
SSH_OPTIONS=(-o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=accept-new)

say() {
	printf '%s\n' "$*"
}

fail() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# usage [STATUS]: prints the comment at the head of the script that runs, and ends.
usage() {
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
	exit "${1:-0}"
}

require_programs() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || fail "$program is not installed on this machine."
	done
}

# Reads KEY=VALUE lines of the settings without running them. What the environment says already wins.
load_settings() {
	local line key value
	[[ -f $SETTINGS ]] || return 0
	while IFS= read -r line || [[ -n $line ]]; do
		[[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
		key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
		if [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]]; then value=${BASH_REMATCH[1]}; fi
		[[ -v $key ]] || export "$key=$value"
	done <"$SETTINGS"
}

require_settings() {
	local key
	for key in "$@"; do
		[[ -n ${!key:-} ]] || fail "$key is not set: export it, or write $key=… into $SETTINGS."
	done
}

# shell_on HOST COMMAND: runs one line of shell on a host.
shell_on() {
	# shellcheck disable=SC2029 # what is in the line is meant to be filled in here
	ssh "${SSH_OPTIONS[@]}" "$SSH_USER@$1" "$2"
}

# docker_on HOST ARGUMENT…: this machine's docker client, talking to the engine of a host.
docker_on() {
	local host=$1
	shift
	DOCKER_HOST="ssh://$SSH_USER@$host" docker "$@"
}

# on_manager ARGUMENT…: docker_on the manager of the settings.
on_manager() {
	docker_on "$MANAGER" "$@"
}

# wait_until SECONDS WHAT COMMAND…: asks until the command succeeds, and fails in words when it never does.
wait_until() {
	local deadline=$((SECONDS + $1)) what=$2
	shift 2
	until "$@"; do
		((SECONDS < deadline)) || fail "Gave up waiting until $what."
		sleep "$POLL_SECONDS"
	done
}

load_settings
SSH_USER=${SSH_USER:-deploy}
STACK_NAME=${STACK_NAME:-minitwit}
