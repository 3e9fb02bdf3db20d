#!/usr/bin/env bash
# remove-leftovers.sh: removes what outlives the processes of a lab, also of one that was killed: links and groups.
for link in mtlab mtbuild; do ip link delete "$link" 2>/dev/null; done
# Killed engines leave the empty control groups of their containers.
for _ in $(seq 50); do
	groups=$(find /sys/fs/cgroup -mindepth 1 -type d -path "*/minitwit-swarm*" 2>/dev/null)
	[[ -n $groups ]] || exit 0
	sort -r <<<"$groups" | xargs rmdir 2>/dev/null
	sleep 0.1
done
echo "Control groups remain: $groups" >&2
