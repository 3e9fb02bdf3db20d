# shellcheck shell=bash
# Sourced by add-workers.sh: creates workers with Vagrant. Requires remote.sh.

VAGRANT_FOLDER=${VAGRANT_FOLDER:-$ROOT/deployment/vagrant}

# Prints the number of workers in Vagrant's settings; the machines are worker-1 to worker-N.
configured_workers() {
	local line
	line=$(grep -E '^WORKERS=[0-9]+$' "$VAGRANT_FOLDER/.env" 2>/dev/null | tail -n 1) ||
		fail "$VAGRANT_FOLDER/.env has no line WORKERS=…: copy .env.example first."
	printf '%s\n' "${line#WORKERS=}"
}

# Writes a new file and renames it, so that the settings are never half written.
write_workers() {
	local file=$VAGRANT_FOLDER/.env
	sed "s/^WORKERS=.*/WORKERS=$1/" "$file" >"$file.new"
	mv "$file.new" "$file"
}

# make_workers NUMBER: creates additional machines and stores their addresses in NEW_ADDRESSES.
make_workers() {
	local before number names=() name address
	before=$(configured_workers)
	for ((number = before + 1; number <= before + $1; number++)); do names+=("worker-$number"); done
	write_workers $((before + $1))
	if ! (cd "$VAGRANT_FOLDER" && vagrant up --provider=digital_ocean "${names[@]}" >&2); then
		fail "Vagrant could not create ${names[*]}. Fix the cause and run 'vagrant up' in $VAGRANT_FOLDER," \
			"then add-workers.sh with their addresses; or run 'vagrant destroy' for them and set WORKERS=$before again."
	fi
	NEW_ADDRESSES=()
	for name in "${names[@]}"; do
		address=$(cd "$VAGRANT_FOLDER" && vagrant ssh-config "$name" | awk '$1 == "HostName" { print $2 }')
		[[ -n $address ]] || fail "Vagrant reports no address for $name."
		NEW_ADDRESSES+=("$address")
	done
	say "Created ${names[*]}: ${NEW_ADDRESSES[*]}"
}
