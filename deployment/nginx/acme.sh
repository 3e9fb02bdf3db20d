#!/bin/sh
# Asks ACME for a certificate of both names and renews it: the whole work of the container `acme`, in the image of certbot.
# nginx serves what it leaves in /var/www/acme, and takes the certificate from /etc/letsencrypt by itself.
set -eu

# Let's Encrypt allows five failures an hour.
retry_seconds="${ACME_RETRY_SECONDS:-900}"
# certbot renews a certificate that has less than a third of its life left, and otherwise does nothing.
check_seconds="${ACME_CHECK_SECONDS:-43200}"
# nginx has to be there to be asked.
first_seconds="${ACME_FIRST_SECONDS:-30}"

# A shell that waits for `sleep` itself would not hear that it is to stop.
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
		pause "$check_seconds"
	else
		pause "$retry_seconds"
	fi
done
