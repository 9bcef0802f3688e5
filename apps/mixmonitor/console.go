package mixmonitor

import (
	"io"
	"path/filepath"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "mixmonitor start", Usage: "<channel> [arguments]: record a call, as the application MixMonitor does", System: true,
			Run: m.consoleStart},
		{Name: "mixmonitor stop", Usage: "<channel> [id]: end its newest recording, or that one", Run: m.consoleStop},
		{Name: "mixmonitor list", Usage: "<channel>: its recordings", Run: m.consoleList},
		{Name: "recordings list", Usage: "[like <text>]: what is and was recorded since the start: call, parties, duration, file", Run: m.list},
	}
}

// named is the channel whose name begins so; nil, and that is said.
func (m *Module) named(w io.Writer, prefix string) *pbx.Channel {
	for _, c := range m.core.Channels() {
		if strings.HasPrefix(strings.ToLower(c.Name()), strings.ToLower(prefix)) {
			return c
		}
	}
	printable.Fprintf(w, "No channel matching '%s' found.\n", prefix)
	return nil
}

// consoleUsage is the text of Asterisk for all three commands: programs show it.
const consoleUsage = `mixmonitor start <chan_name> [args]
         The optional arguments are passed to the MixMonitor application.
       mixmonitor stop <chan_name> [args]
         The optional arguments are passed to the StopMixMonitor application.
       mixmonitor list <chan_name>`

func (m *Module) consoleStart(w io.Writer, args []string) bool {
	if len(args) == 0 {
		return pbx.Misused(w, consoleUsage)
	}
	if c := m.named(w, args[0]); c != nil {
		if err := c.Visit(func(c *pbx.Channel) { m.begin(c, strings.Join(args[1:], " ")) }); err != nil {
			printable.Fprintf(w, "%s\n", err.Error())
		}
	}
	return true
}

func (m *Module) consoleStop(w io.Writer, args []string) bool {
	if len(args) == 0 {
		return pbx.Misused(w, consoleUsage)
	}
	if c := m.named(w, args[0]); c != nil {
		if err := c.Visit(func(c *pbx.Channel) { m.end(c, strings.Join(args[1:], " ")) }); err != nil {
			printable.Fprintf(w, "%s\n", err.Error())
		}
	}
	return true
}

func (m *Module) consoleList(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, consoleUsage)
	}
	if c := m.named(w, args[0]); c != nil {
		printable.Fprintf(w, "MixMonitor ID\tFile\tReceive File\tTransmit File\n")
		printable.Fprintf(w, "=========================================================================\n")
		for _, r := range m.of(c, "") {
			printable.Fprintf(w, "%s\t%s\t%s\t%s\n", r.id, strings.TrimSuffix(r.plan.file, filepath.Ext(r.plan.file)), r.plan.receive,
				r.plan.transmit)
		}
	}
	return true
}

// list shows what is recorded, and what was, the oldest first.
func (m *Module) list(w io.Writer, args []string) bool {
	like := ""
	if len(args) > 0 {
		if args[0] != "like" || len(args) != 2 {
			return pbx.Misused(w, "recordings list [like <text>]")
		}
		like = strings.ToLower(args[1])
	}
	const row = "%-19s %-9s %-8s %-24s %-28s %s\n"
	printable.Fprintf(w, row, "Begun", "Duration", "State", "Parties", "Channel", "File")
	n := 0
	for _, r := range m.all() {
		line := r.texts()
		if !strings.Contains(strings.ToLower(strings.Join(line, " ")), like) {
			continue
		}
		n++
		printable.Fprintf(w, row, line[0], line[1], line[2], line[3], line[4], line[5])
	}
	printable.Fprintf(w, "%d recordings\n", n)
	return true
}

// Boards implements pbx.Boarded.
func (m *Module) Boards() []pbx.Board {
	b := pbx.Board{Name: "recordings", Columns: []string{"begun", "duration", "state", "parties", "channel", "file"}}
	for _, r := range m.all() {
		b.Rows = append(b.Rows, r.texts())
	}
	return []pbx.Board{b}
}

// row is what is shown of a recording.
type row struct {
	begun                      time.Time
	length                     time.Duration
	state, parties, name, file string
}

func (r *recording) row() row {
	return row{r.begun, r.length(), r.state(), r.parties, r.name, r.file()}
}

func (r row) texts() []string {
	return []string{r.begun.Format(time.DateTime), pbx.Clock(r.length), r.state, r.parties, r.name, r.file}
}

// state is a word for what became of it.
func (r *recording) state() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.at.IsZero():
		return "runs"
	case r.failures > 0:
		return "not whole"
	}
	return "whole"
}
