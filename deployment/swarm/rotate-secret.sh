#!/usr/bin/env bash
# rotate-secret.sh NAME <FILE
#
# Replaces the value of secret NAME with standard input in every service that uses it, one replica at a time. Docker
# secrets are immutable, so services switch to a temporary secret and back: each is updated twice. If a service does
# not become healthy with the value, Swarm rolls it back. The script can be run again, also after a failure.
#
# Settings: MANAGER, SSH_USER (deploy), STACK_NAME (minitwit), DEPLOY_SECONDS (900, for each of the two updates).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"

has_secret() {
	grep -qxF "$1" <<<"$(on_manager secret ls --format '{{.Name}}')"
}

# printf is a shell builtin, so the value is never an argument of a process.
create_secret() {
	printf '%s' "$value" | on_manager secret create "$1" - >/dev/null
}

# Prints the services that use a secret.
users_of() {
	local services
	mapfile -t services < <(on_manager service ls --quiet)
	on_manager service inspect --format \
		'{{.Spec.Name}}{{range .Spec.TaskTemplate.ContainerSpec.Secrets}} {{.SecretName}}{{end}}' "${services[@]}" |
		awk -v secret="$1" '{ for (i = 2; i <= NF; i++) if ($i == secret) print $1 }'
}

# switch_secret FROM TO: switches every service from secret FROM to TO under the same file name. Only these services are
# watched: others may still show the state of an earlier rollback.
switch_secret() {
	local service services
	services=$(users_of "$1")
	[[ -n $services ]] || return 0
	for service in $services; do
		on_manager service update --detach --secret-rm "$1" --secret-add "source=$2,target=$name" "$service" >/dev/null
		say "$service now uses the secret $2."
	done
	# shellcheck disable=SC2086 # one word a name
	wait_for_update "$FAILED_DEPLOY" $services || fail "Not every service accepted the value. Run this again with a valid one."
}

# Switches everything to the secret's own name.
settle() {
	has_secret "$name" || create_secret "$name"
	switch_secret "$next" "$name"
	on_manager secret rm "$next" >/dev/null
}

if [[ ${1:-} == --help ]]; then usage; fi
(($# == 1)) || usage 2 >&2
name=$1 next=$1_next
require_programs ssh docker awk
require_settings MANAGER
value=$(cat)
[[ -n $value ]] || fail "Standard input is empty."

# Finishes an interrupted run.
if has_secret "$next"; then settle; fi
has_secret "$name" || fail "The swarm has no secret $name: create it with init.sh."
create_secret "$next"
switch_secret "$name" "$next"
on_manager secret rm "$name" >/dev/null
settle
say "$name has its new value everywhere."
