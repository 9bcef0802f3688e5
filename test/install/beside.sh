#!/bin/bash
# A machine with an Asterisk, here a program that only holds its name and its socket: nothing
# happens to it until its owner says so, and the way back is one command.
. /trial/steps.sh

adduser --system --group --quiet --home /var/lib/asterisk asterisk
mkdir -p /etc/asterisk /run/asterisk /var/log/asterisk /var/spool/asterisk /var/lib/asterisk
cp /bin/sleep /usr/sbin/asterisk
cat >/lib/systemd/system/asterisk.service <<-'UNIT'
	[Unit]
	Description=Asterisk, as it were
	[Service]
	User=asterisk
	RuntimeDirectory=asterisk
	ExecStart=/usr/sbin/asterisk 100000
	[Install]
	WantedBy=multi-user.target
UNIT
printf '[general]\nudpbindaddr=127.0.0.1:5060\nallowguest=no\n[100]\ntype=friend\nhost=dynamic\nsecret=abc12345\n' >/etc/asterisk/sip.conf
printf '[default]\nexten => 100,1,Dial(SIP/100)\n' >/etc/asterisk/extensions.conf
chown -R asterisk:asterisk /etc/asterisk /var/log/asterisk /var/spool/asterisk /var/lib/asterisk
chmod 640 /etc/asterisk/*
systemctl daemon-reload
systemctl enable --now asterisk
step "Asterisk runs" active asterisk

step "it is installed and says what it found" says 'an Asterisk is installed here' dpkg -i /trial/first.deb
step "Asterisk goes on" active asterisk
step "Obelisk does not run" inactive obelisk
step "nor at the next start" no systemctl --quiet is-enabled obelisk
step "/usr/sbin/asterisk is what it was" cmp /bin/sleep /usr/sbin/asterisk
step "folders are whose they were" owner /var/lib/asterisk asterisk
step "an upgrade changes nothing of that" dpkg -i /trial/next.deb
step "Asterisk goes on" active asterisk
step "and Obelisk does not run" inactive obelisk
step "check reads its files" obelisk check /etc/asterisk
step "doctor tells of the Asterisk" says 'warn +asterisk' obelisk doctor --offline

# The move: Asterisk's user, so that the way back finds all files as they were.
mkdir -p /etc/systemd/system/obelisk.service.d
printf '[Service]\nUser=asterisk\nGroup=asterisk\n' >/etc/systemd/system/obelisk.service.d/user.conf
systemctl daemon-reload
step "one command moves" systemctl start obelisk
step "Asterisk has stopped" inactive asterisk
step "its phones are known" says '^100 ' obelisk -rx 'sip show peers'
step "files are whose they were" owner /etc/asterisk/sip.conf asterisk
step "one command goes back" systemctl start asterisk
step "Asterisk runs" active asterisk
step "Obelisk has stopped" inactive obelisk
step "folders are Asterisk's" owner /var/lib/asterisk asterisk
step "and the one of the socket" owner /run/asterisk asterisk
step "removed" dpkg -P obelisk
step "Asterisk goes on" active asterisk
step "/usr/sbin/asterisk is what it was" cmp /bin/sleep /usr/sbin/asterisk
finish
