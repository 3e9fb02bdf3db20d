# shellcheck shell=bash
# Sourced by init.sh, add-workers.sh and drain.sh: the role of a host in the swarm. Requires remote.sh.

NODE_SECONDS=${NODE_SECONDS:-120}

# Prints the swarm state of a host: inactive, pending, active, error or locked.
swarm_state() {
	shell_on "$1" "docker info --format '{{.Swarm.LocalNodeState}}'" ||
		fail "$1 does not answer as $SSH_USER over SSH, or does not run Docker Engine."
}

node_id() {
	shell_on "$1" "docker info --format '{{.Swarm.NodeID}}'"
}

# Prints the address of a host inside PRIVATE_NETWORK.
private_address() {
	local address
	address=$(shell_on "$1" "ip -4 -o address show to $PRIVATE_NETWORK" | awk 'NR == 1 { split($4, part, "/"); print part[1] }')
	[[ -n $address ]] || fail "$1 has no address in the private network $PRIVATE_NETWORK."
	printf '%s\n' "$address"
}

# join_swarm HOST ROLE: adds a host to MANAGER's swarm as worker or manager; a member stays unchanged.
join_swarm() {
	local host=$1 role=$2 state
	state=$(swarm_state "$host")
	case $state in
		active)
			on_manager node inspect "$(node_id "$host")" >/dev/null 2>&1 ||
				fail "$host is in another swarm: run 'docker swarm leave' on it first."
			say "$host is already in the swarm."
			;;
		inactive) send_join "$host" "$role" ;;
		*) fail "The swarm on $host is in state $state: see 'docker info' there." ;;
	esac
}

# The token is passed on standard input, so that no process list on this machine shows it.
send_join() {
	local host=$1 role=$2 token own other
	token=$(on_manager swarm join-token --quiet "$role")
	own=$(private_address "$host")
	other=$(on_manager info --format '{{.Swarm.NodeAddr}}')
	shell_on "$host" "read -r token && docker swarm join --advertise-addr $own --token \"\$token\" $other:2377" \
		<<<"$token" >/dev/null || fail "$host could not join: does the firewall allow ports 2377, 7946 and 4789 in the private network?"
	say "$host joined as $role."
}

is_ready() {
	[[ $(on_manager node inspect --format '{{.Status.State}}' "$1" 2>/dev/null) == ready ]]
}

# node_label NODE NAME: prints the value of a label, or nothing.
node_label() {
	on_manager node inspect --format "{{index .Spec.Labels \"$2\"}}" "$1"
}
