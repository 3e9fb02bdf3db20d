#!/usr/bin/env bash
# rollback.sh
#
# Rolls back the last deployment: each service that it changed returns to its previous state, except the migration,
# because a schema only grows. Then it waits and tests the site. It goes back one step only, however often it runs. To
# go back further, or if workers were added since the deployment, check out an earlier release and deploy its tag.
#
# Settings: as deploy.sh.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"

# Prints what the last change did to a service: new, unchanged, changed, or scaled if only the number of
# replicas changed.
last_change() {
	local now before number='s/"Replicas":[0-9]+//'
	now=$(on_manager service inspect --format '{{json .Spec}}' "$1")
	before=$(on_manager service inspect --format '{{json .PreviousSpec}}' "$1")
	if [[ $before == null ]]; then
		say new
	elif [[ $before == "$now" ]]; then
		say unchanged
	elif [[ $(sed -E "$number" <<<"$before") == $(sed -E "$number" <<<"$now") ]]; then
		say scaled
	else
		say changed
	fi
}

if [[ ${1:-} == --help ]]; then usage; fi
(($# == 0)) || usage 2 >&2
require_programs ssh docker curl
require_settings MANAGER SITE_HOST

states=$(update_states)
targets=()
already=0
while read -r name state <&3; do
	if [[ $name == "${STACK_NAME}_migrate" ]]; then continue; fi
	# Swarm swaps the current and the previous state, so a second rollback would go forward again.
	if [[ $state == rollback_* ]]; then already=$((already + 1)) && continue; fi
	change=$(last_change "$name")
	# Swarm remembers one change: rolling back a scaling would only remove replicas and keep the release.
	[[ $change != scaled ]] || fail "$name was scaled since its deploy: check out the previous release and deploy its tag."
	if [[ $change == changed ]]; then targets+=("$name"); fi
done 3<<<"$states"
((already + ${#targets[@]} > 0)) || fail "There is nothing to roll back: the last deploy changed no service, or was the first."

for name in "${targets[@]}"; do
	on_manager service rollback --detach "$name" >/dev/null
	say "Rolled back $name."
done
wait_for_update "$FAILED_ROLLBACK" || fail "Not every service was rolled back: see 'docker stack ps $STACK_NAME'."
"$HERE/smoke.sh" "$SITE_HOST"
