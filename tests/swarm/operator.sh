#!/usr/bin/env bash
# operator.sh COMMAND…: runs a command as the operator would, in the repository; it trusts the lab's authority.
set -euo pipefail
exec "$HERE/machine.sh" run op env CURL_CA_BUNDLE=/srv/shared/authority.crt NODE_EXTRA_CA_CERTS=/srv/shared/authority.crt \
	"SIMULATOR_PASSWORD=$(cat "$LAB/shared/secrets/simulator_password" 2>/dev/null || true)" \
	DEPLOY_SECONDS="${DEPLOY_SECONDS:-300}" bash -c 'cd /srv/minitwit && "$@"' operator "$@"
