package look

import (
	"strings"

	"obelisk/dialplan"
)

// CalledFromOutside names, for each context that calls from a provider find, includes counted,
// who sends them.
func (l *Look) CalledFromOutside() map[string]string {
	if l.read.outside {
		return l.outside
	}
	l.read.outside, l.outside = true, map[string]string{}
	d, plan := l.SIP(), l.Plan()
	if d == nil || plan == nil {
		return l.outside
	}
	inside := map[string]bool{}
	for _, p := range d.Peers {
		if p.Dynamic {
			l.within(p.Context, inside)
		}
	}
	l.inside = inside
	for _, p := range d.Peers {
		if p.IsPeer && !p.Dynamic && !inside[p.Context] {
			l.reach(p.Context, "'"+p.Name+"'", inside)
		}
	}
	if d.AllowGuest && !inside[d.Context] {
		l.reach(d.Context, "anybody, without a password", inside)
	}
	return l.outside
}

// CalledByPhones says whether phones, and nobody from outside, call in a context.
func (l *Look) CalledByPhones(context string) bool {
	return l.CalledFromOutside()[context] == "" && l.inside[context]
}

// within adds the contexts that phones call in: theirs, what they include and where they go to.
func (l *Look) within(context string, inside map[string]bool) {
	x := l.Plan().Contexts[context]
	if x == nil || inside[context] {
		return
	}
	inside[context] = true
	for _, next := range l.Leads(x) {
		l.within(next, inside)
	}
}

// reach adds a context and what it leads to, as far as no phone calls there.
func (l *Look) reach(context, who string, inside map[string]bool) {
	x := l.Plan().Contexts[context]
	if x == nil || l.outside[context] != "" || inside[context] {
		return
	}
	l.outside[context] = who
	for _, next := range l.Leads(x) {
		l.reach(next, who, inside)
	}
}

// Leads are the contexts that one includes, and those that its steps go to; each once.
func (l *Look) Leads(x *dialplan.Context) []string {
	out, ok := l.leads[x]
	if !ok {
		out = l.leadsOf(x)
		l.leads[x] = out
	}
	return out
}

func (l *Look) leadsOf(x *dialplan.Context) (out []string) {
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, i := range x.Includes {
		add(i.Context)
	}
	for _, e := range x.Extensions {
		for _, s := range e.Priorities() {
			for _, target := range l.Jumps(s) {
				if f := dialplan.SplitOutside(target, ',', 0); len(f) == 3 {
					add(strings.TrimSpace(f[0]))
				}
			}
		}
	}
	return out
}
