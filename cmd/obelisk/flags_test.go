package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The name rasterisk is that of the console, wherever the link to it lies.
func TestNameOfTheConsole(t *testing.T) {
	for name, want := range map[string]bool{"rasterisk": true, "/usr/sbin/rasterisk": true, "robelisk": true, "asterisk": false,
		"/opt/rasterisk/obelisk": false, "": false} {
		if console(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	if o, err := parse([]string{"-x", "core show uptime"}); err != nil || !o.remote || o.execute != "core show uptime" {
		t.Errorf("%+v, %v", o, err)
	}
}

// What is wrong with a command line is told in one line, with the nearest name.
func TestUsageErrors(t *testing.T) {
	for line, want := range map[string]string{
		"-Z":                  "obelisk: unknown option -Z; see obelisk help",
		"-vvZ":                "obelisk: unknown option -Z; see obelisk help",
		"--versoin":           "obelisk: unknown option --versoin (did you mean '--version'?); see obelisk help",
		"-C":                  "obelisk: option -C needs a value, FILE; see obelisk help",
		"chekc":               "obelisk: there is no command 'chekc' (did you mean 'check'?); see obelisk help",
		"check --fromat json": "obelisk: unknown option --fromat (did you mean '--format'?); see obelisk help check",
		"check --junit x":     "obelisk: unknown option --junit, which belongs to 'obelisk test'; see obelisk help check",
		"check --jsn":         "obelisk: unknown option --jsn (did you mean '--json'?); see obelisk help check",
		"check --format jsn": "obelisk: --format is one of text, json, sarif, github, not 'jsn' (did you mean 'json'?); see obelisk " +
			"help check",
		"check --all=yes":           "obelisk: --all has no value; see obelisk help check",
		"check --baseline":          "obelisk: --baseline needs a value, FILE; see obelisk help check",
		"explain":                   "obelisk: explain needs NUMBER@CONTEXT [--caller NUMBER] [DIR | -C file]; see obelisk help explain",
		"demo now":                  "obelisk: unexpected argument 'now'; see obelisk help demo",
		"migrate one --dry-run two": "obelisk: unexpected argument 'two'; see obelisk help migrate",
	} {
		if _, err := parse(strings.Fields(line)); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", line, err, want)
		}
	}
}

func TestCommandLines(t *testing.T) {
	for line, want := range map[string]func(o options) bool{
		"-rvvvx uptime": func(o options) bool {
			return o.remote && o.verbose == 3 && o.execute == "uptime" && o.command.name == ""
		},
		"-fvvvgc -C/x.conf -U a -Gb": func(o options) bool { return o.confFile == "/x.conf" && o.user == "a" && o.group == "b" },
		"check -C x a b --format=json": func(o options) bool {
			return slices.Equal(o.args, []string{"a", "b"}) && o.confFile == "x" && o.check.format == "json"
		},
		"check --explain all":             func(o options) bool { return o.check.explain == "all" },
		"explain 1@x --caller 2 dir":      func(o options) bool { return o.caller == "2" && o.place(1) == "dir" && o.args[0] == "1@x" },
		"test --run a --junit b dir":      func(o options) bool { return o.run == "a" && o.junit == "b" && o.place(0) == "dir" },
		"migrate --dry-run -C x":          func(o options) bool { return o.dry && o.place(0) == "x" },
		"check --help":                    func(o options) bool { return o.help && o.command.name == "check" },
		"explain --help":                  func(o options) bool { return o.help },
		"-m -p -T -i -s x -e y -L 1 -M 2": func(o options) bool { return o.command.name == "" && len(o.args) == 0 },
	} {
		if o, err := parse(strings.Fields(line)); err != nil || !want(o) {
			t.Errorf("%s: %v %+v", line, err, o)
		}
	}
}

// What the help of a command says, its manual page and the completions say as well.
func TestOneTable(t *testing.T) {
	dir := t.TempDir()
	if s := runMan(options{args: []string{dir}}); s != 0 {
		t.Fatal(s)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	shells := read("bash-completion/completions/obelisk") + read("zsh/vendor-completions/_obelisk") + read(
		"fish/vendor_completions.d/obelisk.fish")
	for _, c := range commands()[1:] {
		help, page := c.help(), read("man/man1/obelisk-"+c.name+".1")
		for _, f := range c.flags {
			for _, n := range f.names {
				if !strings.Contains(help, n) || !strings.Contains(page, roff(n)) || strings.Count(shells, strings.TrimLeft(n, "-")) < 3 {
					t.Errorf("%s %s is missing somewhere", c.name, n)
				}
			}
		}
		for _, line := range strings.Split(help, "\n") {
			if len(line) > 100 {
				t.Errorf("%s: a long line: %s", c.name, line)
			}
		}
	}
	if !strings.Contains(read("man/man5/obelisk.conf.5"), "qualify") {
		t.Error("no options in the page of the files")
	}
	if man, err := exec.LookPath("man"); err == nil {
		out, err := exec.Command(man, "--warnings", "-l", filepath.Join(dir, "man/man8/obelisk.8")).CombinedOutput()
		if err != nil || strings.Contains(string(out), "warning:") {
			t.Errorf("%v %s", err, out)
		}
	}
}

// Names that a shell has for itself may not be declared anew: zsh's are those of zsh/parameter, which its
// completion loads.
func TestZshKeepsItsNames(t *testing.T) {
	script := zshCompletion()
	for _, name := range []string{"commands", "aliases", "builtins", "functions", "history", "options", "parameters", "words"} {
		if strings.Contains(script, "local -a "+name+"\n") || strings.Contains(script, "local -a "+name+" ") ||
			strings.Contains(script, "\n"+name+"=(") {
			t.Errorf("the completion declares %s", name)
		}
	}
	if n := strings.Count(script, "'(-)"); n != 2 { // else an option behind a command is looked for among ours
		t.Errorf("%d of the two positions end the options before them", n)
	}
}
