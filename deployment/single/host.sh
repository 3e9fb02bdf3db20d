# shellcheck shell=bash
# Sourced by the scripts of this folder. The scripts of ../database then work on this host's compose.yml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ ! -f .env ]; then
	echo "Copy .env.example to .env and fill it in first." >&2
	exit 1
fi
# shellcheck source=.env.example
. ./.env
# The name of the database in its network, and so in its certificate.
export HOST_FOLDER=$PWD PRIVATE_ADDRESS=postgres

# save NAME VALUE: changes a setting in .env.
save() {
	if grep --quiet "^$1=" .env; then sed -i "s|^$1=.*|$1=$2|" .env; else echo "$1=$2" >>.env; fi
}

fail() {
	echo "$*" >&2
	exit 1
}
