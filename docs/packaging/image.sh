#!/bin/sh
# Lays out the container's image in a folder: docs/packaging/image.sh DIR
set -eu
umask 022
dir=${1:?a folder}
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
cd "$(dirname "$0")/../.."
v=obelisk/internal/version
commit=${COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}
when=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}" +%Y-%m-%dT%H:%M:%SZ)
rm -rf "$dir"
mkdir -p "$dir/usr/sbin" "$dir/usr/share" "$dir/etc/ssl/certs" "$dir/run/asterisk" "$dir/tmp"
CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -trimpath -tags static -ldflags "-s -w -X $v.commit=$commit -X $v.date=$when" -o "$dir/usr/sbin/obelisk" ./cmd/obelisk
ln -s obelisk "$dir/usr/sbin/asterisk"
ln -s obelisk "$dir/usr/sbin/rasterisk"
for d in lib/asterisk lib/obelisk log/asterisk spool/asterisk; do mkdir -p "$dir/var/$d"; done
printf 'root:x:0:0:root:/:/sbin/nologin\nobelisk:x:5060:5060:Obelisk:/var/lib/obelisk:/sbin/nologin\n' >"$dir/etc/passwd"
printf 'root:x:0:\nobelisk:x:5060:\n' >"$dir/etc/group"
# For TLS to providers, and for time zones.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then cp -L /etc/ssl/certs/ca-certificates.crt "$dir/etc/ssl/certs/"; fi
zones=/usr/share/zoneinfo
[ -d $zones/Europe ] || zones=
if [ -n "$zones" ]; then cp -rL $zones "$dir/usr/share/"; else
	mkdir -p "$dir/usr/share/zoneinfo" && unzip -q "$(go env GOROOT)/lib/time/zoneinfo.zip" -d "$dir/usr/share/zoneinfo" 2>/dev/null || echo "image.sh: no time zones were found (tzdata): the container knows UTC alone" >&2
fi
