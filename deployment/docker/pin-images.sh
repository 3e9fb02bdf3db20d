#!/usr/bin/env bash
# pin-images.sh [--check]
#
# Adds to each image of other people's that stack.yml, the compose files and the Dockerfiles name the digest that its
# registry has for the tag, as in nginx:1.30.4@sha256:…, so that a tag that is moved changes nothing here. A digest that is
# there is renewed. --check changes no file and fails when an image has no digest, or another than the registry's.
#
# It needs a docker client with buildx and the network, and is run after the version of an image was raised by hand.
set -euo pipefail
cd "$(dirname "$0")/../.."

is_check=false
case ${1:-} in
	'') ;;
	--check) is_check=true ;;
	*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2 && exit 2 ;;
esac

files=(stack.yml deployment/*/compose.yml deployment/*/Dockerfile)

# images FILE: what it names, one a line. Our own images have a variable in their name or no version of others; a stage of
# a Dockerfile has no tag.
images() {
	sed -nE 's/^(    image:|FROM) ([^ $]+:[^ $]+)( AS .*)?$/\2/p' "$1" | grep -v '^minitwit-' | sort -u
}

failed=false
for file in "${files[@]}"; do
	for image in $(images "$file"); do
		name=${image%@*}
		digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$name")
		[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "The registry has no digest for $name." >&2 && exit 1; }
		[[ $image != "$name@$digest" ]] || continue
		if $is_check; then
			echo "$file: $image is $name@$digest in the registry." >&2
			failed=true
		else
			sed -i "s|$image\$|$name@$digest|; s|$image |$name@$digest |" "$file"
			echo "$file: $name@$digest"
		fi
	done
done
! $failed
