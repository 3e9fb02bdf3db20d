#!/usr/bin/env bash
# Restores the database from the backups: restore.sh [--copy] [TIME]
#     TIME     the point in time, such as 2026-11-24T12:00:00Z; default: the end of the archive
#     --copy   beside a running primary: archiving is off
# Existing data on this host are set aside.
. "$(dirname "$0")/host.sh"

options=()
if [ "${1:-}" = --copy ]; then
	options+=(--archive-mode=off)
	shift
fi
if [ $# -gt 0 ]; then
	moment=$(date --utc --date "$1" '+%Y-%m-%d %H:%M:%S.%6N+00') || fail "$1 is not a valid time."
	options+=(--type=time "--target=$moment" --target-action=promote)
fi

is_primary() {
	[ "$(sql 'SELECT pg_is_in_recovery()')" = f ]
}

set_data_aside
apart pgbackrest --stanza=minitwit "${options[@]}" restore
start_server
wait_until 3600 is_primary || fail "The server is still replaying the archive: see its log."
# In the backup, commits may have waited for a standby that this server does not have.
sql "ALTER SYSTEM SET synchronous_standby_names = ''" 'SELECT pg_reload_conf()' >/dev/null
echo "Restored${moment:+ to $moment}."
[ -z "${POOLER:-}" ] || echo "Next: check the data, then run ./pooler.sh to $PRIVATE_ADDRESS $PORT on PgBouncer's host."
