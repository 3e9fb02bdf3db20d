# shellcheck shell=bash
# Sourced by the scripts that change services: the services of the stack. Requires remote.sh.

DEPLOY_SECONDS=${DEPLOY_SECONDS:-900}
# Swarm starts an update a moment after the command, so the state must be good for several polls in a row.
STEADY_POLLS=${STEADY_POLLS:-4}
# Services that scale with the number of workers.
SCALED_SERVICES=(web api)

# Final update states that mean failure for a deployment and for a rollback.
# shellcheck disable=SC2034 # read by deploy.sh and rollback.sh
FAILED_DEPLOY='paused|rollback_started|rollback_paused|rollback_completed'
# shellcheck disable=SC2034
FAILED_ROLLBACK='paused|rollback_paused'

# update_states [SERVICE…]: prints lines of "NAME UPDATE-STATE" for the given services, or for all of the stack, with -
# for a service that was not updated since its last state.
update_states() {
	local services=("$@")
	if (($# == 0)); then
		mapfile -t services < <(on_manager stack services --quiet "$STACK_NAME")
		((${#services[@]} > 0)) || return 1
	fi
	on_manager service inspect \
		--format '{{.Spec.Name}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{else}}-{{end}}' "${services[@]}"
}

# Prints the services that have too few running tasks, or as a job too few completed ones. A task on a lost node counts
# as running until its successor runs, so there can be more than desired. A global service without tasks has no image.
missing_tasks() {
	local services name tasks
	services=$(on_manager stack services --format '{{.Name}} {{.Replicas}}' "$STACK_NAME") || return 1
	while read -r name tasks; do
		[[ -n $name ]] || continue
		if [[ $tasks =~ \(([0-9]+)/([0-9]+)\ completed\) || $tasks =~ ^([0-9]+)/([0-9]+) ]]; then
			((BASH_REMATCH[2] == 0 || BASH_REMATCH[1] < BASH_REMATCH[2])) || continue
		fi
		say "$name $tasks"
	done <<<"$services"
}

all_tasks_run() {
	local missing
	missing=$(missing_tasks) && [[ -z $missing ]]
}

# wait_for_update FAILED [SERVICE…]: waits until no update of these services, or of any, is in progress and no task is
# missing. Returns false and prints the reason if an update ends in one of the states FAILED or times out. A manager that
# does not answer is asked again.
wait_for_update() {
	local deadline=$((SECONDS + DEPLOY_SECONDS)) steady=0 states='' open=''
	while ((steady < STEADY_POLLS)); do
		if states=$(update_states "${@:2}") && open=$(missing_tasks); then
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

# Prints the desired number of replicas of a service; nothing if the service does not exist.
wanted_replicas() {
	local names
	names=$(on_manager service ls --format '{{.Name}}') || fail "$MANAGER does not answer, or is not a swarm manager."
	grep -qxF "${STACK_NAME}_$1" <<<"$names" || return 0
	on_manager service inspect --format '{{.Spec.Mode.Replicated.Replicas}}' "${STACK_NAME}_$1"
}

# Sets WEB_REPLICAS and API_REPLICAS to the current numbers: those in the settings are for the first deployment.
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

# change_replicas NUMBER: adds NUMBER replicas to web and to api, or removes them if negative; at least one remains.
change_replicas() {
	local service now targets=()
	for service in "${SCALED_SERVICES[@]}"; do
		now=$(wanted_replicas "$service")
		targets+=("${STACK_NAME}_$service=$((now + $1 > 1 ? now + $1 : 1))")
	done
	on_manager service scale --detach "${targets[@]}" >/dev/null
	say "Scaled: ${targets[*]}"
}
