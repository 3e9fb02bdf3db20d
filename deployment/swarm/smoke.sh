#!/usr/bin/env bash
# smoke.sh SITE_HOST [VERSION]
#
# Tests the site from outside, through the proxy and TLS: pages and API respond, plain HTTP redirects to HTTPS,
# internal paths are closed, and the web app has VERSION, if given. Prints all problems.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=remote.sh
source "$HERE/remote.sh"
problems=0

# ask URL: prints the body and then a line with the status and the redirect target.
ask() {
	curl --silent --show-error --max-time 10 --write-out '\n%{http_code} %{redirect_url}' "$1" || true
}

# expect WHAT STATUS-AND-REDIRECT BODY URL: both expectations are patterns. It retries, because one try may reach
# a replica that is stopping.
expect() {
	local what=$1 status=$2 body=$3 url=$4 answer line try
	for try in 1 2 3; do
		answer=$(ask "$url")
		line=${answer##*$'\n'}
		if [[ $line =~ $status && ${answer%$'\n'*} =~ $body ]]; then return 0; fi
		((try == 3)) || sleep "$POLL_SECONDS"
	done
	say "FAILED  $what: $url answered '$line'"
	problems=$((problems + 1))
}

if [[ ${1:-} == --help ]]; then usage; fi
(($# == 1 || $# == 2)) || usage 2 >&2
require_programs curl
site=$1

expect 'the public timeline' '^200 ' '</html>' "https://$site/public"
expect "the API's latest" '^200 ' '^\{"latest":-?[0-9]+\}$' "https://api.$site/latest"
expect 'plain HTTP redirects to HTTPS' "^30[18] https://$site/public\$" '' "http://$site/public"
for host in "$site" "api.$site"; do
	for path in metrics readyz; do
		expect "/$path is not public" '^40[34] ' '' "https://$host/$path"
	done
done
if (($# == 2)); then
	expect "the web app has version $2" '^200 ' "^\{\"version\":\"${2//./\\.}\"\}\$" "https://$site/_app/version.json"
fi
((problems == 0)) || fail "$problems check(s) of $site failed."
say "$site passed all checks."
