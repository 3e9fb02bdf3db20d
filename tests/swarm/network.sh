#!/usr/bin/env bash
# network.sh: two networks in a network namespace `lan`: private, 10.77.0.0/24 (br0), and public, 10.78.0.0/24 (br1).
# This machine joins the private one as 10.77.0.1, where its registry listens.
set -euo pipefail
ip netns add lan
for bridge in br0 br1; do
	ip -n lan link add "$bridge" type bridge
	ip -n lan link set "$bridge" up
done
ip -n lan link set lo up
ip -n lan address add 10.78.0.1/24 dev br1
ip link add mtlab type veth peer name host netns lan
ip -n lan link set host master br0 up
ip address add 10.77.0.1/24 dev mtlab
ip link set mtlab up
