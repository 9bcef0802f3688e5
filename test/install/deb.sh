#!/bin/bash
# Installs, upgrades, removes and purges the Debian package under a real systemd, in a container
# of systemd-nspawn without a network; also beside an installed Asterisk.
#   test/install/deb.sh FIRST.deb NEXT.deb [TRIAL ...]
# Its status is 0 when all went well, 77 when it cannot run here, and then it says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/root.sh"
first=${1:?the first package} next=${2:?its upgrade}
shift 2
base=$(root_of systemd,systemd-sysv,dbus,adduser,procps,logrotate,iproute2,man-db)
failed=0
for trial in ${*:-alone beside}; do
	root=$(mktemp -d "${TMPDIR:-/tmp}/obelisk-$trial.XXXXXX")
	trap 'rm -rf "$root"' EXIT
	cp -a "$base/." "$root"
	mkdir "$root/trial"
	cp "$first" "$root/trial/first.deb"
	cp "$next" "$root/trial/next.deb"
	cp "$here/steps.sh" "$here/$trial.sh" "$root/trial/"
	in_systemd "$root" "/trial/$trial.sh" || true
	cat "$root/trial/out"
	grep -q '^all well$' "$root/trial/out" || { failed=1; echo "deb.sh: $trial failed"; }
	rm -rf "$root"
done
exit $failed
