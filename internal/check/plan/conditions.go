package plan

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// bareFunction is a function of the dialplan with its argument, as a text has it.
var bareFunction = regexp.MustCompile(`(^|[^A-Za-z_{(])([A-Z][A-Z_0-9]{1,})\(([^()]*)\)`)

// bareFunctions finds functions in a condition that stand there without ${ }: their letters are compared, not what
// they give.
func (s *step) bareFunctions(text string) {
	for _, m := range bareFunction.FindAllStringSubmatch(text, -1) {
		if fn := s.j.Core().Func(m[2]); fn == nil || fn.Read == nil {
			continue
		}
		call := m[2] + "(" + m[3] + ")"
		if strings.Contains(text, "{"+call) {
			continue
		}
		s.say("plan-variable-brackets", "${"+call+"}", "'%s' stands there as letters, without ${ }: what is compared is this text, "+
			"never what "+
			"the function gives", call)
		return
	}
}

// questionInside finds CONDITION?YES:NO all of which stands within $[ ].
func (s *step) questionInside(args string) bool {
	inner, whole := strings.CutPrefix(strings.TrimSpace(args), "$[")
	if !whole || !strings.HasSuffix(inner, "]") || !strings.Contains(inner, "?") {
		return false
	}
	condition, branch, _ := strings.Cut(strings.TrimSuffix(inner, "]"), "?")
	if !strings.ContainsAny(condition, "=<>&|") || strings.ContainsAny(branch, `"=`) {
		return false
	}
	s.say("plan-no-branch", s.Step.App+"($["+condition+"]?"+branch+")", "the ? and what it leads to stand within $[ ]: they are a "+
		"part of the "+
		"expression, and there is no jump")
	return true
}

// compared is one variable or function that is compared with a text.
var compared = regexp.MustCompile(`"?\$\{([A-Z_]+)(\([^{}]*\))?\}"?\s*(?:==|=|!=)\s*"?([A-Za-z_]+(?: [A-Za-z_]+)*)"?`)

// states finds comparisons that are always the same where they stand: a state of a device that is none, and what an
// application leaves behind only when it was called otherwise.
func (s *step) states(text string) {
	for _, m := range compared.FindAllStringSubmatch(text, -1) {
		switch {
		case (m[1] == "DEVICE_STATE" || m[1] == "EXTENSION_STATE") && m[2] != "" && !slices.Contains(deviceStates, m[3]):
			hint := look.Like(strings.ToUpper(strings.ReplaceAll(m[3], " ", "")), deviceStates)
			if slices.Contains(deviceStates, strings.ReplaceAll(strings.ToUpper(m[3]), " ", "_")) {
				hint = strings.ReplaceAll(strings.ToUpper(m[3]), " ", "_")
			}
			s.say("plan-status-word", hint, "%s is never '%s': it is one of %s, in capitals, and this comparison is always the same", m[1], m[3],
				strings.Join(deviceStates, ", "))
		case m[1] == "DIALSTATUS" && m[3] == "ANSWER":
			s.answered()
		case m[1] == "QUEUESTATUS" && m[3] == "TIMEOUT":
			s.queueEnds()
		}
	}
}

// before is the last step of an application before this one in its extension; nil without one, and where another
// application may have run meanwhile.
func (s *step) before(app string) (last *dialplan.Priority) {
	for _, o := range s.Extension.Priorities() {
		if o.N >= s.Step.N {
			break
		}
		switch name := strings.ToLower(o.App); {
		case name == app:
			last = o
		case slices.Contains(callsOthers, name):
			last = nil
		}
	}
	return last
}

// callsOthers are applications that may call, or lead to steps that do.
var callsOthers = strings.Fields("dial queue retrydial gosub gosubif macro macroif agi stasis exec tryexec execif followme page")

// answered tells of DIALSTATUS=ANSWER behind a Dial that does not come back from an answered call.
func (s *step) answered() {
	d := s.before("dial")
	if d == nil || s.Extension.Name == "h" {
		return
	}
	f := dialplan.SplitOutside(d.Args.Raw(), ',', 0)
	options := ""
	if len(f) > 2 {
		options = f[2]
	}
	if strings.Contains(options, "$") || strings.ContainsAny(parenthesised.ReplaceAllString(options, ""), "gFGeUM") {
		return
	}
	s.note("plan-status-word", "option g of Dial, or extension h", "DIALSTATUS is never 'ANSWER' here: behind an answered call "+
		"Dial (%s) does not go "+
		"on without option g", d.Pos)
}

// queueEnds tells of QUEUESTATUS=TIMEOUT behind a Queue that has no end.
func (s *step) queueEnds() {
	q := s.before("queue")
	if q == nil || !known(q.Args.Raw()) {
		return
	}
	f := dialplan.SplitOutside(q.Args.Raw(), ',', 0)
	if len(f) > 4 && strings.TrimSpace(f[4]) != "" || len(f) > 1 && strings.Contains(f[1], "n") {
		return
	}
	s.say("plan-queue-endless", "Queue("+strings.TrimSpace(f[0])+",,,,300)", "QUEUESTATUS is never 'TIMEOUT' here: the Queue "+
		"before it (%s) has no "+
		"timeout, its fifth argument, and the caller waits without end", q.Pos)
}

// customRead finds states of own devices that are asked for and that no step sets.
func (j *judge) customRead() {
	set, open := map[string]bool{}, false
	type asked struct {
		pos  config.Pos
		name string
	}
	var list []asked
	j.plan.EachStep(func(at dialplan.Place) {
		text := at.Step.Args.Raw()
		if !strings.Contains(text, "DEVICE_STATE(") {
			return
		}
		for _, m := range customState.FindAllStringSubmatchIndex(text, -1) {
			name := text[m[2]:m[3]]
			switch reads := m[0] > 1 && text[m[0]-2:m[0]] == "${"; {
			case strings.Contains(name, "$"):
				open = open || !reads
			case reads:
				list = append(list, asked{at.Step.Pos, name})
			default:
				set[name] = true
			}
		}
	})
	var names []string
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, a := range list {
		if open || set[a.name] || len(set) == 0 {
			continue
		}
		severity, like := config.Note, look.Like(a.name, names)
		if like != "" {
			severity = config.Warning
		}
		j.SayAs(severity, "plan-hint-endpoint", a.pos, like, "the state of Custom:%s is asked for, and no step sets it: unless a "+
			"program or the "+
			"console does, it is UNKNOWN for ever", a.name)
	}
}
