#!/usr/bin/env bash
# Promotes this standby and switches the app to it. The old primary must be down; to replace a running one, use
# move.sh. `--after LSN` first waits until the log up to that position has been replayed.
. "$(dirname "$0")/host.sh"

is_cut_off() {
	[ "$(sql "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'")" = 0 ]
}

has_all() {
	[ "$(sql "SELECT pg_last_wal_replay_lsn() > '$1'::pg_lsn")" = t ]
}

is_standby || fail "This host is a primary already."
# A primary that fails silently is detected after wal_receiver_timeout.
wait_until 15 is_cut_off || fail "The primary still sends: stop it first, or use move.sh there."
if [ "${1:-}" = --after ]; then
	wait_until 10 has_all "$2" || fail "This standby lacks a part of what the primary wrote: nothing was changed."
	lead=to
else
	# Before the promotion, so that the app cannot write to an old primary that is still running behind a
	# network partition.
	lead=switch
	pooler switch "$PRIVATE_ADDRESS" "$PORT" || lead=later
fi

# Copied from the old primary; it would make commits wait for a standby that does not exist yet.
[ "$(sql "ALTER SYSTEM SET synchronous_standby_names = ''" 'SELECT pg_reload_conf() AND pg_promote(true, 60)')" = t ] ||
	fail "PostgreSQL did not become a primary within 60 s: see its log."
[ "$lead" != to ] || pooler to "$PRIVATE_ADDRESS" "$PORT"
[ "$lead" != later ] || fail "This host is the primary; the pooler did not answer: there, ./pooler.sh switch $PRIVATE_ADDRESS $PORT"
echo "This host is the primary, and the app is led to it. It has no standby: ./standby.sh $PRIVATE_ADDRESS $PORT on another host makes one."
