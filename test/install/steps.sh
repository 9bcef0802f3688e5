# Steps of the trials inside the container; to be sourced.
set -uo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
bad=0

# step TEXT COMMAND ...: the command must succeed, within 30 tries of a second where it is "soon".
step() {
	local text=$1 tries=1 out
	shift
	[ "$1" != soon ] || { tries=30; shift; }
	while ! out=$("$@" 2>&1); do
		tries=$((tries - 1))
		if [ $tries -le 0 ]; then
			echo "FAIL $text: $*"
			echo "$out" | tail -20 | sed 's/^/     /'
			bad=1
			return
		fi
		sleep 1
	done
	echo "ok   $text"
}
# no COMMAND ...: it must fail.
no() { ! "$@"; }
# says PATTERN COMMAND ...: its output has the pattern, whatever its status.
says() { local p=$1; shift; { "$@" 2>&1 || true; } | tee /dev/stderr | grep -Eq -- "$p"; }
mainpid() { systemctl show -p MainPID --value obelisk; }
active() { systemctl --quiet is-active "$1"; }
inactive() { ! systemctl --quiet is-active "$1"; }
owner() { [ "$(stat -c %U "$1")" = "$2" ]; }
# capable NAME: whether the process has all that the unit promises it.
capable() {
	local eff=$((16#$(awk '/^CapEff/{print $2}' "/proc/$(mainpid)/status"))) bit
	for bit in 10 12; do [ $((eff >> bit & 1)) = 1 ] || return 1; done # bind service, net admin
}
finish() {
	[ $bad = 0 ] && echo "all well" || journalctl --no-pager -u obelisk | tail -40
	exit $bad
}
