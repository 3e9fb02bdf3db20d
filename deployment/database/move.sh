#!/usr/bin/env bash
# Run on the primary: switches over to a standby, such as a new host. Writers wait at the pooler meanwhile.
#     move.sh NEW_HOST COMMAND…
# The command runs promote.sh on the new host, such as: ssh deploy@10.20.0.11
# /srv/minitwit/deployment/database/promote.sh
. "$(dirname "$0")/host.sh"

readonly BEHIND_AT_MOST=$((16 * 1024 * 1024))
readonly new_host=${1:?Usage: move.sh NEW_HOST COMMAND…}
shift
[ $# -gt 0 ] || fail "Usage: move.sh NEW_HOST COMMAND…"

# Nothing was promoted: the app continues on this host.
go_back() {
	echo "The move was cancelled; the app continues on this host." >&2
	start_server
	pooler resume
	exit 1
}

is_standby && fail "This host is a standby."
behind=$(sql "SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::bigint FROM pg_stat_replication
	WHERE client_addr = '$new_host' AND state = 'streaming'")
[ -n "$behind" ] || fail "$new_host is not a standby of this host: run standby.sh there first."
((behind < BEHIND_AT_MOST)) || fail "$new_host is $behind bytes behind: wait until it has caught up."

sql CHECKPOINT
pooler pause || go_back
# On an orderly shutdown, a server first sends all of its WAL to the standbys.
docker compose stop postgres || go_back
end=$(apart pg_controldata | sed -n 's/^Latest checkpoint location: *//p') || go_back
"$@" --after "$end" </dev/null || fail "promote.sh did not finish on $new_host, and the app waits at the pooler.
If it reported that nothing was changed, go back: docker compose up --detach --wait postgres && ./pooler.sh resume.
Otherwise finish there: ./promote.sh, or ./pooler.sh to $new_host PORT."
echo "The database has moved to $new_host. This server stays stopped: its data are out of date."
