package agi

import (
	"fmt"
	"io"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "agi show commands", Usage: "[topic <command>]: list the commands of AGI, or tell of one", Run: m.showCommands},
		{Name: "agi show sessions", Usage: "list the programs that work calls, and what they have last said", Run: m.showSessions},
		{Name: "agi exec", Usage: "<channel> <command> [id]: have a channel in AsyncAGI carry out a command", System: true, Run: m.execCommand},
		{Name: "agi set debug", Usage: "on|off: show what is said", Run: m.setDebug},
		{Name: "agi dump html", Usage: "<file>: not here; docs/agi.md has the commands", Run: m.dumpHTML},
	}
}

const showUsage = "agi show commands [topic] <topic>\n       Lists the commands, or tells of those that begin with the topic."

func (m *Module) showCommands(w io.Writer, args []string) bool {
	switch {
	case len(args) == 0:
		list(w, "")
		return true
	case !strings.EqualFold(args[0], "topic"):
		return pbx.Misused(w, showUsage)
	}
	topic := strings.Join(args[1:], " ")
	if k := exactly(args[1:]); k != nil {
		k.describe(w)
	} else if begins(topic) {
		list(w, topic)
	} else {
		printable.Fprintf(w, "No such command '%s'.\n", topic)
	}
	return true
}

// list writes the table of the commands that begin with a text.
func list(w io.Writer, prefix string) {
	printable.Fprintf(w, "%5.5s %30.30s   %s\n", "Dead", "Command", "Description")
	for _, k := range commands {
		if strings.HasPrefix(k.name, strings.ToLower(prefix)) {
			printable.Fprintf(w, "%5.5s %30.30s   %s\n", k.runsDead(), k.name, k.synopsis)
		}
	}
}

func (k *command) runsDead() string {
	if k.dead {
		return "Yes"
	}
	return "No"
}

// describe writes all that is known of a command.
func (k *command) describe(w io.Writer) {
	printable.Fprintf(w, "\n  -= Info about AGI '%s' =- \n", k.name)
	for _, part := range [][2]string{{"Synopsis", k.synopsis}, {"Description", k.help}, {"Syntax", k.syntax}, {"Runs Dead", k.runsDead()}} {
		fmt.Fprintf(w, "\n[%s]\n%s\n", part[0], part[1])
	}
	fmt.Fprintln(w)
}

// showSessions names the programs that work calls, the oldest first.
func (m *Module) showSessions(w io.Writer, _ []string) bool {
	all := m.running()
	printable.Fprintf(w, "%-30s %-30s %-9s %-9s %s\n", "Channel", "Program", "Since", "Silent", "Last command")
	for _, s := range all {
		s.mu.Lock()
		last, silent := s.last, ""
		if !s.waiting.IsZero() {
			silent = pbx.Clock(time.Since(s.waiting))
		}
		s.mu.Unlock()
		printable.Fprintf(w, "%-30s %-30s %-9s %-9s %s\n", s.c.Name(), s.request, pbx.Clock(time.Since(s.begun)), silent, last)
	}
	printable.Fprintf(w, "%d AGI sessions\n", len(all))
	return true
}

const execUsage = "agi exec <channel name> <app and arguments> [id]\n       Has a channel that is in AsyncAGI carry out a command."

func (m *Module) execCommand(w io.Writer, args []string) bool {
	args = words(strings.Join(args, " "))
	if len(args) < 2 {
		return pbx.Misused(w, execUsage)
	}
	id := ""
	if len(args) > 2 {
		id = args[2]
	}
	c := m.core.Channel(args[0])
	if c == nil {
		printable.Fprintf(w, "Channel %s does not exist.\n", args[0])
		return false
	}
	if !m.add(c, args[1], id) {
		printable.Fprintf(w, "Failed to add AGI command to queue of channel %s\n", c.Name())
		return false
	}
	return true
}

func (m *Module) setDebug(w io.Writer, args []string) bool {
	if len(args) != 1 || !strings.EqualFold(args[0], "on") && !strings.EqualFold(args[0], "off") {
		return pbx.Misused(w, "agi set debug [on|off]\n       Shows what programs and the switchboard say to each other.")
	}
	on := strings.EqualFold(args[0], "on")
	m.debug.Store(on)
	word := "Dis"
	if on {
		word = "En"
	}
	printable.Fprintf(w, "AGI Debugging %sabled\n", word)
	return true
}

func (m *Module) dumpHTML(w io.Writer, _ []string) bool {
	fmt.Fprintln(w, "There is no such file to be had here: docs/agi.md has the commands, and so does 'agi show commands'.")
	return false
}
