package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Commands that show how parts of the switchboard are set.

// CodecRow is a codec of core show codecs.
type CodecRow struct {
	ID                              int
	Kind, Name, Format, Description string
}

// EventSettings is what cel show status tells.
type EventSettings struct {
	Enabled                   bool
	Events, Apps, Subscribers []string
}

// WebSettings is what http show status tells.
type WebSettings struct {
	Prefix, Server, Bound string      // Bound: "" when it listens nowhere
	Paths                 [][2]string // path, what it is
	Redirects             [][2]string // from, to
	Restrictions          []WebRestriction
}

// WebRestriction is who may ask for paths that begin so.
type WebRestriction struct {
	Path  string
	Named []string    // lists of acl.conf
	Rules [][2]string // allow or deny, network
}

// AccessList is a list of acl.conf.
type AccessList struct {
	Name  string
	Rules [][2]string // allow or deny, network
}

// Processor is a row of core show taskprocessors.
type Processor struct {
	Name             string
	Done             uint64
	Waiting, Deepest int
	Low, High        int // water marks; 0: there are none
}

// PacketSettings is what rtp show settings tells.
type PacketSettings struct {
	From, To  int    // ports
	Strict    string // strictrtp
	Probation int    // packets
	Kernel    bool   // rtpfastpath
}

func (k systemCommands) packetSettings(w io.Writer, _ []string) bool {
	s := k.o.Packets()
	fmt.Fprintln(w, "\n\nGeneral Settings:\n----------------")
	row := func(label string, v any) { printf(w, "  %-15s  %v\n", label+":", v) }
	row("Port start", s.From)
	row("Port end", s.To)
	row("Checksums", "Yes")
	row("DTMF Timeout", 1200)
	row("Strict RTP", s.Strict)
	if s.Strict != "No" {
		row("Probation", fmt.Sprint(s.Probation, " frames"))
	}
	row("Replay Protect", "Yes")
	row("Kernel forwards", map[bool]string{true: "Yes", false: "No"}[s.Kernel])
	return true
}

func (k systemCommands) processors(w io.Writer, args []string) bool {
	if len(args) > 0 && (len(args) != 2 || args[0] != "like") {
		return usage(w)
	}
	processorHead(w)
	n := 0
	for _, p := range k.o.Processors() {
		if len(args) == 2 && !strings.Contains(p.Name, args[1]) {
			continue
		}
		n++
		p.show(w)
	}
	printf(w, "\n%d taskprocessors\n\n", n)
	return true
}

// processorRow and processorHead are a line of the list, and the one above it.
const processorRow = "%-70s %10v %10v %10v %10v %10v %10v %10v\n"

func processorHead(w io.Writer) {
	printf(w, "\n"+processorRow, "Processor", "Processed", "In Queue", "Max Depth", "Low water", "High water", "Low time(us)",
		"High time(us)")
}

func (p Processor) show(w io.Writer) {
	printf(w, processorRow, p.Name, p.Done, p.Waiting, p.Deepest, p.Low, p.High, 0, 0)
}

// processor tells of one.
func (k systemCommands) processor(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	for _, p := range k.o.Processors() {
		if p.Name == args[0] {
			processorHead(w)
			p.show(w)
			return true
		}
	}
	printf(w, "\nTaskprocessor '%s' not found\n\n", args[0])
	return true
}

// alerted lists the subsystems whose processors have more to do than their high water mark;
// a processor is named "subsystem/what".
func (k systemCommands) alerted(w io.Writer, _ []string) bool {
	counts := map[string]int{}
	for _, p := range k.o.Processors() {
		if subsystem, _, _ := strings.Cut(p.Name, "/"); p.High > 0 && p.Waiting >= p.High {
			counts[subsystem]++
		}
	}
	printf(w, "\n%-32s %12s\n", "Subsystem", "Alert Count")
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		printf(w, "%-32s %12d\n", name, counts[name])
	}
	printf(w, "\n%d subsystems\n\n", len(counts))
	return true
}

// pictures lists the formats of pictures: no channel here carries any.
func (k systemCommands) pictures(w io.Writer, _ []string) bool {
	const row = "%10s %10s %50s %10s\n"
	printf(w, row+row, "Name", "Extensions", "Description", "Format", "----", "----------", "-----------", "------")
	fmt.Fprintln(w, "\n0 image formats registered.")
	return true
}

func (k systemCommands) codecs(w io.Writer, args []string) bool {
	fmt.Fprintln(w, "Disclaimer: this command is for informational purposes only.\n\tIt does not indicate anything about your configuration.")
	printf(w, "%8s %-5s %-12s %-16s %s\n%s\n", "ID", "TYPE", "NAME", "FORMAT", "DESCRIPTION", strings.Repeat("-", 96))
	for _, c := range k.o.Codecs() {
		if len(args) == 0 || args[0] == c.Kind {
			printf(w, "%8d %-5s %-12s %-16s (%s)\n", c.ID, c.Kind, c.Name, c.Format, c.Description)
		}
	}
	return true
}

func (k systemCommands) codec(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	if n, err := strconv.Atoi(args[0]); err != nil || n < 0 {
		return usage(w)
	}
	for _, c := range k.o.Codecs() {
		if strconv.Itoa(c.ID) == args[0] {
			printf(w, "%11d %s (%s)\n", c.ID, c.Description, c.Format)
			return true
		}
	}
	printf(w, "Codec %s not found\n", args[0])
	return true
}

func (k systemCommands) events(w io.Writer, _ []string) bool {
	s := k.o.EventSettings()
	if !s.Enabled {
		fmt.Fprintln(w, "CEL Logging: Disabled")
		return true
	}
	fmt.Fprintln(w, "CEL Logging: Enabled")
	for _, group := range []struct {
		label string
		list  []string
	}{{"CEL Tracking Event", s.Events}, {"CEL Tracking Application", s.Apps}, {"CEL Event Subscriber", s.Subscribers}} {
		for _, e := range group.list {
			printf(w, "%s: %s\n", group.label, e)
		}
	}
	return true
}

func (k systemCommands) web(w io.Writer, _ []string) bool {
	s := k.o.WebSettings()
	printf(w, "HTTP Server Status:\nPrefix: %s\nServer: %s\n", s.Prefix, s.Server)
	if s.Bound == "" {
		fmt.Fprintln(w, "Server Disabled")
		return true
	}
	printf(w, "Server Enabled and Bound to %s\n\nEnabled URI's:\n", s.Bound)
	for _, p := range s.Paths {
		printf(w, "%s%s => %s\n", s.Prefix, p[0], p[1])
	}
	fmt.Fprint(w, "\nEnabled Redirects:\n")
	for _, r := range s.Redirects {
		printf(w, "  %s => %s\n", r[0], r[1])
	}
	if len(s.Redirects) == 0 {
		fmt.Fprint(w, "  None.\n")
	}
	fmt.Fprint(w, "\nPath Restrictions:\n")
	for _, r := range s.Restrictions {
		showRestriction(w, r)
	}
	if len(s.Restrictions) == 0 {
		fmt.Fprint(w, "  None.\n")
	}
	return true
}

func showRestriction(w io.Writer, r WebRestriction) {
	printf(w, "  Path: %s\n", r.Path)
	for _, name := range r.Named {
		printf(w, "    ACL: %s\n---------------------------------------------\n", name)
	}
	if len(r.Rules) > 0 {
		fmt.Fprint(w, "    ACL: (unnamed)\n---------------------------------------------\n")
		showRules(w, "    ", r.Rules)
	}
}

func (k systemCommands) lists(w io.Writer, args []string) bool {
	all := k.o.AccessLists()
	if len(args) == 0 {
		fmt.Fprintln(w, "\nacl\n---")
		for _, l := range all {
			fmt.Fprintln(w, l.Name)
		}
		return true
	}
	for _, l := range all {
		if l.Name != args[0] {
			continue
		}
		printf(w, "\nACL: %s\n---------------------------------------------\n", l.Name)
		showRules(w, "", l.Rules)
		return true
	}
	printf(w, "\nCould not find ACL named '%s'\n", args[0])
	return true
}

// showRules lists the rules of an access list, in their order.
func showRules(w io.Writer, before string, rules [][2]string) {
	for i, r := range rules {
		printf(w, before+"%3d: %5s - %s\n", i, r[0], r[1])
	}
}

func (k systemCommands) groups(w io.Writer, _ []string) bool {
	const row = "%-25s  %-20s  %-20s\n"
	printf(w, row, "Channel", "Group", "Category")
	list := k.o.Groups()
	for _, g := range list {
		category := g[2]
		if category == "" {
			category = "(default)"
		}
		printf(w, row, g[0], g[1], category)
	}
	fmt.Fprintln(w, plural(len(list), "active channel", "active channels"))
	return true
}

func (k systemCommands) packets(w io.Writer, args []string) bool {
	switch {
	case len(args) == 1 && args[0] == "on":
		k.o.DebugPackets(true, "")
		fmt.Fprintln(w, "RTP Packet Debugging Enabled")
	case len(args) == 1 && args[0] == "off":
		k.o.DebugPackets(false, "")
		fmt.Fprintln(w, "RTP Packet Debugging Disabled")
	case len(args) == 2 && args[0] == "ip":
		addr, err := k.o.DebugPackets(true, args[1])
		if err != nil {
			printf(w, "Failed to lookup address '%s'\n", args[1])
			return false
		}
		printf(w, "RTP Packet Debugging Enabled for address: %s\n", addr)
	default:
		return usage(w)
	}
	return true
}
