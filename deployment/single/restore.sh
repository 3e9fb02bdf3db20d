#!/usr/bin/env bash
# restore.sh [TIME]: restores the database as it was at TIME, such as 2026-11-24T12:00:00Z; default: the latest state.
# The data before are set aside in the same volume. Meanwhile the site answers 503, and browsers keep what people write.
. "$(dirname "$0")/host.sh"
../database/restore.sh "$@"
# On a new host, the passwords are not those of the backup.
../database/roles.sh
docker compose up --detach --wait
