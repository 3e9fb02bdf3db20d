#!/usr/bin/env bash
# deploy.sh TAG
#
# Deploys the images with a tag, waits until all services are updated, and tests the site from outside. If
# Swarm stops the update or the site fails the test, everything is rolled back and the script fails.
#
# Settings: MANAGER (address of a manager), SITE_HOST, the variables of stack.yml, SSH_USER (deploy),
# STACK_NAME (minitwit), DEPLOY_SECONDS (900). For private images, run `docker login` first: the nodes receive
# this machine's credentials.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"

# Docker configs are immutable; a name derived from their content makes a changed config a new one.
config_version() {
	local files
	files=$(cd "$ROOT" && sed -nE 's/^ +file: +"?(\.\/)?(deployment\/[^" ]+)"?$/\2/p' stack.yml | sort -u)
	[[ -n $files ]] || fail "stack.yml names no configuration files."
	# shellcheck disable=SC2086 # one word a path
	(cd "$ROOT" && sha256sum $files) | sha256sum | cut -c 1-12
}

# Current replica counts are kept: those in the settings are for the first deployment.
keep_replicas() {
	local service now key
	for service in "${SCALED_SERVICES[@]}"; do
		now=$(wanted_replicas "$service")
		key=${service^^}_REPLICAS
		[[ -n $now ]] || continue
		[[ ${!key:-$now} == "$now" ]] || say "$service keeps its current $now replicas; $key=${!key} is ignored."
		export "$key=$now"
	done
}

if [[ ${1:-} == --help ]]; then usage; fi
(($# == 1)) || usage 2 >&2
[[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$ ]] || fail "'$1' is not a valid image tag."
require_programs ssh docker curl sha256sum
require_settings MANAGER SITE_HOST
export IMAGE_TAG=$1 CONFIG_VERSION
CONFIG_VERSION=$(config_version)
keep_replicas

docker stack config --compose-file "$ROOT/stack.yml" >/dev/null || fail "stack.yml is invalid with these settings."
say "Deploying $IMAGE_TAG with configuration $CONFIG_VERSION to $MANAGER."
if on_manager stack deploy --compose-file "$ROOT/stack.yml" --with-registry-auth --detach=true "$STACK_NAME" &&
	wait_for_update "$FAILED_DEPLOY" && "$HERE/smoke.sh" "$SITE_HOST" "$IMAGE_TAG"; then
	say "$IMAGE_TAG is deployed."
	exit 0
fi
say "Rolling back."
"$HERE/rollback.sh" || fail "$IMAGE_TAG failed, and so did its rollback: see 'docker stack ps $STACK_NAME'."
fail "$IMAGE_TAG failed and was rolled back."
