#!/bin/sh
# Makes a Debian package in the current folder: docs/packaging/deb.sh [version]
# Needs Go and dpkg-deb.
set -eu
version=${1:-0.1.0}
arch=$(dpkg --print-architecture)
root=$(mktemp -d)
chmod 755 "$root"
trap 'rm -rf "$root"' EXIT
here=$(cd "$(dirname "$0")/../.." && pwd)

install -d "$root/DEBIAN" "$root/usr/sbin" "$root/usr/share/doc/obelisk" "$root/lib/systemd/system" "$root/usr/share/obelisk/samples"
(cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$root/usr/sbin/obelisk" ./cmd/obelisk)
cp "$here"/README.md "$here"/CHANGELOG.md "$here"/docs/*.md "$here"/docs/grafana-dashboard.json "$root/usr/share/doc/obelisk/"
cp "$here"/LICENSE "$root/usr/share/doc/obelisk/copyright"
cp "$here"/etc/*.conf "$here"/etc/*.test "$root/usr/share/obelisk/samples/"
cp "$here"/docs/packaging/obelisk.service "$root/lib/systemd/system/"

cat > "$root/DEBIAN/control" <<CONTROL
Package: obelisk
Version: $version
Section: comm
Priority: optional
Architecture: $arch
Maintainer: The Obelisk developers <obelisk@localhost>
Suggests: asterisk-core-sounds-en
Conflicts: asterisk
Description: telephone switchboard that runs sip.conf and extensions.conf
 Obelisk reads the sip.conf and extensions.conf of Asterisk's chan_sip, registers
 their phones and carries their calls, with the same console, manager interface
 and call records, in one program.
CONTROL

cat > "$root/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
	getent group obelisk >/dev/null || groupadd --system obelisk
	getent passwd obelisk >/dev/null || useradd --system --gid obelisk --home-dir /var/lib/asterisk --shell /usr/sbin/nologin obelisk
	for d in /var/lib/asterisk /var/log/asterisk /var/spool/asterisk; do
		install -d -o obelisk -g obelisk -m 750 "$d"
	done
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload
	fi
fi
POSTINST
chmod 755 "$root/DEBIAN/postinst"
dpkg-deb --root-owner-group --build "$root" "obelisk_${version}_$arch.deb"
