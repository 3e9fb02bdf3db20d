#!/bin/sh
# Installs a certificate before nginx starts: ACME's, or a self-signed one until that exists. Then watches for
# a new one in the background and reloads nginx. Run by the image's entrypoint.
set -eu

given="${ACME_CERTIFICATE_FOLDER:-/etc/letsencrypt/live/minitwit}"
used="${CERTIFICATE_FOLDER:-/run/certificate}"
check_seconds="${CERTIFICATE_CHECK_SECONDS:-60}"
# While nginx has only the self-signed certificate, visitors are turned away.
first_check_seconds="${CERTIFICATE_FIRST_CHECK_SECONDS:-2}"

umask 077
mkdir -p "$used/new"

# A renewal replaces certificate and key one after the other; only a matching pair is used.
take_given() {
	[ -r "$given/fullchain.pem" ] && [ -r "$given/privkey.pem" ] &&
		cp -L "$given/fullchain.pem" "$given/privkey.pem" "$used/new/" && is_pair "$used/new" &&
		mv "$used/new/fullchain.pem" "$used/new/privkey.pem" "$used/"
}

is_pair() {
	[ "$(openssl x509 -in "$1/fullchain.pem" -noout -pubkey)" = "$(openssl pkey -in "$1/privkey.pem" -pubout)" ]
}

make_stand_in() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$SITE_HOST" \
		-addext "subjectAltName=DNS:$SITE_HOST,DNS:api.$SITE_HOST" \
		-keyout "$used/privkey.pem" -out "$used/fullchain.pem" 2>/dev/null
}

# watch SECONDS: looks for a new certificate after these SECONDS, and from the first one on every check_seconds.
watch() {
	while sleep "$1"; do
		cmp -s "$given/fullchain.pem" "$used/fullchain.pem" && continue
		take_given && nginx -s reload && echo "certificate.sh: nginx has loaded a new certificate" && set -- "$check_seconds"
	done
}

seconds=$check_seconds
if ! take_given; then
	make_stand_in
	seconds=$first_check_seconds
	echo "certificate.sh: no certificate in $given yet; nginx starts with a self-signed one"
fi
watch "$seconds" &
