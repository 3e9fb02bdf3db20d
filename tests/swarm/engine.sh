#!/usr/bin/env bash
# engine.sh start [OPTION…]    starts this machine's Docker Engine and waits until it answers
# engine.sh stop               stops it; containers stop too
set -euo pipefail
verb=$1
shift
case $verb in
	start)
		rm -f /run/docker.pid
		setsid dockerd "$@" >>/var/log/dockerd.log 2>&1 </dev/null &
		for _ in $(seq 300); do
			! docker info >/dev/null 2>&1 || exit 0
			sleep 0.1
		done
		tail -n 20 /var/log/dockerd.log && exit 1
		;;
	stop)
		kill -TERM "$(cat /run/docker.pid)"
		while pgrep -x dockerd >/dev/null; do sleep 0.1; done
		;;
esac
