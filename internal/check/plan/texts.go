package plan

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	roundBrackets = regexp.MustCompile(`\$\(([A-Za-z_][A-Za-z_0-9]*)\)`)
	noBrackets    = regexp.MustCompile(`(^|[^$\\{A-Za-z0-9])\$([A-Z][A-Z_0-9]{2,})`)
	noDollar      = regexp.MustCompile(`(^|[^${A-Za-z_0-9])\{([A-Z][A-Z_0-9]{2,}(:[0-9-]+)?)\}`)
	dollarBlank   = regexp.MustCompile(`\$ +([{\[])`)
	percent       = regexp.MustCompile(`%\{([A-Z][A-Z_0-9]+)\}`)
	innerBlank    = regexp.MustCompile(`\$\{( +[A-Za-z_][A-Za-z_0-9]*| *[A-Za-z_][A-Za-z_0-9]* +)\}`)
	minus         = regexp.MustCompile(`\$\{([A-Z][A-Z_0-9]*)([-+.,;])([0-9]+)\}`)
	curlyFunction = regexp.MustCompile(`\$\{([A-Z][A-Z_0-9]+)\{`)
	squareVar     = regexp.MustCompile(`\$\[([A-Z][A-Z_0-9]{2,})\]`)
)

// texts looks at how variables are written in the arguments.
func (s *step) texts() {
	a := s.args
	if !strings.ContainsAny(a, "${%") {
		return
	}
	say := func(code, wrong, right, why string) {
		s.say(code, right, "'%s' %s", wrong, why)
	}
	if m := roundBrackets.FindStringSubmatch(a); m != nil && s.app != "system" && s.app != "trysystem" {
		say("plan-variable-brackets", m[0], "${"+m[1]+"}", "is no variable: it has round brackets, and stays as it is written")
	}
	if m := noBrackets.FindStringSubmatch(a); m != nil && !strings.Contains(strings.ToLower(s.app), "system") && !strings.Contains(a, "SHELL(") && s.app != "agi" && s.app != "mixmonitor" {
		say("plan-variable-brackets", "$"+m[2], "${"+m[2]+"}", "is no variable: without curly brackets it stays as it is written")
	}
	if m := noDollar.FindStringSubmatch(a); m != nil && s.app != "noop" && s.app != "verbose" && s.app != "log" {
		say("plan-variable-brackets", "{"+m[2]+"}", "${"+m[2]+"}", "is no variable: the $ before it is missing, and it stays as it is written")
	}
	if m := dollarBlank.FindStringSubmatch(a); m != nil {
		say("plan-variable-brackets", m[0], "$"+m[1], "has a blank in it: it is no variable and no expression, and stays as it is written")
	}
	if m := percent.FindStringSubmatch(a); m != nil {
		say("plan-variable-brackets", m[0], "${"+m[1]+"}", "is no variable: it begins with $")
	}
	if m := innerBlank.FindStringSubmatch(a); m != nil {
		say("plan-variable-blank", m[0], "${"+strings.TrimSpace(m[1])+"}", "names a variable with a blank in its name, which is not set: it reads as nothing")
	}
	if m := minus.FindStringSubmatch(a); m != nil {
		say("plan-variable-offset", m[0], fmt.Sprintf("${%s:%s}", m[1], m[3]), "is no part of a variable: digits are cut off with a colon, and this reads as nothing")
	}
	if m := curlyFunction.FindStringSubmatch(a); m != nil && s.j.Core().Func(m[1]) != nil {
		say("plan-variable-brackets", m[0], "${"+m[1]+"(...)}", "has curly brackets: the arguments of a function stand in round ones")
	}
	if m := squareVar.FindStringSubmatch(a); m != nil {
		say("plan-variable-brackets", m[0], "${"+m[1]+"}", "is an expression, and its value the word itself: a variable has curly brackets")
	}
	s.appInValue()
}

var called = regexp.MustCompile(`\$\{([A-Z][A-Za-z]+)\(`)

// appInValue finds an application that is read as if it were a function.
func (s *step) appInValue() {
	for _, m := range called.FindAllStringSubmatch(s.args, -1) {
		if s.j.Core().Func(m[1]) == nil && s.j.Core().Func(strings.ToUpper(m[1])) == nil && s.j.Core().App(m[1]) != nil {
			s.say("plan-app-as-function", m[1]+"(...) in a step of its own", "'%s' is an application, not a function: it reads as nothing, and is not run", m[1])
		}
	}
}
