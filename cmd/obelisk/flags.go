package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/internal/config"

	"golang.org/x/term"
)

// options of a command line.
type options struct {
	command  *command
	args     []string // what is no option
	confFile string
	execute  string
	remote   bool
	quiet    bool
	noColor  bool
	version  bool
	help     bool
	json     bool     // version --json and others
	bind     string   // init --bind
	offline  bool     // doctor --offline
	check    checking // check ...
	dry      bool     // migrate --dry-run
	caller   string   // explain --caller
	run      string   // test --run
	junit    string   // test --junit
	coverage bool     // test --coverage
	user     string   // -U
	group    string   // -G
	verbose  int
	debug    int
}

// place is the configuration that the argument number n names, or -C; "" without either.
func (o options) place(n int) string {
	if o.confFile == "" && len(o.args) > n {
		return o.args[n]
	}
	return o.confFile
}

// console says whether a name of the program stands for -r: rasterisk, as Asterisk has it.
func console(name string) bool {
	name = filepath.Base(name)
	return name == "rasterisk" || name == "robelisk"
}

// usageError is what is wrong with a command line, in a line, and where to read more.
type usageError struct {
	text    string
	command string // whose help tells; "" is that of the switchboard
}

func (e usageError) Error() string {
	return strings.TrimRight("obelisk: "+e.text+"; see obelisk help "+e.command, " ")
}

// parser reads a command line: options of Asterisk, whose letters may be joined, and one of the
// commands with its own.
type parser struct {
	args []string
	o    options
	all  []command
}

func parse(args []string) (options, error) {
	p := parser{args: args, all: commands()}
	p.o.command = &p.all[0]
	err := p.read()
	return p.o, err
}

func (p *parser) read() error {
	for len(p.args) > 0 {
		a := p.args[0]
		p.args = p.args[1:]
		var err error
		switch {
		case a == "--":
			p.o.args, p.args = append(p.o.args, p.args...), nil
		case strings.HasPrefix(a, "--"):
			err = p.long(a)
		case strings.HasPrefix(a, "-") && a != "-":
			err = p.letters(a)
		case p.o.command.name == "" && len(p.o.args) == 0:
			if err = p.choose(a); err == nil && p.o.command.raw != nil {
				p.o.args, p.args = p.args, nil
				return nil
			}
		default:
			p.o.args = append(p.o.args, a)
		}
		if err != nil {
			return err
		}
	}
	return p.counted()
}

// choose takes the first word.
func (p *parser) choose(word string) error {
	var names []string
	for i, c := range p.all {
		if c.name == word {
			p.o.command = &p.all[i]
			return nil
		}
		if c.name != "" {
			names = append(names, c.name)
		}
	}
	return usageError{text: fmt.Sprintf("there is no command '%s'%s", word, config.DidYouMean(word, names))}
}

// counted says whether there are as many arguments as the command takes.
func (p *parser) counted() error {
	c, n := p.o.command, len(p.o.args)
	switch {
	case p.o.help || p.o.version || c.name == "check" && p.o.check.explain != "":
	case n < c.few:
		return usageError{fmt.Sprintf("%s needs %s", c.name, c.args), c.name}
	case c.many >= 0 && n > c.many:
		return usageError{fmt.Sprintf("unexpected argument '%s'", p.o.args[c.many]), c.name}
	}
	return nil
}

// long reads --name, --name=value or --name value.
func (p *parser) long(a string) error {
	name, value, given := strings.Cut(a, "=")
	f := p.find(name)
	if f == nil {
		return p.unknown(name)
	}
	switch {
	case f.takes == "" && given:
		return usageError{name + " has no value", p.o.command.name}
	case f.takes != "" && !given:
		if len(p.args) == 0 {
			return usageError{fmt.Sprintf("%s needs a value, %s", name, f.takes), p.o.command.name}
		}
		value, p.args = p.args[0], p.args[1:]
	}
	return p.set(*f, name, value)
}

func (p *parser) set(f flag, name, value string) error {
	if f.among != nil && !slices.Contains(f.among, value) {
		return usageError{fmt.Sprintf("%s is one of %s, not '%s'%s", name, strings.Join(f.among, ", "), value,
			config.DidYouMean(value, f.among)), p.o.command.name}
	}
	f.set(&p.o, value)
	return nil
}

// letters reads -rvvvx 'core show uptime'.
func (p *parser) letters(a string) error {
	for i := 1; i < len(a); i++ {
		name, value := "-"+a[i:i+1], ""
		f := p.find(name)
		if f == nil {
			return p.unknown(name)
		}
		if f.takes != "" {
			if value = a[i+1:]; value == "" {
				if len(p.args) == 0 {
					return usageError{fmt.Sprintf("option %s needs a value, %s", name, f.takes), p.o.command.name}
				}
				value, p.args = p.args[0], p.args[1:]
			}
			i = len(a)
		}
		if err := p.set(*f, name, value); err != nil {
			return err
		}
	}
	return nil
}

// find is the option of that name of the command, or of all.
func (p *parser) find(name string) *flag {
	for _, c := range []*command{p.o.command, &p.all[0]} {
		for i := range c.flags {
			if c.flags[i].is(name) {
				return &c.flags[i]
			}
		}
	}
	return nil
}

// unknown names the nearest one; where another command has it, that one.
func (p *parser) unknown(name string) error {
	text := "unknown option " + name
	var own, others []string
	for _, c := range p.all {
		for _, f := range c.flags {
			if f.is(name) {
				others = append(others, "'obelisk "+c.name+"'")
			}
			if c.name == p.o.command.name || c.name == "" {
				own = append(own, f.names...)
			}
		}
	}
	switch {
	case len(others) > 0:
		text += ", which belongs to " + strings.Join(others, " and ")
	case strings.HasPrefix(name, "--"):
		text += config.DidYouMean(name, own)
	}
	return usageError{text, p.o.command.name}
}

func isTerminal() bool { return term.IsTerminal(int(os.Stderr.Fd())) }
