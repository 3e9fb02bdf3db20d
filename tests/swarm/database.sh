#!/usr/bin/env bash
# database.sh: sets up the database host as deployment/database/README.md says, and a folder of secrets for init.sh.
set -euo pipefail
registry=10.77.0.1:5000

# shellcheck disable=SC2016 # the machine expands it
"$HERE/machine.sh" run db bash -ec '
	for image in $(sed -nE "s/^ +image: ([^ ]+)$/\1/p" /srv/minitwit/deployment/database/compose.yml); do
		docker image inspect "$image" >/dev/null 2>&1 && continue
		docker pull --quiet "$0/$image"
		docker tag "$0/$image" "$image"
	done
	cp -r /srv/minitwit/deployment/database /srv/database
	cd /srv/database
	sed -e s/10.20.0.10/10.77.0.20/ -e s#10.20.0.0/24#10.77.0.0/24# -e s/MEMORY_MB=4096/MEMORY_MB=512/ .env.example >.env
	./prepare.sh
	docker compose --profile pooler up --detach --wait
	./pooler.sh to 10.77.0.20 5432' "$registry"

passwords=$LAB/machines/db/upper/srv/database/secrets
secrets=$LAB/shared/secrets
mkdir -p "$secrets"
# url ROLE PORT DATABASE
url() {
	printf 'postgres://minitwit_%s:%s@10.77.0.20:%s/%s?sslmode=verify-full&sslrootcert=/run/secrets/database_ca' \
		"$1" "$(cat "$passwords/$1_password")" "$2" "$3"
}
url app 6432 minitwit >"$secrets/database_url"
url app 6432 minitwit_direct >"$secrets/database_direct_url"
cp "$secrets/database_direct_url" "$secrets/database_read_url"
url owner 5432 minitwit >"$secrets/database_owner_url"
url exporter 5432 minitwit >"$secrets/exporter_database_url"
cp "$passwords/ca.crt" "$secrets/database_ca"
cp "$passwords/ca.crt" "$secrets/logging_ca"
cp "$passwords/readonly_password" "$secrets/grafana_database_password"
echo none >"$secrets/smtp_url"
for name in grafana_admin_password filebeat_password simulator_password; do openssl rand -hex 12 >"$secrets/$name"; done
cp "$LAB/source/deployment/alertmanager/alertmanager.yml" "$secrets/alertmanager_config"
