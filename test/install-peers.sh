#!/bin/sh
# Installs the real peers of the tests: SIPp, baresip and sox, Debian packages.
set -eu
if ! command -v apt-get >/dev/null; then
	echo "no apt-get: the tests with real peers will be skipped" >&2
	exit 0
fi
SUDO=
[ "$(id -u)" = 0 ] || SUDO=sudo
$SUDO apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive $SUDO apt-get install -y -q sip-tester baresip sox >/dev/null
