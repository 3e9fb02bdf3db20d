#!/usr/bin/env bash
# Does what the real image does at the first start: initdb, the database POSTGRES_DB, /docker-entrypoint-initdb.d.
set -euo pipefail
mkdir -p "$PGDATA" && chmod 700 "$PGDATA"
if [[ $(id -u) == 0 ]]; then
	chown -R postgres: /var/lib/postgresql /var/log/postgresql /var/run/postgresql
	exec gosu postgres "$0" "$@"
fi
if [[ ! -s $PGDATA/PG_VERSION ]]; then
	# shellcheck disable=SC2086 # a list of options
	initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS
	# The server for these steps listens only on its socket.
	PGPORT=5432 pg_ctl --wait --options="-c listen_addresses='' -p 5432" start
	export PGPORT=5432
	createdb --username=postgres "$POSTGRES_DB"
	for file in /docker-entrypoint-initdb.d/*.sql; do
		psql --username=postgres --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 --file="$file"
	done
	pg_ctl --wait --mode=fast stop
	unset PGPORT
fi
exec "$@"
