package cli

import (
	"slices"
	"strings"

	"obelisk/pbx"
)

// What a user of the manager interface needs to write, beside the class command, for what a
// command does. As with Asterisk that class is the console's; what opens the machine behind
// it, or ends the switchboard, needs the class system as well: to write the dialplan or files,
// to read databases of others, to stop. Each command has to be in the table; those of modules say it themselves.
const (
	free   = ""
	system = "system"
)

var rights = map[string]string{
	"acl show": free, "bridge show all": free, "cdr show active": free, "cdr show status": free, "cdr show stores": free, "cdr submit": free,
	"cel show status": free, "cli check permissions": free, "cli show aliases": free, "cli show permissions": free,
	"core waitfullybooted": free, "group show channels": free, "help": free, completeCommand: free, "http show status": free,
	"logger mute": free, "logger set level": free, "logger show channels": free, "module show": free, "realtime show status": free,
	"rtp show settings": free, "call list": free, "call show": free, "devstate change": free, "devstate list": free,
	"presencestate change": free, "presencestate list": free, "sip show user": free, "sip show tcp": free, "sip show mwi": free,
	"sip show sched": free, "core show channeltype": free, "core show hanguphandlers": free, "bridge kick": free, "bridge show": free,
	"logger add channel": system, "logger remove channel": system, "bridge technology show": free, "bridge technology suspend": free,
	"bridge technology unsuspend": free, "core show codec": free,
	"logger show levels": free, "manager show eventq": free, "database query": system, "core show sysinfo": free, "core show threads": free,
	"core show switches": free, "core show license": free, "core show warranty": free, "dnsmgr status": free, "indication show": free,
	"local show channels": free, "rtp show stats": free, "sip set history": free, "sip show history": free, "sip show objects": free,
	"stun show status": free, "timing test": system, "udptl show config": free, "dnsmgr refresh": free, "dnsmgr reload": free,

	"manager show event": free, "manager show events": free, "manager kick session": system, "manager set debug": free,
	"core ping taskprocessor": free, "core reset taskprocessor": free,
	"core reset taskprocessors": free, "say load": free, "cli reload permissions": system, "indication add": free,
	"indication remove": free, "rtcp set debug": free, "rtcp set stats": free, "udptl set debug": free, "stun set debug": free,
	"cdr set debug": free, "fax show capabilities": free, "fax show sessions": free, "fax show session": free, "fax show stats": free,
	"fax show version": free, "realtime store": system, "realtime update": system, "realtime update2": system, "realtime destroy": system,

	"core set debug": free, "core set verbose": free, "core show application": free, "core show applications": free, "core show calls": free,
	"core show channel": free, "core show channels": free, "core show channeltypes": free, "core show codecs": free,
	"core show config mappings": free, "core show function": free, "core show functions": free, "core show help": free,
	"core show hint": free, "core show hints": free, "core show settings": free, "core show taskprocessors": free, "core show taskprocessor name": free,
	"core show taskprocessor alerted subsystems": free, "core show image formats": free,
	"core show translation": free, "core show uptime": free, "core show version": free,

	"channel originate": free, "channel redirect": free, "channel request hangup": free,
	"database del": free, "database deltree": free, "database get": free, "database put": free, "database show": free,
	"database showkey": free,

	"dialplan debug": free, "dialplan eval function": free, "dialplan explain": free, "dialplan set chanvar": free,
	"dialplan set extenpatternmatchnew true": free, "dialplan set extenpatternmatchnew false": free,
	"core show profile": free, "core clear profile": free, "keys show": free, "keys init": free,
	"dialplan set global": free, "dialplan show": free, "dialplan show chanvar": free, "dialplan show globals": free,
	"manager show command": free, "manager show commands": free, "manager show connected": free, "manager show settings": free,
	"manager show user": free, "manager show users": free,

	"core reload": free, "dialplan reload": free, "logger reload": free, "logger rotate": free, "manager reload": free, "module reload": free,
	"sip reload": free,

	"rtp set debug": free, "sip explain": free, "sip notify": free, "sip prune realtime": free, "sip qualify peer": free,
	"sip set debug": free, "sip show channel": free, "sip show channels": free, "sip show channelstats": free, "sip show domains": free,
	"sip show inuse": free, "sip show overload": free, "sip show peer": free, "sip show peers": free, "sip show registrations": free,
	"sip show registry": free, "sip show settings": free, "sip show subscriptions": free, "sip show users": free, "sip unregister": free,

	"call capture": system, "call export": system, "realtime load": system,
	"core abort shutdown": system, "core restart gracefully": system, "core restart now": system, "core restart when convenient": system,
	"core stop gracefully": system, "core stop now": system, "core stop when convenient": system,
	"dialplan add extension": system, "dialplan add ignorepat": system, "dialplan add include": system, "dialplan remove context": system,
	"dialplan remove extension": system, "dialplan remove ignorepat": system, "dialplan remove include": system, "dialplan save": system,
}

// Needs lists what a line needs: a class of each of the lists, as they are written in
// manager.conf. possible is false for what no right allows to programs. A command that the
// table does not know needs the class system.
func (c *Console) Needs(line string) (lists []string, possible bool) {
	cmd, args := c.find(c.words(line))
	if cmd == nil {
		return nil, true
	}
	if need := c.right(cmd.Name); need != free {
		lists = append(lists, need)
	}
	possible = true
	switch {
	case c.core == nil:
	case cmd.Name == "channel originate" && len(args) > 2 && args[1] == "application" && c.core.DangerousApp(args[2],
		strings.Join(args[3:], " ")),
		cmd.Name == "dialplan eval function" && c.core.Dangerous(strings.Join(args, " ")):
		lists = append(lists, system)
	}
	if cmd.Name == "dialplan eval function" && c.core != nil {
		possible = !c.core.Guarded(strings.Join(args, " "), pbx.GuardRead)
	}
	return lists, possible
}

// right is what a command needs; one that nobody has judged needs the class system.
func (c *Console) right(name string) string {
	if need, known := c.needs[name]; known {
		return need
	}
	if need, known := rights[name]; known {
		return need
	}
	return system
}

// unruled lists the commands that nobody has judged.
func (c *Console) unruled() (out []string) {
	for _, cmd := range c.commands {
		_, known := rights[cmd.Name]
		if _, own := c.needs[cmd.Name]; !known && !own {
			out = append(out, cmd.Name)
		}
	}
	return slices.Compact(out)
}
