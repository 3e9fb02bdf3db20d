#!/usr/bin/env bash
# init.sh SECRETS_FOLDER MANAGER…
#
# Creates a swarm of the managers at these addresses (as used by SSH; the first one initializes it), labels the
# first as the node with the volumes, and creates a Docker secret from each file in SECRETS_FOLDER under the
# file's name. Existing things stay unchanged, so the script can be run again. A secret is never overwritten.
#
# Settings: PRIVATE_NETWORK (such as 10.110.0.0/20), SSH_USER (deploy).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=nodes.sh
source "$HERE/nodes.sh"

create_swarm() {
	local state address
	state=$(swarm_state "$MANAGER")
	case $state in
		active) say "$MANAGER is already in a swarm." ;;
		inactive)
			address=$(private_address "$MANAGER")
			on_manager swarm init --advertise-addr "$address" --listen-addr "$address:2377" >/dev/null
			say "Created a swarm on $MANAGER at $address."
			;;
		*) fail "The swarm on $MANAGER is in state $state: see 'docker info' there." ;;
	esac
}

label_state_node() {
	local node
	node=$(node_id "$MANAGER")
	[[ $(node_label "$node" state) == true ]] && return
	on_manager node update --label-add state=true "$node" >/dev/null
	say "$MANAGER runs the services with volumes (label state=true)."
}

create_secrets() {
	local folder=$1 file name there
	there=$(on_manager secret ls --format '{{.Name}}')
	for file in "$folder"/*; do
		[[ -f $file ]] || continue
		name=$(basename "$file")
		grep -qxF "$name" <<<"$there" && continue
		[[ -s $file ]] || fail "$file is empty."
		on_manager secret create "$name" - <"$file" >/dev/null
		say "Created the secret $name."
	done
}

# Prints the names under the top-level `secrets:` of stack.yml that the swarm lacks.
report_missing_secrets() {
	local wanted missing
	wanted=$(awk '/^[a-z]/ { inside = /^secrets:/ } inside && /^  [a-z_]+:/ { sub(":.*", ""); print $1 }' "$ROOT/stack.yml")
	missing=$(grep -vxF "$(on_manager secret ls --format '{{.Name}}')" <<<"$wanted" || true)
	[[ -z $missing ]] || fail "The swarm lacks secrets that stack.yml needs: $(tr '\n' ' ' <<<"$missing")"
}

if [[ ${1:-} == --help ]]; then usage; fi
(($# >= 2)) || usage 2 >&2
secrets=$1
MANAGER=$2
shift 2
[[ -d $secrets ]] || fail "$secrets is not a folder."
require_programs ssh docker awk
require_settings PRIVATE_NETWORK

create_swarm
for host in "$@"; do join_swarm "$host" manager; done
label_state_node
create_secrets "$secrets"
report_missing_secrets
say "The swarm is ready for deploy.sh."
