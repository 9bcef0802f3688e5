package look

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
		inside[p.Context] = inside[p.Context] || p.Dynamic
	}
	for _, p := range d.Peers {
		if p.IsPeer && !p.Dynamic && !inside[p.Context] {
			l.reach(p.Context, "'"+p.Name+"'")
		}
	}
	if d.AllowGuest && !inside[d.Context] {
		l.reach(d.Context, "anybody, without a password")
	}
	return l.outside
}

func (l *Look) reach(context, who string) {
	x := l.Plan().Contexts[context]
	if x == nil || l.outside[context] != "" {
		return
	}
	l.outside[context] = who
	for _, i := range x.Includes {
		l.reach(i.Context, who)
	}
}
