#!/usr/bin/env bash
# rollback.sh
#
# Takes back the last deploy: each service that it changed goes back to what it was before, except the migration, since
# a schema only grows. Then it waits and tries the site. It goes one step back and no further, however often it is run;
# for more, check out an earlier release and deploy its tag.
#
# Settings: as deploy.sh.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"

# Whether a service has something to go back to. Swarm swaps the two when it rolls back, so twice would be forward again.
can_roll_back() {
	local now before
	now=$(on_manager service inspect --format '{{json .Spec}}' "$1")
	before=$(on_manager service inspect --format '{{json .PreviousSpec}}' "$1")
	[[ $before != null && $before != "$now" ]]
}

if [[ ${1:-} == --help ]]; then usage; fi
(($# == 0)) || usage 2 >&2
require_programs ssh docker curl
require_settings MANAGER SITE_HOST

states=$(update_states)
rolled_back=0
while read -r name state <&3; do
	if [[ $name == "${STACK_NAME}_migrate" ]]; then continue; fi
	if [[ $state == rollback_* ]]; then rolled_back=$((rolled_back + 1)) && continue; fi
	can_roll_back "$name" || continue
	on_manager service rollback --detach "$name" >/dev/null
	rolled_back=$((rolled_back + 1))
	say "Rolled back $name."
done 3<<<"$states"
((rolled_back > 0)) || fail "There is nothing to go back to: the last deploy changed no service, or was the first."
wait_for_update "$FAILED_ROLLBACK" || fail "Not every service came back: see 'docker stack ps $STACK_NAME'."
"$HERE/smoke.sh" "$SITE_HOST"
