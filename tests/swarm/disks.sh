#!/usr/bin/env bash
# disks.sh CACHE
#
# Makes the two folder trees that the lab needs, once, in CACHE: `base`, a minimal Debian for the stand-in images, and
# `machine`, the same with Docker Engine and sshd, the disk with which every machine starts. A tree is renamed to its
# name when it is complete, so an interrupted run leaves nothing that looks complete.
set -euo pipefail
cache=$1
# The first release with PostgreSQL 18, which the database's configuration needs.
release=forky
packages=(docker.io docker-cli docker-compose docker-buildx docker-registry containerd runc tini iptables iproute2
	openssh-server openssh-client openssl curl ca-certificates kmod procps)

# Prints the address of this machine's own Debian mirror.
mirror() {
	local found
	found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
		grep -vE '^[[:space:]]*#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | sed -n 1p | tr -d ' ')
	printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# Sets the proxy that apt uses, which debootstrap takes from the environment.
use_proxy_of_apt() {
	local http_proxy_of_apt=''
	eval "$(apt-config shell http_proxy_of_apt Acquire::http::Proxy)"
	[[ -z $http_proxy_of_apt ]] || export http_proxy=$http_proxy_of_apt
}

make_base() {
	local tree=$cache/base.new script=/usr/share/debootstrap/scripts/sid
	rm -rf "$tree"
	debootstrap --variant=minbase "$release" "$tree" "$(mirror)" "$script"
	cp /etc/resolv.conf "$tree/etc/"
	echo "deb $(mirror) $release main" >"$tree/etc/apt/sources.list"
	[[ -z ${http_proxy:-} ]] || printf 'Acquire::http::Proxy "%s";\n' "$http_proxy" >"$tree/etc/apt/apt.conf.d/90proxy"
	# A mirror may be some weeks behind; signatures are checked nevertheless.
	echo 'Acquire::Check-Valid-Until "false";' >"$tree/etc/apt/apt.conf.d/90stale"
	# No package starts a service.
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
	chmod +x "$tree/usr/sbin/policy-rc.d"
	mv "$tree" "$cache/base"
}

make_machine() {
	local tree=$cache/machine.new
	rm -rf "$tree"
	cp -a "$cache/base" "$tree"
	mount -t proc proc "$tree/proc"
	chroot "$tree" apt-get update -qq
	DEBIAN_FRONTEND=noninteractive chroot "$tree" apt-get install -y -qq --no-install-recommends "${packages[@]}"
	umount "$tree/proc"
	chroot "$tree" apt-get clean
	chroot "$tree" useradd --create-home --shell /bin/bash --groups docker deploy
	install -d -m 755 "$tree/etc/docker" "$tree/root/.docker/cli-plugins"
	mv "$tree" "$cache/machine"
}

mkdir -p "$cache"
use_proxy_of_apt
[[ -d $cache/base ]] || make_base
[[ -d $cache/machine ]] || make_machine
