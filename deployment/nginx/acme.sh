#!/bin/sh
# The main script of container `acme`, in certbot's image: requests a certificate for both names and renews it.
# nginx serves the challenges in /var/www/acme and reads the certificate from /etc/letsencrypt.
set -eu

# Let's Encrypt allows five failures per hour.
retry_seconds="${ACME_RETRY_SECONDS:-900}"
# certbot renews a certificate with less than a third of its lifetime left and otherwise does nothing.
check_seconds="${ACME_CHECK_SECONDS:-43200}"
# nginx must be running to serve the challenge.
first_seconds="${ACME_FIRST_SECONDS:-30}"
folder="${ACME_CERTIFICATE_FOLDER:-/etc/letsencrypt/live/minitwit}"
# For Prometheus, which alerts before the certificate expires and if this file is not written.
metrics_file="${FIGURE_FILE:-/var/lib/figures/certificate.prom}"

# A shell that runs `sleep` in the foreground does not handle signals.
pause() {
	sleep "$1" &
	wait $!
}
trap 'exit 0' TERM INT

pause "$first_seconds"
while :; do
	if certbot certonly --non-interactive --agree-tos --email "$ACME_EMAIL" --keep-until-expiring \
		--webroot --webroot-path /var/www/acme --cert-name minitwit ${ACME_SERVER:+--server "$ACME_SERVER"} \
		--domain "$SITE_HOST" --domain "api.$SITE_HOST"; then
		sh "${FIGURE_SCRIPT:-/certificate-expiry.sh}" "$folder/fullchain.pem" "$SITE_HOST" "$metrics_file" || true
		pause "$check_seconds"
	else
		pause "$retry_seconds"
	fi
done
