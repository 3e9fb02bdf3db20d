# shellcheck shell=bash
# Sourced by the scripts of this folder. They run on a database host, in the folder with its compose.yml and .env:
# HOST_FOLDER, which ../single sets, or this one.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${HOST_FOLDER:-$scripts}"
if [ ! -f .env ]; then
	echo "Copy .env.example to .env and fill it in first." >&2
	exit 1
fi
# shellcheck source=.env.example
. ./.env

fail() {
	echo "$*" >&2
	exit 1
}

# Runs a program in the container as PostgreSQL's user.
inside() {
	docker compose exec -T --user postgres postgres "$@" </dev/null
}

# Runs a program in a separate container while the server is stopped.
apart() {
	docker compose run --rm -T --no-deps --user postgres --entrypoint '' postgres "$@" </dev/null
}

# Runs statements, one per argument, and prints bare values.
sql() {
	inside psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --dbname minitwit "${@/#/--command=}"
}

start_server() {
	docker compose up --detach --wait postgres </dev/null
}

is_standby() {
	[ "$(sql 'SELECT pg_is_in_recovery()')" = t ]
}

# wait_until SECONDS COMMAND…: retries until the command succeeds.
wait_until() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.1
	done
}

# Runs pooler.sh on the host that POOLER names.
pooler() {
	local command
	read -ra command <<<"$POOLER"
	"${command[@]}" "$@" </dev/null
}

# Renames existing data; deleting them is left to the operator.
set_data_aside() {
	docker compose stop postgres
	# shellcheck disable=SC2016 # PGDATA is the container's
	apart bash -c '[ ! -e "$PGDATA/PG_VERSION" ] || mv "$PGDATA" "$PGDATA.before-$(date -u +%Y%m%dT%H%M%SZ)"
		mkdir -p -m 700 "$PGDATA"'
}
