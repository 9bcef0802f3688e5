package registrar

import (
	"strings"
	"sync"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
)

// Extensions makes extensions of phones (regcontext, regexten, regextenonqualify): while a phone
// is registered, and with regextenonqualify reachable, the dialplan has NoOp(name) as
// priority 1 of its extensions. A host that is not dynamic has them by regextenonqualify
// alone, as in chan_sip.
//
// A phone that registers anew changes nothing. Changes are collected, so that a thousand
// phones that come at a time are a few edits of the plan.
//
// Differs: chan_sip takes priority 1 of such an extension away even where extensions.conf
// has it; what this has put there goes only. With several contexts in regcontext, chan_sip
// finds no place for a regexten without @.
type Extensions struct {
	cfg *Config

	mu      sync.Mutex // guards all below
	given   map[string][]dialplan.Given
	users   map[dialplan.Given]int // Data is empty: who else has the place
	pending map[string]bool
	timer   *time.Timer // runs while something is pending; nil: nothing is
	closed  bool

	edit sync.Mutex // held while the plan is changed; before mu
}

const (
	sipRegistrar = "SIP" // in dialplan show
	extensPause  = 20 * time.Millisecond
)

func newExtens(cfg *Config) *Extensions {
	return &Extensions{cfg: cfg, given: map[string][]dialplan.Given{}, users: map[dialplan.Given]int{}, pending: map[string]bool{}}
}

// wanted are the places of a phone as it is now.
func (x *Extensions) wanted(name string) (out []dialplan.Given) {
	dir := x.cfg.Directory()
	if len(dir.RegContexts) == 0 {
		return nil
	}
	p := dir.Lookup(name)
	if p == nil || !p.IsPeer {
		return nil
	}
	health := x.cfg.Health.Health(p)
	switch {
	case p.Dynamic && x.cfg.Bindings.Get(name) == nil:
		return nil
	case dir.RegOnQualify && health.Monitored && health.Known && !health.Reachable:
		return nil
	case !p.Dynamic && !(dir.RegOnQualify && health.Known):
		return nil
	}
	text := p.RegExten
	if text == "" {
		text = name
	}
	for _, w := range strings.Split(text, "&") {
		exten, context, named := strings.Cut(strings.TrimSpace(w), "@")
		if !named {
			context = dir.RegContexts[0]
		}
		if exten != "" && context != "" {
			out = append(out, dialplan.Given{Context: context, Exten: exten, Data: name})
		}
	}
	return out
}

// Changed is told of a phone that has come, gone, or changed its health.
func (x *Extensions) Changed(name string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.cfg.Directory().RegContexts) == 0 && len(x.given) == 0 {
		return
	}
	x.mark(name)
}

// mark is changed with mu held.
func (x *Extensions) mark(name string) {
	if x.closed {
		return
	}
	x.pending[name] = true
	if x.timer == nil {
		x.timer = time.AfterFunc(0, x.work)
	}
}

// Review looks at all phones: the configuration has changed, or has just begun.
func (x *Extensions) Review() {
	dir := x.cfg.Directory()
	x.contexts(dir)
	x.mu.Lock()
	defer x.mu.Unlock()
	for name := range x.given {
		x.mark(name)
	}
	if len(dir.RegContexts) == 0 {
		return
	}
	for _, p := range dir.Peers {
		if p.IsPeer && (!p.Dynamic || x.cfg.Bindings.Get(p.Name) != nil) {
			x.mark(p.Name)
		}
	}
}

// contexts makes those of regcontext, whether a phone is there or not.
func (x *Extensions) contexts(dir *sipconf.Directory) {
	x.edit.Lock()
	defer x.edit.Unlock()
	if p := x.cfg.Core.Plan(); p != nil && len(dir.RegContexts) > 0 {
		x.change(func(p *dialplan.Plan) *dialplan.Plan { return p.WithContexts(sipRegistrar, dir.RegContexts) })
	}
}

// work brings the plan in line with the phones that have changed.
func (x *Extensions) work() {
	x.edit.Lock()
	defer x.edit.Unlock()
	x.mu.Lock()
	names := x.pending
	x.pending = map[string]bool{}
	x.mu.Unlock()
	want := map[string][]dialplan.Given{}
	for name := range names {
		want[name] = x.existing(x.wanted(name))
	}
	x.mu.Lock()
	var gone, came []dialplan.Given
	for name, list := range want {
		gone = append(gone, x.count(name, list)...)
		came = append(came, list...)
	}
	if len(x.pending) > 0 && !x.closed {
		x.timer = time.AfterFunc(extensPause, x.work)
	} else {
		x.timer = nil
	}
	x.mu.Unlock()
	x.put(gone, came)
}

// existing leaves out places in contexts that are neither of regcontext nor in the plan.
func (x *Extensions) existing(list []dialplan.Given) (out []dialplan.Given) {
	contexts, plan := x.cfg.Directory().RegContexts, x.cfg.Core.Plan()
	for _, g := range list {
		known := plan != nil && plan.Contexts[g.Context] != nil
		for _, c := range contexts {
			known = known || c == g.Context
		}
		if !known {
			x.cfg.Log.Warn().Msgf("Context %s must exist in regcontext= in sip.conf!", g.Context)
			continue
		}
		out = append(out, g)
	}
	return out
}

// count stores the extensions of a phone, and returns those that no phone has any more; mu is
// held.
func (x *Extensions) count(name string, list []dialplan.Given) (gone []dialplan.Given) {
	for _, g := range list {
		x.users[spotOf(g)]++
	}
	for _, g := range x.given[name] {
		k := spotOf(g)
		if x.users[k]--; x.users[k] == 0 {
			delete(x.users, k)
			gone = append(gone, g)
		}
	}
	if x.given[name] = list; len(list) == 0 {
		delete(x.given, name)
	}
	return gone
}

// spotOf is a place, whoever has it.
func spotOf(g dialplan.Given) dialplan.Given {
	g.Data = ""
	return g
}

// put changes the plan in force, if that changes anything.
func (x *Extensions) put(gone, came []dialplan.Given) {
	if len(gone)+len(came) == 0 || x.cfg.Core.Plan() == nil {
		return
	}
	x.change(func(p *dialplan.Plan) *dialplan.Plan { return p.WithGiven(sipRegistrar, gone, came) })
}

// change puts another plan in force, where f returns one.
func (x *Extensions) change(f func(*dialplan.Plan) *dialplan.Plan) {
	x.cfg.Core.EditPlan(func(p *dialplan.Plan) (*dialplan.Plan, error) {
		n := f(p)
		if n == p {
			return nil, dialplan.ErrExists
		}
		return n, nil
	})
}

// SetPlan puts a compiled dialplan in force, with the extensions of the phones that are there.
func (x *Extensions) SetPlan(p *dialplan.Plan) {
	x.edit.Lock()
	defer x.edit.Unlock()
	var all []dialplan.Given
	x.mu.Lock()
	for _, list := range x.given {
		all = append(all, list...)
	}
	x.mu.Unlock()
	x.cfg.Core.SetPlan(p.WithContexts(sipRegistrar, x.cfg.Directory().RegContexts).WithGiven(sipRegistrar, nil, all))
}

func (x *Extensions) Stop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
	if x.timer != nil {
		x.timer.Stop()
	}
}
