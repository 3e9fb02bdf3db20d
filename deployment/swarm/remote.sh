# shellcheck shell=bash
# Sourced by the scripts of this folder: output, settings, commands on other hosts, waiting. Does nothing by itself.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SETTINGS=${SETTINGS:-$ROOT/deployment/.env}
POLL_SECONDS=${POLL_SECONDS:-5}
# Trusts a host key at first use and rejects a changed one.
SSH_OPTIONS=(-o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=accept-new)

say() {
	printf '%s\n' "$*"
}

fail() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# usage [STATUS]: prints the comment at the head of the running script and exits.
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

# Reads KEY=VALUE lines of the settings without executing them. Environment variables win.
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
		[[ -n ${!key:-} ]] || fail "$key is not set: export it, or add $key=… to $SETTINGS."
	done
}

# shell_on HOST COMMAND: runs one line of shell on a host.
shell_on() {
	# shellcheck disable=SC2029 # variables in the line are expanded here on purpose
	ssh "${SSH_OPTIONS[@]}" "$SSH_USER@$1" "$2"
}

# docker_on HOST ARGUMENT…: runs this machine's docker client against a host's engine.
docker_on() {
	local host=$1
	shift
	DOCKER_HOST="ssh://$SSH_USER@$host" docker "$@"
}

# on_manager ARGUMENT…: docker_on for MANAGER.
on_manager() {
	docker_on "$MANAGER" "$@"
}

# wait_until SECONDS WHAT COMMAND…: retries until the command succeeds; fails with WHAT after SECONDS.
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
