#!/usr/bin/env bash
# inside.sh [TEST…]: the first process of the lab's namespaces, which collects orphans. Runs run.ts.
set -euo pipefail
# Names of network namespaces stay in this mount namespace.
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
mkdir -p "$LAB"/{log,machines,shared}
cp /etc/resolv.conf "$LAB/resolv.conf"
"$HERE/../../node_modules/.bin/node" "$HERE/run.ts" "$@"
