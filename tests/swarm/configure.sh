#!/usr/bin/env bash
# configure.sh: prepares $LAB/source, a copy of the working tree, and $LAB/disk, what machines have on their disk beside
# Debian: the engine's settings, the operator's key, the names of the site.
set -euo pipefail
repository=$(cd "$HERE/../.." && pwd)
disk=$LAB/disk

mkdir -p "$LAB/source/node_modules"
(cd "$repository" && git ls-files -z --cached --others --exclude-standard --deduplicate |
	while IFS= read -r -d '' file; do [[ ! -f $file ]] || printf '%s\0' "$file"; done |
	tar --create --null --files-from=-) | tar --extract --directory "$LAB/source"
mount --bind "$(realpath "$repository/node_modules")" "$LAB/source/node_modules"
# The stand-ins have tags but not the digests of the real images.
sed -i -E 's/@sha256:[0-9a-f]{64}//' "$LAB"/source/{stack.yml,deployment/*/compose.yml,deployment/*/Dockerfile}

mkdir -p "$disk"/{etc/docker,usr/local/sbin,root/.ssh,root/.docker,home/deploy/.ssh}
chmod 700 "$disk"/{root/.ssh,home/deploy/.ssh}
cat >"$disk/etc/docker/daemon.json" <<END
{
	"no-new-privileges": true,
	"cgroup-parent": "/$GROUP",
	"registry-mirrors": ["http://10.77.0.1:5000"],
	"insecure-registries": ["10.77.0.1:5000"]
}
END
install -m 755 "$HERE/engine.sh" "$disk/usr/local/sbin/engine"
printf '%s localhost\n10.78.0.11 minitwit.test api.minitwit.test\n' 127.0.0.1 >"$disk/etc/hosts"
# Nobody answers there, so that no name outside the lab resolves.
echo 'nameserver 10.78.0.1' >"$disk/etc/resolv.conf"
ssh-keygen -q -t ed25519 -N '' -f "$disk/root/.ssh/id_ed25519"
# The operator's commands share one connection per host, which is quicker.
printf '%s\n' 'ControlMaster auto' 'ControlPath ~/.ssh/%C' 'ControlPersist 60' 'ServerAliveInterval 5' >"$disk/root/.ssh/config"
cp "$disk/root/.ssh/id_ed25519.pub" "$disk/home/deploy/.ssh/authorized_keys"
chown -R --reference="$CACHE/machine/home/deploy" "$disk/home/deploy"
cp "$repository/node_modules/node/bin/node" "$disk/usr/local/sbin/node"

cat >"$LAB/source/deployment/.env" <<END
SITE_HOST=minitwit.test
ACME_EMAIL=operators@minitwit.test
IMAGE_PREFIX=10.77.0.1:5000/minitwit/
IMAGE_TAG=1.0.0
DATABASE_ADDRESS=10.77.0.20
LOGGING_ADDRESS=10.77.0.20
GRAFANA_DATABASE_HOST=10.77.0.20:5432
RUNBOOKS_URL=https://git.example/docs
MANAGER=10.78.0.11
PRIVATE_NETWORK=10.77.0.0/24
STACK_OVERLAY=tests/swarm/overlay.yml
FILEBEAT_IMAGE=10.77.0.1:5000/beats/filebeat:$(sed -n 's/.*beats\/filebeat:\([^ ]*\)$/\1/p' "$LAB/source/stack.yml")
POLL_SECONDS=1
END
