#!/usr/bin/env bash
# Backs up the primary: a full backup on Sundays and a differential one on other days, unless the argument is `full` or
# `diff`. On a standby it does nothing, so every database host may run it from cron. Then lists the backups.
. "$(dirname "$0")/host.sh"

if is_standby; then
	echo "This host is a standby: the primary makes the backups."
	exit 0
fi
kind=${1:-$([ "$(date -u +%u)" = 7 ] && echo full || echo diff)}
inside pgbackrest --stanza=minitwit --log-level-console=error stanza-create
# Verifies that new WAL arrives in the archive.
inside pgbackrest --stanza=minitwit check
inside pgbackrest --stanza=minitwit --type="$kind" backup
inside pgbackrest --stanza=minitwit info
