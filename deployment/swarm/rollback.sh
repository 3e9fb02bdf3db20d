#!/usr/bin/env bash
# rollback.sh
#
# Deploys the release before the last deployment again, except its migration, because a schema only grows. The numbers of
# replicas and the secrets stay as they are now. Then it waits and tests the site. Each run goes one release back.
#
# Settings: as deploy.sh.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
# shellcheck source=services.sh
source "$HERE/services.sh"
# shellcheck source=releases.sh
source "$HERE/releases.sh"

if [[ ${1:-} == --help ]]; then usage; fi
(($# == 0)) || usage 2 >&2
require_programs ssh docker curl awk
require_settings MANAGER SITE_HOST

mapfile -t releases < <(list_releases)
((${#releases[@]} >= 2)) || fail "There is nothing to roll back to: the last deploy was the first."
current=${releases[-1]} previous=${releases[-2]}
file=$(mktemp)
trap 'rm -f "$file"' EXIT
read_release "$previous" >"$file"
tag=$(release_tag "$previous")

say "Rolling back to $tag."
keep_replicas
on_manager stack deploy --compose-file "$file" --with-registry-auth --detach=true "$STACK_NAME" || fail "The manager refused $tag."
wait_for_update "$FAILED_DEPLOY" || fail "Not every service was rolled back: see 'docker stack ps $STACK_NAME'."
"$HERE/smoke.sh" "$SITE_HOST" "$tag"
forget_release "$current"
say "$tag runs again."
