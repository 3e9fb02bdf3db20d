#!/usr/bin/env bash
# The container's command: fills in what differs between hosts, then runs the image's entrypoint.
set -euo pipefail

folder=${CONFIGURATION:-/etc/minitwit}
rules=$(mktemp)
sed -e "s|APP_NETWORK|$APP_NETWORK|" -e "s|DATABASE_NETWORK|$DATABASE_NETWORK|" "$folder/pg_hba.conf" >"$rules"
chmod 644 "$rules"

# README.md lists these sizes in a table.
exec docker-entrypoint.sh postgres \
	-c config_file="$folder/postgresql.conf" \
	-c hba_file="$rules" \
	-c listen_addresses="$PRIVATE_ADDRESS" \
	-c ssl_cert_file="$CREDENTIALS/server.crt" \
	-c ssl_key_file="$CREDENTIALS/server.key" \
	-c log_directory="$LOGS" \
	-c shared_buffers="$((MEMORY_MB / 4))MB" \
	-c effective_cache_size="$((MEMORY_MB * 3 / 4))MB" \
	-c maintenance_work_mem="$((MEMORY_MB / 16))MB" \
	-c work_mem="$((MEMORY_MB / 400 + 1))MB" \
	-c max_wal_size="$((MEMORY_MB / 2))MB" \
	"$@"
