#!/usr/bin/env bash
# rollback.sh
#
# Takes back the last deploy: each service that it changed goes back to what it was before, except the migration, since
# a schema only grows. Then it waits and tries the site. It goes one step back and no further, however often it is run.
# For more, or when workers were added since the deploy, check out an earlier release and deploy its tag.
#
# Settings: as deploy.sh.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"

# What the last change made of a service: new, unchanged, changed, or scaled when it was of the replicas' number alone.
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
	# Swarm swaps what is and what was, so twice would be forward again.
	if [[ $state == rollback_* ]]; then already=$((already + 1)) && continue; fi
	change=$(last_change "$name")
	# Swarm remembers one change: going back from this one would take the replicas away and leave the release.
	[[ $change != scaled ]] || fail "$name was scaled since its deploy: check out the release before and deploy its tag."
	if [[ $change == changed ]]; then targets+=("$name"); fi
done 3<<<"$states"
((already + ${#targets[@]} > 0)) || fail "There is nothing to go back to: the last deploy changed no service, or was the first."

for name in "${targets[@]}"; do
	on_manager service rollback --detach "$name" >/dev/null
	say "Rolled back $name."
done
wait_for_update "$FAILED_ROLLBACK" || fail "Not every service came back: see 'docker stack ps $STACK_NAME'."
"$HERE/smoke.sh" "$SITE_HOST"
