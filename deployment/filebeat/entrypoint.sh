#!/bin/sh
# Filebeat reads a password from its environment, or from a keystore that has to be filled by hand.
# Here it comes from the secret at the last moment, so that `docker inspect` does not show it.
set -eu
FILEBEAT_PASSWORD=$(cat "${FILEBEAT_PASSWORD_FILE:-/run/secrets/filebeat_password}")
export FILEBEAT_PASSWORD
exec filebeat --environment container -e "$@"
