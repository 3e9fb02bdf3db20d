#!/usr/bin/env bash
# On the host of PgBouncer: holds the app back, and leads it to another server.
#     pooler.sh pause                waits for transactions under way, then lets the app wait
#     pooler.sh to HOST PORT         leads the app to that server, and lets it go on
#     pooler.sh resume               lets it go on where it was
#     pooler.sh switch HOST PORT     leads the app to that server at once: the old one is gone, and so is what was under way
. "$(dirname "$0")/host.sh"

readonly INI=pgbouncer/databases.ini
# Transactions that go on for longer are in the way of a pause.
readonly PATIENCE_SECONDS=3

# Commands, each an argument. The console lets in who has the user of PgBouncer's own process, over its socket, without a
# password.
console() {
	timeout "$PATIENCE_SECONDS" docker compose exec -T pgbouncer psql --no-psqlrc --quiet --no-align --set ON_ERROR_STOP=1 \
		--host /tmp --port "$POOLER_PORT" --username pgbouncer --dbname pgbouncer "${@/#/--command=}" </dev/null
}

# The databases that are there for single transactions. Who has a session of its own (LISTEN, the lock of migrations)
# would never end it: the server ends it when it stops, and it connects again.
databases() {
	sed -nE '/pool_mode=session/d; s/^([a-z_]+) *=.*/\1/p' "$INI"
}

paused_databases() {
	console 'SHOW DATABASES' | awk -F'|' -v ours="$(databases | xargs)" '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
		index(" " ours " ", " " $column["name"] " ") && $column["paused"] == 1 { print $column["name"] }'
}

# each WORD NAME…: a command for each database.
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

lead_to() {
	[ $# = 2 ] || fail "Usage: pooler.sh to|switch HOST PORT"
	sed -E -i "s/host=[^ ]+/host=$1/; s/port=[0-9]+/port=$2/" "$INI"
}

case "${1:-}" in
pause)
	# shellcheck disable=SC2046 # names are words
	each PAUSE $(databases) || fail "The pooler could not pause: look for transactions that go on for long."
	;;
to)
	lead_to "${@:2}"
	console RELOAD
	resume
	;;
resume) resume ;;
switch)
	lead_to "${@:2}"
	# It keeps nothing, and connections to a host that fell silent would be waited for.
	docker compose restart --timeout 0 pgbouncer </dev/null
	;;
*) fail "Usage: pooler.sh pause|resume|to HOST PORT|switch HOST PORT" ;;
esac
