package plan

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// argumentsPassed finds a Gosub that passes fewer arguments than its subroutine dials or goes on with. One
// that the subroutine looks at in a condition may be absent.
func (j *judge) argumentsPassed() {
	j.plan.EachStep(func(at dialplan.Place) {
		if !strings.EqualFold(at.Step.App, "Gosub") || !at.Step.Args.Literal() {
			return
		}
		raw := strings.TrimSpace(at.Step.Args.Raw())
		target, list, passes := strings.Cut(raw, "(")
		n := 0
		if passes {
			n = len(dialplan.SplitOutside(strings.TrimSuffix(list, ")"), ',', 0))
		}
		e := j.targetOf(at, target)
		if e == nil || e == at.Extension {
			return
		}
		asked, read, kept := map[string]bool{}, "", ""
		var where, by *dialplan.Priority
		for _, s := range e.Priorities() {
			text := s.Args.Raw()
			app := strings.ToLower(s.App)
			for _, m := range argument.FindAllStringSubmatch(text, -1) {
				k, _ := strconv.Atoi(m[1][len("ARG"):])
				switch {
				case k <= n:
				case strings.HasSuffix(app, "if") || strings.Contains(text, "$["), strings.Contains(text, "IF("), strings.Contains(text, "LEN("):
					asked[m[1]] = true
				case read == "" && (app == "dial" || app == "queue" || app == "voicemail" || app == "goto" || app == "page"):
					read, where = m[1], s
				case kept == "" && (app == "set" || app == "mixmonitor" || app == "playback"):
					kept, by = m[1], s
				}
			}
		}
		if read != "" && !asked[read] {
			j.Say("plan-gosub-arguments", at.Step.Pos, "Gosub("+strings.TrimSuffix(target, "()")+"(argument))", "Gosub passes %s, and %s "+
				"of the "+
				"subroutine reads ${%s} (%s): it is empty there", arguments(n), where.App, read, where.Pos)
		} else if kept != "" && !asked[kept] && n == 0 {
			j.SayAs(config.Note, "plan-gosub-arguments", at.Step.Pos, "Gosub("+strings.TrimSuffix(target, "()")+"(argument))", "Gosub "+
				"passes no "+
				"argument, and %s of the subroutine reads ${%s} (%s): it is empty there", by.App, kept, by.Pos)
		}
	})
}

// arguments is a number of them in words.
func arguments(n int) string {
	switch n {
	case 0:
		return "no argument"
	case 1:
		return "one argument"
	}
	return itoa(n) + " arguments"
}
