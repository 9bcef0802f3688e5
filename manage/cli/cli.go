// Package cli is the console: commands with the texts and tables of Asterisk,
// served on a local socket, and the client behind -r and -rx.
package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"sync/atomic"

	"obelisk/pbx"
)

// Command is one console command.
type Command struct {
	Name  string // words separated by blanks
	Usage string // arguments, and what it does
	// Run writes the answer; false means that the command failed.
	Run func(w io.Writer, args []string) bool
}

// Console finds and runs commands. It does not change once it serves.
type Console struct {
	Access Access // of the control socket

	commands    []*Command // by name
	core        *pbx.Core  // nil: it has none
	completers  map[string]completer
	needs       map[string]string // of the commands of modules, as rights
	helps       map[string]string // of the commands of modules, as usages
	aliases     [][2]string
	permissions atomic.Pointer[Permissions]
	feed        Feed // nil: there is no log to listen to
	booted      chan struct{}
}

// completer lists what the arguments of a command may be, those before being args.
type completer func(args []string) []string

// Completes says how the arguments of a command may be completed.
func (c *Console) Completes(command string, f completer) { c.completers[command] = f }

// SetAliases gives commands other names too (cli_aliases.conf): alias and command.
func (c *Console) SetAliases(list [][2]string) { c.aliases = list }

func (c *Console) showAliases(w io.Writer, _ []string) bool {
	printf(w, "%-40.40s %s\n", "Alias Command", "Real Command")
	for _, a := range c.aliases {
		printf(w, "%-40.40s %s\n", a[0], a[1])
	}
	return true
}

// New makes a console. booted is closed when the switchboard is ready.
func New(booted chan struct{}) *Console {
	c := &Console{booted: booted, completers: map[string]completer{}, needs: map[string]string{}, helps: map[string]string{}}
	c.Add(Command{Name: "core show help", Usage: "[topic]: list the commands", Run: c.help})
	c.Add(Command{Name: "cli show aliases", Usage: "list the aliases of cli_aliases.conf", Run: c.showAliases})
	c.Add(Command{Name: "cli show permissions", Usage: "list what cli_permissions.conf says", Run: c.showPermissions})
	c.Add(Command{Name: "cli check permissions", Usage: "<user>|@<group>|<user>@<group> [command]: what he may run", Run: c.checkPermissions})
	c.Add(Command{Name: "core set verbose", Usage: "[atleast] <level>|off [silent]: what this console is shown of calls", Run: c.setVerbose})
	c.Add(Command{Name: "logger mute", Usage: "stop the log on this console, or let it go on", Run: mute})
	c.Add(Command{Name: "logger set level", Usage: "<level> on|off: what this console is shown, whatever logger.conf says", Run: setLevel})
	c.Add(Command{Name: completeCommand, Usage: "[line]: how it may go on",
		Run: func(w io.Writer, _ []string) bool { return c.completions(w, "") }})
	c.Add(Command{Name: "help", Usage: "[topic]: list the commands", Run: c.help})
	c.Add(Command{Name: "core waitfullybooted", Usage: "wait until the switchboard is ready", Run: func(w io.Writer, _ []string) bool {
		<-c.booted
		fmt.Fprintln(w, "Asterisk has fully booted.")
		return true
	}})
	return c
}

// Add registers commands.
func (c *Console) Add(list ...Command) {
	for i := range list {
		c.commands = append(c.commands, &list[i])
	}
	sort.SliceStable(c.commands, func(i, j int) bool { return c.commands[i].Name < c.commands[j].Name })
}

// AddModules registers the commands of modules.
func (c *Console) AddModules(list []pbx.Module) {
	for _, m := range list {
		commander, ok := m.(pbx.Commander)
		if !ok {
			continue
		}
		for _, k := range commander.Commands() {
			c.Add(Command{Name: k.Name, Usage: k.Usage, Run: k.Run})
			if k.Complete != nil {
				c.Completes(k.Name, k.Complete)
			}
			c.helps[k.Name] = k.Help
			c.needs[k.Name] = free
			if k.System {
				c.needs[k.Name] = system
			}
		}
	}
}

// Has says whether there is a command of that line.
func (c *Console) Has(line string) bool {
	cmd, _ := c.find(c.words(line))
	return cmd != nil
}

// Run executes one line and says whether it succeeded.
func (c *Console) Run(w io.Writer, line string) bool {
	if rest, ok := strings.CutPrefix(line, completeCommand+" "); ok {
		return c.completions(w, rest)
	}
	words := c.words(line)
	if len(words) == 0 {
		return true
	}
	cmd, args := c.find(words)
	if cmd == nil {
		printf(w, "No such command '%s' (type 'core show help %s' for other possible commands)\n", strings.Join(words, " "), c.nearest(words))
		return false
	}
	well, misused := c.attempt(cmd, w, args)
	if !well && !misused {
		said := strings.Join(words, " ")
		if slices.Equal(words, split(line)) { // no alias: as it was typed
			said = strings.TrimSpace(line)
		}
		printf(w, "Command '%s' failed.\n", said)
	}
	return well
}

// attempt runs a command; one that panics has failed, and nothing else has. misused says that
// it has told how it is written.
func (c *Console) attempt(cmd *Command, w io.Writer, args []string) (ok, misused bool) {
	defer func() {
		if r := recover(); r != nil {
			printf(w, "The command is given up because of an internal error: %v\n", r)
			ok = false
		}
	}()
	misuse := func(w io.Writer, told string) {
		misused = true
		c.tellUsage(w, cmd, told)
	}
	to := &tame{Writer: w, misuse: misuse}
	if t, ok := w.(*terminal); ok {
		to.Writer = t.Writer
		out := bufio.NewWriter(to)
		defer out.Flush()
		ok = c.runs(cmd, &terminal{Writer: out, session: t.session, misuse: misuse}, args)
		return ok, misused
	}
	ok = c.runs(cmd, to, args)
	return ok, misused
}

// runs runs a command; one whose usage names no arguments takes none.
func (c *Console) runs(cmd *Command, w io.Writer, args []string) bool {
	if len(args) > 0 && takesNone(cmd) {
		return usage(w)
	}
	return cmd.Run(w, args)
}

// find takes the command with the most words that begins the line; words may
// be shortened as long as one command is meant.
func (c *Console) find(words []string) (*Command, []string) {
	var best *Command
	length, exact := 0, false
	for _, cmd := range c.commands {
		name := strings.Fields(cmd.Name)
		if len(name) > len(words) {
			continue
		}
		fits, same := true, true
		for i, n := range name {
			fits = fits && strings.HasPrefix(n, strings.ToLower(words[i]))
			same = same && n == strings.ToLower(words[i])
		}
		if !fits {
			continue
		}
		switch {
		case len(name) > length, len(name) == length && same && !exact:
			best, length, exact = cmd, len(name), same
		case len(name) == length && !same && !exact:
			best = nil // two commands fit
		}
	}
	return best, words[length:]
}

// nearest is what is asked help for when no command fits: the words that some command
// begins with, and two more.
func (c *Console) nearest(words []string) string {
	known := 0
	for _, cmd := range c.commands {
		n := 0
		for i, name := range strings.Fields(cmd.Name) {
			if i == len(words) || !strings.HasPrefix(name, strings.ToLower(words[i])) {
				break
			}
			n++
		}
		known = max(known, n)
	}
	return strings.Join(words[:min(known+2, len(words))], " ")
}

func (c *Console) help(w io.Writer, args []string) bool {
	topic := strings.ToLower(strings.Join(args, " "))
	for _, cmd := range c.commands {
		if cmd.Name == topic && cmd.Name != completeCommand {
			c.tellUsage(w, cmd, "")
			return true
		}
	}
	n := 0
	for _, cmd := range c.commands {
		if strings.HasPrefix(cmd.Name, topic) && cmd.Name != completeCommand {
			_, what := c.helpOf(cmd)
			printf(w, "%-30s -- %s\n", cmd.Name, inShort(what))
			n++
		}
	}
	if n == 0 {
		printf(w, "No such command '%s'.\n", topic)
	}
	return true
}

// helpOf parts a command with its arguments from what it does.
func (c *Console) helpOf(cmd *Command) (head, what string) {
	if first, _, _ := strings.Cut(cmp.Or(usages[cmd.Name], c.helps[cmd.Name]), "\n"); strings.HasPrefix(first, cmd.Name) {
		defer func() { head = first }()
	}
	usage := strings.TrimSpace(strings.TrimPrefix(cmd.Usage, cmd.Name))
	if rest, ok := strings.CutPrefix(usage, ":"); ok {
		return cmd.Name, strings.TrimSpace(rest)
	}
	arguments, what, ok := strings.Cut(usage, ": ")
	if !ok || !strings.ContainsAny(arguments, "<[|") {
		return cmd.Name, usage
	}
	return cmd.Name + " " + arguments, what
}

// inShort is the first thing that a text says.
func inShort(text string) string {
	for _, end := range []string{". ", "; ", "\n"} {
		text, _, _ = strings.Cut(text, end)
	}
	return strings.TrimSuffix(sentence(text), ".")
}

// sentence begins a text with a capital letter, and ends it with a stop.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.TrimSuffix(strings.ToUpper(text[:1])+text[1:], ".") + "."
}

// plural writes "1 active channel" or "2 active channels".
func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
