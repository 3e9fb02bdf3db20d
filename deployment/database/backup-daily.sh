#!/usr/bin/env bash
# The main script of container `backup`: a full backup on Sundays and a differential one on other days.
set -uo pipefail
trap 'exit 0' TERM INT

run() {
	pgbackrest --stanza=minitwit --log-level-console=error "$@"
}

while :; do
	kind=$([ "$(date -u +%u)" = 7 ] && echo full || echo diff)
	seconds=86400
	run stanza-create && run check && run --type="$kind" backup || seconds=900
	# A shell that runs `sleep` in the foreground does not handle signals.
	sleep "$seconds" &
	wait $!
done
