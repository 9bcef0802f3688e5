package plan

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// numbers looks at the number that a Dial asks a provider for.
func (s *step) numbers() {
	for _, dest := range strings.Split(s.arg(0), "&") {
		dest = strings.TrimSpace(dest)
		s.glued(dest)
		s.countryCode(dest)
		s.itself(dest)
	}
}

// gluedNumber is a variable with a number right behind it.
var gluedNumber = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z_0-9]*)\}([0-9+*#]*)(\$\{.*)?$`)

// glued finds a provider with the number right behind its name.
func (s *step) glued(dest string) {
	m := gluedNumber.FindStringSubmatch(dest)
	if m == nil || m[2]+m[3] == "" || s.j.sip == nil {
		return
	}
	name, ok := strings.CutPrefix(s.j.globals[m[1]], "SIP/")
	if p := s.j.sip.Lookup(name); !ok || p == nil || p.Dynamic {
		return
	}
	s.say("plan-dial-no-technology", "${"+m[1]+"}/"+m[2]+m[3], "no / stands between ${%s}, which is SIP/%s, and the number: an "+
		"endpoint of the "+
		"name of both is looked for, which is not there", m[1], name)
}

// countryNumber is a number with a country's code put before what was dialled.
var countryNumber = regexp.MustCompile(`/(\+|00|011)?([1-9][0-9]{0,2})\$\{EXTEN\}$`)

// countries are the codes of those that dial 0 before an area and leave it out behind the country.
var countries = strings.Fields("27 30 31 32 33 34 41 43 44 46 48 49 51 54 55 58 60 61 62 63 64 66 " +
	"81 82 84 86 90 91 92 93 94 95 " +
	"98 353 358 380 381 385 386 420 421 971 972")

// countryCode finds a country's code before a number that begins with 0 all the same.
func (s *step) countryCode(dest string) {
	m := countryNumber.FindStringSubmatch(dest)
	if m == nil || !strings.HasPrefix(s.Extension.Name, "_0") || strings.HasPrefix(s.Extension.Name, "_00") ||
		!slices.Contains(countries, m[2]) {
		return
	}
	s.say("plan-number-prefix", "/"+m[1]+m[2]+"${EXTEN:1}", "the country's code %s stands before a number that begins with 0 "+
		"still, as '%s' has it: "+
		"behind the code of a country that 0 is left out, and nobody is reached", m[2], s.Extension.Name)
}

// itself finds Local/... that leads to the extension that dials it.
func (s *step) itself(dest string) {
	rest, ok := strings.CutPrefix(dest, "Local/")
	if !ok {
		return
	}
	rest, _, _ = strings.Cut(rest, "/")
	number, context, ok := strings.Cut(rest, "@")
	if !ok || context != s.Context.Name && context != "${CONTEXT}" || number != "${EXTEN}" && number != s.Extension.Name {
		return
	}
	if len(s.Extension.Priorities()) > 0 && slices.ContainsFunc(s.Extension.Priorities(), func(o *dialplan.Priority) bool {
		app := strings.ToLower(o.App)
		return o.N < s.Step.N && (strings.HasPrefix(app, "gotoif") || app == "execif")
	}) {
		return // a condition may end it
	}
	s.say("plan-goto-itself", "the phone: SIP/"+number, "'%s' is the extension that dials it: the call calls itself again and "+
		"again, until no "+
		"channel is left", dest)
}

// literal is a text with ${EXTEN} and ${EXTEN:n} as they are in an extension without a pattern.
func literal(e *dialplan.Extension, text string) string {
	if e.Pattern() || !strings.Contains(text, "${EXTEN") {
		return text
	}
	return ofExten.ReplaceAllStringFunc(text, func(v string) string {
		m := ofExten.FindStringSubmatch(v)
		n := 0
		for _, c := range m[1] {
			n = n*10 + int(c-'0')
		}
		return e.Name[min(n, len(e.Name)):]
	})
}

var ofExten = regexp.MustCompile(`\$\{EXTEN(?::([0-9]{1,2}))?\}`)

// nowhere finds Goto(context,${EXTEN:n},1) to a context in which no number of this extension can be.
func (s *step) nowhere() {
	if len(s.f) != 3 || !known(s.arg(0)) || !strings.Contains(s.arg(1), "${EXTEN") {
		return
	}
	x := s.j.plan.Contexts[s.arg(0)]
	if x != nil && s.Extension.Pattern() {
		s.nowhereOf(x)
	}
	if x == nil || s.Extension.Pattern() || strings.Trim(s.Extension.Name, "0123456789*#+") != "" {
		return
	}
	target := s.arg(0) + "," + literal(s.Extension, s.arg(1)) + "," + s.arg(2)
	if text := s.j.plan.CheckTarget(s.Place, target); text != "" && !strings.Contains(target, "$") {
		s.j.Say("plan-target", s.Step.Pos, "", "%s: %s", s.Step.App, text)
	}
}

// nowhereOf is nowhere for a pattern: none of its numbers is one of the context.
func (s *step) nowhereOf(x *dialplan.Context) {
	m := ofExten.FindStringSubmatch(s.arg(1))
	if m == nil || m[0] != s.arg(1) || s.Extension.HasCID {
		return
	}
	skip, _ := strconv.Atoi(m[1])
	if !s.j.meets(s.Extension, x, skip, map[*dialplan.Context]bool{}) {
		s.say("plan-target", "", "no number of extension '%s' is an extension of context '%s' as %s: the call ends "+
			"there", s.Extension.Name, x.Name,
			m[0])
	}
}

// meets says whether a number of an extension, without its first digits, is one of a context or of what that includes.
func (j *judge) meets(e *dialplan.Extension, x *dialplan.Context, skip int, seen map[*dialplan.Context]bool) bool {
	if x == nil || seen[x] {
		return false
	}
	seen[x] = true
	if len(x.Switches) > 0 ||
		slices.ContainsFunc(x.Extensions, func(o *dialplan.Extension) bool { return o.Name == "i" || e.Meets(o, skip) }) {
		return true
	}
	return slices.ContainsFunc(x.Includes, func(i dialplan.Include) bool {
		return strings.Contains(i.Context, "$") || j.meets(e, j.plan.Contexts[i.Context], skip, seen)
	})
}

// memberForms finds members that are logged out, or paused, by another name than they log in with.
func (j *judge) memberForms() {
	type place struct {
		at     dialplan.Place
		device string
	}
	added, open := map[string]string{}, false
	var taken []place
	j.plan.EachStep(func(at dialplan.Place) {
		f := dialplan.SplitOutside(at.Step.Args.Raw(), ',', 0)
		switch app := strings.ToLower(at.Step.App); {
		case strings.Contains(app, "agi"), app == "stasis":
			open = true
		case app == "addqueuemember" && len(f) > 1 && strings.TrimSpace(f[1]) != "":
			added[form(f[1])] = strings.TrimSpace(f[1])
		case app == "addqueuemember":
			open = true
		case app == "removequeuemember" && len(f) > 1 && strings.TrimSpace(f[1]) != "":
			taken = append(taken, place{at, strings.TrimSpace(f[1])})
		}
	})
	for _, t := range taken {
		if open || len(added) == 0 || added[form(t.device)] != "" {
			continue
		}
		other := ""
		for _, a := range added {
			if tech, _, _ := strings.Cut(a, "/"); strings.HasPrefix(a, "$") || strings.HasPrefix(t.device, "$") || other != "" {
				return
			} else if own, _, _ := strings.Cut(t.device, "/"); !strings.EqualFold(own, tech) {
				other = a
			}
		}
		if other != "" {
			j.Say("plan-member-name", t.at.Step.Pos, other, "%s: '%s' is no member that any step adds: members log in as '%s', and by "+
				"this name "+
				"nobody is taken out", t.at.Step.App, t.device, other)
		}
	}
}

// form is a device without what a call puts into it.
func form(device string) string { return anyVariable.ReplaceAllString(strings.TrimSpace(device), "*") }

var anyVariable = regexp.MustCompile(`\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}`)

// unseenHints tells of hints that are in no context where a phone subscribes, when phones subscribe to others.
func (j *judge) unseenHints() {
	if j.sip == nil || j.Tabled() {
		return
	}
	seen := map[string]bool{}
	for _, p := range j.sip.Peers {
		j.including(cmp.Or(p.SubscribeIn, p.Context), seen)
	}
	used := false
	j.plan.EachHint(func(context string, _ *dialplan.Extension) { used = used || seen[context] })
	if !used || j.asksHints() {
		return
	}
	j.plan.EachHint(func(context string, e *dialplan.Extension) {
		if !seen[context] && !e.Pattern() {
			j.SayAs(config.Note, "plan-hint-unseen", e.Hint.Pos, "the context that subscribecontext of the phones names", "the hint of "+
				"extension "+
				"'%s' is in context '%s', and no phone subscribes there, nor to one that includes it: its lamp gets 404", e.Name, context)
		}
	})
}

// including adds a context and those that it includes.
func (j *judge) including(name string, seen map[string]bool) {
	x := j.plan.Contexts[name]
	if x == nil || seen[name] {
		return
	}
	seen[name] = true
	for _, i := range x.Includes {
		j.including(i.Context, seen)
	}
}

// asksHints says whether a step, or a queue, asks for the state of an extension.
func (j *judge) asksHints() (asked bool) {
	j.plan.EachStep(func(at dialplan.Place) { asked = asked || strings.Contains(at.Step.Args.Raw(), "EXTENSION_STATE(") })
	if f := j.File("queues.conf"); f != nil {
		for _, s := range f.Sections {
			for _, v := range s.Vars {
				asked = asked || strings.Contains(strings.ToLower(v.Value), "hint:")
			}
		}
	}
	return asked
}
