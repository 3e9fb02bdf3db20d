#!/usr/bin/env bash
# deploy.sh TAG
#
# Deploys the images with a tag, waits until all services are updated, and tests the site from outside. If
# Swarm stops the update or the site fails the test, everything is rolled back and the script fails.
#
# Settings: MANAGER (address of a manager), SITE_HOST, the variables of stack.yml, SSH_USER (deploy), STACK_NAME
# (minitwit), STACK_OVERLAY (a Compose file, relative to the repository, with changes to stack.yml), DEPLOY_SECONDS (900),
# CERTIFICATE_SECONDS (300). For private images, run `docker login` first: the nodes receive this machine's credentials.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"
# shellcheck source=releases.sh
source "$HERE/releases.sh"

# Docker configs are immutable; a name derived from their content makes a changed config a new one.
config_version() {
	local files
	files=$(cd "$ROOT" && sed -nE 's/^ +file: +"?(\.\/)?(deployment\/[^" ]+)"?$/\2/p' stack.yml | sort -u)
	[[ -n $files ]] || fail "stack.yml names no configuration files."
	# shellcheck disable=SC2086 # one word a path
	(cd "$ROOT" && sha256sum $files) | sha256sum | cut -c 1-12
}

# Waits for the first certificate; until then nginx presents one of its own, which curl reports with 60.
wait_for_certificate() {
	local deadline=$((SECONDS + ${CERTIFICATE_SECONDS:-300})) status
	while :; do
		status=0
		curl --silent --output /dev/null --max-time 10 "https://$SITE_HOST/healthz" || status=$?
		((status == 60)) || return 0
		((SECONDS < deadline)) || { say "$SITE_HOST has no trusted certificate." && return 1; }
		sleep "$POLL_SECONDS"
	done
}

if [[ ${1:-} == --help ]]; then usage; fi
(($# == 1)) || usage 2 >&2
[[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$ ]] || fail "'$1' is not a valid image tag."
require_programs ssh docker curl sha256sum awk
require_settings MANAGER SITE_HOST
export IMAGE_TAG=$1 CONFIG_VERSION
CONFIG_VERSION=$(config_version)
keep_replicas

stack=(--compose-file "$ROOT/stack.yml")
[[ -z ${STACK_OVERLAY:-} ]] || stack+=(--compose-file "$ROOT/$STACK_OVERLAY")
release=$(render_release "${stack[@]}") || fail "stack.yml is invalid with these settings."

last=$(list_releases | tail -n 1)
is_new=true
if [[ -n $last && $(read_release "$last") == "$release" ]]; then is_new=false; fi

say "Deploying $IMAGE_TAG with configuration $CONFIG_VERSION to $MANAGER."
if [[ $is_new == true ]]; then store_release "$IMAGE_TAG" "$release"; fi
if on_manager stack deploy "${stack[@]}" --with-registry-auth --detach=true "$STACK_NAME" &&
	wait_for_update "$FAILED_DEPLOY" &&
	wait_for_certificate &&
	"$HERE/smoke.sh" "$SITE_HOST" "$IMAGE_TAG"; then
	say "$IMAGE_TAG is deployed."
	exit 0
fi
[[ $is_new == true ]] || fail "$IMAGE_TAG failed. It was deployed before, so there is no rollback."
if [[ -z $last ]]; then
	forget_release "$(list_releases | tail -n 1)"
	fail "$IMAGE_TAG failed, and there is no earlier release to go back to: see 'docker stack ps $STACK_NAME'."
fi
say "Rolling back."
"$HERE/rollback.sh" || fail "$IMAGE_TAG failed, and so did its rollback: see 'docker stack ps $STACK_NAME'."
fail "$IMAGE_TAG failed and was rolled back."
