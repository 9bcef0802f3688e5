package files

import (
	"fmt"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// lot is a parking lot.
type lot struct {
	s        *config.Section
	context  string
	from, to int
	pos      config.Pos
}

// parking judges res_parking.conf.
func parking(l *look.Look) {
	f := l.File("res_parking.conf")
	if f == nil {
		return
	}
	var lots []lot
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		p := lot{s: s, context: s.Get("context"), pos: s.Pos}
		if v, ok := s.Lookup("parkpos"); ok {
			p.pos = v.Pos
			a, b, _ := strings.Cut(v.Value, "-")
			p.from, _ = strconv.Atoi(strings.TrimSpace(a))
			p.to, _ = strconv.Atoi(strings.TrimSpace(b))
		}
		if p.context == "" {
			p.context = "parkedcalls"
			if s.Name != "default" {
				l.SayAs(config.Note, "parking-context", s.Pos, "context=parkedcalls", "lot [%s] has no context: parkedcalls is taken", s.Name)
			}
		}
		p.judge(l)
		for _, o := range lots {
			if o.context == p.context && p.from <= o.to && o.from <= p.to && p.from > 0 {
				l.Say("parking-overlap", p.pos, "a range or a context of its own",
					"parkpos %d-%d of [%s] overlaps %d-%d of [%s] in one context (%s): Asterisk refuses the lot", p.from, p.to, s.Name, o.from, o.to,
					o.s.Name, o.pos)
			}
		}
		lots = append(lots, p)
	}
}

func (p lot) judge(l *look.Look) {
	ext, has := p.s.Lookup("parkext")
	if n, err := strconv.Atoi(ext.Value); has && err == nil && p.from > 0 && n >= p.from && n <= p.to {
		l.Say("parking-extension", ext.Pos, "a number outside of it",
			"parkext %d of [%s] is within parkpos %d-%d: the number parks calls and is a place too, and the lot is refused", n, p.s.Name, p.from,
			p.to)
	}
	if v, ok := p.s.Lookup("parkingtime"); ok {
		if n, is := atoi(v.Value); is && n > 0 && n < 10 {
			l.Say("parking-time", v.Pos, "parkingtime=45",
				"parkingtime=%d of [%s]: a parked call comes back after %d seconds, before anybody has taken it", n, p.s.Name, n)
		}
	}
	if v, ok := p.s.Lookup("parkingtime"); ok {
		if n, is := atoi(v.Value); is && n >= 4*3600 {
			l.SayAs(config.Note, "parking-time", v.Pos, "parkingtime=45", "parkingtime is in seconds: %d are %d hours", n, n/3600)
		}
	}
	if v, ok := p.s.Lookup("comebackcontext"); ok && l.Plan() != nil && !on(p.s, "comebacktoorigin", true) && !look.Has(l.Plan(), v.Value) {
		l.Say("file-context", v.Pos, look.Like(v.Value, l.Contexts()), "comebackcontext of [%s]: there is no context '%s' in "+
			"extensions.conf, it does not exist: a call that nobody takes is hung up", p.s.Name, v.Value)
	}
	p.reached(l)
	p.taken(l)
}

// reached looks whether any phone finds the parked calls.
func (p lot) reached(l *look.Look) {
	d, plan := l.SIP(), l.Plan()
	if d == nil || plan == nil || len(d.Peers) == 0 || len(l.LeftOut()) > 0 {
		return
	}
	for _, peer := range d.Peers {
		if includes(plan, peer.Context, p.context, map[string]bool{}) {
			return
		}
	}
	v, ok := p.s.Lookup("context")
	pos := v.Pos
	if !ok {
		pos = p.s.Pos
	}
	severity := config.Note // nobody parks, it seems
	if parks(l, p.context) {
		severity = config.Warning
	}
	l.SayAs(severity, "parking-not-included", pos, "include => "+p.context+" in the context of the phones",
		"no phone's context includes '%s' of lot [%s]: parked calls cannot be fetched again, the places do not exist for them", p.context,
		p.s.Name)
}

// parks says whether anything in the dialplan, but for the context of the lot itself, or among the
// keys of features parks calls.
func parks(l *look.Look, lot string) bool {
	keys := l.File("features.conf").Section("featuremap").Get("parkcall") != ""
	found := false
	l.Plan().EachStep(func(at dialplan.Place) {
		app, args := strings.ToLower(at.Step.App), at.Step.Args.Raw()
		if at.Context.Name == lot {
			return
		}
		options := ""
		if f := dialplan.SplitOutside(args, ',', 4); app == "dial" && len(f) > 2 {
			options = f[2]
		}
		found = found || app == "park" || app == "parkandannounce" || keys && strings.ContainsAny(options, "kK") ||
			strings.Contains(args, "park")
	})
	for _, v := range l.SetIn("features.conf", "applicationmap") {
		found = found || strings.Contains(v.Value, "Park")
	}
	return found
}

// includes says whether a context is, or leads to, another.
func includes(plan *dialplan.Plan, from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	x := plan.Contexts[from]
	if x == nil || seen[from] {
		return false
	}
	seen[from] = true
	for _, i := range x.Includes {
		if includes(plan, i.Context, to, seen) {
			return true
		}
	}
	for _, e := range x.Extensions {
		for _, s := range e.Priorities() {
			if strings.EqualFold(s.App, "ParkedCall") || strings.EqualFold(s.App, "Goto") && strings.HasPrefix(s.Args.Raw(), to+",") {
				return true
			}
		}
	}
	return len(x.Switches) > 0
}

// taken looks whether a place, or the number that parks, is an extension of the phones already: one of theirs,
// or a pattern that is not wider than the places. A context's own extensions come before those it includes.
func (p lot) taken(l *look.Look) {
	plan := l.Plan()
	if plan == nil || p.from <= 0 || p.to-p.from > 1000 || l.SIP() == nil {
		return
	}
	for _, peer := range l.SIP().Peers {
		if peer.Dynamic && plan.Contexts[peer.Context] != nil {
			p.takenIn(l, peer.Context)
			return
		}
	}
}

func (p lot) takenIn(l *look.Look, context string) {
	numbers := []string{p.s.Get("parkext")}
	for n := p.from; n <= p.to; n++ {
		numbers = append(numbers, fmt.Sprint(n))
	}
	for _, e := range within(l.Plan(), context, p.context, map[string]bool{}) {
		if e.Pattern() && strings.ContainsAny(e.Name, ".!") || len(e.Priorities()) == 0 || e.Name == "" {
			continue // a wider one, for what nobody else takes
		}
		for _, n := range numbers {
			if n == "" || e.Name != n && !(e.Pattern() && strings.Contains(e.Name, "[") && e.Matches(n)) {
				continue
			}
			if n == numbers[0] {
				if first := e.Priorities()[0]; strings.EqualFold(first.App, "Park") {
					continue
				}
			}
			l.Say("parking-taken", p.pos, "other places", "place %s of [%s] is an extension of the phones too (%s, '%s' in their context '%s'): "+
				"the call that is parked there cannot be fetched by it", n, p.s.Name, e.Pos, e.Name, context)
			return
		}
	}
}

// within are the extensions of a context and of those that it includes before it comes to the lot's.
func within(plan *dialplan.Plan, context, lot string, seen map[string]bool) (out []*dialplan.Extension) {
	x := plan.Contexts[context]
	if x == nil || seen[context] || context == lot {
		return nil
	}
	seen[context] = true
	out = append(out, x.Extensions...)
	for _, i := range x.Includes {
		out = append(out, within(plan, i.Context, lot, seen)...)
	}
	return out
}
