#!/usr/bin/env bash
# backup.sh [full|diff]: backs up now, in addition to the daily backup, and lists the backups.
. "$(dirname "$0")/host.sh"
exec ../database/backup.sh "$@"
