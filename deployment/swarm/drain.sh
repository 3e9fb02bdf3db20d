#!/usr/bin/env bash
# drain.sh [--remove] NODE
#
# Moves all tasks of a node (host name or id) to other nodes and waits until it is empty. The replicas that
# add-workers.sh added for it are removed. With --remove the node also leaves the swarm, and its machine can be
# destroyed. Otherwise 'docker node update --availability active NODE' and add-workers.sh bring it back.
#
# Settings: MANAGER (address of another manager than NODE), SSH_USER (deploy), DEPLOY_SECONDS (900).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=nodes.sh
source "$HERE/nodes.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"

# A swarm needs a majority of its managers; the remaining ones must still form it.
require_quorum() {
	local states all reachable
	states=$(on_manager node ls --filter role=manager --format '{{.ManagerStatus}}')
	all=$(($(wc -l <<<"$states") - 1))
	reachable=$(($(grep -cE '^(Leader|Reachable)$' <<<"$states") - 1))
	((all > 0 && reachable * 2 > all)) || fail "Without this manager the swarm would lose its quorum: add another one first."
}

# Prints the services with tasks on a node that can run beside their successors.
movable_services() {
	local service
	for service in $(on_manager node ps --filter desired-state=running --format '{{.Name}}' "$1" | sed 's/\.[^.]*$//' | sort -u); do
		[[ $(on_manager service inspect --format '{{with .Spec.UpdateConfig}}{{.Order}}{{end}}' "$service") != start-first ]] || say "$service"
	done
}

# Swarm stops the tasks of a drained node before it starts others elsewhere. An update starts them first, and places none
# on a paused node.
move_services() {
	local services
	on_manager node update --availability pause "$1" >/dev/null
	services=$(movable_services "$1")
	for service in $services; do on_manager service update --force --detach "$service" >/dev/null; done
	# shellcheck disable=SC2086 # one word a name
	[[ -z $services ]] || wait_for_update "$FAILED_DEPLOY" $services ||
		say "Not every service could move first; there may be too little room on the other nodes."
}

# Swarm does not know what a node does that is down, and keeps the last state of its tasks.
is_empty() {
	local states
	is_ready "$1" || return 0
	states=$(on_manager node ps --format '{{.CurrentState}}' "$1") || return 1
	! grep -qvE '^(Complete|Shutdown|Failed|Rejected|Orphaned|Remove|$)' <<<"$states"
}

drain() {
	local node=$1 counted
	counted=$(node_label "$node" replicas)
	if [[ $(on_manager node inspect --format '{{.Spec.Availability}}' "$node") != drain ]]; then
		if is_ready "$node"; then move_services "$node"; fi
		on_manager node update --availability drain "$node" >/dev/null
	fi
	# After the drain, because Swarm then first removes replicas without a node.
	if [[ -n $counted ]]; then
		((counted == 0)) || change_replicas "-$counted"
		on_manager node update --label-rm replicas "$node" >/dev/null
	fi
	wait_until "$DEPLOY_SECONDS" "nothing runs on $node" is_empty "$node"
	say "Nothing runs on $node."
}

if [[ ${1:-} == --help ]]; then usage; fi
remove=false
if [[ ${1:-} == --remove ]]; then remove=true && shift; fi
(($# == 1)) || usage 2 >&2
require_programs ssh docker
require_settings MANAGER
role=$(on_manager node inspect --format '{{.Spec.Role}}' "$1") || fail "The swarm has no node $1."
if [[ $remove == true && $role == manager ]]; then require_quorum; fi

drain "$1"
wait_until "$DEPLOY_SECONDS" "everything runs elsewhere (see 'docker stack ps $STACK_NAME')" all_tasks_run
if [[ $remove == true ]]; then
	if [[ $role == manager ]]; then on_manager node demote "$1" >/dev/null; fi
	on_manager node rm --force "$1" >/dev/null
	say "$1 has left the swarm: destroy its machine, or run 'docker swarm leave' on it."
fi
