# shellcheck shell=bash
# Shared by add-workers.sh, deploy.sh, drain.sh and rollback.sh: the services of the stack. Needs remote.sh.

DEPLOY_SECONDS=${DEPLOY_SECONDS:-900}
# Swarm begins an update a moment after it was told: all is well only when it has been so for some polls in a row.
STEADY_POLLS=${STEADY_POLLS:-4}
# The services that are scaled with the number of workers.
SCALED_SERVICES=(web api)

# Ends of an update that a deploy, and that a rollback, must not come to.
# shellcheck disable=SC2034 # read by deploy.sh and rollback.sh
FAILED_DEPLOY='paused|rollback_started|rollback_paused|rollback_completed'
# shellcheck disable=SC2034
FAILED_ROLLBACK='paused|rollback_paused'

# Lines of "NAME UPDATE-STATE", with - for a service that was not updated since it was made.
update_states() {
	local ids
	ids=$(on_manager stack services --quiet "$STACK_NAME") || return 1
	[[ -n $ids ]] || fail "There is no stack $STACK_NAME on $MANAGER."
	# shellcheck disable=SC2086 # one word an id
	on_manager service inspect \
		--format '{{.Spec.Name}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{else}}-{{end}}' $ids
}

# Names of the services that do not run, or have not run to their end, as often as they should.
missing_tasks() {
	local services name tasks
	services=$(on_manager stack services --format '{{.Name}} {{.Replicas}}' "$STACK_NAME") || return 1
	while read -r name tasks; do
		[[ -n $name ]] || continue
		if [[ $tasks =~ \(([0-9]+)/([0-9]+)\ completed\) || $tasks =~ ^([0-9]+)/([0-9]+) ]]; then
			[[ ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]] && continue
		fi
		say "$name $tasks"
	done <<<"$services"
}

all_tasks_run() {
	local missing
	missing=$(missing_tasks) && [[ -z $missing ]]
}

# wait_for_update FAILED: until nothing is under way and no task is missing. False, with the reason in words, when an
# update ended in one of the states FAILED or not in time. A manager that does not answer for a moment is asked again.
wait_for_update() {
	local deadline=$((SECONDS + DEPLOY_SECONDS)) steady=0 states='' open=''
	while ((steady < STEADY_POLLS)); do
		if states=$(update_states) && open=$(missing_tasks); then
			if grep -qE " ($1)\$" <<<"$states"; then
				say "Swarm stopped the update: $(grep -E " ($1)\$" <<<"$states" | paste -s -d ',')" && return 1
			fi
			open+=$(grep -E ' (updating|rollback_started)$' <<<"$states" || true)
		else
			open="$MANAGER does not answer"
		fi
		if [[ -z $open ]]; then steady=$((steady + 1)); else steady=0; fi
		if ((steady == 0 && SECONDS >= deadline)); then
			say "Not done after $DEPLOY_SECONDS s: $(paste -s -d ',' <<<"$open")" && return 1
		fi
		sleep "$POLL_SECONDS"
	done
}

# The number of replicas that a service should have; nothing when there is no such service yet.
wanted_replicas() {
	local names
	names=$(on_manager service ls --format '{{.Name}}') || fail "$MANAGER does not answer, or manages no swarm."
	grep -qxF "${STACK_NAME}_$1" <<<"$names" || return 0
	on_manager service inspect --format '{{.Spec.Mode.Replicated.Replicas}}' "${STACK_NAME}_$1"
}

# change_replicas NUMBER: so many more (or, below zero, fewer) of web and of api; at least one stays.
change_replicas() {
	local service now targets=()
	for service in "${SCALED_SERVICES[@]}"; do
		now=$(wanted_replicas "$service")
		targets+=("${STACK_NAME}_$service=$((now + $1 > 1 ? now + $1 : 1))")
	done
	on_manager service scale --detach "${targets[@]}" >/dev/null
	say "Scaled: ${targets[*]}"
}
