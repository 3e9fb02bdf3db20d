#!/usr/bin/env bash
# swarm.sh [--figures] [--hold] [--cache FOLDER] [TEST…]
#
# Deploys the stack to a swarm of several machines on this one and tests it there; README.md describes how. With TEST,
# the tests whose names contain one of the words run. --figures runs all, and changes under load. --hold keeps the machines
# after the tests until Ctrl-C; on.sh runs commands on them. Large downloads are kept in FOLDER (~/.cache/minitwit-swarm).
#
# Machines are processes in a process namespace and mounts in a mount namespace of this run, so ending the first
# process of the namespace ends all of them.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/minitwit-swarm
HOLD='' FIGURES=''
while [[ ${1:-} == --* ]]; do
	case $1 in
		--figures) FIGURES=yes ;;
		--hold) HOLD=yes ;;
		--cache) CACHE=$2 && shift ;;
		*) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit 2 ;;
	esac
	shift
done
mkdir -p "$CACHE"

reasons=$("$HERE/requirements.sh" "$CACHE")
if [[ -n $reasons ]]; then
	printf 'Skipped: %s\n' "${reasons//$'\n'/; }"
	exit 0
fi
exec 9>"$CACHE/lock"
flock --nonblock 9 || { echo 'Skipped: another run uses the cache.' && exit 0; }

LAB=$(mktemp --directory "${TMPDIR:-/tmp}/minitwit-swarm-XXXXXX")
GROUP=minitwit-swarm
export CACHE LAB GROUP HOLD FIGURES HERE
leader='' first=''

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	trap '' INT TERM HUP
	[[ -z $leader ]] || kill -KILL "$leader" 2>/dev/null || true
	# The first process ends when all others in its namespace have.
	while [[ -n $first && -d /proc/$first ]]; do sleep 0.1; done
	"$HERE/remove-leftovers.sh"
	rm -rf "$LAB" "$CACHE/current"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
"$HERE/remove-leftovers.sh"

set -m
unshare --mount --pid --fork --kill-child=KILL --mount-proc bash "$HERE/inside.sh" "$@" 9>&- </dev/null &
leader=$!
set +m
until first=$(pgrep --parent "$leader"); do sleep 0.1; done
printf 'LAB=%q first=%q\n' "$LAB" "$first" >"$CACHE/current"
status=0
wait "$leader" || status=$?
exit "$status"
