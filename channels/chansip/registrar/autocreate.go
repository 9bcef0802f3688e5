package registrar

import (
	"strings"
	"sync"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// AutoPeers are the peers of autocreatepeer: a phone that registers by a name without a section
// is a peer with the options of [general] and no password while it is registered. They are kept
// in memory only: the astdb would give their addresses to an account of that name later.
//
// Differs: chan_sip takes any name, any number of them, and keeps their addresses in the
// astdb.
type AutoPeers struct {
	cfg     *Config
	refused access.Refusals

	mu     sync.RWMutex // guards byName
	byName map[string]*sipconf.Peer
}

func newAutoPeers(cfg *Config) *AutoPeers {
	return &AutoPeers{cfg: cfg, byName: map[string]*sipconf.Peer{}}
}

// Lookup returns such an endpoint; nil without one.
func (a *AutoPeers) Lookup(name string) *sipconf.Peer {
	if a == nil {
		return nil
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.byName[name]
}

// All lists them.
func (a *AutoPeers) All() (out []*sipconf.Peer) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for _, p := range a.byName {
		out = append(out, p)
	}
	return out
}

// plainName says whether a stranger's name may become that of an endpoint: no pattern, and
// nothing that means something in a dial string, an expression or a file.
func plainName(name string) bool {
	const most = 80
	other := func(c rune) bool {
		return !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.ContainsRune("-_.+*#", c))
	}
	return name != "" && len(name) <= most && name[0] != '_' && !strings.ContainsFunc(name, other)
}

// create makes an endpoint of a name, or says false where there are as many as there may be.
func (a *AutoPeers) create(name string, dir *sipconf.Directory) (*sipconf.Peer, bool) {
	p := dir.NewPeer(name, dir.Line("autocreatepeer"))
	a.mu.Lock()
	defer a.mu.Unlock()
	if access.Over(len(a.byName), dir.AutoCreateLimit) {
		return nil, false
	}
	a.byName[name] = p
	return p, true
}

// Settle forgets an endpoint that is not registered, and begins to check one that is.
func (a *AutoPeers) Settle(name string) {
	p := a.Lookup(name)
	switch {
	case p == nil:
	case a.cfg.Bindings.Get(name) != nil:
		a.cfg.Health.Follow(p)
	default:
		a.mu.Lock()
		delete(a.byName, name)
		a.mu.Unlock()
	}
}

// Apply ends them at a reload, as chan_sip does, unless autocreatepeer=persist keeps them;
// those whose name is an account now always end.
func (a *AutoPeers) Apply(n *sipconf.Directory) {
	for _, p := range a.All() {
		if n.AutoCreate == sipconf.AutoCreatePersist && n.InFile(p.Name) == nil {
			continue
		}
		a.cfg.Bindings.Remove(p.Name)
		a.Settle(p.Name)
		a.cfg.Health.Forget(p.Name)
		a.cfg.Changed(p.Name)
	}
}

// unknown registers a phone without a section (autocreatepeer); false where that is not allowed.
func (r *request) unknown() bool {
	a := r.rg.Auto
	if r.dir.AutoCreate == sipconf.AutoCreateOff || r.named != nil || !plainName(r.name) {
		return false
	}
	p, ok := a.create(r.name, r.dir)
	if !ok {
		a.refused.Note(&r.rg.cfg.Log, "Registration of '%s' from %s is refused: %d unknown phones are registered (autocreate_limit, %s)", r.name,
			r.m.Flow.Remote, r.dir.AutoCreateLimit, r.dir.Line("autocreate_limit"))
		r.dir.Respond(r.tx, 503, "Unavailable", sipstack.Header{Name: "Retry-After", Value: "60"})
		return true
	}
	r.peer, r.named = p, p
	r.verify()
	a.Settle(r.name)
	return true
}

// Limit is the limit of how many there may be.
func (a *AutoPeers) Limit(g *sipconf.General) access.LimitInfo {
	return access.LimitInfo{What: "Refused, unknown phones", Reason: "autocreate_limit", Refused: a.refused.Count(), Now: len(a.All()),
		Options: []access.LimitOption{{Name: "autocreate_limit", Value: g.AutoCreateLimit}}}
}

// Has says whether a name is that of such an endpoint, which the astdb is not told of.
func (a *AutoPeers) Has(name string) bool { return a.Lookup(name) != nil }
