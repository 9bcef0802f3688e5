#!/bin/sh
# Installs what the tests need beside Go, Debian packages: a C compiler for the race
# detector, SIPp, baresip and sox as real peers, Chromium and what its pages need, libopus, ip for network namespaces, and what fail2ban reads our log with.
set -eu
if ! command -v apt-get >/dev/null; then
	echo "no apt-get: the tests with real peers will be skipped" >&2
	exit 0
fi
SUDO=
[ "$(id -u)" = 0 ] || SUDO=sudo
$SUDO apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive $SUDO apt-get install -y -q gcc libc6-dev sip-tester baresip sox libopus0 iproute2 python3 sipsak chromium kamailio postgresql libtelephony-asterisk-ami-perl libasterisk-agi-perl >/dev/null
# fail2ban's filter and the program that tries it; the package itself would start a service.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/obelisk/fail2ban
if [ ! -x "$CACHE/usr/bin/fail2ban-regex" ]; then
	mkdir -p "$CACHE"
	(cd "$CACHE" && apt-get download -q fail2ban >/dev/null && dpkg -x fail2ban_*.deb . && rm -f fail2ban_*.deb)
fi
# SIP.js for pages, and axe-core, which looks at them: by npm where it is there.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/obelisk
if [ ! -s "$CACHE/axe.js" ] && command -v npm >/dev/null; then
	WORK=$(mktemp -d)
	(cd "$WORK" && echo '{"private":true}' >package.json && npm install --no-audit --no-fund --silent sip.js@0.21.2 axe-core@4.14.1 esbuild@0.28.2 >/dev/null &&
		echo "export * from 'sip.js';" >entry.js && mkdir -p "$CACHE/sipjs" &&
		node_modules/.bin/esbuild entry.js --bundle --format=esm --minify --log-level=error --outfile="$CACHE/sipjs/sip.js" && cp node_modules/axe-core/axe.min.js "$CACHE/axe.js") ||
		echo "npm cannot fetch SIP.js and axe-core: their tests will be skipped" >&2
	rm -rf "$WORK"
fi
