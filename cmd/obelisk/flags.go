package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"obelisk/channels/chansip/sipconf"

	"golang.org/x/term"
)

const usage = `Usage: obelisk [options]            run the switchboard
       obelisk -r | -rx '<command>'  console of a running one
       rasterisk [-x '<command>']    the same, under that name
       obelisk check [options] [DIR ... | -C file]
                                     read configurations and explain them; the status
                                     is 2 for errors, with --strict 1 for warnings
           --format text|json|sarif|github
           --all                     each finding; else what repeats is one line
           --baseline FILE           only what is not in FILE, of --format json
           --resolve                 look names up; --offline, as usual, asks nobody
           --fix                     what is safe to mend, as a diff
       obelisk check --explain CODE  the story of a kind of finding; all lists them
       obelisk explain NUMBER@CONTEXT [--caller NUMBER] [DIR | -C file]
                                     tell which extension runs, and why no other
       obelisk test [--run REGEXP] [--coverage] [--junit FILE] [DIR | FILE.test | -C file]
                                     call through the dialplan as *.test files say,
                                     without phones or waiting; the status is 1 when a
                                     call went otherwise, 2 when a file cannot be read
       obelisk migrate [--dry-run] [DIR | -C file]
                                     make the tables of extconfig.conf and put the
                                     endpoints of sip.conf into them
       obelisk convert sip|pjsip DIR [-o OUT]
                                     make a pjsip.conf of DIR's sip.conf, or a sip.conf
                                     of its pjsip.conf, and list what cannot be said
       obelisk demo                  a call between two built-in phones
  -C <file>  use this asterisk.conf
  -f         stay in the foreground (always so)
  -c         console mode: as -f
  -g         dump core on a crash (accepted)
  -q         quiet: warnings and errors only
  -n         no colours
  -m         no console output at start (accepted)
  -p -i -T   accepted
  -v         show what calls do: on standard error, and with -r on that console; -vvv
             shows each step of the dialplan
  -d         more debugging
  -U -G x    run as this user, this group
  -r         connect to the running switchboard
  -R         as -r
  -x <cmd>   run one command there and leave
  -V         version
  -h         this text
`

// options of the command line, as Asterisk takes them: letters may be joined.
type options struct {
	command  string
	confFile string
	execute  string
	remote   bool
	quiet    bool
	noColor  bool
	version  bool
	help     bool
	check    checking // check ...
	dry      bool     // migrate --dry-run
	number   string   // explain NUMBER@CONTEXT
	caller   string   // explain --caller
	run      string   // test --run
	junit    string   // test --junit
	coverage bool     // test --coverage
	user     string   // -U
	group    string   // -G
	verbose  int
	debug    int
}

// console says whether a name of the program stands for -r: rasterisk, as Asterisk has it.
func console(name string) bool {
	name = filepath.Base(name)
	return name == "rasterisk" || name == "robelisk"
}

func parse(args []string) (o options, err error) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if !strings.HasPrefix(a, "-") || a == "-" {
			switch {
			case o.command == "" && (a == "check" || a == "demo" || a == "migrate" || a == "explain" || a == "test"):
				o.command = a
				continue
			case o.command == "explain" && o.number == "":
				o.number = a
				continue
			case o.command == "check":
				o.check.where = append(o.check.where, a)
				continue
			case o.command != "" && o.command != "demo" && o.confFile == "":
				o.confFile = a
				continue
			}
			return o, fmt.Errorf("obelisk: unexpected argument '%s'\n%s", a, usage)
		}
		if o.command == "migrate" && a == "--dry-run" {
			o.dry = true
			continue
		}
		if o.command == "explain" && a == "--caller" && i+1 < len(args) {
			i++
			o.caller = args[i]
			continue
		}
		if o.command == "test" && strings.HasPrefix(a, "--") && a != "--help" {
			if i, err = o.testOption(args, i); err != nil {
				return o, err
			}
			continue
		}
		if o.command == "check" && strings.HasPrefix(a, "--") && a != "--help" {
			if i, err = o.check.option(args, i); err != nil {
				return o, err
			}
			continue
		}
		if a == "--help" || a == "--version" {
			o.help, o.version = a == "--help", a == "--version"
			continue
		}
		for j := 1; j < len(a); j++ {
			value := func() (string, error) {
				if j+1 < len(a) {
					v := a[j+1:]
					j = len(a)
					return v, nil
				}
				if i++; i >= len(args) {
					return "", fmt.Errorf("obelisk: option -%c needs a value", a[len(a)-1])
				}
				return args[i], nil
			}
			switch a[j] {
			case 'C':
				o.confFile, err = value()
			case 'x':
				o.execute, err = value()
				o.remote = true
			case 'U':
				o.user, err = value()
			case 'G':
				o.group, err = value()
			case 's', 'e', 'L', 'M':
				_, err = value()
			case 'r', 'R':
				o.remote = true
			case 'q':
				o.quiet = true
			case 'n':
				o.noColor = true
			case 'V':
				o.version = true
			case 'h':
				o.help = true
			case 'v':
				o.verbose++
			case 'd':
				o.debug++
			case 'f', 'c', 'g', 'm', 'p', 'i', 'T', 'F', 'I', 't', 'W', 'B', 'X':
			default:
				err = fmt.Errorf("obelisk: unknown option -%c\n%s", a[j], usage)
			}
			if err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

func version() string { return sipconf.Version + " (Obelisk)" }

func isTerminal() bool { return term.IsTerminal(int(os.Stderr.Fd())) }

// testOption reads an option of "test" and says where it ends.
func (o *options) testOption(args []string, i int) (int, error) {
	to := map[string]*string{"--run": &o.run, "--junit": &o.junit}[args[i]]
	switch {
	case args[i] == "--coverage":
		o.coverage = true
		return i, nil
	case to == nil || i+1 >= len(args):
		return i, fmt.Errorf("obelisk test: unknown or incomplete option '%s'\n%s", args[i], usage)
	}
	*to = args[i+1]
	return i + 1, nil
}
