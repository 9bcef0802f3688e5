#!/bin/bash
# A machine without Asterisk: installed, moved to files of its own, upgraded in a call, removed.
. /trial/steps.sh

step "it is installed" dpkg -i /trial/first.deb
step "the service runs" soon active obelisk
step "and is on at the next start" systemctl --quiet is-enabled obelisk
step "its unit is sound" no says . systemd-analyze verify obelisk.service
step "as a user of its own" says '^obelisk' ps -o user= -p "$(mainpid)"
step "which may take low ports and mark packets" capable
step "it listens, on loopback" says '127.0.0.1:5060' ss -ulnp
step "and nowhere else" no says '(0.0.0.0|\*|\[::\]):5060' ss -ulnp
step "root's console finds it" says '^Asterisk 20' obelisk -rx 'core show version'
step "under Asterisk's names too" says '^System uptime' asterisk -rx 'core show uptime'
step "rasterisk is the console" says '^System uptime' rasterisk -x 'core show uptime'
step "the demo's secrets are in the journal" says 'phone 6001 +secret' journalctl --no-pager -u obelisk
step "the manual is there" says 'telephone switchboard' man -f obelisk
step "doctor sees no failure" obelisk doctor --offline

# Files of one's own.
cp -r /usr/share/obelisk/samples /etc/asterisk
printf '[6001](+)\nsecret=abc12345\n[6002](+)\nsecret=abc12346\n[6003](+)\nsecret=abc12347\n' >/etc/asterisk/demo-secrets.conf
sed -i 's/^writeprotect=yes/writeprotect=no/' /etc/asterisk/extensions.conf
chown -R obelisk:obelisk /etc/asterisk
step "it begins anew on /etc/asterisk" systemctl restart obelisk
step "and runs" soon says '^Asterisk' obelisk -rx 'core show version'
step "from there" says '/etc/asterisk' obelisk -rx 'core show settings'
step "the socket is Asterisk's" test -S /run/asterisk/asterisk.ctl
step "a file of /etc/asterisk may be written" obelisk -rx 'dialplan save'
step "a reload by systemd" systemctl reload obelisk
step "logs are written" test -s /var/log/asterisk/messages -o -e /var/log/asterisk/messages
step "and turned" logrotate -f /etc/logrotate.d/obelisk
step "the log goes on in a new file" soon test -e /var/log/asterisk/messages

# An upgrade in a call.
sed -i 's/^OBELISK_OPTIONS=.*/OBELISK_OPTIONS="-vv"/' /etc/default/obelisk
systemctl restart obelisk
step "it is there" soon says '^Asterisk' obelisk -rx 'core show version'
before=$(mainpid)
obelisk -rx 'channel originate Local/600@demo application Wait 600' >/dev/null
step "there is a call" soon says '1 active call' obelisk -rx 'core show channels'
step "it is upgraded" dpkg -i /trial/next.deb
step "with the settings as they were" grep -q '^OBELISK_OPTIONS="-vv"' /etc/default/obelisk
step "the call goes on" says '1 active call' obelisk -rx 'core show channels'
step "in the old program" says deleted readlink "/proc/$before/exe"
step "which takes new calls" no says 'refus|rejected' obelisk -rx 'channel originate Local/600@demo application Wait 1'
sleep 3
obelisk -rx 'channel request hangup all' >/dev/null
step "when it is over the new one runs" soon no says '(deleted)' readlink "/proc/$(mainpid)/exe"
step "and answers" soon says '^Asterisk' obelisk -rx 'core show version'
step "systemd has not killed anything" says '^NRestarts=0' systemctl show -p NRestarts obelisk
step "and knows the same process" test "$(mainpid)" = "$before"
step "its version is that of the package" says "^Obelisk $(dpkg-query -f '${Version}' -W obelisk | cut -d- -f1)" obelisk version

# It is looked after.
mkdir -p /etc/systemd/system/obelisk.service.d
printf '[Service]\nWatchdogSec=3\n' >/etc/systemd/system/obelisk.service.d/quick.conf
systemctl daemon-reload
systemctl restart obelisk
step "with a watchdog" soon active obelisk
hung=$(mainpid)
kill -STOP "$hung"
step "a process that hangs is replaced" soon no test -e "/proc/$hung"
step "by one that works" soon says '^Asterisk' obelisk -rx 'core show version'
kill -KILL "$(mainpid)"
sleep 1
step "one that was killed as well" soon says '^Asterisk' obelisk -rx 'core show version'

step "removed" dpkg -r obelisk
step "it does not run" inactive obelisk
step "nor listen" no says ':5060' ss -ulnp
step "Asterisk's name is gone" no test -e /usr/sbin/asterisk
step "the owner's files are there" test -s /etc/asterisk/sip.conf
step "and the settings" test -s /etc/default/obelisk
step "purged" dpkg -P obelisk
step "no settings" no test -e /etc/default/obelisk
step "no state of its own" no test -e /var/lib/obelisk
step "the owner's files are there still" test -s /etc/asterisk/sip.conf
step "and logs" test -d /var/log/asterisk
step "installed again" dpkg -i /trial/next.deb
step "it runs" soon active obelisk
finish
