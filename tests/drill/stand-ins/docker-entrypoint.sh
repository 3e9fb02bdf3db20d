#!/usr/bin/env bash
# Does what the entrypoint of PostgreSQL's image does: initializes a new data directory, then runs the server.
set -euo pipefail

if [ ! -e "$PGDATA/PG_VERSION" ]; then
	initdb --pgdata "$PGDATA" --auth-local=peer --encoding=UTF8 --locale=C.UTF-8 >/dev/null
	pg_ctl start --silent --wait --pgdata "$PGDATA" --log server.log \
		--options "$(printf '%q ' "${@:2}") -c listen_addresses='' -c archive_mode=off" >/dev/null
	createdb minitwit
	psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname minitwit --file "$CONFIGURATION/roles.sql"
	pg_ctl stop --silent --wait --pgdata "$PGDATA"
fi
exec "$@"
