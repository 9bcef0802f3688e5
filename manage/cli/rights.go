package cli

import (
	"slices"
	"strings"

	"obelisk/pbx"
)

// What a user of the manager interface needs to write, beside the class command, for what a
// command does: that which the action of the same meaning needs. Of a list one is enough.
// Everything that begins calls, changes the dialplan, a file or the state of the switchboard
// is here; a command that only shows needs nothing more, but has to be in the table as well.
const (
	shows     = ""
	calls     = "call"
	originate = "originate"
	system    = "system"
	reads     = "system,config"    // configuration anew
	looks     = "system,reporting" // into the database
)

var rights = map[string]string{
	"acl show": shows, "bridge show all": shows, "cdr show status": shows, "cdr show stores": shows, "cdr submit": shows, "cel show status": shows,
	"cli check permissions": shows, "cli show aliases": shows, "cli show permissions": shows, "core waitfullybooted": shows, "group show channels": shows,
	"help": shows, completeCommand: shows, "http show status": shows, "logger mute": shows, "logger set level": shows, "logger show channels": shows,
	"module show": shows, "moh show classes": shows, "moh show files": shows, "realtime show status": shows, "rtp show settings": shows,
	"call list": shows, "call show": shows, "devstate list": shows,

	"core set verbose": shows, "core show application": shows, "core show applications": shows, "core show calls": shows, "core show channel": shows,
	"core show channels": shows, "core show channeltypes": shows, "core show codecs": shows, "core show config mappings": shows, "core show function": shows,
	"core show functions": shows, "core show help": shows, "core show hint": shows, "core show hints": shows, "core show settings": shows,
	"core show taskprocessors": shows, "core show translation": shows, "core show uptime": shows, "core show version": shows,

	"dialplan debug": shows, "dialplan eval function": shows, "dialplan explain": shows, "dialplan show": shows, "dialplan show chanvar": shows,
	"dialplan show globals": shows, "manager show command": shows, "manager show commands": shows, "manager show connected": shows,
	"manager show settings": shows, "manager show user": shows, "manager show users": shows,

	"sip explain": shows, "sip show channel": shows, "sip show channels": shows, "sip show channelstats": shows, "sip show domains": shows,
	"sip show inuse": shows, "sip show overload": shows, "sip show peer": shows, "sip show peers": shows, "sip show registrations": shows,
	"sip show registry": shows, "sip show settings": shows, "sip show subscriptions": shows, "sip show users": shows,

	"channel originate": originate, "channel redirect": calls, "channel request hangup": "system,call",
	"devstate change": calls, "dialplan set chanvar": calls, "dialplan set global": calls,

	"core reload": reads, "dialplan reload": reads, "logger reload": reads, "manager reload": reads, "module reload": reads, "moh reload": reads, "sip reload": reads,

	"database get": looks, "database show": looks, "database showkey": looks, "logger rotate": looks, "sip qualify peer": looks,

	"call capture": system, "call export": system, "database del": system, "database deltree": system, "database put": system,
	"core abort shutdown": system, "core set debug": system, "realtime load": system, "rtp set debug": system,
	"core restart gracefully": system, "core restart now": system, "core restart when convenient": system,
	"core stop gracefully": system, "core stop now": system, "core stop when convenient": system,
	"dialplan add extension": system, "dialplan add ignorepat": system, "dialplan add include": system, "dialplan remove context": system,
	"dialplan remove extension": system, "dialplan remove ignorepat": system, "dialplan remove include": system, "dialplan save": system,
	"sip notify": system, "sip prune realtime": system, "sip set debug": system, "sip unregister": system,
}

// Needs lists what a line needs: a class of each of the lists, as they are written in
// manager.conf. possible is false for what no right allows to programs. A command that the
// table does not know needs the class system.
func (c *Console) Needs(line string) (lists []string, possible bool) {
	cmd, args := c.find(strings.Fields(c.unalias(line)))
	if cmd == nil {
		return nil, true
	}
	need, known := rights[cmd.Name]
	if !known {
		need = system
	}
	if need != shows {
		lists = append(lists, need)
	}
	possible = true
	switch {
	case c.core == nil:
	case cmd.Name == "channel originate" && len(args) > 2 && args[1] == "application" && c.core.DangerousApp(args[2], strings.Join(args[3:], " ")),
		cmd.Name == "dialplan eval function" && c.core.Dangerous(strings.Join(args, " ")):
		lists = append(lists, system)
	}
	if cmd.Name == "dialplan eval function" && c.core != nil {
		possible = !c.core.Guarded(strings.Join(args, " "), pbx.GuardRead)
	}
	return lists, possible
}

// unruled lists the commands that the table lacks.
func (c *Console) unruled() (out []string) {
	for _, cmd := range c.commands {
		if _, known := rights[cmd.Name]; !known {
			out = append(out, cmd.Name)
		}
	}
	return slices.Compact(out)
}
