package cli

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// completeCommand asks how a line may go on.
const completeCommand = "_complete"

// complete lists the words that a line, up to the cursor, may go on with: of commands, or
// what the command says of its arguments.
func (c *Console) complete(line string) (out []string) {
	words := strings.Fields(line)
	if line == "" || strings.HasSuffix(line, " ") {
		words = append(words, "")
	}
	last, before := words[len(words)-1], words[:len(words)-1]
	seen := map[string]bool{}
	add := func(w string) {
		if strings.HasPrefix(strings.ToLower(w), strings.ToLower(last)) && !seen[w] && !strings.HasPrefix(w, "_") {
			seen[w] = true
			out = append(out, w)
		}
	}
	for _, cmd := range c.commands {
		name := strings.Fields(cmd.Name)
		if len(name) > len(before) && begins(name, before) {
			add(name[len(before)])
		}
	}
	if cmd, args := c.find(before); cmd != nil && c.completers[cmd.Name] != nil {
		for _, w := range c.completers[cmd.Name](args) {
			add(w)
		}
	}
	sort.Strings(out)
	return out
}

func begins(name, words []string) bool {
	for i, w := range words {
		if !strings.HasPrefix(name[i], strings.ToLower(w)) {
			return false
		}
	}
	return true
}

// completions is the command behind the Tab key.
func (c *Console) completions(w io.Writer, args []string) bool {
	for _, word := range c.complete(strings.Join(args, " ")) {
		fmt.Fprintln(w, word)
	}
	return true
}

// usage says how a command is written; it has failed.
func usage(w io.Writer, text string) bool {
	fmt.Fprintln(w, "Usage: "+text)
	return false
}

// listening is what shows the log on the terminal that a command answers; nil for none.
func listening(w io.Writer) Listening {
	if t, ok := w.(*terminal); ok {
		return t.session.log
	}
	return nil
}

// setVerbose changes what this console is shown of calls.
func (c *Console) setVerbose(w io.Writer, args []string) bool {
	silent, least := false, false
	if n := len(args); n > 1 && args[n-1] == "silent" {
		silent, args = true, args[:n-1]
	}
	if len(args) == 2 && args[0] == "atleast" {
		least, args = true, args[1:]
	}
	level := 0
	if len(args) != 1 {
		return usage(w, "core set verbose [atleast] <level>|off [silent]")
	}
	if args[0] != "off" {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 0 {
			return usage(w, "core set verbose [atleast] <level>|off [silent]")
		}
		level = n
	}
	was := 0
	if l := listening(w); l != nil {
		if was = l.Verbose(); !least || level > was {
			l.SetVerbose(level)
		} else {
			level = was
		}
	}
	word := func(n int) string {
		if n == 0 {
			return "OFF"
		}
		return strconv.Itoa(n)
	}
	switch {
	case silent:
	case was == level:
		fmt.Fprintf(w, "Console verbose is still %s.\n", word(level))
	default:
		fmt.Fprintf(w, "Console verbose was %s and is now %s.\n", word(was), word(level))
	}
	return true
}

// mute stops the log on this console, or lets it go on.
func mute(w io.Writer, _ []string) bool {
	if l := listening(w); l != nil && l.Mute() {
		fmt.Fprintln(w, "Console is muted.")
		return true
	}
	fmt.Fprintln(w, "Console is not muted anymore.")
	return true
}
