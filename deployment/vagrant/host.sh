#!/usr/bin/env bash
# host.sh
#
# Prepares a Debian host, as root: a pinned version of Docker Engine, unattended upgrades, SSH with keys only.
# It can be run again to install a new DOCKER_VERSION.
#
# Settings: DOCKER_VERSION (such as 28.2.2), ROLE.
set -euo pipefail
ETC=${ETC:-/etc}
DOCKER_KEY=9DC858229FC7DD38854AE2D88D81803C0EBFCD88
export DEBIAN_FRONTEND=noninteractive

fail() {
	echo "host.sh: $*" >&2
	exit 1
}

# write FILE: writes standard input to a file under /etc.
write() {
	mkdir -p "$(dirname "$ETC/$1")"
	cat >"$ETC/$1"
}

add_docker_packages() {
	local key=$ETC/apt/keyrings/docker.asc found
	mkdir -p "$(dirname "$key")"
	curl --fail --silent --show-error --location --output "$key.new" https://download.docker.com/linux/debian/gpg
	found=$(gpg --show-keys --with-colons "$key.new" | awk -F: '$1 == "fpr" && !found++ { print $10 }')
	[[ $found == "$DOCKER_KEY" ]] || fail "Docker's key is $found instead of $DOCKER_KEY."
	mv "$key.new" "$key"
	# shellcheck disable=SC1091 # a file of the host that this runs on
	write apt/sources.list.d/docker.list <<-END
		deb [arch=$(dpkg --print-architecture) signed-by=$key] https://download.docker.com/linux/debian $(. /etc/os-release && echo "$VERSION_CODENAME") stable
	END
	apt-get update -qq
}

install_docker() {
	local version
	# Filebeat reads these logs; the limit keeps them from filling the disk. no-new-privileges is a default
	# here because Swarm cannot set it per service.
	write docker/daemon.json <<-'END'
		{ "log-driver": "json-file", "log-opts": { "max-size": "50m", "max-file": "4" }, "no-new-privileges": true }
	END
	version=$(apt-cache madison docker-ce | awk -v wanted=":$DOCKER_VERSION-" 'index($3, wanted) && !found++ { print $3 }')
	[[ -n $version ]] || fail "There is no Docker Engine $DOCKER_VERSION for this Debian."
	apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends --allow-change-held-packages --allow-downgrades \
		"docker-ce=$version" "docker-ce-cli=$version" containerd.io docker-compose-plugin
	# The engine is only upgraded when an operator can drain the node.
	apt-mark hold docker-ce docker-ce-cli containerd.io
	usermod --append --groups docker deploy
}

enable_automatic_updates() {
	write apt/apt.conf.d/20auto-upgrades <<-'END'
		APT::Periodic::Update-Package-Lists "1";
		APT::Periodic::Unattended-Upgrade "1";
		Unattended-Upgrade::Automatic-Reboot "false";
	END
}

restrict_ssh() {
	write ssh/sshd_config.d/10-minitwit.conf <<-'END'
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PermitRootLogin no
	END
	systemctl reload ssh
}

for key in DOCKER_VERSION ROLE; do [[ -n ${!key:-} ]] || fail "$key is not set."; done
apt-get update -qq
apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends ca-certificates curl gnupg unattended-upgrades
add_docker_packages
install_docker
enable_automatic_updates
restrict_ssh
if [[ $ROLE == logging ]]; then
	# Elasticsearch requires at least this value.
	write sysctl.d/60-elasticsearch.conf <<<'vm.max_map_count = 262144'
	sysctl --quiet --system
fi
