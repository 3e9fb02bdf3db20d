#!/bin/sh
# Does what the real image does before nginx starts: fills in the templates and runs /docker-entrypoint.d.
set -eu
names=$(env | sed -n 's/^\([A-Z_]*\)=.*/${\1}/p' | tr '\n' ' ')
for template in /etc/nginx/templates/*.template; do
	file=$(basename "$template" .template)
	envsubst "$names" <"$template" >"/etc/nginx/conf.d/$file"
done
for script in /docker-entrypoint.d/*.sh; do
	if [ -x "$script" ]; then "$script"; fi
done
exec "$@"
