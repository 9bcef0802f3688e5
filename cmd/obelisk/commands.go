package main

import (
	"fmt"
	"os"

	"obelisk/internal/boot"
	"obelisk/internal/check"
	"obelisk/internal/check/tell"
	"obelisk/internal/cluster"
	"obelisk/internal/convert"
	"obelisk/internal/demo"
	"obelisk/internal/doctor"
	"obelisk/internal/version"
)

// command is a word of the command line. The parser, the help, the manual pages and the
// completion come from the table of them.
type command struct {
	name  string // "" is the switchboard
	args  string // what else it takes, as the help shows it
	short string // what it does, in a line
	long  string // the rest of its story: paragraphs for its help and its manual page
	few   int    // so many arguments at least
	many  int    // and so many at most; -1: any number
	flags []flag
	// raw has its own command line, of which only this table's words are known; nil: as usual.
	raw func(args []string) int
	run func(o options) int
}

// flag is an option of a command.
type flag struct {
	names []string // "--format" or "-C"
	takes string   // the name of its value; "": it has none
	help  string
	among []string // the values that there are; nil: any
	quiet bool     // taken as Asterisk has it, and not worth a line
	set   func(o *options, value string)
}

func (f flag) is(name string) bool {
	for _, n := range f.names {
		if n == name {
			return true
		}
	}
	return false
}

// where reads a configuration: what most commands take.
const where = "[DIR | -C file]"

// commands are what the first word may be. The first is the switchboard itself.
func commands() []command {
	return []command{
		{name: "", args: "[options]", short: "run the switchboard, or with -r its console", many: 0, flags: general(), run: serve,
			long: "It takes Asterisk's command line and may be installed under its name. Without -C it runs on /etc/asterisk where that is there, " +
				"and else on a built-in configuration: three demo phones on loopback, whose secrets it prints. Under the names rasterisk and " +
				"robelisk it is the console."},
		{name: "init", args: "[--bind ADDRESS] [DIR]",
			short: "write the built-in configuration to /etc/asterisk or DIR, with secrets of its own, to begin with", many: 1, run: runInit,
			long: "DIR must not have files of Asterisk yet. With another folder than /etc/asterisk all state lies below it, so that nothing " +
				"else is needed to run it.",
			flags: []flag{{names: []string{"--bind"}, takes: "ADDRESS", help: "listen there for phones, 0.0.0.0 is everywhere; else on loopback",
				set: func(o *options, v string) { o.bind = v }}}},
		{name: "check", args: "[options] [DIR ... | -C file]", short: "read configurations and tell what is wrong or dangerous in them",
			many: -1, run: runCheck,
			long: "Nothing is changed, run or asked. The status is 2 for errors; with --strict it is 1 for warnings.",
			flags: []flag{
				{names: []string{"--format"}, takes: "FORMAT", among: tell.Formats, help: "how findings are written",
					set: func(o *options, v string) { o.check.format = v }},
				{names: []string{"--json"}, help: "as --format json", set: func(o *options, _ string) { o.check.format = "json" }},
				{names: []string{"--all"}, help: "each finding; else what repeats is one line",
					set: func(o *options, _ string) { o.check.all = true }},
				{names: []string{"--strict"}, help: "warnings count for the status", set: func(o *options, _ string) { o.check.strict = true }},
				{names: []string{"--baseline"}, takes: "FILE", help: "only what is not in FILE, which --format json has written",
					set: func(o *options, v string) { o.check.baseline = v }},
				{names: []string{"--resolve"}, help: "names are looked up", set: func(o *options, _ string) { o.check.resolve = true }},
				{names: []string{"--offline"}, help: "nobody is asked, as usual", set: func(o *options, _ string) { o.check.resolve = false }},
				{names: []string{"--fix"}, help: "what is safe to mend, as a diff", set: func(o *options, _ string) { o.check.fix = true }},
				{names: []string{"--explain"}, takes: "CODE", help: "the story of a kind of finding; \"all\" lists them",
					set: func(o *options, v string) { o.check.explain = v }},
			}},
		{name: "explain", args: "NUMBER@CONTEXT [--caller NUMBER] " + where, short: "tell which extension runs for a number, and why no other",
			few: 1, many: 2, run: runExplain,
			flags: []flag{{names: []string{"--caller"}, takes: "NUMBER", help: "who calls, where patterns ask for it",
				set: func(o *options, v string) { o.caller = v }}}},
		{name: "test", args: "[options] [DIR | FILE.test | -C file]",
			short: "call through the dialplan as *.test files say, without phones or waiting", many: 1, run: runTest,
			long: "The status is 1 when a call went otherwise than its file says, and 2 when a file cannot be read.",
			flags: []flag{
				{names: []string{"--run"}, takes: "REGEXP", help: "only the tests whose name matches", set: func(o *options, v string) { o.run = v }},
				{names: []string{"--coverage"}, help: "which lines of the dialplan no test has run",
					set: func(o *options, _ string) { o.coverage = true }},
				{names: []string{"--junit"}, takes: "FILE", help: "results in JUnit's form", set: func(o *options, v string) { o.junit = v }},
			}},
		{name: "migrate", args: "[--dry-run] " + where, short: "put the endpoints of sip.conf into the tables of extconfig.conf", many: 1,
			run: runMigrate, flags: []flag{{names: []string{"--dry-run"}, help: "tell, and change nothing",
				set: func(o *options, _ string) { o.dry = true }}}},
		{name: "convert", args: "sip|pjsip DIR [-o OUT]", short: "make a pjsip.conf of the sip.conf in DIR, or a sip.conf of its pjsip.conf",
			many: -1,
			long: "What cannot be said is listed line by line. DIR is not changed. The status is 1 where there is such a list, and 2 where " +
				"nothing could be converted.",
			flags: []flag{{names: []string{"-o"}, takes: "OUT", help: "the folder that gets the file, and each file in which names changed"}},
			raw:   func(args []string) int { return convert.Command(args, os.Stdout, os.Stderr) }},
		{name: "cluster", args: "init DIR NODE ...", short: "make the certificates of several machines that are one switchboard", many: -1,
			long: "DIR gets an authority (ca.crt, ca.key), unless it has one, and a certificate and a key for each node that has none. Each " +
				"machine needs ca.crt and its own two files; " +
				"ca.key belongs on none of them.", raw: func(args []string) int { return cluster.Command(args, os.Stdout, os.Stderr) }},
		{name: "demo", short: "place a call between two built-in phones, and print its story", run: runDemo},
		{name: "doctor", args: "[--json] [--offline] " + where,
			short: "look at the machine: ports, firewall, NAT, time, names, certificates, disk, permissions", many: 1, run: runDoctor,
			long: "Each line is ok, warn or fail, with the reason and what helps. Nothing is changed. As root it sees more: who has a port, the " +
				"rules of the firewall, " +
				"and whether the user of obelisk.service may read and write what it has to. The status is 2 where something will not work, with " +
				"--strict 1 for what is to be looked at.",
			flags: []flag{
				{names: []string{"--json"}, help: "for programs", set: func(o *options, _ string) { o.json = true }},
				{names: []string{"--offline"}, help: "no name server is asked", set: func(o *options, _ string) { o.offline = true }},
				{names: []string{"--strict"}, help: "what is to be looked at counts for the status",
					set: func(o *options, _ string) { o.check.strict = true }},
			}},
		{name: "version", args: "[--json]", short: "which Obelisk this is, from which source, and what it presents itself as", run: runVersion,
			flags: []flag{{names: []string{"--json"}, help: "for programs", set: func(o *options, _ string) { o.json = true }}}},
		{name: "help", args: "[TOPIC]", short: "explain a command, an application, a function, an option, a file or a finding", many: -1,
			run: runHelp, long: "TOPIC is a word of the list above, or what stands in a configuration: Dial, CALLERID, qualify, sip.conf, " +
				"sip-option-unknown."},
		{name: "completion", args: "bash|zsh|fish", short: "print the completion for a shell", few: 1, many: 1, run: runCompletion},
		{name: "man", args: "DIR", short: "write the manual pages and the completions below DIR, for packages", few: 1, many: 1, run: runMan},
	}
}

// general are the options that stand before a command or without one. Letters may be joined.
func general() []flag {
	on := func(to func(o *options) *bool) func(*options, string) {
		return func(o *options, _ string) { *to(o) = true }
	}
	nothing := func(*options, string) {}
	list := []flag{
		{names: []string{"-C"}, takes: "FILE", help: "use this asterisk.conf", set: func(o *options, v string) { o.confFile = v }},
		{names: []string{"-f"}, help: "stay in the foreground (always so)", set: nothing},
		{names: []string{"-c"}, help: "console mode: as -f", set: nothing},
		{names: []string{"-r"}, help: "connect to the running switchboard", set: on(func(o *options) *bool { return &o.remote })},
		{names: []string{"-R"}, help: "as -r", set: on(func(o *options) *bool { return &o.remote })},
		{names: []string{"-x"}, takes: "COMMAND", help: "run one command there and leave",
			set: func(o *options, v string) { o.execute, o.remote = v, true }},
		{names: []string{"-v"}, help: "show what calls do: on standard error, and with -r on that console; -vvv shows each step of the dialplan",
			set: func(o *options, _ string) { o.verbose++ }},
		{names: []string{"-d"}, help: "more debugging", set: func(o *options, _ string) { o.debug++ }},
		{names: []string{"-q"}, help: "quiet: warnings and errors only", set: on(func(o *options) *bool { return &o.quiet })},
		{names: []string{"-n"}, help: "no colours", set: on(func(o *options) *bool { return &o.noColor })},
		{names: []string{"-U"}, takes: "USER", help: "run as this user", set: func(o *options, v string) { o.user = v }},
		{names: []string{"-G"}, takes: "GROUP", help: "run as this group", set: func(o *options, v string) { o.group = v }},
		{names: []string{"-V", "--version"}, help: "the version, in Asterisk's form", set: on(func(o *options) *bool { return &o.version })},
		{names: []string{"-h", "--help"}, help: "the help of a command, or this", set: on(func(o *options) *bool { return &o.help })},
	}
	for _, letter := range []string{"-g", "-m", "-p", "-i", "-T", "-F", "-I", "-t", "-W", "-B", "-X"} {
		list = append(list, flag{names: []string{letter}, help: "accepted", quiet: true, set: nothing})
	}
	for _, letter := range []string{"-s", "-e", "-L", "-M"} {
		list = append(list, flag{names: []string{letter}, takes: "VALUE", help: "accepted", quiet: true, set: nothing})
	}
	return list
}

func runCheck(o options) int {
	o.check.where = o.args
	return o.check.run(o.confFile)
}

func runInit(o options) int {
	return status(boot.Init(o.place(0), o.bind, func(text string) { fmt.Println(text) }))
}

func runExplain(o options) int {
	found, err := check.Explain(os.Stdout, o.place(1), boot.StateHome(), o.args[0], o.caller)
	if err == nil && !found {
		return 1
	}
	return status(err)
}

func runTest(o options) int {
	boot.Test(boot.Rehearsal{Where: o.place(0), Home: boot.StateHome(), Only: o.run, JUnit: o.junit, Coverage: o.coverage, Out: os.Stdout})
	return 0
}

func runMigrate(o options) int {
	return status(boot.Migrate(o.place(0), boot.StateHome(), o.dry, os.Stdout))
}

func runDoctor(o options) int {
	s, err := boot.ReadOnly(o.place(0), boot.StateHome(), false)
	if err != nil {
		fmt.Fprintln(os.Stderr, "obelisk:", err)
		return 2
	}
	defer s.Close()
	lines := doctor.Examine(doctor.Here(version.Read().Date, o.offline), s.Installation())
	if o.json {
		err = doctor.WriteJSON(os.Stdout, lines)
	} else {
		doctor.Write(os.Stdout, lines)
	}
	switch worst := doctor.Worst(lines); {
	case err != nil:
		return status(err)
	case worst == doctor.Fail:
		return 2
	case worst == doctor.Warn && o.check.strict:
		return 1
	}
	return 0
}

func runDemo(options) int {
	log, end := logger(options{quiet: true})
	defer end()
	return status(demo.Run(log))
}

// status turns an error into an exit status.
func status(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}
