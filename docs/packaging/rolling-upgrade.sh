#!/bin/sh
# Exchanges the machines of a switchboard (cluster.conf) one at a time: each is drained, its calls end, it is restarted with
# the new version, and the next one follows when it is there again.
#
# Usage: rolling-upgrade.sh NODE ...
#
#   ON        runs a command line at a node, as "$ON NODE COMMAND"; without it ssh
#   OBELISK   the program there; without it obelisk
#   EXCHANGE  the command that puts the new version in place and starts it; without it "systemctl restart obelisk"
#   PATIENCE  seconds that calls may take to end, 3600; then the node takes calls again, and nothing more is exchanged
set -eu
ON=${ON:-ssh} OBELISK=${OBELISK:-obelisk} EXCHANGE=${EXCHANGE:-systemctl restart obelisk} PATIENCE=${PATIENCE:-3600}
[ $# -gt 0 ] || { sed -n 's/^# \{0,1\}//p' "$0" | sed 1d; exit 2; }

ask() { # NODE CONSOLE-COMMAND
	$ON "$1" "$OBELISK -rx '$2'"
}

drained() { # NODE: waits until it has no calls
	waited=0
	while :; do
		said=$(ask "$1" 'cluster drain') || { echo "$1: $said" >&2; return 1; }
		case $said in
		*' 0 calls and '*) return 0 ;;
		esac
		[ "$waited" -lt "$PATIENCE" ] || { echo "$1: $said" >&2; return 1; }
		sleep 1
		waited=$((waited + 1))
	done
}

back() { # NODE: waits until it sees others
	for _ in $(seq 120); do
		if ask "$1" 'cluster show nodes' 2>/dev/null | grep -q ' alive '; then
			return 0
		fi
		sleep 1
	done
	return 1
}

for node; do
	if ! drained "$node"; then
		ask "$node" 'cluster join' || true
		echo "$node: is not exchanged" >&2
		exit 1
	fi
	$ON "$node" "$EXCHANGE"
	back "$node" || { echo "$node: does not come back" >&2; exit 1; }
	echo "$node: exchanged"
done
