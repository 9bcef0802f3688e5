package check

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// steps looks at each step of the dialplan for itself.
func (l *linter) steps() {
	boxes, kept := l.mailboxes()
	outside := l.calledFromOutside()
	l.plan.EachStep(func(at dialplan.Place) {
		args := at.Step.Args.Raw()
		switch app := strings.ToLower(at.Step.App); app {
		case "set", "mset":
			l.setting(at, args)
		case "gotoif", "gosubif", "gotoiftime", "execif", "execiftime":
			l.condition(at, app, args)
		case "dial":
			l.dialled(at, args, outside[at.Context.Name])
		case "voicemail", "voicemailmain":
			l.voicemail(at, app, args, boxes, kept)
		default:
			if l.Core().App(at.Step.App) == nil && l.Core().Func(at.Step.App) != nil {
				l.say(at.Step.Pos, fmt.Sprintf("Set(%s(%s)=...)", at.Step.App, args), "'%s' is a function, not an application", at.Step.App)
			}
		}
	})
}

// setting finds blanks that become a part of a variable's name.
func (l *linter) setting(at dialplan.Place, args string) {
	f := dialplan.SplitOutside(args, '=', 2)
	if name := f[0]; len(f) == 2 && strings.TrimSpace(name) != "" && strings.TrimRight(name, " \t") != name {
		l.say(at.Step.Pos, "no blanks around =", "%s: the blank before = belongs to the name of the variable '%s'", at.Step.App, strings.TrimSpace(name))
	}
}

// written is what ExecIf runs: an application with its arguments in parentheses.
var written = regexp.MustCompile(`^\s*\w+\s*(\(.*)?$`)

// condition looks at CONDITION?YES:NO.
func (l *linter) condition(at dialplan.Place, app, args string) {
	f := dialplan.SplitOutside(args, '?', 2)
	if len(f) < 2 {
		if !strings.Contains(args, "?") {
			l.say(at.Step.Pos, "", "%s: there is no ? and no target behind it in '%s': it does nothing", at.Step.App, args)
		}
		return
	}
	if strings.HasSuffix(app, "time") && !strings.Contains(f[0], "$") {
		if _, problems := dialplan.ParseTimeSpec(f[0]); len(problems) > 0 {
			l.say(at.Step.Pos, "", "%s: %s: the order is times, weekdays, days of the month, months", at.Step.App, strings.Join(problems, ", "))
		}
	}
	if !strings.HasPrefix(app, "exec") {
		return
	}
	yes, no := dialplan.CutBranches(f[1])
	for _, branch := range []string{yes, no} {
		name := branch[:strings.IndexAny(branch+",", "(,")]
		if branch != "" && !strings.Contains(name, "$") && !written.MatchString(branch) {
			l.say(at.Step.Pos, "ExecIf(condition?Application(arguments))", "%s: '%s' is no application with its arguments in parentheses", at.Step.App, strings.TrimSpace(branch))
		}
	}
}

// dialled looks at Dial's destinations and at who may transfer.
func (l *linter) dialled(at dialplan.Place, args, caller string) {
	f := dialplan.SplitOutside(args, ',', 3)
	for _, dest := range strings.Split(f[0], "&") {
		if dest = strings.TrimSpace(dest); dest != "" && !strings.ContainsAny(dest, "/$") {
			l.say(at.Step.Pos, "SIP/"+dest, "Dial: '%s' names no technology and its resource", dest)
		}
	}
	if len(f) < 3 || caller == "" {
		return
	}
	if options := parenthesised.ReplaceAllString(f[2], ""); strings.Contains(options, "T") && !strings.Contains(options, "$") {
		l.say(at.Step.Pos, "t is for who is called", "Dial: option T lets the caller transfer, and calls come here from outside (%s): he may send them on at your expense", caller)
	}
}

var parenthesised = regexp.MustCompile(`\([^)]*\)`)

// calledFromOutside names, for each context that calls from a provider find, includes
// counted, who sends them.
func (l *linter) calledFromOutside() map[string]string {
	out := map[string]string{}
	if l.sip == nil {
		return out
	}
	var visit func(context, who string)
	visit = func(context, who string) {
		x := l.plan.Contexts[context]
		if x == nil || out[context] != "" {
			return
		}
		out[context] = who
		for _, i := range x.Includes {
			visit(i.Context, who)
		}
	}
	inside := map[string]bool{}
	for _, p := range l.sip.Peers {
		inside[p.Context] = inside[p.Context] || p.Dynamic
	}
	for _, p := range l.sip.Peers {
		if p.IsPeer && !p.Dynamic && !inside[p.Context] {
			visit(p.Context, "'"+p.Name+"'")
		}
	}
	return out
}

// voicemail looks at boxes that are named, and at mailboxes that are open to everybody.
func (l *linter) voicemail(at dialplan.Place, app, args string, boxes map[string][]string, kept bool) {
	f := strings.SplitN(args, ",", 2)
	if app == "voicemailmain" && len(f) == 2 && strings.Contains(f[1], "s") && f[0] != "" && !strings.Contains(args, "$") {
		l.say(at.Step.Pos, "without option s the password is asked for", "%s: option s skips the password: whoever calls extension '%s' hears the messages of %s", at.Step.App, at.Extension.Name, f[0])
	}
	if !kept {
		return
	}
	for _, text := range strings.Split(f[0], "&") {
		box, context, _ := strings.Cut(strings.TrimSpace(text), "@")
		context = cmp.Or(context, "default")
		if box == "" || strings.Contains(text, "$") || slices.Contains(boxes[box], context) {
			continue
		}
		hint := ""
		if len(boxes[box]) > 0 {
			hint = box + "@" + boxes[box][0]
		}
		l.say(at.Step.Pos, hint, "%s: there is no box %s in [%s] of voicemail.conf", at.Step.App, box, context)
	}
}

// mailboxes are those of voicemail.conf and of users.conf: for each number the contexts that
// have it; false without voicemail.conf.
func (l *linter) mailboxes() (boxes map[string][]string, kept bool) {
	f := l.File("voicemail.conf")
	if f == nil {
		return nil, false
	}
	boxes = map[string][]string{}
	for _, s := range f.Visible() {
		if n := strings.ToLower(s.Name); n == "general" || n == "zonemessages" {
			continue
		}
		for _, v := range s.Vars {
			boxes[v.Name] = append(boxes[v.Name], s.Name)
		}
	}
	for _, name := range l.UserMailboxes() {
		boxes[name] = append(boxes[name], "default")
	}
	return boxes, true
}

// withoutReturn finds extensions that a Gosub leads to and whose last step goes on to
// nothing: the call ends there.
func (l *linter) withoutReturn() {
	told := map[config.Pos]bool{}
	l.plan.EachStep(func(at dialplan.Place) {
		app := l.Core().App(at.Step.App)
		if !strings.EqualFold(at.Step.App, "Gosub") || app == nil || app.Targets == nil {
			return
		}
		for _, target := range app.Targets(at.Step.Args.Raw()) {
			e := l.targetOf(at, target)
			if e == nil || e == at.Extension {
				continue
			}
			list := e.Priorities()
			last := list[len(list)-1]
			if !endsHere(last) && !told[last.Pos] && !strings.EqualFold(last.App, "GotoIf") {
				told[last.Pos] = true
				l.say(last.Pos, "Return()", "a Gosub (%s) leads to extension '%s', and no Return stands behind its last step: the call ends", at.Step.Pos, e.Name)
			}
		}
	})
}

// targetOf is the extension that "context,extension,priority" names as it is written; nil
// where it is not.
func (l *linter) targetOf(at dialplan.Place, target string) *dialplan.Extension {
	f := dialplan.SplitOutside(target, ',', 0)
	context, exten := at.Context.Name, at.Extension.Name
	switch len(f) {
	case 3:
		context, exten = strings.TrimSpace(f[0]), strings.TrimSpace(f[1])
	case 2:
		exten = strings.TrimSpace(f[0])
	}
	x := l.plan.Contexts[context]
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
