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

is_standby || fail "This host is already a primary."
# A primary that fails silently is detected after wal_receiver_timeout.
wait_until 15 is_cut_off || fail "The primary is still sending: stop it first, or run move.sh there."
if [ "${1:-}" = --after ]; then
	wait_until 10 has_all "$2" || fail "This standby is missing part of the primary's WAL: nothing was changed."
	pooler_step=to
else
	# Before the promotion, so that the app cannot write to an old primary that is still running behind a
	# network partition.
	pooler_step=switch
	pooler switch "$PRIVATE_ADDRESS" "$PORT" || pooler_step=later
fi

# Copied from the old primary; it would make commits wait for a standby that does not exist yet.
[ "$(sql "ALTER SYSTEM SET synchronous_standby_names = ''" 'SELECT pg_reload_conf() AND pg_promote(true, 60)')" = t ] ||
	fail "PostgreSQL did not become a primary within 60 s: see its log."
[ "$pooler_step" != to ] || pooler to "$PRIVATE_ADDRESS" "$PORT"
[ "$pooler_step" != later ] || fail "This host is now the primary, but the pooler did not respond: on its host, run ./pooler.sh switch $PRIVATE_ADDRESS $PORT"
echo "This host is now the primary, and the app uses it. It has no standby: run ./standby.sh $PRIVATE_ADDRESS $PORT on another host."
