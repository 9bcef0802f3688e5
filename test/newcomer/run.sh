#!/bin/bash
# Does what the first screen of README.md says, to the letter, on a clean Debian that has never
# seen Obelisk, and ends with a call. In a container of systemd-nspawn; needs root, and says why
# where it cannot run (77).
#   test/newcomer/run.sh [PACKAGE.deb]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/../install/root.sh"
arch=$(dpkg --print-architecture 2>/dev/null) || cannot "this is no Debian"
package=${1:-$(ls -t "$top"/bin/packages/obelisk_*_"$arch".deb 2>/dev/null | head -1)}
[ -f "$package" ] || cannot "there is no package in bin/packages (make deb)"
base=$(root_of systemd,systemd-sysv,dbus,sudo,make,iproute2,procps,adduser,logrotate,ca-certificates,tzdata,libopus0,baresip)
root=$(mktemp -d "${TMPDIR:-/tmp}/obelisk-newcomer.XXXXXX")
trap 'rm -rf "$root"' EXIT
cp -a "$base/." "$root"
mkdir -p "$root/trial" "$root/root/source"
# The name that README says, whatever the version is.
cp "$package" "$root/root/$(grep -o 'obelisk_[^ ]*\.deb' "$top/README.md" | head -1)"
cp "$top/README.md" "$top/Makefile" "$root/root/source/"
cp "$here/inside.sh" "$here/../install/steps.sh" "$root/trial/"
in_systemd "$root" /trial/inside.sh || true
cat "$root/trial/out"
grep -q '^all well$' "$root/trial/out"
