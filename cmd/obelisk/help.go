package main

import (
	"fmt"
	"os"
	"strings"

	"obelisk/internal/boot"
)

// column is where the explanations of a help begin.
const column = 26

// synopsis is how a command is written.
func (c command) synopsis() string {
	return strings.TrimSpace(strings.Join([]string{"obelisk", c.name, c.args}, " "))
}

// help is the text of "obelisk help NAME"; that of the switchboard lists the commands.
func (c command) help() string {
	var b strings.Builder
	if c.name == "" {
		b.WriteString("Usage: obelisk [options]               run the switchboard\n" +
			"       obelisk -r | -rx 'COMMAND'      console of a running one (also: rasterisk)\n" +
			"       obelisk COMMAND ...\n\nCommands; \"obelisk help COMMAND\" tells more:\n")
		for _, c := range commands()[1:] {
			item(&b, c.name, c.short)
		}
		b.WriteString("\nOptions:\n")
	} else {
		fmt.Fprintf(&b, "Usage: %s\n\n%s.\n", c.synopsis(), upper(c.short))
		if c.long != "" {
			b.WriteString("\n" + wrapped(c.long, 0, 79) + "\n")
		}
		if len(c.flags) > 0 {
			b.WriteString("\nOptions:\n")
		}
	}
	for _, f := range c.flags {
		if !f.quiet {
			item(&b, f.title(), f.story())
		}
	}
	if c.name == "" {
		fmt.Fprintf(&b, "\nTaken as by Asterisk, without effect: %s.\n", c.without())
	}
	return b.String()
}

// without lists the options that have no effect.
func (c command) without() string {
	var list []string
	for _, f := range c.flags {
		if f.quiet {
			list = append(list, f.title())
		}
	}
	return strings.Join(list, " ")
}

// title is "-C FILE".
func (f flag) title() string {
	return strings.TrimSpace(strings.Join(f.names, ", ") + " " + f.takes)
}

// story is its help with the values that there are.
func (f flag) story() string {
	if f.among != nil {
		return f.help + ": " + strings.Join(f.among, ", ")
	}
	return f.help
}

func item(b *strings.Builder, title, text string) {
	fmt.Fprintf(b, "  %-*s%s\n", column-2, title, strings.TrimLeft(wrapped(text, column, 79), " "))
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// wrapped breaks a text into lines of a width, each indented.
func wrapped(text string, indent, width int) string {
	var b strings.Builder
	at := width + 1 // of a line that is full
	for _, word := range strings.Fields(text) {
		if at+1+len(word) > width {
			if b.Len() > 0 {
				b.WriteString("\n")
			}
			b.WriteString(strings.Repeat(" ", indent) + word)
			at = indent + len(word)
			continue
		}
		b.WriteString(" " + word)
		at += 1 + len(word)
	}
	return b.String()
}

// runHelp explains a command of the command line, or else what may stand in a configuration.
func runHelp(o options) int {
	topic := strings.Join(o.args, " ")
	if len(o.args) == 0 {
		fmt.Print(commands()[0].help())
		return 0
	}
	found := false
	var names []string
	for _, c := range commands()[1:] {
		names = append(names, c.name)
		if c.name == topic {
			fmt.Print(c.help())
			found = true
		}
	}
	text, like := boot.Topic(topic, names)
	switch {
	case text != "" && found:
		fmt.Print("\n" + text)
	case text != "":
		fmt.Print(text)
	case !found:
		fmt.Fprintf(os.Stderr, "obelisk: nothing is known about '%s'%s\n", topic, like)
		return 1
	}
	return 0
}
