#!/usr/bin/env bash
# boot.sh NAME: the first process of a machine, in namespaces of its own. Mounts the machine's file system, which is
# Debian below the lab's settings below the machine's own changes, makes it the root, and becomes tini.
set -euo pipefail
name=$1 folder=$LAB/machines/$1
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$LAB/disk:$CACHE/machine,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
cd "$folder/root"
mkdir -p old var/lib/docker sys proc dev run srv/shared srv/minitwit
hostname "$name"
mount --bind "$LAB/shared" srv/shared
mount --rbind "$LAB/source" srv/minitwit
if [[ $name == builder ]]; then
	mount --bind "$CACHE/builder" var/lib/docker
	cp "$LAB/resolv.conf" etc/resolv.conf
else
	mount --bind "$folder/docker" var/lib/docker
fi
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mkdir -p run/sshd
pivot_root . old
umount -l /old
# Docker needs mounts that propagate to its containers.
mount --make-rshared /
exec tini -s -- sleep infinity
