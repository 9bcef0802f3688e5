package plan

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// doubts reports what the dialplan will hardly do as it was meant: steps that no call reaches,
// variables that are set nowhere.
func (j *judge) doubts() {
	set := map[string]bool{}
	if j.sip != nil {
		for _, peer := range j.sip.Peers {
			for _, v := range peer.SetVars {
				set[strings.TrimLeft(v[0], "_")] = true
			}
		}
	}
	j.vars = j.readVariables()
	for _, d := range j.plan.Doubts(endsHere, j.Jumps) {
		j.Add(d)
	}
	for _, d := range j.nearMisses(j.plan.Unset(func(name string) bool { return set[name] })) {
		j.Add(d)
	}
	j.otherCase()
}

// withoutReturn finds extensions that a Gosub leads to and whose last step goes on to nothing:
// the call ends there.
func (j *judge) withoutReturn() {
	told := map[config.Pos]bool{}
	j.plan.EachStep(func(at dialplan.Place) {
		if !strings.EqualFold(at.Step.App, "Gosub") {
			return
		}
		app := j.Core().App(at.Step.App)
		if app == nil || app.Targets == nil {
			return
		}
		for _, target := range append(app.Targets(at.Step.Args.Raw()), at.Step.Args.Raw()) {
			for _, e := range j.targetsOf(at, target) {
				if e == at.Extension {
					continue
				}
				list := e.Priorities()
				last := list[len(list)-1]
				if !endsHere(last) && !told[last.Pos] && !strings.HasPrefix(strings.ToLower(last.App), "goto") {
					told[last.Pos] = true
					j.Say("plan-gosub-no-return", last.Pos, "Return()",
						"a Gosub (%s) leads to extension '%s', and no Return stands behind its last step: the call ends", at.Step.Pos, e.Name)
				}
			}
		}
	})
}

// targetsOf are the extensions that a target may mean: one, or the patterns of a context that is
// written where the number is not.
func (j *judge) targetsOf(at dialplan.Place, target string) (out []*dialplan.Extension) {
	if e := j.targetOf(at, target); e != nil {
		return []*dialplan.Extension{e}
	}
	f := dialplan.SplitOutside(target, ',', 0)
	if len(f) != 3 || !strings.Contains(f[1], "${EXTEN") || strings.Contains(f[0], "$") {
		return nil
	}
	if x := j.plan.Contexts[strings.TrimSpace(f[0])]; x != nil {
		for _, e := range x.Extensions {
			if e.Pattern() && !e.HasCID && len(e.Priorities()) > 0 {
				out = append(out, e)
			}
		}
	}
	return out
}

// targetOf is the extension that "context,extension,priority" names as it is written; nil where
// it is not.
func (j *judge) targetOf(at dialplan.Place, target string) *dialplan.Extension {
	f := dialplan.SplitOutside(target, ',', 0)
	context, exten := at.Context.Name, at.Extension.Name
	switch len(f) {
	case 3:
		context, exten = strings.TrimSpace(f[0]), strings.TrimSpace(f[1])
	case 2:
		exten = strings.TrimSpace(f[0])
	}
	x := j.plan.Contexts[context]
	if x == nil || strings.Contains(context+exten, "$") {
		return nil
	}
	for _, e := range x.Extensions {
		if e.Name == exten && !e.HasCID && len(e.Priorities()) > 0 {
			return e
		}
	}
	return nil
}

// loops finds steps that go to themselves, and While without its end.
func (j *judge) loops() {
	j.plan.EachStep(func(at dialplan.Place) {
		if !strings.EqualFold(at.Step.App, "Goto") {
			return
		}
		for _, target := range j.Jumps(at.Step) {
			e := j.targetOf(at, target)
			if e != at.Extension || e == nil {
				continue
			}
			f := dialplan.SplitOutside(target, ',', 0)
			to := strings.TrimSpace(f[len(f)-1])
			if s := e.Label(to); s == at.Step || to == itoa(at.Step.N) {
				j.Say("plan-goto-itself", at.Step.Pos, "", "Goto leads to itself: the call turns in a circle without end and takes all of a "+
					"processor")
			} else if to == "1" && onlyQuiet(e, at.Step) {
				j.Say("plan-goto-itself", at.Step.Pos, "Wait(1) within it",
					"Goto leads back to the beginning, and no step between waits: the call turns in a circle without end")
			}
		}
	})
	for _, x := range j.plan.Order {
		for _, e := range x.Extensions {
			j.blocks(x, e)
		}
	}
}

// quiet are applications that take no time.
var quiet = map[string]bool{"noop": true, "set": true, "verbose": true, "log": true, "goto": true, "mset": true, "answer": true}

func onlyQuiet(e *dialplan.Extension, last *dialplan.Priority) bool {
	for _, s := range e.Priorities() {
		if s.N > last.N {
			return true
		}
		if !quiet[strings.ToLower(s.App)] {
			return false
		}
	}
	return true
}

// pairs are blocks, by what opens and what closes them.
var pairs = [][2]string{{"while", "endwhile"}, {"if", "endif"}}

func (j *judge) blocks(x *dialplan.Context, e *dialplan.Extension) {
	for _, pair := range pairs {
		depth := 0
		var open *dialplan.Priority
		for _, s := range e.Priorities() {
			switch {
			case strings.EqualFold(s.App, pair[0]):
				depth++
				open = s
			case strings.EqualFold(s.App, pair[1]):
				if depth--; depth < 0 {
					j.Say("plan-block", s.Pos, "", "%s without %s before it in extension '%s': it does nothing, and the call goes on behind "+
						"it", s.App,
						pair[0], e.Name)
					depth = 0
				}
			}
		}
		if depth > 0 {
			j.Say("plan-block", open.Pos, pair[1]+"() at its end",
				"%s has no %s in extension '%s': when its condition is false there is nowhere to go on, and the call "+
					"ends", open.App, pair[1], e.Name)
		}
	}
}

// groups finds groups that are counted and that no call is ever put in. A program may do that.
func (j *judge) groups() {
	var counts []dialplan.Place
	joined := false
	j.plan.EachStep(func(at dialplan.Place) {
		text := at.Step.Args.Raw()
		app := strings.ToLower(at.Step.App)
		if strings.Contains(text, "GROUP_COUNT(") || strings.Contains(text, "GROUP_MATCH_COUNT(") {
			counts = append(counts, at)
		}
		joined = joined || strings.Contains(text, "GROUP(") || strings.Contains(text, "OUTBOUND_GROUP") ||
			strings.Contains(app, "agi") || app == "stasis"
	})
	if joined {
		return
	}
	for _, at := range counts {
		j.Say("plan-group-empty", at.Step.Pos, "Set(GROUP()=name) before it",
			"%s: calls of a group are counted, and no step puts any into one: it is always 0", at.Step.App)
	}
}
