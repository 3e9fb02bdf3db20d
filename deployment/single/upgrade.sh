#!/usr/bin/env bash
# upgrade.sh TAG: runs version TAG. The new web app and API start beside the old ones, which finish their requests. After
# an interruption, run it again.
. "$(dirname "$0")/host.sh"

[ $# -eq 1 ] || fail "Usage: upgrade.sh TAG"
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
export IMAGE_TAG=$1
# Secrets that the version adds, and the name of its nginx configuration.
./prepare.sh >/dev/null
if [ -n "${IMAGE_PREFIX:-}" ]; then
	docker compose pull --quiet web api migrate
else
	docker compose build --quiet web api migrate
fi
docker compose run --rm migrate
# The rights on new tables.
../database/roles.sh

# Starts a container of the new version, waits until it is healthy, and stops the old ones.
replace() {
	local old new
	mapfile -t old < <(docker compose ps --all --quiet "$1")
	if docker compose up --detach --wait --no-deps --no-recreate --scale "$1=$((${#old[@]} + 1))" "$1"; then
		((${#old[@]} == 0)) || docker stop "${old[@]}" >/dev/null
		((${#old[@]} == 0)) || docker rm "${old[@]}" >/dev/null
		return
	fi
	mapfile -t new < <(docker compose ps --all --quiet "$1" | grep -vxFf <(printf '%s\n' "${old[@]}"))
	((${#new[@]} == 0)) || docker rm --force "${new[@]}" >/dev/null
	fail "The new $1 did not become healthy; what ran before keeps running."
}
replace api
replace web
save IMAGE_TAG "$1"
docker compose up --detach --wait
echo "Version $1 is running. To return to the data from before: ./restore.sh $began"
