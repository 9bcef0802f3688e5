package plan

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// falls looks for steps that run though nobody meant them to: what stands behind a branch that does not end, and a
// counter that begins anew with each round.
func (j *judge) falls() {
	j.plan.EachStep(func(at dialplan.Place) {
		if strings.EqualFold(at.Step.App, "GotoIf") {
			j.intoOther(at)
			j.resetCount(at)
		}
	})
	for _, x := range j.plan.Order {
		j.keysOfNothing(x)
	}
	j.emergencyGuarded()
}

// targetStep is the extension and the step that a target means, as it is written; nil where it is not.
func (j *judge) targetStep(at dialplan.Place, target string) (*dialplan.Extension, *dialplan.Priority) {
	e := j.targetOf(at, target)
	if e == nil {
		return nil, nil
	}
	f := dialplan.SplitOutside(target, ',', 0)
	to := strings.TrimSpace(f[len(f)-1])
	if s := e.Label(to); s != nil {
		return e, s
	}
	n, err := strconv.Atoi(to)
	if err != nil {
		return e, nil
	}
	return e, e.Priority(n)
}

// intoOther finds the two branches of a condition, of which the first leaves a message and goes on into the second,
// which does so once more.
func (j *judge) intoOther(at dialplan.Place) {
	targets := j.Jumps(at.Step)
	if len(targets) != 2 {
		return
	}
	e, a := j.targetStep(at, targets[0])
	other, b := j.targetStep(at, targets[1])
	if e != at.Extension || other != e || a == nil || b == nil {
		return
	}
	if a.N > b.N {
		a, b = b, a
	}
	var last *dialplan.Priority
	for _, s := range e.Priorities() {
		if s.N >= a.N && s.N < b.N {
			if last = s; endsHere(s) || s.Label != "" && s != a || len(j.Jumps(s)) > 0 {
				return
			}
		}
	}
	if last == nil || !strings.EqualFold(last.App, "VoiceMail") ||
		!j.leavesMessage(dialplan.Place{Context: at.Context, Extension: e, Step: b}) {
		return
	}
	j.Say("plan-branch-falls", last.Pos, "Hangup() behind it", "%s leads to '%s' or to '%s' (%s), and '%s' has no end of its own: "+
		"behind its "+
		"message the call goes on into the other branch, whose greeting the caller hears as "+
		"well", at.Step.App, a.Label, b.Label, b.Pos, a.Label)
}

// leavesMessage says whether a step has the caller leave a message, or leads to one that does.
func (j *judge) leavesMessage(at dialplan.Place) bool {
	if strings.EqualFold(at.Step.App, "VoiceMail") {
		return true
	}
	if !strings.EqualFold(at.Step.App, "Gosub") {
		return false
	}
	for _, target := range j.Jumps(at.Step) {
		if e, _ := j.targetStep(at, target); e != nil && slices.ContainsFunc(e.Priorities(), func(s *dialplan.Priority) bool {
			return strings.EqualFold(s.App, "VoiceMail") || strings.Contains(s.Args.Raw(), "VoiceMail(")
		}) {
			return true
		}
	}
	return false
}

// startsCount is a counter that is set to a number, comparesCount one that is compared with one.
var (
	startsCount   = regexp.MustCompile(`^\s*_{0,2}([A-Za-z][A-Za-z_0-9]*)\s*=\s*[0-9]+\s*$`)
	comparesCount = regexp.MustCompile(`\$\{([A-Za-z][A-Za-z_0-9]*)\}"?\s*[<>]`)
)

// resetCount finds a condition about a count whose branch leads to where the count begins, or before it.
func (j *judge) resetCount(at dialplan.Place) {
	m := comparesCount.FindStringSubmatch(at.Step.Args.Raw())
	if m == nil {
		return
	}
	for _, target := range j.Jumps(at.Step) {
		e, to := j.targetStep(at, target)
		if to == nil {
			continue
		}
		for _, s := range e.Priorities() {
			if s.N < to.N {
				continue
			}
			if set := startsCount.FindStringSubmatch(s.Args.Raw()); set != nil && strings.EqualFold(s.App, "Set") && set[1] == m[1] &&
				j.grows(at.Context, m[1]) {
				j.Say("plan-count-reset", s.Pos, "the label behind it", "%s is set to its beginning again with each round: %s (%s) leads back to "+
					"before this step, and the count never gets on", m[1], at.Step.App, at.Step.Pos)
			}
			if len(j.Jumps(s)) > 0 || endsHere(s) {
				break
			}
		}
	}
}

// grows says whether a step of a context adds to a variable.
func (j *judge) grows(x *dialplan.Context, name string) bool {
	for _, e := range x.Extensions {
		for _, s := range e.Priorities() {
			text := s.Args.Raw()
			if strings.Contains(text, "INC("+name+")") || strings.HasPrefix(strings.TrimLeft(text, " _"), name+"=") &&
				strings.Contains(text, "${"+name+"}") {
				return true
			}
		}
	}
	return false
}

// waiting are applications in which a caller's keys are an extension, and those that leave open what they do.
var waiting = strings.Fields("background backgrounddetect waitexten disa macro macroif gosub gosubif agi stasis externalivr " +
	"exec tryexec " +
	"execif speechbackground readexten")

// keysOfNothing finds a menu in which nothing waits for a key: it has an extension t, and single digits.
func (j *judge) keysOfNothing(x *dialplan.Context) {
	if v, ok := j.f.Section("general").Lookup("autofallthrough"); ok {
		if on, _ := config.Bool(v.Value); !on {
			return
		}
	}
	var t *dialplan.Extension
	digit := ""
	for _, e := range x.Extensions {
		if e.Name == "t" && len(e.Priorities()) > 0 {
			t = e
		}
		if len(e.Name) == 1 && strings.Contains("0123456789", e.Name) {
			digit = e.Name
		}
	}
	if t == nil || digit == "" || j.has(x, "o") || j.waitsFor(x, map[*dialplan.Context]bool{}) {
		return
	}
	for _, c := range j.plan.Order {
		for _, i := range c.Includes {
			if i.Context == x.Name {
				return // its caller may wait elsewhere
			}
		}
	}
	j.Say("plan-no-wait", t.Pos, "Background(prompt), then WaitExten(10)", "context '%s' has keys (%s) and an extension t, and no "+
		"step there waits "+
		"for a key: Playback takes none, and nobody gets to them", x.Name, digit)
}

// waitsFor says whether a step of a context, or of one that it includes, waits for keys.
func (j *judge) waitsFor(x *dialplan.Context, seen map[*dialplan.Context]bool) bool {
	if x == nil || seen[x] {
		return false
	}
	seen[x] = true
	if len(x.Switches) > 0 {
		return true
	}
	for _, e := range x.Extensions {
		for _, s := range e.Priorities() {
			if e.Name != "t" && (slices.Contains(waiting, strings.ToLower(s.App)) || dialTakesKeys(s)) {
				return true
			}
		}
	}
	for _, i := range x.Includes {
		if j.waitsFor(j.plan.Contexts[i.Context], seen) {
			return true
		}
	}
	return false
}

// dialTakesKeys says whether a step is a Dial with option d, whose caller presses a key meanwhile.
func dialTakesKeys(s *dialplan.Priority) bool {
	f := dialplan.SplitOutside(s.Args.Raw(), ',', 0)
	return strings.EqualFold(s.App, "Dial") && len(f) > 2 && strings.Contains(parenthesised.ReplaceAllString(f[2], ""), "d")
}

// emergencyGuarded finds a number for help that asks for a password first.
func (j *judge) emergencyGuarded() {
	for _, x := range j.plan.Order {
		for _, e := range x.Extensions {
			if e.Name != "112" && e.Name != "911" && e.Name != "999" {
				continue
			}
			for _, s := range e.Priorities() {
				app := strings.ToLower(s.App)
				if app == "dial" || app == "goto" {
					break
				}
				if app == "authenticate" || app == "vmauthenticate" || app == "disa" {
					j.Say("plan-emergency-guarded", s.Pos, "the Dial first", "%s stands before a call to %s, a number for help: who has no password, "+
						"or has forgotten it, reaches nobody", s.App, e.Name)
				}
			}
		}
	}
}
