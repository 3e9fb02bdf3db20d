#!/usr/bin/env bash
# Makes this host a standby: standby.sh PRIMARY_ADDRESS [PORT]. Existing data are set aside.
. "$(dirname "$0")/host.sh"

readonly primary=${1:?Usage: standby.sh PRIMARY_ADDRESS [PORT]}
readonly port=${2:-5432}

is_streaming() {
	[ "$(sql 'SELECT status FROM pg_stat_wal_receiver')" = streaming ]
}

set_data_aside
# shellcheck disable=SC2016 # PGDATA and CREDENTIALS are the container's
apart bash -c 'exec pg_basebackup --pgdata "$PGDATA" --write-recovery-conf --wal-method stream --checkpoint fast \
	--dbname "host=$1 port=$2 user=minitwit_replicator passfile=$CREDENTIALS/replicator.pgpass \
		sslmode=verify-full sslrootcert=$CREDENTIALS/ca.crt application_name=standby"' standby "$primary" "$port"
start_server
wait_until 60 is_streaming || fail "The standby has started but receives nothing from $primary:$port: see its log."
echo "This host is a standby of $primary:$port. To make commits wait for it, run './synchronous.sh on' on the primary."
