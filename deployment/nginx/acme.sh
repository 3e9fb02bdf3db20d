#!/bin/sh
# The main script of container `acme`, in certbot's image: requests a certificate for both names and renews it.
# nginx serves the challenges in /var/www/acme and reads the certificate from /etc/letsencrypt.
set -eu

# Let's Encrypt allows five failures per hour.
retry_seconds="${ACME_RETRY_SECONDS:-900}"
# certbot renews a certificate with less than a third of its lifetime left and otherwise does nothing.
check_seconds="${ACME_CHECK_SECONDS:-43200}"
# nginx must be running to serve the challenge: a failed attempt would cost retry_seconds.
proxy="${ACME_PROXY:-http://tasks.proxy}"
webroot="${ACME_WEBROOT:-/var/www/acme}"
folder="${ACME_CERTIFICATE_FOLDER:-/etc/letsencrypt/live/minitwit}"
# For Prometheus, which alerts before the certificate expires and if this file is not written.
metrics_file="${FIGURE_FILE:-/var/lib/figures/certificate.prom}"

# A shell that runs `sleep` in the foreground does not handle signals.
pause() {
	sleep "$1" &
	wait $!
}
trap 'exit 0' TERM INT

# Returns whether the proxy serves a file of the webroot under both names.
is_served() {
	for name in "$SITE_HOST" "api.$SITE_HOST"; do
		answer=$(wget -q -T 2 -O - --header "Host: $name" "$proxy/.well-known/acme-challenge/probe" 2>/dev/null) || return 1
		[ "$answer" = "$probe" ] || return 1
	done
}

probe="$(date +%s)-$$"
mkdir -p "$webroot/.well-known/acme-challenge"
echo "$probe" >"$webroot/.well-known/acme-challenge/probe"
until is_served; do pause 2; done
while :; do
	if certbot certonly --non-interactive --agree-tos --email "$ACME_EMAIL" --keep-until-expiring \
		--webroot --webroot-path "$webroot" --cert-name minitwit ${ACME_SERVER:+--server "$ACME_SERVER"} \
		--domain "$SITE_HOST" --domain "api.$SITE_HOST"; then
		sh "${FIGURE_SCRIPT:-/certificate-expiry.sh}" "$folder/fullchain.pem" "$SITE_HOST" "$metrics_file" || true
		pause "$check_seconds"
	else
		pause "$retry_seconds"
	fi
done
