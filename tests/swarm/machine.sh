#!/usr/bin/env bash
# machine.sh start NAME NUMBER    starts a machine at 10.77.0.NUMBER and 10.78.0.NUMBER; it keeps its disk. Without
#                                 NUMBER it has this machine's network.
# machine.sh run NAME COMMAND…    runs a command on it
# machine.sh lose NAME            cuts its power and its networks at once
set -euo pipefail
verb=$1 name=$2
shift 2
folder=$LAB/machines/$name

connect() {
	ip netns add "$name"
	ip link add eth0 netns "$name" type veth peer name "${name}1" netns lan
	ip link add eth1 netns "$name" type veth peer name "${name}0" netns lan
	ip -n lan link set "${name}0" master br0
	ip -n lan link set "${name}1" master br1
	ip -n "$name" address add "10.78.0.$1/24" dev eth0
	ip -n "$name" address add "10.77.0.$1/24" dev eth1
	for link in lo eth0 eth1; do ip -n "$name" link set "$link" up; done
	ip -n "$name" route add default via 10.78.0.1
}

start() {
	mkdir -p "$folder"/{upper,work,root,docker}
	local enter=()
	if [[ -n ${1:-} ]]; then
		[[ -e /run/netns/$name ]] || connect "$1"
		for network in 0 1; do ip -n lan link set "$name$network" up; done
		enter=(nsenter "--net=/run/netns/$name")
	fi
	setsid "${enter[@]}" unshare --mount --uts --ipc --pid --fork --kill-child=KILL \
		bash "$HERE/boot.sh" "$name" </dev/null >"$LAB/log/boot-$name.log" 2>&1 9>&- &
	local outer=$! first
	for _ in $(seq 200); do
		first=$(pgrep --parent "$outer" || true)
		# boot.sh becomes tini when the machine is ready.
		if [[ -n $first && $(cat "/proc/$first/comm") == tini ]]; then echo "$first" >"$folder/pid" && return; fi
		sleep 0.05
	done
	cat "$LAB/log/boot-$name.log" && return 1
}

run() {
	exec nsenter --target "$(cat "$folder/pid")" --mount --uts --ipc --net --pid env -i HOME=/root TERM=dumb \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

lose() {
	for network in 0 1; do ip -n lan link set "$name$network" down; done
	kill -KILL "$(cat "$folder/pid")"
	rm "$folder/pid"
}

"$verb" "$@"
