package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"obelisk/internal/boot"
	"obelisk/internal/version"
)

// runMan writes man/man8/obelisk.8, man/man1/obelisk-COMMAND.1, man/man5/obelisk.conf.5 and
// the completions, where distributions have them below /usr/share.
func runMan(o options) int {
	b := version.Read()
	files := map[string]string{
		"man/man8/obelisk.8":                     pageOfAll(b),
		"man/man8/robelisk.8":                    ".so man8/obelisk.8\n",
		"man/man5/obelisk.conf.5":                pageOfFiles(b),
		"bash-completion/completions/obelisk":    bashCompletion(),
		"zsh/vendor-completions/_obelisk":        zshCompletion(),
		"fish/vendor_completions.d/obelisk.fish": fishCompletion(),
	}
	for _, c := range commands()[1:] {
		files["man/man1/obelisk-"+c.name+".1"] = c.page(b)
	}
	for name, text := range files {
		path := filepath.Join(o.args[0], name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return status(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return status(err)
		}
	}
	return 0
}

// roff makes a text safe in a manual page.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`).Replace(text)
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, ".") {
			line = `\&` + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func header(name string, section int, about string, b version.Build) string {
	return fmt.Sprintf(".TH %s %d %s \"Obelisk %s\" \"Obelisk\"\n.SH NAME\n%s \\- %s\n", strings.ToUpper(roff(name)), section,
		b.Date.Format(time.DateOnly), b.Number, roff(name), roff(about))
}

func entry(title, text string) string { return ".TP\n.B " + roff(title) + "\n" + roff(text) + "\n" }

func (c command) options() string {
	var b strings.Builder
	for _, f := range c.flags {
		if !f.quiet {
			b.WriteString(entry(f.title(), upper(f.story())+"."))
		}
	}
	return b.String()
}

// page is the manual page of a command.
func (c command) page(b version.Build) string {
	text := header("obelisk-"+c.name, 1, c.short, b) + ".SH SYNOPSIS\n" + roff(c.synopsis()) + "\n.SH DESCRIPTION\n" +
		roff(upper(c.short)+".") + "\n"
	if c.long != "" {
		text += ".PP\n" + roff(c.long) + "\n"
	}
	if options := c.options(); options != "" {
		text += ".SH OPTIONS\n" + options
	}
	return text + ".SH SEE ALSO\n.BR obelisk (8),\n.BR obelisk.conf (5)\n"
}

// pageOfAll is that of the switchboard.
func pageOfAll(b version.Build) string {
	all := commands()
	var t strings.Builder
	t.WriteString(header("obelisk", 8, "telephone switchboard that runs sip.conf and extensions.conf", b))
	t.WriteString(".SH SYNOPSIS\n" + roff("obelisk [options]") + "\n.br\n" + roff("obelisk -r | -rx 'COMMAND'") + "\n.br\n" +
		roff("obelisk COMMAND ...") + "\n")
	t.WriteString(".SH DESCRIPTION\n" + roff(all[0].long) + "\n.SH COMMANDS\n")
	for _, c := range all[1:] {
		fmt.Fprintf(&t, ".TP\n.B %s\n%s. See\n.BR obelisk\\-%s (1).\n", roff(c.name), roff(upper(c.short)), roff(c.name))
	}
	t.WriteString(".SH OPTIONS\n" + all[0].options() + ".PP\nTaken as by Asterisk, without effect: " + roff(all[0].without()) + ".\n")
	t.WriteString(".SH SIGNALS\n" + entry("SIGHUP", "The configuration is read anew.") + entry("SIGTERM, SIGINT", "It hangs up and ends."))
	t.WriteString(".SH FILES\n" + entry("/etc/asterisk", "The configuration, see obelisk.conf(5). Without it the built-in one is in force.") +
		entry("/usr/share/obelisk/samples", "That configuration, to begin with, and trunks of providers.") +
		entry("/etc/default/obelisk", "More options for the service.") +
		entry("/run/asterisk/asterisk.ctl", "The console's socket.") + entry("/var/lib/obelisk", "The state of the built-in configuration."))
	t.WriteString(".SH SEE ALSO\n.BR obelisk.conf (5),\n.BR obelisk\\-check (1),\n.BR obelisk\\-test (1)\n")
	return t.String()
}

// pageOfFiles lists the options of all files that tables describe.
func pageOfFiles(b version.Build) string {
	var t strings.Builder
	t.WriteString(header("obelisk.conf", 5, "configuration files of Obelisk", b))
	t.WriteString(".SH DESCRIPTION\n" + roff("Obelisk reads the files of Asterisk in /etc/asterisk, or where asterisk.conf says. There is "+
		"no obelisk.conf: this page has the options of "+
		"those files which its tables describe. \"obelisk help WORD\" tells the same of one, and \"obelisk check\" what is wrong in yours.") +
		"\n")
	file := ""
	for _, r := range boot.OptionRows() {
		if r.File != file {
			file = r.File
			t.WriteString(".SH " + strings.ToUpper(roff(file)) + "\n")
		}
		head, _, _ := strings.Cut(boot.OptionText(r), "\n")
		t.WriteString(entry(strings.TrimSpace(head), r.Help))
	}
	return t.String() + ".SH SEE ALSO\n.BR obelisk (8)\n"
}
