package look

import (
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
)

// Outward finds a step of a context, of one that it includes or of one that it goes to, that
// dials what the caller says, or a provider.
type Outward struct {
	L    *Look
	seen map[string]bool
}

// Context looks at a context and what it leads to.
func (o *Outward) Context(name string) (config.Pos, bool) {
	c := o.L.Plan().Contexts[name]
	if c == nil || o.seen[name] {
		return config.Pos{}, false
	}
	if o.seen == nil {
		o.seen = map[string]bool{}
	}
	o.seen[name] = true
	for _, e := range c.Extensions {
		if at, ok := o.extension(e); ok {
			return at, true
		}
	}
	for _, i := range c.Includes {
		if at, ok := o.Context(i.Context); ok {
			return at, true
		}
	}
	return config.Pos{}, false
}

// extension looks at the steps before one that asks for a password.
func (o *Outward) extension(e *dialplan.Extension) (config.Pos, bool) {
	for _, s := range e.Priorities() {
		switch app := strings.ToLower(s.App); {
		case app == "authenticate" || app == "vmauthenticate":
			return config.Pos{}, false
		case app == "dial" && o.Outside(e, o.L.Known(s.Args.Raw())):
			return s.Pos, true
		}
		for _, target := range o.L.Jumps(s) {
			if f := dialplan.SplitOutside(target, ',', 0); len(f) == 3 {
				if at, ok := o.Context(strings.TrimSpace(f[0])); ok {
					return at, true
				}
			}
		}
	}
	return config.Pos{}, false
}

// Jumps are the places that a step names, as far as they are written.
func (l *Look) Jumps(s *dialplan.Priority) []string {
	targets, ok := l.targets[s.App]
	if !ok {
		if a := l.Core().App(s.App); a != nil {
			targets = a.Targets
		}
		l.targets[s.App] = targets
	}
	if targets == nil {
		return nil
	}
	return targets(s.Args.Raw())
}

// Known is a text with the global variables that stand in it.
func (l *Look) Known(text string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	for _, g := range l.Plan().Globals {
		text = strings.ReplaceAll(text, "${"+g.Name+"}", g.Value)
	}
	return text
}

// Outside says whether Dial's first argument reaches more than phones: a provider, or whatever
// host the caller names. Digits alone name none.
func (o *Outward) Outside(e *dialplan.Extension, args string) bool {
	d := o.L.SIP()
	list, _, _ := strings.Cut(args, ",")
	for _, dest := range strings.Split(list, "&") {
		resource, sip := strings.CutPrefix(strings.TrimSpace(dest), "SIP/")
		if sip && d != nil && outside(d, e, resource) {
			return true
		}
	}
	return false
}

func outside(d *sipconf.Directory, e *dialplan.Extension, resource string) bool {
	name, _, numbered := strings.Cut(resource, "/")
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		name, numbered = name[at+1:], true
	}
	peer := d.Lookup(name)
	switch {
	case strings.Contains(name, "${"):
		return strings.ContainsAny(e.Name, ".!")
	case peer == nil:
		return strings.Contains(name, ".")
	}
	return !peer.Dynamic && numbered
}
