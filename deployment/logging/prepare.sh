#!/usr/bin/env bash
# prepare.sh
#
# Creates missing files in secrets/: passwords, and certificates signed by a private authority. It can be run
# again; a certificate that expires within 30 days or is for another address is renewed.
#
# Settings: PRIVATE_ADDRESS, from .env beside this file.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=/dev/null
source .env

# The user of Elasticsearch and Kibana in their images; both require that only this user can read the passwords.
ELASTIC_UID=1000
DAYS=825
umask 077
mkdir -p authority secrets

for name in elastic_password kibana_system_password filebeat_password reader_password kibana_encryption_key; do
	[[ -s secrets/$name ]] || openssl rand -hex 24 >"secrets/$name"
done

if [[ ! -s authority/ca.key ]]; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
		-subj "/CN=MiniTwit's logging authority" -keyout authority/ca.key -out authority/ca.crt 2>/dev/null
fi
cp authority/ca.crt secrets/logging_ca

# is_good NAME: whether a certificate for this address exists and does not expire soon.
is_good() {
	openssl x509 -in "secrets/$1.crt" -noout -checkend 2592000 >/dev/null 2>&1 &&
		openssl x509 -in "secrets/$1.crt" -noout -checkip "$PRIVATE_ADDRESS" | grep --quiet 'does match'
}

# make_certificate NAME OTHER-NAMES
make_certificate() {
	is_good "$1" && return
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
		-keyout "secrets/$1.key" -out "secrets/$1.csr" 2>/dev/null
	openssl x509 -req -in "secrets/$1.csr" -CA authority/ca.crt -CAkey authority/ca.key -days "$DAYS" \
		-extfile <(echo "subjectAltName=DNS:$1,DNS:localhost,IP:$PRIVATE_ADDRESS$2") -out "secrets/$1.crt" 2>/dev/null
	rm "secrets/$1.csr"
}

# Services in the swarm reach Elasticsearch as `logging`.
make_certificate elasticsearch ,DNS:logging
make_certificate kibana ''

if [[ $(id -u) == 0 ]]; then chown -R "$ELASTIC_UID:0" secrets; fi
echo "secrets/ is ready for $PRIVATE_ADDRESS."
