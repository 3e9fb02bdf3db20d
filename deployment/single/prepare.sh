#!/usr/bin/env bash
# Creates what is missing in secrets/ (of the database) and app-secrets/ (of everything else), and
# names the configuration of nginx in .env. Run as root.
. "$(dirname "$0")/host.sh"

[ "$(id -u)" = 0 ] || fail "Run this as root: PostgreSQL's user in the container must own its secrets."
../database/prepare.sh
# PostgreSQL's user in the image writes the backups.
[ -z "${BACKUP_FOLDER:-}" ] || install --directory --mode 750 --owner 999 --group 999 "$BACKUP_FOLDER"

mkdir -p -m 700 app-secrets
put() {
	cat >"app-secrets/$1"
	chmod 644 "app-secrets/$1"
}
address() {
	echo "postgres://minitwit_$1:$(cat "secrets/$1_password")@postgres:5432/minitwit?sslmode=verify-full&sslrootcert=/run/secrets/database_ca"
}
address app | put database_url
address owner | put database_owner_url
address exporter | put exporter_database_url
put database_ca <secrets/ca.crt
put grafana_database_password <secrets/readonly_password
for name in simulator_password grafana_admin_password; do
	[ -s "app-secrets/$name" ] || openssl rand -hex 16 | put "$name"
done
[ -s app-secrets/smtp_url ] || echo none | put smtp_url
# A change of nginx's files needs a new container, and refuses connections for a second.
save NGINX_CONFIGURATION "$(cat ../nginx/*.conf ../nginx/*.template ../nginx/*.sh ../nginx/*.html ../nginx/servers/* | sha256sum | cut -c 1-12)"
echo "Next: docker compose up --detach --wait"
