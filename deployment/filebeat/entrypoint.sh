#!/bin/sh
# Filebeat reads a password from its environment or from a keystore that must be filled by hand. This script
# sets the variable from the secret just before the start, so that `docker inspect` does not show it.
set -eu
FILEBEAT_PASSWORD=$(cat "${FILEBEAT_PASSWORD_FILE:-/run/secrets/filebeat_password}")
export FILEBEAT_PASSWORD
exec filebeat --environment container -e "$@"
