#!/usr/bin/env bash
# Creates missing files in secrets/: a password for each role, and a certificate for this host signed by a
# private authority. Copy authority/ and the passwords in secrets/ to a second host before running it there.
. "$(dirname "$0")/host.sh"

# PostgreSQL's user in the image.
readonly POSTGRES_UID=999
readonly DAYS=825
readonly RENEW_DAYS=30
umask 077
mkdir -p authority secrets

for role in superuser owner app readonly exporter replicator; do
	[ -s "secrets/${role}_password" ] || openssl rand -hex 24 >"secrets/${role}_password"
done
echo "*:*:*:minitwit_replicator:$(cat secrets/replicator_password)" >secrets/replicator.pgpass
for role in app owner; do
	echo "\"minitwit_$role\" \"$(cat "secrets/${role}_password")\""
done >secrets/pgbouncer_users.txt
[ -e secrets/repository.conf ] || cp "$scripts/repository.conf.example" secrets/repository.conf

if [ ! -s authority/ca.key ]; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
		-subj "/CN=MiniTwit's database authority" -keyout authority/ca.key -out authority/ca.crt 2>/dev/null
fi
cp authority/ca.crt secrets/ca.crt

# An address, or the name of a container.
if [[ $PRIVATE_ADDRESS =~ ^[0-9.]+$|: ]]; then kind=IP check=-checkip; else kind=DNS check=-checkhost; fi

has_certificate() {
	openssl x509 -in secrets/server.crt -noout -checkend "$((RENEW_DAYS * 86400))" >/dev/null 2>&1 &&
		openssl x509 -in secrets/server.crt -noout "$check" "$PRIVATE_ADDRESS" | grep 'does match' >/dev/null
}

if ! has_certificate; then
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$PRIVATE_ADDRESS" \
		-keyout secrets/server.key -out secrets/server.csr 2>/dev/null
	openssl x509 -req -in secrets/server.csr -CA authority/ca.crt -CAkey authority/ca.key -days "$DAYS" \
		-extfile <(echo "subjectAltName=$kind:$PRIVATE_ADDRESS") -out secrets/server.crt 2>/dev/null
	rm secrets/server.csr
fi

if [ "$(id -u)" = 0 ]; then
	chown -R "$POSTGRES_UID:$POSTGRES_UID" secrets
fi
echo "secrets/ is ready for $PRIVATE_ADDRESS."
