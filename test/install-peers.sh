#!/bin/sh
# Installs what the tests need beside Go, Debian packages: SIPp, baresip and sox as
# real peers, libopus, and ip for network namespaces.
set -eu
if ! command -v apt-get >/dev/null; then
	echo "no apt-get: the tests with real peers will be skipped" >&2
	exit 0
fi
SUDO=
[ "$(id -u)" = 0 ] || SUDO=sudo
$SUDO apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive $SUDO apt-get install -y -q sip-tester baresip sox libopus0 iproute2 >/dev/null
