#!/usr/bin/env bash
# on.sh MACHINE COMMAND…: runs a command on a machine (m1, w1, w2, db, op) of the lab that swarm.sh --hold keeps.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/minitwit-swarm
# shellcheck source=/dev/null
source "$CACHE/current"
export HERE CACHE LAB
# shellcheck disable=SC2154 # in the file
exec nsenter --target "$first" --mount --pid "$HERE/machine.sh" run "$@"
