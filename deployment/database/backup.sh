#!/usr/bin/env bash
# Backs the primary up, whole on Sundays and what has changed since on other days; `full` or `diff` says otherwise. A
# standby does nothing, so that every database host may have it in its crontab. Afterwards: what there is.
. "$(dirname "$0")/host.sh"

if is_standby; then
	echo "This host is a standby: the primary makes the backups."
	exit 0
fi
kind=${1:-$([ "$(date -u +%u)" = 7 ] && echo full || echo diff)}
inside pgbackrest --stanza=minitwit --log-level-console=error stanza-create
# That what is written now arrives in the archive.
inside pgbackrest --stanza=minitwit check
inside pgbackrest --stanza=minitwit --type="$kind" backup
inside pgbackrest --stanza=minitwit info
