#!/usr/bin/env bash
# On the host of PgBouncer: holds the app back, and leads it to another server.
#     pooler.sh pause            waits for transactions under way, then lets the app wait
#     pooler.sh cut              lets the app wait at once: the server is gone, and so is what was under way
#     pooler.sh to HOST PORT     leads the app to that server, and lets it go on
#     pooler.sh resume           lets it go on where it was
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

# The databases of the app: all, or those that have sessions of their own. Who listens, or holds the lock of migrations,
# would never end such a session.
databases() {
	sed -nE "s/^([a-z_]+) *=.*${1:-}.*/\1/p" "$INI"
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

case "${1:-}" in
pause)
	# shellcheck disable=SC2046 # names are words
	each KILL $(databases pool_mode=session)
	# shellcheck disable=SC2046
	each PAUSE $(comm -23 <(databases | sort) <(databases pool_mode=session | sort)) ||
		fail "The pooler could not pause: look for transactions that go on for long."
	;;
cut)
	paused=$(paused_databases)
	# shellcheck disable=SC2046
	each KILL $(comm -23 <(databases | sort) <(sort <<<"$paused"))
	;;
resume) resume ;;
to)
	[ $# = 3 ] || fail "Usage: pooler.sh to HOST PORT"
	sed -E -i "s/host=[^ ]+/host=$2/; s/port=[0-9]+/port=$3/" "$INI"
	console RELOAD
	resume
	;;
*) fail "Usage: pooler.sh pause|cut|resume|to HOST PORT" ;;
esac
