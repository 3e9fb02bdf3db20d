#!/usr/bin/env bash
# upgrade.sh TAG: runs version TAG. The new web app and API start beside the old ones, which finish their requests.
. "$(dirname "$0")/host.sh"

[ $# -eq 1 ] || fail "Usage: upgrade.sh TAG"
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
export IMAGE_TAG=$1
if [ -n "${IMAGE_PREFIX:-}" ]; then
	docker compose pull --quiet web api migrate
else
	docker compose build --quiet web api migrate
fi
docker compose run --rm migrate

# Starts a container of the new version, waits until it is healthy, and stops the old one.
replace() {
	local old
	old=$(docker compose ps --quiet "$1")
	if ! docker compose up --detach --wait --no-deps --no-recreate --scale "$1=2" "$1"; then
		docker compose ps --all --quiet "$1" | grep -vxF "$old" | xargs --no-run-if-empty docker rm --force
		fail "The new $1 did not become healthy, so the old one keeps running."
	fi
	docker stop "$old" >/dev/null
	docker rm "$old" >/dev/null
}
replace api
replace web
sed -i "s/^IMAGE_TAG=.*/IMAGE_TAG=$1/" .env
# A change of nginx's files needs a new container, and refuses connections for a second.
NGINX_CONFIGURATION=$(cat ../nginx/*.* ../nginx/servers/* | sha256sum | cut -c1-12)
export NGINX_CONFIGURATION
docker compose up --detach --wait
echo "Version $1 is running. To return to the data from before: ./restore.sh $began"
