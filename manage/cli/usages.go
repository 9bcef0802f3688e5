package cli

import (
	_ "embed"
	"io"
	"strings"
)

//go:embed usages.txt
var usagesText string

// usages is how commands are written, by their names: the first lines as Asterisk has them,
// what follows in our words. Who misuses a command reads the same as who asks for help.
var usages = parseUsages(usagesText)

// parseUsages reads "= name" and the lines below it.
func parseUsages(text string) map[string]string {
	out := map[string]string{}
	for block := range strings.SplitSeq("\n"+text, "\n= ") {
		if name, usage, ok := strings.Cut(block, "\n"); ok && name != "" {
			out[name] = strings.TrimSpace(usage)
		}
	}
	return out
}

// usageOf is how a command is written and what it does, without "Usage: ".
func (c *Console) usageOf(cmd *Command) string {
	if text := usages[cmd.Name]; text != "" {
		return text
	}
	if text := c.helps[cmd.Name]; text != "" {
		return text
	}
	head, what := c.helpOf(cmd)
	return head + "\n       " + sentence(what)
}

// takesNone says whether a command is written without arguments.
func takesNone(cmd *Command) bool {
	first, _, _ := strings.Cut(usages[cmd.Name], "\n")
	return first == cmd.Name
}

// tellUsage answers a misuse. A module may tell more than its command's line in the list.
func (c *Console) tellUsage(w io.Writer, cmd *Command, told string) {
	switch {
	case told == "" || usages[cmd.Name] != "":
		told = c.usageOf(cmd)
	case !strings.Contains(told, "\n"):
		_, what := c.helpOf(cmd)
		told += "\n       " + sentence(what)
	}
	io.WriteString(w, "Usage: "+told+"\n")
}
