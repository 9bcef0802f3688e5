#!/bin/bash
# The newcomer, inside the container.
. /trial/steps.sh
export HOME=/root USER=root LOGNAME=root # baresip asks for the last one
cd /root
begun=$(date +%s)
readme=/root/source/README.md

# block WORD: the commands of the first block of README's first screen that has the word.
block() {
	awk -v word="$1" '/^## With your own files/ { exit } /^```/ { if (inside && index(text, word)) { printf "%s", text; exit } inside = !inside; text = ""; next } inside { text = text $0 "\n" }' "$readme"
}
# follow WORD: does them.
follow() { block "$1" >/trial/commands; [ -s /trial/commands ] && bash -e /trial/commands; }
secret() { grep -o 'phone 6001 *secret [a-z0-9]*' "$1" | tail -1 | awk '{ print $4 }'; }
# call SERVER SECRET: the phone's block, with the secret, and the server where it is another machine.
call() {
	rm -rf ~/.baresip
	block baresip | sed "s/SECRET/$2/; s/@127.0.0.1/@$1/" >/trial/phone
	bash /trial/phone >/trial/phone.out 2>&1 </dev/null &
	phone=$!
}
hangup() { pkill -P "$phone"; kill "$phone"; wait "$phone"; } 2>/dev/null

# A machine has a sound card; this one has none.
printf 'pcm.!default { type null }\nctl.!default { type null }\n' >/etc/asound.conf

# A machine has an address; this one cannot speak to anybody.
ip link add house0 type dummy 2>/dev/null || ip link add house0 type veth peer name house1
ip addr add 192.0.2.20/24 dev house0
ip link set house0 up
ip link set house1 up 2>/dev/null

step "without Go, make run says what to install, in one line" says 'Go 1.21 or newer is needed.*apt install' make -C source run
step "and so does make test" says 'Go 1.21 or newer is needed.*apt install' make -C source test
follow 'apt install' >/trial/told 2>&1
step "the package is installed as README says" dpkg -s obelisk
told() { journalctl -u obelisk -o cat | grep secret >/trial/told && [ -n "$(secret /trial/told)" ]; }
step "the secrets are told" soon told
call 127.0.0.1 "$(secret /trial/told)"
step "THE FIRST CALL: baresip hears the echo test" soon says '1 active call' obelisk -rx 'core show channels'
echo "     $(($(date +%s) - begun)) s after the first command"
hangup
step "a call without any phone" says '200 OK' obelisk demo
follow 'obelisk init' >/trial/told 2>&1
step "it is opened to the network as README says" test -n "$(secret /trial/told)"
step "and listens there" soon says '0.0.0.0:5060' ss -ulnp
call 192.0.2.20 "$(secret /trial/told)"
step "a phone of the network calls" soon says '1 active call' obelisk -rx 'core show channels'
hangup
[ $bad = 0 ] || tail -20 /trial/phone.out
echo "     $(($(date +%s) - begun)) s in all"
finish
