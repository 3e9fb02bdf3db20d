#!/bin/sh
# Gives nginx a certificate before it starts: ACME's, or one signed by itself as long as there is none. Goes on watching in
# the background, and has nginx read a new one. Run by the image's entrypoint; sourcing nothing, it may end when it is done.
set -eu

given="${ACME_CERTIFICATE_FOLDER:-/etc/letsencrypt/live/minitwit}"
used="${CERTIFICATE_FOLDER:-/run/certificate}"
check_seconds="${CERTIFICATE_CHECK_SECONDS:-60}"

umask 077
mkdir -p "$used"

# The certificate and the key are two files, which a renewal replaces one after the other.
is_pair() {
	[ -r "$1/fullchain.pem" ] && [ -r "$1/privkey.pem" ] &&
		[ "$(openssl x509 -in "$1/fullchain.pem" -noout -pubkey)" = "$(openssl pkey -in "$1/privkey.pem" -pubout)" ]
}

take_given() {
	cp -L "$given/fullchain.pem" "$used/fullchain.new" && cp -L "$given/privkey.pem" "$used/privkey.new" &&
		mv "$used/fullchain.new" "$used/fullchain.pem" && mv "$used/privkey.new" "$used/privkey.pem"
}

make_stand_in() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$SITE_HOST" \
		-addext "subjectAltName=DNS:$SITE_HOST,DNS:api.$SITE_HOST" \
		-keyout "$used/privkey.pem" -out "$used/fullchain.pem" 2>/dev/null
}

watch() {
	while sleep "$check_seconds"; do
		is_pair "$given" 2>/dev/null || continue
		cmp -s "$given/fullchain.pem" "$used/fullchain.pem" && continue
		take_given && nginx -s reload && echo "certificate.sh: nginx has a new certificate"
	done
}

if is_pair "$given" 2>/dev/null; then
	take_given
else
	make_stand_in
	echo "certificate.sh: there is no certificate in $given yet, nginx starts with one that nobody trusts"
fi
watch &
