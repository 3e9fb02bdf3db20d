#!/usr/bin/env bash
# add-workers.sh --new NUMBER
# add-workers.sh ADDRESS…
#
# Adds workers to the swarm of MANAGER: creates NUMBER machines with Vagrant, or uses the given ones (addresses
# for SSH), and adds REPLICAS_PER_WORKER replicas of web and api for each. Before the first deployment there is
# nothing to scale, and WEB_REPLICAS and API_REPLICAS count for these workers too. A worker that was already
# counted stays unchanged, so the script can be run again.
#
# Settings: MANAGER (address of a manager), PRIVATE_NETWORK, SSH_USER (deploy), REPLICAS_PER_WORKER (1).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=nodes.sh
source "$HERE/nodes.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"
# shellcheck source=machines.sh
source "$HERE/machines.sh"
REPLICAS_PER_WORKER=${REPLICAS_PER_WORKER:-1}

# The label stores a worker's number of replicas, so that each is counted once and drain.sh can subtract them.
count_worker() {
	local node=$1 replicas=$REPLICAS_PER_WORKER
	[[ -z $(node_label "$node" replicas) ]] || return 0
	if [[ -n $(wanted_replicas web) ]]; then change_replicas "$replicas"; else replicas=0; fi
	on_manager node update --label-add "replicas=$replicas" "$node" >/dev/null
}

if [[ ${1:-} == --help ]]; then usage; fi
(($# >= 1)) || usage 2 >&2
if [[ $1 == --new ]]; then
	[[ ${2:-} =~ ^[1-9][0-9]*$ && $# == 2 ]] || usage 2 >&2
	require_programs vagrant
fi
require_programs ssh docker awk
require_settings MANAGER PRIVATE_NETWORK
on_manager swarm join-token --quiet worker >/dev/null || fail "$MANAGER is not a swarm manager: run init.sh first."
if [[ $1 == --new ]]; then
	make_workers "$2"
	set -- "${NEW_ADDRESSES[@]}"
fi

for host in "$@"; do join_swarm "$host" worker; done
for host in "$@"; do
	node=$(node_id "$host")
	wait_until "$NODE_SECONDS" "$host is ready" is_ready "$node"
	count_worker "$node"
done
wait_until "$DEPLOY_SECONDS" "every replica runs (see 'docker stack ps $STACK_NAME')" all_tasks_run
say "$# worker(s) ready."
