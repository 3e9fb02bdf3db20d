#!/usr/bin/env bash
# builder.sh start              starts a machine with this machine's network, an engine that builds, and the registry
# builder.sh base               builds and pushes stand-ins for the base images that the repository names
# builder.sh seed               makes $LAB/seed, an engine's data with these images, with which every machine begins
# builder.sh release VERSION    builds and pushes the images of a release
# builder.sh derive IMAGE TEXT  builds and pushes an image from a Dockerfile without files
#
# Images, build caches and the registry are kept in $CACHE/builder.
set -euo pipefail
registry=10.77.0.1:5000
on_builder() { "$HERE/machine.sh" run builder "$@"; }

start() {
	mkdir -p "$CACHE/builder" "$LAB/machines/builder/"{upper,work,root}
	# With --bridge=none an engine deletes docker0, which is another engine's.
	ip link add mtbuild type bridge
	ip address add 10.79.0.1/24 dev mtbuild
	"$HERE/machine.sh" start builder
	on_builder engine start --bridge=mtbuild --iptables=false --ip6tables=false --ip-forward=false
	cat >"$LAB/shared/registry.yml" <<-END
		version: 0.1
		log: { level: warn }
		storage: { filesystem: { rootdirectory: /var/lib/docker/minitwit-registry } }
		http: { addr: '$registry' }
	END
	on_builder bash -c 'setsid docker-registry serve /srv/shared/registry.yml >/var/log/registry.log 2>&1 </dev/null &'
	for _ in $(seq 100); do
		! curl --silent --fail "http://$registry/v2/" >/dev/null || return 0
		sleep 0.1
	done
	on_builder cat /var/log/registry.log && return 1
}

# The contexts of the stand-ins, with what they need from this machine.
prepare_contexts() {
	local folder=$LAB/shared/images
	cp -r "$HERE/images" "$folder"
	cp /etc/ssl/certs/ca-certificates.crt "$folder/debian/authorities.crt"
	cp "$HERE/../../node_modules/node/bin/node" "$folder/node/"
	cp -r "$(npm root --global)/npm" "$folder/node/npm"
	# One authority as long as the cache, so that the image of certbot stays the same.
	if [[ ! -d $CACHE/authority ]]; then
		mkdir -p "$CACHE/authority.new"
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=The lab' \
			-keyout "$CACHE/authority.new/ca.key" -out "$CACHE/authority.new/ca.crt" 2>/dev/null
		mv "$CACHE/authority.new" "$CACHE/authority"
	fi
	cp -r "$CACHE/authority" "$folder/certbot/authority"
	cp "$CACHE/authority/ca.crt" "$LAB/shared/authority.crt"
}

# build OPTION… FOLDER
build() { on_builder docker build --quiet --network host "$@" >/dev/null; }

# Prints the base images of the repository: what stack.yml, the Dockerfiles and the compose files name with a tag.
base_images() {
	sed -nE 's/^(    image:|FROM) ([a-z][^ $]+:[^ $]+)( AS .*)?$/\2/p' "$LAB"/source/{stack.yml,deployment/*/compose.yml,deployment/*/Dockerfile} |
		grep -v '^minitwit-' | sort -u
}

# build_stand_in IMAGE: builds images/NAME, if there is one, and pushes it under the name that a mirror is asked for.
build_stand_in() {
	local image=$1 name=${1%:*} path=${1#docker.elastic.co/}
	name=${name##*/}
	[[ -d $HERE/images/$name ]] || return 0
	[[ $path == */* ]] || path=library/$path
	build --tag "$image" --tag "$registry/$path" "/srv/shared/images/$name"
	on_builder docker push --quiet "$registry/$path"
}

base() {
	local image
	prepare_contexts
	on_builder docker image inspect lab/tree >/dev/null 2>&1 ||
		tar --directory "$CACHE/base" --create . | on_builder docker import - lab/tree
	build --tag lab/debian /srv/shared/images/debian
	build --tag lab/node /srv/shared/images/node
	export -f build_stand_in build on_builder
	export registry
	base_images | xargs -P 2 -I {} bash -ec 'build_stand_in {}'
	build --tag "$registry/minitwit-database:18.4" /srv/minitwit/deployment/database
	on_builder docker push --quiet "$registry/minitwit-database:18.4"
}

# The stand-ins, as tags of the registry.
stand_ins() {
	on_builder docker image ls --format '{{.Repository}}:{{.Tag}}' | grep "^$registry/" | grep -vE "^$registry/minitwit/|<none>" | sort
}

seed() {
	local version image
	# shellcheck disable=SC2046 # one word a tag
	version=$(on_builder docker image inspect --format '{{.Id}}' $(stand_ins) | sha256sum | cut -c 1-12)
	if [[ ! -d $CACHE/seed-$version ]]; then
		rm -rf "$CACHE"/seed-*
		"$HERE/machine.sh" start seed 9
		"$HERE/machine.sh" run seed engine start
		# Under the names with which the services ask for them, so that they are known by these.
		for image in $(stand_ins | sed "s#^$registry/##; s#^library/##"); do
			"$HERE/machine.sh" run seed docker pull --quiet "$image" || "$HERE/machine.sh" run seed docker pull --quiet "$registry/$image"
		done
		"$HERE/machine.sh" run seed engine stop
		"$HERE/machine.sh" lose seed
		rm -f "$LAB/machines/seed/docker/engine-id"
		mv "$LAB/machines/seed/docker" "$CACHE/seed-$version"
	fi
	ln -s "$CACHE/seed-$version" "$LAB/seed"
}

release() {
	local target
	for target in web api migrate; do
		build --file /srv/minitwit/deployment/docker/Dockerfile --target "$target" --build-arg "VERSION=$1" \
			--build-arg "REVISION=$(git -C "$HERE" rev-parse HEAD)" --tag "$registry/minitwit/$target:$1" /srv/minitwit
		on_builder docker push --quiet "$registry/minitwit/$target:$1"
	done
}

derive() {
	# shellcheck disable=SC2016 # the machine expands it
	on_builder bash -c 'docker build --quiet --tag "$0" - <<<"$1"' "$1" "$2"
	on_builder docker push --quiet "$1"
}

"$@"
