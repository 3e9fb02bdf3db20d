#!/usr/bin/env bash
# requirements.sh CACHE
#
# Prints why this machine cannot run the lab, one reason per line. No output means that it can.
set -uo pipefail
cache=$1

has_kernel_features() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --net --mount bash -ec '
		ip link add lab0 type bridge
		ip link add lab1 type veth peer name lab2
		ip link add lab3 type vxlan id 9 dstport 4789 local 127.0.0.1
		folder=$(mktemp -d)
		trap "umount -l $folder/root; rm -rf $folder" EXIT
		mkdir $folder/{lower,upper,work,root}
		mount -t overlay overlay -o lowerdir=$folder/lower,upperdir=$folder/upper,workdir=$folder/work $folder/root
	' >/dev/null 2>&1
}

((EUID == 0)) || { echo 'it needs root: machines are namespaces, and engines run in them' && exit; }
grep -qx 'ID=debian' /etc/os-release 2>/dev/null || echo 'it needs Debian, whose packages the machines are made of'
for program in debootstrap ip nsenter unshare flock pgrep npm; do
	command -v "$program" >/dev/null || echo "it needs the program $program: apt-get install debootstrap iproute2 util-linux procps npm"
done
has_kernel_features || echo 'the kernel lacks network namespaces, bridges, vxlan or overlayfs'
free=$(df --output=avail --block-size=1G "$cache" /tmp | tail -n +2 | sort -n | sed -n 1p)
((free >= 8)) || echo "it needs 8 GB of disk; $free GB are free"
memory=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
((memory >= 5)) || echo "it needs 6 GB of memory; $memory GB are free"
[[ -z $(ip -o address show to 10.77.0.0/24) ]] || echo 'a network here uses its addresses, 10.77.0.0/24'
