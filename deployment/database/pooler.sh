#!/usr/bin/env bash
# Run on PgBouncer's host: pauses the app's connections or switches them to another server.
#     pooler.sh pause                waits for transactions in progress, then makes the app wait
#     pooler.sh to HOST PORT         switches the app to that server and lets it continue
#     pooler.sh resume               lets the app continue on the current server
#     pooler.sh switch HOST PORT     switches at once, when the old server and its transactions are lost
. "$(dirname "$0")/host.sh"

readonly INI=pgbouncer/databases.ini
# Longer transactions prevent a pause.
readonly PATIENCE_SECONDS=3

# Runs console commands, one per argument. The console admits PgBouncer's own user over its socket without a password.
console() {
	# The limit is inside the container: entering it takes seconds on a busy host, and ending the client would not end psql.
	docker compose exec -T pgbouncer timeout "$PATIENCE_SECONDS" \
		psql --no-psqlrc --quiet --no-align --set ON_ERROR_STOP=1 \
		--host /tmp --port "$POOLER_PORT" --username pgbouncer --dbname pgbouncer "${@/#/--command=}" </dev/null
}

# Prints the databases in transaction mode. Clients with a session of their own (LISTEN, the migration lock)
# would never release it: the server ends these sessions when it stops, and the clients reconnect.
databases() {
	sed -nE '/pool_mode=session/d; s/^([a-z_]+) *=.*/\1/p' "$INI"
}

paused_databases() {
	console 'SHOW DATABASES' | awk -F'|' -v ours="$(databases | xargs)" '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
		index(" " ours " ", " " $column["name"] " ") && $column["paused"] == 1 { print $column["name"] }'
}

# each WORD NAME…: runs a command for each database.
each() {
	local word=$1
	shift
	[ $# = 0 ] || console "${@/#/$word }"
}

resume() {
	local paused
	paused=$(paused_databases)
	# shellcheck disable=SC2086 # names are words
	each RESUME $paused
}

set_target() {
	[ $# = 2 ] || fail "Usage: pooler.sh to|switch HOST PORT"
	sed -E -i "s/host=[^ ]+/host=$1/; s/port=[0-9]+/port=$2/" "$INI"
}

case "${1:-}" in
pause)
	# shellcheck disable=SC2046 # names are words
	each PAUSE $(databases) || fail "The pooler could not pause: look for long-running transactions."
	;;
to)
	set_target "${@:2}"
	console RELOAD
	resume
	;;
resume) resume ;;
switch)
	set_target "${@:2}"
	# PgBouncer has no state, and a reload would wait for connections to a host that does not respond.
	docker compose restart --timeout 0 pgbouncer </dev/null
	;;
*) fail "Usage: pooler.sh pause|resume|to HOST PORT|switch HOST PORT" ;;
esac
