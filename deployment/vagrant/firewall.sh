#!/usr/bin/env bash
# firewall.sh
#
# Closes all ports of a host except those of its ROLE (manager, worker, database or logging). Run as root.
# Rules of an earlier run that are no longer needed are removed.
#
# Settings: ROLE, PRIVATE_NETWORK (such as 10.135.0.0/16), SSH_FROM (comma-separated addresses or networks).
set -euo pipefail
UFW=${UFW:-/etc/ufw}

fail() {
	echo "firewall.sh: $*" >&2
	exit 1
}

# Prints the ufw rules, one per line.
rules() {
	local address inside="from $PRIVATE_NETWORK to any port"
	for address in ${SSH_FROM//,/ }; do echo "allow proto tcp from $address to any port 22"; done
	case $ROLE in
		manager | worker)
			if [[ $ROLE == manager ]]; then
				echo 'allow proto tcp from any to any port 80,443'
				echo 'allow proto udp from any to any port 443'
				echo "allow proto tcp $inside 2377"
			fi
			echo "allow proto tcp $inside 7946"
			echo "allow proto udp $inside 7946"
			echo "allow proto udp $inside 4789"
			echo "allow proto esp from $PRIVATE_NETWORK"
			;;
		# 9100 is node-exporter's port, which Prometheus scrapes.
		database) echo "allow proto tcp $inside 5432,6432,9100" ;;
		logging) echo "allow proto tcp $inside 9200,9100" ;;
		*) fail "ROLE is '$ROLE', not manager, worker, database or logging." ;;
	esac
}

# Published Docker ports bypass ufw's chains; Docker evaluates this chain first. From outside, it accepts ports
# 80 and 443 on managers, where the proxy runs, and replies to connections opened from inside.
docker_chain() {
	local outside
	outside=$(ip -4 -o route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev" && !found++) print $(i + 1) }')
	[[ -n $outside ]] || fail 'This host has no default route.'
	echo '# BEGIN MiniTwit'
	echo '*filter'
	echo ':DOCKER-USER - [0:0]'
	echo "-A DOCKER-USER -i $outside -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
	if [[ $ROLE == manager ]]; then
		echo "-A DOCKER-USER -i $outside -p tcp -m conntrack --ctorigdstport 80 -j RETURN"
		echo "-A DOCKER-USER -i $outside -p tcp -m conntrack --ctorigdstport 443 -j RETURN"
		echo "-A DOCKER-USER -i $outside -p udp -m conntrack --ctorigdstport 443 -j RETURN"
	fi
	echo "-A DOCKER-USER -i $outside -j DROP"
	echo 'COMMIT'
	echo '# END MiniTwit'
}

write_docker_chain() {
	local file=$UFW/after.rules
	{ sed '/^# BEGIN MiniTwit$/,/^# END MiniTwit$/d' "$file" && docker_chain; } >"$file.new"
	if cmp --silent "$file" "$file.new"; then rm "$file.new" && return; fi
	chmod 640 "$file.new"
	mv "$file.new" "$file"
	# A running engine has already added its jump to the chain; ufw refills the chain.
	ufw reload
}

apply_rules() {
	local before=$UFW/minitwit.rules wanted rule
	wanted=$(rules)
	ufw default deny incoming
	ufw default allow outgoing
	# Add new rules first, so that the current connection is never blocked.
	while read -ra rule; do ufw "${rule[@]}"; done <<<"$wanted"
	if [[ -f $before ]]; then
		while read -ra rule; do ufw delete "${rule[@]}"; done < <(grep -vxF "$wanted" "$before" || true)
	fi
	printf '%s\n' "$wanted" >"$before"
	ufw --force enable
}

for key in ROLE PRIVATE_NETWORK SSH_FROM; do [[ -n ${!key:-} ]] || fail "$key is not set."; done
rules >/dev/null
# A new machine still runs cloud-init for a while.
if command -v cloud-init >/dev/null; then cloud-init status --wait >/dev/null || true; fi
if ! command -v ufw >/dev/null; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends ufw
fi
apply_rules
write_docker_chain
