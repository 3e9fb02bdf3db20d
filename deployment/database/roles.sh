#!/usr/bin/env bash
# Runs roles.sql on the primary. Run it after the first migration, a migration that adds a table, or a change
# of a password.
. "$(dirname "$0")/host.sh"

! is_standby || fail "This host is a standby: run this on the primary, whose roles are replicated."
# shellcheck disable=SC2016 # both variables are the container's
inside bash -c 'psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname minitwit --file "$CONFIGURATION/roles.sql"'
echo "Roles, passwords and privileges match roles.sql."
