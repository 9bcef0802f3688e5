# Debian roots and containers for the scripts beside; to be sourced.

# cannot says why a script cannot run here.
cannot() {
	echo "SKIPPED: $*" >&2
	exit 77
}

# root_of PACKAGES: the folder of a clean Debian with these packages, made once and kept in the cache.
root_of() {
	[ "$(id -u)" = 0 ] || cannot "making a Debian root needs root"
	command -v debootstrap >/dev/null || cannot "debootstrap is not installed (apt install debootstrap)"
	command -v systemd-nspawn >/dev/null || cannot "systemd-nspawn is not installed (apt install systemd-container)"
	local suite=${SUITE:-bookworm}
	local dir=${XDG_CACHE_HOME:-$HOME/.cache}/obelisk/$suite-$(echo "$1" | md5sum | cut -c1-8)
	if [ ! -e "$dir.made" ]; then
		rm -rf "$dir"
		mkdir -p "$dir"
		debootstrap --variant=minbase --include="$1" "$suite" "$dir" ${MIRROR:-} >"$dir.log" 2>&1 || cannot "debootstrap could not fetch Debian $suite (see $dir.log)"
		touch "$dir.made"
	fi
	echo "$dir"
}

# in_systemd ROOT PROGRAM: boots the root, runs a program of it as a service, whose output goes
# to /trial/out of the root, and ends with it. There is no network but loopback.
in_systemd() {
	mkdir -p "$1/trial"
	cat >"$1/etc/systemd/system/trial.service" <<-UNIT
		[Unit]
		After=multi-user.target
		SuccessAction=poweroff-force
		FailureAction=poweroff-force
		[Service]
		Type=oneshot
		ExecStart=$2
		StandardOutput=file:/trial/out
		StandardError=inherit
		TimeoutStartSec=900
	UNIT
	mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
	ln -sf ../trial.service "$1/etc/systemd/system/multi-user.target.wants/trial.service"
	systemctl --root="$1" mask getty.target console-getty.service systemd-logind.service >/dev/null 2>&1 || true
	: >"$1/trial/out"
	timeout -k 10 1200 systemd-nspawn -q -D "$1" --private-network --register=no --keep-unit --machine="trial$$" --console=pipe --boot </dev/null >"$1/trial/boot" 2>&1 ||
		[ -s "$1/trial/out" ] || { tail -3 "$1/trial/boot" >&2; cannot "systemd-nspawn cannot boot a system here"; }
}
