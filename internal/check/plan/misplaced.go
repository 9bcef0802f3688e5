package plan

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// misplaced looks for steps that are right by themselves and stand where, or are about whom, they were hardly meant.
func (j *judge) misplaced() {
	hints := map[string]string{} // number to the one device of its hint
	j.plan.EachHint(func(_ string, e *dialplan.Extension) { hints[e.Name] = e.Hint.Devices })
	j.plan.EachHint(func(_ string, e *dialplan.Extension) { j.hintOfOther(e, hints) })
	for _, x := range j.plan.Order {
		for _, e := range x.Extensions {
			list := e.Priorities()
			j.late(x, e, list)
			j.codeKept(e, list)
			for _, s := range list {
				j.lastDigits(s)
			}
		}
		j.silentMenu(x)
	}
	j.noEmergency()
}

// hintOfOther finds a hint about the phone of another number, which has a hint of its own, while the phone of
// this number is there too.
func (j *judge) hintOfOther(e *dialplan.Extension, hints map[string]string) {
	device := e.Hint.Devices
	other, ok := strings.CutPrefix(device, "SIP/")
	if !ok || j.sip == nil || other == e.Name || hints[other] != device || !number(e.Name) || j.sip.InFile(e.Name) == nil {
		return
	}
	j.Say("plan-hint-other", e.Hint.Pos, "SIP/"+e.Name, "the hint of extension '%s' is about 'SIP/%s', whose own hint says the same: "+
		"the lamp of '%s' shows when the other one speaks", e.Name, other, e.Name)
}

// late finds what is set or begun for a call behind the last step that calls anybody.
func (j *judge) late(x *dialplan.Context, e *dialplan.Extension, list []*dialplan.Priority) {
	dial := -1
	for i, s := range list {
		switch app := strings.ToLower(s.App); app {
		case "dial":
			dial = i
		case "set", "hangup", "noop", "verbose", "log", "congestion", "busy", "playtones", "mixmonitor":
		default:
			if dial >= 0 && j.callsOn(dialplan.Place{Context: x, Extension: e, Step: s}) {
				return // goes on elsewhere
			}
		}
	}
	if dial < 0 {
		return
	}
	for _, s := range list[dial+1:] {
		switch text := s.Args.Raw(); {
		case strings.EqualFold(s.App, "MixMonitor"):
			j.Say("plan-set-late", s.Pos, "before the Dial", "the recording begins behind Dial, when the call is over: there is nobody left to "+
				"record")
		case !strings.EqualFold(s.App, "Set"):
		case outgoingName.MatchString(text):
			j.Say("plan-set-late", s.Pos, "before the Dial", "the caller's number is set behind Dial, and nobody is called after it: the "+
				"call has "+
				"gone out with the number that it had before")
		case forTheCall.MatchString(text):
			j.Say("plan-set-late", s.Pos, "before the Dial", "'%s' is set behind Dial, and nobody is called after it: the call is over, "+
				"and had "+
				"none of it", strings.TrimSpace(text))
		}
	}
}

// callsOn says whether a step may call or speak to somebody, or leads to one that may.
func (j *judge) callsOn(at dialplan.Place) bool {
	if !strings.EqualFold(at.Step.App, "Gosub") && !strings.EqualFold(at.Step.App, "GotoIf") {
		return true
	}
	targets := j.Jumps(at.Step)
	for _, target := range targets {
		if e, _ := j.targetStep(at, target); e == at.Extension {
			continue
		} else if e == nil || slices.ContainsFunc(e.Priorities(), speaks) {
			return true
		}
	}
	return len(targets) == 0
}

// speaks says whether a step calls or speaks to somebody, or may.
func speaks(s *dialplan.Priority) bool {
	switch strings.ToLower(s.App) {
	case "set", "hangup", "noop", "verbose", "log", "congestion", "busy", "playtones", "playback", "return", "gotoif", "goto":
		return false
	}
	return true
}

var (
	outgoingName = regexp.MustCompile(`^\s*CALLERID\((?:num|number|all|name|pres)[^)]*\)\s*=`)
	forTheCall   = regexp.MustCompile(`^\s*(TIMEOUT\(absolute\)|GROUP\([^)]*\)|OUTBOUND_GROUP|_{0,2}DYNAMIC_FEATURES|_{0,2}SIP_CODEC\w*|` +
		`CHANNEL\((musicclass|language)\)|LIMIT_\w+)\s*=`)
)

// codeKept finds numbers that are stored with the code that was dialled before them.
func (j *judge) codeKept(e *dialplan.Extension, list []*dialplan.Priority) {
	m := serviceCode.FindStringSubmatch(e.Name)
	if m == nil {
		return
	}
	for _, s := range list {
		if strings.EqualFold(s.App, "Set") && strings.HasPrefix(strings.TrimSpace(s.Args.Raw()), "DB(") &&
			strings.HasSuffix(strings.TrimSpace(s.Args.Raw()), "=${EXTEN}") {
			j.Say("plan-code-kept", s.Pos, "${EXTEN:"+itoa(len(m[1]))+"}", "the number is stored with the code '%s' before it, which was "+
				"dialled "+
				"to come here: who is called by it later reaches nobody", m[1])
		}
	}
}

var serviceCode = regexp.MustCompile(`^_([*#][0-9*#]+)[XZN]`)

// lastDigits finds a cut from the wrong end: the last digits where all but the first were meant.
func (j *judge) lastDigits(s *dialplan.Priority) {
	if !strings.EqualFold(s.App, "Dial") {
		return
	}
	if m := fewLast.FindStringSubmatch(s.Args.Raw()); m != nil {
		j.Say("plan-variable-offset", s.Pos, "${EXTEN:"+m[1]+"}", "Dial: ${EXTEN:-%s} are the last %s digits of the number: all but "+
			"the first "+
			"ones have no minus", m[1], m[1])
	}
}

var fewLast = regexp.MustCompile(`^(?:SIP/[^/,&]+|\$\{\w+\})/[^,&]*\$\{EXTEN:-([12])\}`)

// silentMenu tells of a menu that begins anew, and for ever, for whom presses no key.
func (j *judge) silentMenu(x *dialplan.Context) {
	for _, e := range x.Extensions {
		list := e.Priorities()
		if e.Name != "t" || len(list) == 0 || !strings.EqualFold(list[len(list)-1].App, "Goto") {
			continue
		}
		last := list[len(list)-1]
		if slices.ContainsFunc(list, func(s *dialplan.Priority) bool {
			app := strings.ToLower(s.App)
			return app == "gotoif" || app == "execif" || strings.Contains(s.Args.Raw(), "+")
		}) {
			continue // it counts
		}
		for _, target := range j.Jumps(last) {
			to := j.targetOf(dialplan.Place{Context: x, Extension: e, Step: last}, target)
			if to == nil || to.Name != "s" || !waitsUncounted(to) || !slices.Contains(x.Extensions, to) {
				continue
			}
			j.SayAs(config.Note, "plan-menu-endless", last.Pos, "a count, and somebody to talk to", "who presses no key hears the menu of "+
				"context '%s' again and again, without end: a fax, or a line that nobody hung up, stays in it", x.Name)
		}
	}
}

// waitsUncounted says whether an extension waits for keys and counts nothing.
func waitsUncounted(e *dialplan.Extension) (waits bool) {
	for _, s := range e.Priorities() {
		app, args := strings.ToLower(s.App), s.Args.Raw()
		if strings.Contains(args, "INC(") || app == "gotoif" || app == "set" && strings.Contains(args, "+") ||
			strings.Contains(args, "TIMEOUT(absolute)") {
			return false
		}
		waits = waits || app == "waitexten" || app == "background"
	}
	return waits
}

// emergencies are the numbers for help, one of which each country has.
var emergencies = strings.Fields("112 911 999 110 000 111 119 190 191 192 113 100 17 18 15 101 102 103 118")

// noEmergency tells of phones that dial out and for which no number for help leads anywhere.
func (j *judge) noEmergency() {
	if j.sip == nil {
		return
	}
	o := look.Outward{L: j.Look}
	told := map[string]bool{}
	for _, p := range j.sip.Peers {
		if !p.Dynamic || told[p.Context] {
			continue
		}
		told[p.Context] = true
		at, out := j.numberedOut(&o, p.Context)
		if !out && j.helpOfOthers(p) {
			return
		}
		if !out || len(j.plan.Contexts[p.Context].Switches) > 0 {
			continue
		}
		found := false
		j.eachIn(p.Context, map[string]bool{}, func(e *dialplan.Extension) {
			found = found || slices.ContainsFunc(emergencies, e.Matches)
		})
		if !found {
			j.SayAs(config.Note, "plan-no-emergency", at, "exten => 112,1,Dial(SIP/provider/112)", "the phones of context '%s' dial out "+
				"here, and "+
				"no number for help (112, 911, 999 ...) is an extension there: who dials it as at home reaches nobody", p.Context)
			return
		}
	}
}
