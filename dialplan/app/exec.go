package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// execution: applications that run others, or go on depending on something.
var execution = []pbx.App{
	{Name: "Exec", Dangerous: true, Synopsis: "Run an application by name", Usage: "Exec(application(arguments))", Exec: execute},
	{Name: "TryExec", Dangerous: true, Synopsis: "Run an application, and go on whatever it does",
		Usage: "TryExec(application(arguments)): TRYSTATUS is SUCCESS, FAILED or NOAPP", Exec: tryExec},
	{Name: "ExecIf", Dangerous: true, Synopsis: "Run an application on a condition",
		Usage: "ExecIf(condition?application(arguments)[:application(arguments)])", Exec: execIf},
	{Name: "ExecIfTime", Dangerous: true, Synopsis: "Run an application at certain times",
		Usage: "ExecIfTime(times,weekdays,days,months[,zone]?application(arguments))", Exec: execIfTime},
	{Name: "GotoIfTime", Synopsis: "Jump at certain times", Usage: "GotoIfTime(times,weekdays,days,months[,zone]?[target][:target])",
		Targets: branches(wholeTarget), Exec: gotoIfTime},
	{Name: "RaiseException", Synopsis: "Go to the extension e", Usage: "RaiseException(reason)", Exec: raise},
	{Name: "Incomplete", Synopsis: "Collect more digits of the extension", Usage: "Incomplete([n]); n: without answering", Exec: incomplete},
	{Name: "System", Dangerous: true, Synopsis: "Run a command of the system",
		Usage: "System(command): SYSTEMSTATUS is SUCCESS, APPERROR or FAILURE, which ends the call", Exec: system(true)},
	{Name: "TrySystem", Dangerous: true, Synopsis: "Run a command of the system, and go on whatever it does", Usage: "TrySystem(command)",
		Exec: system(false)},
}

// runApp runs "application(arguments)"; known is false when there is none of that name.
func runApp(c *pbx.Channel, text string) (r dialplan.Result, known bool) {
	name, args, _ := strings.Cut(strings.TrimSpace(text), "(")
	if end := strings.LastIndexByte(args, ')'); end >= 0 {
		args = args[:end]
	}
	a := c.Core().App(strings.TrimSpace(name))
	if a == nil {
		c.Warn("Could not find application '" + strings.TrimSpace(name) + "'")
		return dialplan.End, false
	}
	return a.Exec(c, args), true
}

func execute(c *pbx.Channel, args string) dialplan.Result {
	if strings.TrimSpace(args) == "" {
		return dialplan.Continue
	}
	r, known := runApp(c, args)
	if name, _, _ := strings.Cut(args, "("); !known && c.Skips(strings.TrimSpace(name)) {
		return dialplan.Continue
	}
	return r
}

func tryExec(c *pbx.Channel, args string) dialplan.Result {
	if args == "" { // TRYSTATUS stays as it was, as in Asterisk
		return dialplan.Continue
	}
	known := false
	r := c.Below(func() (r dialplan.Result) {
		r, known = runApp(c, args)
		return r
	})
	status := "SUCCESS"
	switch {
	case !known:
		status = "NOAPP"
	case r.Ended():
		status = "FAILED"
	}
	c.SetVar("TRYSTATUS", status)
	return dialplan.Continue
}

func execIf(c *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		return dialplan.Continue
	}
	call, ok := branch(args)
	if _, calls, _ := strings.Cut(args, "?"); !ok || calls == "" {
		c.Warn("Usage: ExecIf(<cond>?<appiftrue>(<args>)[:<appiffalse>(<args>)])")
		return dialplan.End
	}
	return execute(c, call)
}

// inTime judges "times,weekdays,days,months[,zone]".
func inTime(c *pbx.Channel, text string, now time.Time) bool {
	spec, problems := dialplan.ParseTimeSpec(text)
	for _, p := range problems {
		c.Warn(p)
	}
	return spec.Matches(now)
}

func execIfTime(c *pbx.Channel, args string) dialplan.Result {
	when, app, ok := strings.Cut(args, "?")
	if !ok {
		c.Warn("ExecIfTime requires an argument: <time range>,<days of week>,<days of month>,<months>[,<timezone>]?<appname>[(<appargs>)]")
		return dialplan.End
	}
	if when == "" {
		c.Warn("Invalid Time Spec: " + when)
		return dialplan.End
	}
	if !inTime(c, when, time.Now()) {
		return dialplan.Continue
	}
	return execute(c, app)
}

func gotoIfTime(c *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		c.Warn("GotoIfTime requires an argument:\n  <time range>,<days of week>,<days of " +
			"month>,<months>[,<timezone>]?'labeliftrue':'labeliffalse'")
		return dialplan.End
	}
	when, rest, _ := strings.Cut(args, "?")
	return goToBranch(c, rest, inTime(c, when, testTime(c)))
}

// testTime is now, or what TESTTIME() was set to.
func testTime(c *pbx.Channel) time.Time {
	if v, ok := c.Var("TESTTIME"); ok {
		if t, err := dialplan.ParseEpoch(v); err == nil {
			return t
		}
	}
	return time.Now()
}

func raise(c *pbx.Channel, args string) dialplan.Result {
	c.Raise(args)
	return dialplan.Continue
}

// incomplete tells a caller who is not answered that his number is not complete: a phone that
// dials number by number then tries a longer one. Others type more digits.
func incomplete(c *pbx.Channel, args string) dialplan.Result {
	switch {
	case c.Gone():
		return dialplan.End
	case !strings.Contains(args, "n"):
		c.AnswerHeard(0)
	case c.View().State != pbx.StateUp:
		c.Leg().Indicate(pbx.IndicateIncomplete)
	}
	return dialplan.NeedDigits
}

func system(must bool) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, args string) dialplan.Result {
		if strings.TrimSpace(args) == "" {
			c.Warn("System requires an argument(command)")
			c.SetVar("SYSTEMSTATUS", "FAILURE")
			return failed(must)
		}
		status, code := "SUCCESS", 0
		c.Off(func() { code, _ = c.Core().Command(args) })
		switch code {
		case 0:
		case pbx.NotRun:
			c.Warn("Unable to execute '" + args + "'")
			c.SetVar("SYSTEMSTATUS", "FAILURE")
			return failed(must)
		default:
			status = "APPERROR"
		}
		c.SetVar("SYSTEMSTATUS", status)
		return dialplan.Continue
	}
}

func failed(must bool) dialplan.Result {
	if must {
		return dialplan.End
	}
	return dialplan.Continue
}
