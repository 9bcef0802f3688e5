package agi

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

var execCommands = []command{
	{name: "exec", dead: true, synopsis: "Run an application.", syntax: "EXEC <application> [<arguments>]",
		help: "Runs an application of the dialplan; the arguments are one word, so that blanks in them need quotation marks.\nThe result is " +
			"the application's: 0, -1, a key that ended it; -2 when there is none of that name.\nWith AGIEXECFULL=yes variables in the " +
			"arguments are looked into.", run: execute},
}

var gosubCommands = []command{
	{name: "gosub", synopsis: "Run a subroutine of the dialplan.", syntax: "GOSUB <context> <extension> <priority> [<arguments>]",
		help: "Runs a subroutine to its Return; GOSUB_RETVAL is what it returns.", run: gosub},
}

// place is where the dialplan goes on when the program has ended: behind a priority.
type place struct {
	s              *session
	context, exten string
	behind         int
}

// here is where that is now: where the channel is, unless something has sent it elsewhere.
func (s *session) here() place {
	at := s.c.View().At
	if m := s.c.Machine(); m != nil && m.Jumped() {
		at = m.At()
		at.Priority--
	}
	return place{s, at.Context, at.Exten, at.Priority}
}

// set has the dialplan go on there.
func (p *place) set() {
	p.s.c.SetLocation(dialplan.Location{Context: p.context, Exten: p.exten, Priority: p.behind})
	if m := p.s.c.Machine(); m != nil {
		m.Goto(dialplan.Location{Context: p.context, Exten: p.exten, Priority: p.behind + 1})
	}
}

func (p *place) setPriority(to string) bool {
	n, ok := number(to)
	if !ok {
		m := p.s.c.Machine()
		if m == nil {
			return false
		}
		h, found := m.Plan().FindLabel(p.context, p.exten, to, p.s.c.Query())
		if !found {
			return false
		}
		n = h.Priority.N
	}
	p.behind = n - 1
	return true
}

func setPlace(set func(p *place, to string) bool) func(*session, []string) outcome {
	return func(s *session, argv []string) outcome {
		if len(argv) != 3 {
			return misused
		}
		p := s.here()
		if !set(&p, argv[2]) {
			return misused
		}
		p.set()
		return s.zero()
	}
}

// execute runs an application; where it sends the call, that is where it is from then on.
func execute(s *session, argv []string) outcome {
	if len(argv) < 2 {
		return misused
	}
	args := arg(argv, 2)
	s.c.Show(3, "res_agi.c", "AGI Script Executing Application: (%s) Options: (%s)", argv[1], args)
	app := s.m.core.App(argv[1])
	if app == nil {
		s.c.Warn("Could not find application (" + argv[1] + ")")
		s.say("200 result=-2")
		return strange
	}
	if full, _ := config.Bool(s.c.Variable("AGIEXECFULL")); full {
		args = dialplan.Expand(args, s.c)
	}
	r := s.c.RunApp(app, args)
	if m := s.c.Machine(); m != nil && m.Jumped() {
		at := m.At()
		at.Priority--
		s.c.SetLocation(at)
	}
	result := r.Number()
	s.say("200 result=%d", result)
	if result != 0 {
		return strange
	}
	return done
}

func gosub(s *session, argv []string) outcome {
	if len(argv) < 4 || len(argv) > 5 {
		return misused
	}
	context, exten, priority, args := argv[1], argv[2], argv[3], arg(argv, 4)
	target := context + "," + exten + "," + priority
	if !s.there(context, exten, priority) {
		s.c.Warn("GOSUB: there is no priority '" + priority + "' at " + exten + "@" + context)
		s.say("200 result=-1 Gosub label not found")
		return failed
	}
	if len(argv) == 5 {
		target += "(" + args + ")"
	}
	s.say("100 result=0 Trying...")
	s.flush()
	end := ""
	if returned, err := s.c.RunSubTextAside(target); err != nil || !returned {
		end = " (abnormal exit)"
		s.c.SetVar("GOSUB_RETVAL", "")
	}
	s.say("200 result=0 Gosub complete%s", end)
	return done
}

// there says whether a place of the dialplan can be run.
func (s *session) there(context, exten, priority string) bool {
	plan, q := s.m.core.Plan(), s.c.Query()
	if m := s.c.Machine(); m != nil {
		plan = m.Plan()
	}
	if n, ok := number(priority); ok && n > 0 {
		_, found := plan.Find(context, exten, n, q)
		return found
	}
	_, found := plan.FindLabel(context, exten, priority, q)
	return found
}

// variables

var variableCommands = []command{
	{name: "get full variable", dead: true, synopsis: "Evaluate a text.", syntax: "GET FULL VARIABLE <text> [<channel>]",
		help: "1 and the text with its variables, functions and expressions, as the dialplan evaluates it; 0 when there is no such channel.",
		run:  getFullVariable},
	askOption,
	{name: "get variable", dead: true, synopsis: "Value of a variable.", syntax: "GET VARIABLE <name>",
		help: "1 and the value of a variable or function; 0 when it is not set.", run: getVariable},
}

func setVariable(s *session, argv []string) outcome {
	if len(argv) != 4 {
		return misused
	}
	if err := s.c.Assign(argv[2], argv[3]); err != nil {
		s.c.Warn(err.Error())
	}
	s.say("200 result=1")
	return done
}

func getVariable(s *session, argv []string) outcome {
	if len(argv) != 3 {
		return misused
	}
	value, ok := s.value(argv[2])
	if ok {
		s.say("200 result=1 (%s)", value)
	} else {
		s.say("200 result=0")
	}
	return done
}

// value is that of a variable or function; not ok when there is none.
func (s *session) value(name string) (value string, ok bool) {
	if strings.HasSuffix(name, ")") {
		function, args, _ := strings.Cut(name[:len(name)-1], "(")
		f := s.m.core.Func(function)
		if f == nil {
			s.c.Warn("Function " + function + " not registered")
			return "", false
		}
		value, err := f.Value(s.c, args)
		return value, err == nil
	}
	plain, _, cut := strings.Cut(name, ":")
	if value = s.c.Variable(plain); value == "" {
		return "", s.c.HasVariable(plain)
	}
	if cut {
		value = dialplan.Expand("${"+name+"}", s.c)
	}
	return value, true
}

func getFullVariable(s *session, argv []string) outcome {
	if len(argv) != 4 && len(argv) != 5 {
		return misused
	}
	text, of := "", s.c
	if len(argv) == 5 {
		of = s.m.core.Channel(argv[4])
	}
	var err error
	switch {
	case of == nil:
		err = pbx.ErrGone
	case of == s.c:
		text = dialplan.Expand(argv[3], s.c)
	default: // its own worker evaluates it
		s.c.Off(func() { err = of.Visit(func(o *pbx.Channel) { text = dialplan.Expand(argv[3], o) }) })
	}
	if err != nil {
		s.say("200 result=0")
	} else {
		s.say("200 result=1 (%s)", text)
	}
	return done
}

var databaseCommands = []command{
	{name: "database del", dead: true, synopsis: "Remove a key of the astdb.", syntax: "DATABASE DEL <family> <key>",
		help: "1, also when there was none.", run: databaseDel},
	{name: "database deltree", dead: true, synopsis: "Remove a family of the astdb.", syntax: "DATABASE DELTREE <family> [<key>]",
		help: "Removes what is in the family, or below the key of it. The result is 0 when something was removed and 1 when nothing was there.",
		run:  databaseDelTree},
	{name: "database get", dead: true, synopsis: "Value of a key of the astdb.", syntax: "DATABASE GET <family> <key>",
		help: "1 and the value; 0 when there is none.", run: databaseGet},
	{name: "database put", dead: true, synopsis: "Set a key of the astdb.", syntax: "DATABASE PUT <family> <key> <value>", help: "1.",
		run: databasePut},
}

func databaseGet(s *session, argv []string) outcome {
	if len(argv) != 4 {
		return misused
	}
	if v, ok := s.m.DB.Get(argv[2], argv[3]); ok {
		s.say("200 result=1 (%s)", v)
	} else {
		s.say("200 result=0")
	}
	return done
}

func databasePut(s *session, argv []string) outcome {
	if len(argv) != 5 {
		return misused
	}
	s.m.DB.Put(argv[2], argv[3], argv[4])
	s.say("200 result=1")
	return done
}

func databaseDel(s *session, argv []string) outcome {
	if len(argv) != 4 {
		return misused
	}
	s.m.DB.Delete(argv[2], argv[3])
	s.say("200 result=1")
	return done
}

func databaseDelTree(s *session, argv []string) outcome {
	if len(argv) < 3 || len(argv) > 4 {
		return misused
	}
	result := "1"
	if s.m.DB.DeleteTree(argv[2], arg(argv, 3)) > 0 {
		result = "0"
	}
	s.say("200 result=" + result)
	return done
}

var talkCommands = []command{
	{name: "tdd mode", synopsis: "Text telephone.", syntax: "TDD MODE on|off|mate|tdd", help: "No phone here has it: 0.",
		run: func(s *session, argv []string) outcome {
			if len(argv) != 3 {
				return misused
			}
			return s.zero()
		}},
	{name: "verbose", dead: true, synopsis: "A line for the console.", syntax: "VERBOSE <text> [<level>]",
		help: "Shows the text on consoles whose verbosity is at least the level.", run: verbose},
	waitDigit,
}

func verbose(s *session, argv []string) outcome {
	if len(argv) < 2 {
		return misused
	}
	level, _ := number(arg(argv, 2))
	s.c.Show(min(max(level, 1), 4), "res_agi.c", "%s: %s", s.c.View().AppData, argv[1])
	s.say("200 result=1")
	return done
}

// result of a number, for what is answered with one.
func (s *session) result(n int) outcome {
	s.say("200 result=%s", strconv.Itoa(n))
	if n < 0 {
		return failed
	}
	return done
}
