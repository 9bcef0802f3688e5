package cli

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"

	"obelisk/pbx"
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

// completions is the command behind the Tab key. The line is as it was typed: a blank at its
// end begins a new word.
func (c *Console) completions(w io.Writer, line string) bool {
	for _, word := range c.complete(line) {
		fmt.Fprintln(w, word)
	}
	return true
}

// usage says how a command is written; it has failed.
func usage(w io.Writer) bool { return pbx.Misused(w, "") }

// Misused is how pbx.Misused finds the console.
func (t *terminal) Misused(told string) { t.misuse(t, told) }
func (t *tame) Misused(told string)     { t.misuse(t, told) }

// listening is what shows the log on the terminal that a command answers; nil for none.
func listening(w io.Writer) Listening {
	if t, ok := w.(*terminal); ok {
		return t.session.log
	}
	return nil
}

// levelWanted reads "[atleast] <level>|off".
func levelWanted(args []string) (level int, least, ok bool) {
	if len(args) == 2 && args[0] == "atleast" {
		least, args = true, args[1:]
	}
	if len(args) != 1 {
		return 0, false, false
	}
	if args[0] == "off" {
		return 0, least, true
	}
	level, err := strconv.Atoi(args[0])
	return level, least, err == nil && level >= 0
}

// setVerbose changes what this console is shown of calls.
func (c *Console) setVerbose(w io.Writer, args []string) bool {
	silent := false
	if n := len(args); n > 1 && args[n-1] == "silent" {
		silent, args = true, args[:n-1]
	}
	level, least, ok := levelWanted(args)
	if !ok {
		return usage(w)
	}
	was := 0
	if l := listening(w); l != nil {
		if was = l.Verbose(); !least || level > was {
			l.SetVerbose(level)
		} else {
			level = was
		}
	}
	if !silent {
		tellLevel(w, "Console verbose", was, level)
	}
	return true
}

// debug changes what is told for developers, to all consoles and files that want it.
func (k systemCommands) debug(w io.Writer, args []string) bool {
	level, least, ok := levelWanted(args)
	if !ok {
		return usage(w)
	}
	was := k.o.SetDebug(level)
	if least && was > level {
		k.o.SetDebug(was)
		level = was
	}
	tellLevel(w, "Core debug", was, level)
	return true
}

// tellLevel says what a level was and is.
func tellLevel(w io.Writer, what string, was, level int) {
	word := func(n int) string {
		if n == 0 {
			return "OFF"
		}
		return strconv.Itoa(n)
	}
	if was == level {
		fmt.Fprintf(w, "%s is still %s.\n", what, word(level))
		return
	}
	fmt.Fprintf(w, "%s was %s and is now %s.\n", what, word(was), word(level))
}

// setLevel has this console shown a level, or not.
func setLevel(w io.Writer, args []string) bool {
	if len(args) != 2 || args[1] != "on" && args[1] != "off" {
		return usage(w)
	}
	level := strings.ToUpper(args[0])
	if !slices.Contains([]string{"DEBUG", "NOTICE", "WARNING", "ERROR", "VERBOSE", "SECURITY"}, level) {
		return usage(w)
	}
	if l := listening(w); l != nil {
		l.SetLevel(level, args[1] == "on")
	}
	fmt.Fprintf(w, "Logger status for '%s' has been set to '%s'.\n", level, args[1])
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
