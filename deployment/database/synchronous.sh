#!/usr/bin/env bash
# Run on the primary: with `on`, commits wait until a standby has them on disk; with `off`, they do not.
# Reasons and the risk of `off`: docs/decisions/0014.
. "$(dirname "$0")/host.sh"

! is_standby || fail "This host is a standby: run it on the primary."
case "${1:-}" in
on)
	standbys=$(sql "SELECT count(*) FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming'")
	[ "$standbys" -gt 0 ] || fail "No standby is connected: every commit would wait forever."
	names='ANY 1 (standby)'
	;;
off) names='' ;;
*) fail "Usage: synchronous.sh on|off" ;;
esac
sql "ALTER SYSTEM SET synchronous_standby_names = '$names'" 'SELECT pg_reload_conf()' >/dev/null
echo "Commits wait for a standby: $1."
