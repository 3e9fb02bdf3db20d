# shellcheck shell=bash
# Sourced by deploy.sh and rollback.sh: what was deployed. Requires remote.sh and services.sh.
#
# Each deploy stores the stack file with all variables replaced as a Docker config, minitwit_release_TIME with the label
# release=TAG, so that a rollback can deploy the previous one again, whatever has been scaled or rotated since. Swarm
# itself remembers only the last change of each service, which may be a scaling.
RELEASES_KEPT=10

# render_release COMPOSE-OPTION…: prints the stack for a later deploy. Its configs are then there already, replicas are
# kept, and the migration does not run again.
render_release() {
	docker stack config "$@" | sed 's/\$/$$/g' | awk -v scaled="${SCALED_SERVICES[*]}" '
		BEGIN { split(scaled, names, " "); for (i in names) is_scaled[names[i]] = 1 }
		/^[a-z]/ { section = $1 }
		/^  [a-z]/ { name = $1; sub(":", "", name) }
		section == "services:" && name == "migrate" { next }
		section == "services:" && is_scaled[name] && /^      replicas: / { print "      replicas: ${" toupper(name) "_REPLICAS}"; next }
		section == "configs:" && /^    file: / { print "    external: true"; next }
		{ print }'
}

# Prints the names of the stored releases, oldest first.
list_releases() {
	on_manager config ls --filter "name=${STACK_NAME}_release_" --format '{{.Name}}' | sort
}

# read_release NAME: prints a stored release.
read_release() {
	on_manager config inspect --format '{{json .Spec.Data}}' "$1" | tr -d '"' | base64 --decode
}

# store_release TAG TEXT: stores a release and removes the oldest ones.
store_release() {
	on_manager config create --label "release=$1" "${STACK_NAME}_release_$(date -u +%Y%m%dt%H%M%Sz)" - <<<"$2" >/dev/null
	list_releases | head -n "-$RELEASES_KEPT" | while read -r name; do forget_release "$name"; done
}

forget_release() {
	on_manager config rm "$1" >/dev/null </dev/null
}

# release_tag NAME: prints the tag of a stored release.
release_tag() {
	on_manager config inspect --format '{{index .Spec.Labels "release"}}' "$1"
}
