#!/bin/sh
# Makes packages in bin/packages: docs/packaging/build.sh [deb] [rpm] [tar] [sbom] [sums]; all of
# these without a word. The environment may say VERSION, ARCHES ("amd64 arm64"), COMMIT, and
# SOURCE_DATE_EPOCH, the time of the source: two runs for one source give the same bytes.
set -eu
umask 022
export LC_ALL=C TZ=UTC CGO_ENABLED=0 GOOS=linux GOFLAGS=-buildvcs=false
cd "$(dirname "$0")/../.."
kinds=${*:-deb rpm tar sbom sums}
git=$(git rev-parse --is-inside-work-tree 2>/dev/null || echo false)
VERSION=${VERSION:-$(sed -n 's/^\tnumber = "\(.*\)"/\1/p' internal/version/version.go)}
COMMIT=${COMMIT:-$([ "$git" = true ] && git rev-parse --short=12 HEAD || echo unknown)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$([ "$git" = true ] && git log -1 --format=%ct || date +%s)}
export VERSION SOURCE_DATE_EPOCH
when=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
v=obelisk/internal/version
flags="-s -w -X $v.number=$VERSION -X $v.commit=$COMMIT -X $v.date=$when"
out=bin/packages
mkdir -p $out

# wanted KIND: whether it was asked for.
wanted() { case " $kinds " in *" $1 "*) ;; *) return 1 ;; esac; }
# program ARCH FILE [TAG]: the program. The tag static leaves the dynamic loader out, and Opus
# is passed through then, not translated.
program() { GOARCH=$1 go build -trimpath -tags "${3:-}" -ldflags "$flags" -o "$2" ./cmd/obelisk; }
# tool PACKAGE ...: a tool of docs/packaging/go.mod, built for this machine.
tool() {
	name=${1##*/} package=$1
	shift
	[ -x "bin/tools/$name" ] || GOARCH= go -C docs/packaging build -o "$PWD/bin/tools/$name" "$package"
	"bin/tools/$name" "$@"
}
nfpm() { tool github.com/goreleaser/nfpm/v2/cmd/nfpm package -f docs/packaging/nfpm.yaml "$@"; }
sbom() { tool github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod bin -json -noserial "$@"; }

# notices: the licences of all modules that are in the program.
notices() {
	echo "Obelisk is under the Apache License 2.0. It contains these works, under these terms."
	printf '\n==== The Go standard library and runtime\n\n'
	cat "$(go env GOROOT)/LICENSE"
	go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/obelisk | sort -u | while read -r path version dir; do
		printf '\n==== %s %s\n\n' "$path" "$version"
		cat "$dir"/LICENSE* "$dir"/LICENCE* "$dir"/COPYING* 2>/dev/null || true
	done
}

# common DIR: what all forms have beside the program, with the prefix /usr.
common() {
	mkdir -p "$1/share/doc/obelisk/docs" "$1/share/obelisk/samples"
	cp README.md "$1/share/doc/obelisk/"
	cp docs/*.md docs/grafana-dashboard.json "$1/share/doc/obelisk/docs/"
	for folder in guide decisions; do [ ! -d docs/$folder ] || cp -r docs/$folder "$1/share/doc/obelisk/docs/"; done
	cp etc/*.conf etc/*.test "$1/share/obelisk/samples/"
	cp -r etc/itsp "$1/share/obelisk/samples/"
	cp -r bin/stage/written/. "$1/share/"
	cp bin/stage/NOTICES "$1/share/doc/obelisk/"
	cp docs/packaging/rolling-upgrade.sh "$1/share/doc/obelisk/"
	find "$1" -type d -exec chmod 755 {} + && find "$1" -type f -exec chmod 644 {} +
	chmod 755 "$1/share/doc/obelisk/rolling-upgrade.sh"
}

# dated DIR: all is as old as the source.
dated() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

# Manual pages and completion are written by the program from the tables of its help.
rm -rf bin/stage
mkdir -p bin/stage/written
host=$(GOARCH= go env GOARCH)
program "$host" bin/stage/obelisk
bin/stage/obelisk man bin/stage/written
find bin/stage/written/man -type f -exec gzip -9n {} +
notices >bin/stage/NOTICES
gzip -9nc CHANGELOG.md >bin/stage/changelog.gz

for arch in ${ARCHES:-amd64 arm64}; do
	stage=bin/stage/$arch
	if wanted deb || wanted rpm || wanted sbom; then
		common "$stage/common/usr"
		mkdir -p "$stage/common/usr/sbin"
		program "$arch" "$stage/common/usr/sbin/obelisk"
		chmod 755 "$stage/common/usr/sbin/obelisk"
		ln -s obelisk "$stage/common/usr/sbin/robelisk"
	fi
	if wanted deb; then
		cp -a "$stage/common" "$stage/deb"
		mkdir -p "$stage/deb/lib/systemd/system" "$stage/deb/usr/share/lintian/overrides"
		cp docs/packaging/obelisk.service "$stage/deb/lib/systemd/system/"
		cp docs/packaging/deb/copyright "$stage/deb/usr/share/doc/obelisk/"
		cp docs/packaging/deb/lintian-overrides "$stage/deb/usr/share/lintian/overrides/obelisk"
		cp bin/stage/changelog.gz "$stage/deb/usr/share/doc/obelisk/changelog.gz"
		printf 'obelisk (%s-1) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- The Obelisk developers <obelisk@localhost.localdomain>  %s\n' \
			"$VERSION" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9nc >"$stage/deb/usr/share/doc/obelisk/changelog.Debian.gz"
		chmod 644 "$stage/deb/lib/systemd/system/"* "$stage/deb/usr/share/lintian/overrides/obelisk" "$stage/deb/usr/share/doc/obelisk/"*.gz "$stage/deb/usr/share/doc/obelisk/copyright"
		dated "$stage/deb"
		ARCH=$arch STAGE=$stage/deb nfpm -p deb -t "$out/obelisk_${VERSION}-1_$arch.deb"
	fi
	if wanted rpm; then
		cp -a "$stage/common" "$stage/rpm"
		mkdir -p "$stage/rpm/usr/lib/systemd/system" "$stage/rpm/usr/share/licenses/obelisk"
		cp docs/packaging/obelisk.service "$stage/rpm/usr/lib/systemd/system/"
		cp LICENSE "$stage/rpm/usr/share/licenses/obelisk/"
		dated "$stage/rpm"
		ARCH=$arch STAGE=$stage/rpm nfpm -p rpm -t "$out/obelisk-$VERSION-1.$(echo $arch | sed 's/amd64/x86_64/;s/arm64/aarch64/').rpm"
	fi
	if wanted tar; then
		name=obelisk-$VERSION-linux-$arch
		common "$stage/tar/$name"
		mkdir -p "$stage/tar/$name/sbin" "$stage/tar/$name/systemd"
		program "$arch" "$stage/tar/$name/sbin/obelisk" static
		chmod 755 "$stage/tar/$name/sbin/obelisk"
		cp docs/packaging/obelisk.service "$stage/tar/$name/systemd/"
		cp LICENSE "$stage/tar/$name/"
		dated "$stage/tar"
		tar -C "$stage/tar" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
	fi
	if wanted sbom; then
		list=$out/obelisk-$VERSION-linux-$arch.cdx.json
		sbom -version "v$VERSION" -output "$list" "$stage/common/usr/sbin/obelisk"
		sed -i "s/\"timestamp\": \"[^\"]*\"/\"timestamp\": \"$when\"/" "$list" # the tool knows the time of day alone
	fi
done
if wanted sums; then
	(cd $out && rm -f SHA256SUMS && sha256sum obelisk* >SHA256SUMS)
fi
ls -l $out
