package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"obelisk/pbx"
)

// Operation is what commands about the whole system ask.
type Operation interface {
	// ReloadPart reads a module of Asterisk's anew; known is false for one that is none.
	ReloadPart(module string) (known bool, err error)
	// NeedsRestart lists what the files that were read last say, and only the next start does.
	NeedsRestart() []string
	// Modules lists what modules of Asterisk's are there in another form: name, what it is.
	Modules() [][2]string
	RotateLogs() error
	ReloadLogs() error
	// LogChannels lists name, type, format and levels.
	LogChannels() [][4]string
	// OwnLevels are custom_levels of logger.conf.
	OwnLevels() []string
	// AddLog begins a log file of some levels, "notice,warning", until logger.conf is read anew.
	AddLog(name, levels string) error
	// RemoveLog ends one; false when there is none.
	RemoveLog(name string) bool
	// AbortStop takes a graceful stop back; false when there was none.
	AbortStop() bool
	// Settings lists headings (no value) and label and value.
	Settings() [][2]string
	// Records lists label and value of cdr.conf, and the backends.
	RecordSettings() (settings [][2]string, backends []string)
	Codecs() []CodecRow
	// Processors lists what works in turn: name, what it has done, what waits, and how much
	// has waited at most.
	Processors() []Processor
	// PingProcessor has one of them do nothing and tells how long that took.
	PingProcessor(name string) time.Duration
	// ResetProcessors begins the counts of one anew, or with "" of all.
	ResetProcessors(name string)
	EventSettings() EventSettings
	WebSettings() WebSettings
	AccessLists() []AccessList
	// Groups lists channel, group and category (GROUP()).
	Groups() [][3]string
	// DebugPackets logs RTP packets, of one address only where one is named, which it returns
	// as it is understood.
	DebugPackets(on bool, address string) (string, error)
	// DebugControl is DebugPackets for RTCP.
	DebugControl(on bool, address string) (string, error)
	// DebugRecords logs each call record as it is written.
	DebugRecords(on bool) (was bool)
	// Version is that of the Asterisk that the switchboard stands for.
	Version() string
	// SetDebug changes the level of messages for developers; 0 is none.
	SetDebug(level int) (was int)
	Packets() PacketSettings
	// RecordStores tells how it stands with the databases that get call records, a line each.
	RecordStores() []string
}

// AddSystem adds the commands about the whole system.
func (c *Console) AddSystem(o Operation) {
	k := systemCommands{o}
	c.Add([]Command{
		{"module reload", "[module ...]: read their configuration anew, or all", k.reload},
		{"module show", "[like text]: what modules of Asterisk are here in another form", k.modules},
		{"logger rotate", "put the log files aside and begin new ones", k.rotate},
		{"logger reload", "read logger.conf anew", k.reloadLogs},
		{"logger add channel", "<name> <levels>: begin a log file, until logger.conf is read anew", k.addLog},
		{"logger remove channel", "<name>: end one that was added", k.removeLog},
		{"logger show channels", "list the log files", k.logChannels},
		{"core abort shutdown", "take a graceful stop back", k.abort},
		{"core show settings", "what the switchboard runs with", k.settings},
		{"core show taskprocessors", "[like <text>]: what works in turn, and what waits for it", k.processors},
		{"core show taskprocessor name", "<name>: one of those that work in turn", k.processor},
		{"core show taskprocessor alerted subsystems", "list what has too much to do", k.alerted},
		{"core show image formats", "list the formats of pictures", k.pictures},
		{"core show codecs", "[audio|video]: list the codecs", k.codecs},
		{"core show codec", "<number>: one codec", k.codec},
		{"logger show levels", "list the levels of messages", k.levels},
		{"cel show status", "which events of channels are logged", k.events},
		{"http show status", "what the HTTP server serves", k.web},
		{"acl show", "[name]: the lists of acl.conf, or one", k.lists},
		{"group show channels", "list the channels that are in groups", k.groups},
		{"core set debug", "[atleast] <level>|off: tell messages for developers", k.debug},
		{"manager reload", "read manager.conf anew", k.reloadOf("manager")},
		{"rtp show settings", "what rtp.conf says", k.packetSettings},
		{"rtp set debug", "on|off|ip <address[:port]>: log RTP packets", k.packets},
		{"rtcp set debug", "on|off|ip <address[:port]>: log the reports that go with RTP", k.control},
		{"rtcp set stats", "on|off: rtp show stats lists them at any time",
			refuses("What the reports say is counted at all times: 'rtp show stats' and 'sip show channelstats' list it.")},
		{"udptl set debug", "on|off|ip <address>: packets of T.38 are not logged",
			refuses("Packets of T.38 pass as they are and are not logged; 'call capture' keeps those of a call.")},
		{"stun set debug", "on|off: STUN requests are not logged",
			refuses("STUN requests are not logged; 'call show' tells what became of ICE in a call.")},
		{"cdr set debug", "on|off: log each call record as it is written", k.debugRecords},
		{"core ping taskprocessor", "<name>: how long one that works in turn takes to do nothing", k.ping},
		{"core reset taskprocessor", "<name>: count anew what it does", k.resetOne},
		{"core reset taskprocessors", "count anew what all do", k.resetAll},
		{"say load", "[new|old]: numbers are said by the rules of the language", sayMode},
		{"cdr show status", "how call records are made", k.records},
		{"cdr show stores", "how it stands with the databases that get call records", k.stores},
		{"cdr submit", "write the records of a batch: there are no batches here", k.submit},
	}...)
	c.addMachine(k)
	c.addFax(o)
	for _, command := range []string{"core ping taskprocessor", "core reset taskprocessor", "core show taskprocessor name"} {
		c.Completes(command, k.processorNames)
	}
	for _, command := range []string{"rtp set debug", "rtcp set debug", "udptl set debug"} {
		c.Completes(command, oneOf("ip", "off", "on"))
	}
	for _, command := range []string{"rtcp set stats", "stun set debug", "cdr set debug"} {
		c.Completes(command, oneOf("off", "on"))
	}
	c.Completes("say load", oneOf("new", "old"))
}

type systemCommands struct{ o Operation }

func (k systemCommands) reload(w io.Writer, modules []string) bool {
	if len(modules) == 0 {
		modules = []string{""}
	}
	for _, module := range modules {
		if !k.reloadOne(w, module) {
			return false
		}
	}
	for _, what := range k.o.NeedsRestart() {
		printf(w, "Not before the next start: %s\n", what)
	}
	return true
}

// reloadOne reads the files of a module, or all for "".
func (k systemCommands) reloadOne(w io.Writer, module string) bool {
	known, err := k.o.ReloadPart(module)
	switch {
	case !known:
		printf(w, "No such module '%s'\n", module)
	case errors.Is(err, pbx.ErrNoReload):
		printf(w, "The module '%s' does not support reloads\n", module)
	case err != nil:
		printf(w, "Reload refused, everything stays as it was: %v\n", err)
		return false
	case module != "":
		printf(w, "Module '%s' reloaded successfully.\n", module)
	}
	return true
}

// reloadOf is the command of a module of its own.
func (k systemCommands) reloadOf(module string) func(io.Writer, []string) bool {
	return func(w io.Writer, _ []string) bool {
		if _, err := k.o.ReloadPart(module); err != nil {
			printf(w, "Reload refused, everything stays as it was: %v\n", err)
			return false
		}
		return true
	}
}

func (k systemCommands) modules(w io.Writer, args []string) bool {
	like := ""
	if len(args) == 2 && args[0] == "like" {
		like = args[1]
	}
	row := "%-30.30s %-40.40s %-10.10s %-11.11s %13s\n"
	printf(w, row, "Module", "Description", "Use Count", "Status", "Support Level")
	n := 0
	for _, m := range k.o.Modules() {
		if strings.Contains(m[0], like) {
			printf(w, row, m[0], m[1], "0", "Running", "core")
			n++
		}
	}
	printf(w, "%d modules loaded\n", n)
	return true
}

func (k systemCommands) rotate(w io.Writer, _ []string) bool {
	if err := k.o.RotateLogs(); err != nil {
		fmt.Fprintln(w, err)
		return false
	}
	return true
}

func (k systemCommands) reloadLogs(w io.Writer, _ []string) bool {
	if err := k.o.ReloadLogs(); err != nil {
		fmt.Fprintln(w, err)
		return false
	}
	return true
}

func (k systemCommands) addLog(w io.Writer, args []string) bool {
	if len(args) != 2 {
		return usage(w)
	}
	if err := k.o.AddLog(args[0], args[1]); err != nil {
		printf(w, "Logger channel '%s' is not added: %v\n", args[0], err)
		return false
	}
	return true
}

func (k systemCommands) removeLog(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	if !k.o.RemoveLog(args[0]) {
		printf(w, "Unable to find dynamic logger channel '%s'\n", args[0])
		return true
	}
	printf(w, "Removed dynamic logger channel '%s'\n", args[0])
	return true
}

// levels are those of Asterisk, with their numbers.
func (k systemCommands) levels(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "Level Name\n----- ----\n")
	for i, name := range []string{"DEBUG", "TRACE", "NOTICE", "WARNING", "ERROR", "VERBOSE", "DTMF"} {
		printf(w, "%5d %s\n", i, name)
	}
	const firstOwn = 16 // Asterisk's number for it
	own := k.o.OwnLevels()
	for i, name := range own {
		printf(w, "%5d %s\n", firstOwn+i, name)
	}
	printf(w, "%5d %s\n\n", 19+len(own), "SECURITY")
	return true
}

func (k systemCommands) logChannels(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "Logger queue limit: 1000\n\n")
	const row = "%-35.35s %-8.8s %-10.10s %-9.9s %s\n"
	printf(w, row+row, "Channel", "Type", "Formatter", "Status", "Configuration", "-------", "----", "---------", "------", "-------------")
	for _, c := range k.o.LogChannels() {
		printf(w, row, c[0], c[1], c[2], "Enabled", " - "+c[3])
	}
	fmt.Fprintln(w)
	return true
}

func (k systemCommands) abort(w io.Writer, _ []string) bool {
	if k.o.AbortStop() {
		fmt.Fprintln(w, "Shutdown aborted; calls are taken again.")
	}
	return true
}

func (k systemCommands) settings(w io.Writer, _ []string) bool {
	for _, s := range k.o.Settings() {
		if s[1] == "" && !strings.HasSuffix(s[0], ":") {
			if strings.HasPrefix(s[0], "*") {
				printf(w, "\n%s\n  -------------\n", s[0])
			} else {
				printf(w, "\n%s\n%s\n", s[0], strings.Repeat("-", len(s[0])))
			}
			continue
		}
		printf(w, "  %-28s %s\n", s[0], s[1])
	}
	fmt.Fprint(w, "\n\n")
	return true
}

func (k systemCommands) records(w io.Writer, _ []string) bool {
	settings, backends := k.o.RecordSettings()
	fmt.Fprintln(w, "\nCall Detail Record (CDR) settings\n----------------------------------")
	for _, s := range settings {
		printf(w, "  %-27s %s\n", s[0]+":", s[1])
		if strings.HasPrefix(s[0], "Ignore") || s[0] == "Log congestion" {
			fmt.Fprintln(w)
		}
	}
	if len(backends) == 0 {
		backends = []string{"(none)"}
	}
	fmt.Fprintln(w, "\n* Registered Backends\n  -------------------")
	for _, b := range backends {
		printf(w, "    %s\n", b)
	}
	fmt.Fprintln(w)
	return true
}

func (k systemCommands) stores(w io.Writer, _ []string) bool {
	list := k.o.RecordStores()
	for _, l := range list {
		fmt.Fprintln(w, l)
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "No database gets call records.")
	}
	return true
}

func (k systemCommands) submit(w io.Writer, _ []string) bool {
	fmt.Fprintln(w, "Cannot submit CDR batch: batch mode not enabled.")
	return true
}
