package agi

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// applications run programs.
func (m *Module) applications() []pbx.App {
	const variables = "\n  AGISTATUS is SUCCESS, FAILURE, NOTFOUND or HANGUP\n  AGISIGHUP=no: the program is not told of a hang-up; " +
		"AGIEXITONHANGUP=yes: it is left at once"
	const places = "\n  a program in astagidir or a whole path; agi://host[:port][/path] a server, hagi://name the servers of " +
		"_agi._tcp.name; agi:async clients of the manager interface"
	return []pbx.App{
		{Name: "AGI", Dangerous: true, Synopsis: "Have a program work the call", Usage: "AGI(program[,argument...])" + places + variables,
			Check: m.check, Exec: m.agi},
		{Name: "EAGI", Dangerous: true, Synopsis: "Have a program work the call that hears it as well",
			Usage: "EAGI(program[,argument...])\n  file descriptor 3 has what the caller says: signed linear, 8 kHz, or as EAGI_AUDIO_FORMAT " +
				"says (slin, slin16 ...)" + variables, Check: m.check, Exec: m.eagi},
		{Name: "DeadAGI", Dangerous: true, Synopsis: "Have a program work a call that is hung up (use AGI)",
			Usage: "DeadAGI(program[,argument...])" + variables, Check: m.check, Exec: m.deadAGI},
	}
}

// check finds programs that are not there, or cannot be run.
func (m *Module) check(args string) []string {
	name, _, _ := strings.Cut(args, ",")
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return []string{"it takes the name of a program"}
	case strings.Contains(args, "$") || kindOf(name) != kindScript:
		return nil
	}
	path := m.path(name)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return []string{"there is no program " + path}
	case info.IsDir() || info.Mode()&0o111 == 0:
		return []string{path + " may not be executed (chmod +x)"}
	}
	return nil
}

// kindOf tells how a program is reached by what the dialplan calls it.
func kindOf(name string) kind {
	switch lower := strings.ToLower(name); {
	case strings.HasPrefix(lower, "agi://"), strings.HasPrefix(lower, "hagi://"):
		return kindFast
	case strings.HasPrefix(lower, "agi:async"):
		return kindAsync
	}
	return kindScript
}

// path is where a program lies.
func (m *Module) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return m.Dirs.AGI + "/" + name
}

func (m *Module) agi(c *pbx.Channel, args string) dialplan.Result { return m.exec(c, args, false) }

func (m *Module) deadAGI(c *pbx.Channel, args string) dialplan.Result {
	c.Warn("DeadAGI has been deprecated, please use AGI in all cases!")
	return m.exec(c, args, false)
}

func (m *Module) eagi(c *pbx.Channel, args string) dialplan.Result {
	if c.Gone() {
		c.Warn("EAGI cannot be run on a dead/hungup channel, please use AGI.")
		return dialplan.Continue
	}
	return m.exec(c, args, true)
}

// exec runs a program; audio is for EAGI.
func (m *Module) exec(c *pbx.Channel, args string, audio bool) dialplan.Result {
	argv := dialplan.SplitArgs(args, 0)
	if args == "" {
		c.Warn("AGI requires an argument (script)")
		return dialplan.End
	}
	st := m.work(c, argv, audio)
	c.SetVar("AGISTATUS", string(st))
	if st == hungUp {
		return dialplan.End
	}
	return dialplan.Continue
}

// work begins a session, and ends it.
func (m *Module) work(c *pbx.Channel, argv []string, audio bool) status {
	s, done := m.newSession(c, argv)
	defer done()
	s.kind = kindOf(s.request)
	switch {
	case s.kind != kindScript && audio:
		s.warn("only a program on this machine can be given the audio (EAGI)")
		return failure
	case s.kind == kindAsync:
		return s.async()
	case c.Core().Outside() != nil:
		return s.rehearsed(c.Core().Outside())
	case s.kind == kindFast:
		return s.fast()
	}
	return s.local(audio)
}

// finish ends the way to a program that was left before its end.
func (s *session) finish() {
	if s.hangup && !s.ended() {
		s.notify()
	}
	s.wire.close()
}

// ended says whether a program on this machine has said all that it had to say.
func (s *session) ended() bool { return s.script != nil && s.script.quiet }

// version is what programs are told.
func (m *Module) version() string { return cmp.Or(m.Version, "unknown") }
