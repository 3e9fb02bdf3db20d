#!/usr/bin/env bash
# pin-images.sh [--check]
#
# Pins each third-party image in stack.yml, the compose files and the Dockerfiles to the digest that its registry has
# for the tag, as in nginx:1.30.4@sha256:…, so that a moved tag changes nothing here. An existing digest is updated.
# --check changes no file and fails if a digest is missing or differs from the registry's.
#
# It needs a docker client with buildx and network access. Run it after changing the version of an image by hand.
set -euo pipefail
cd "$(dirname "$0")/../.."

is_check=false
case ${1:-} in
	'') ;;
	--check) is_check=true ;;
	*) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2 && exit 2 ;;
esac

files=(stack.yml deployment/*/compose.yml deployment/*/Dockerfile)

# images FILE: prints the third-party images that a file names, one per line. Our own images have a variable in
# their name and no third-party version; a stage of a Dockerfile has no tag.
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
