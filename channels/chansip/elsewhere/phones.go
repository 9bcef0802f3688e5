package elsewhere

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// Config is what Phones need.
type Config struct {
	Core      *pbx.Core
	Directory func() *sipconf.Directory // the one in force
	Bindings  *location.Bindings
	Callable  func(*sipconf.Peer) bool // qualify
	// Left is told of an endpoint whose binding was removed here, for its phone is at another
	// node now. It runs on a goroutine of its own.
	Left func(name, node string)
	Log  zerolog.Logger
}

// Phones says what is registered here, and knows what is registered at other nodes. Any
// goroutine may use it. All of it does nothing on a machine that is alone.
type Phones struct {
	cfg    Config
	others pbx.Elsewhere // nil: there are none
	keys   keys
	stack  *sipstack.Stack
	end    func()

	passed, stale, refused atomic.Uint64 // messages passed on, tokens that were no good, requests of nodes that were not passed on

	saying sync.Mutex // a word is made of what is registered when it is said
}

// New makes Phones. Attach puts them to work. IsNode may be asked before that: connections come as soon as
// the stack listens.
func New(cfg Config) *Phones {
	return &Phones{cfg: cfg, others: cfg.Core.Elsewhere(), end: func() {}}
}

// Attach gives it the stack, and has it say what is registered, where there are other nodes.
// It is called before the first message and before bindings are restored.
func (ph *Phones) Attach(s *sipstack.Stack) {
	if ph.others == nil {
		return
	}
	ph.stack, ph.keys = s, newKeys()
	ph.cfg.Bindings.Changed = ph.Changed
	shared := ph.cfg.Core.Shared()
	ends := []func(){shared.Watch(kind, ph.heard), shared.Watch(callsKind, ph.callsHeard)}
	ph.end = func() {
		for _, end := range ends {
			end()
		}
	}
	s.SetRelay(ph)
}

// Stop ends what it says by itself; what it has said ends with the node.
func (ph *Phones) Stop() { ph.end() }

// HealthChanged is told when an endpoint has begun to answer, or does not any more (qualify). It does
// not wait: what it says it says in a moment.
func (ph *Phones) HealthChanged(name string) {
	if ph.others != nil {
		go ph.Changed(name)
	}
}

// fresh is how long ago a phone has registered that registers now.
const fresh = time.Second

// Changed says what is registered of an endpoint now.
func (ph *Phones) Changed(name string) {
	if ph.others == nil {
		return
	}
	ph.saying.Lock()
	defer ph.saying.Unlock()
	shared := ph.cfg.Core.Shared()
	list := slices.DeleteFunc(ph.cfg.Bindings.All(name), (*location.Binding).IsExpired)
	if len(list) == 0 {
		shared.Delete(kind, name)
		return
	}
	p := ph.cfg.Directory().Lookup(name)
	away := p != nil && !ph.cfg.Callable(p)
	said := make([]Contact, len(list))
	left := time.Duration(0)
	for i, b := range list {
		said[i] = Contact{URI: b.Contact, Addr: b.Addr, Proto: b.Flow.Proto, User: b.User, Path: b.Path, Q: b.Q, Instance: b.Instance,
			RegID: b.RegID, Token: ph.keys.token(b), Since: ph.since(b), Away: away}
		left = max(left, time.Until(b.Expires))
	}
	if err := shared.Put(kind, name, write(said), left); err != nil {
		ph.cfg.Log.Warn().Msgf("the other nodes are not told that '%s' is registered: %v", name, err)
	}
}

// since is when a binding was made. One that is made now is later than what other nodes
// have said, whatever the clocks are.
func (ph *Phones) since(b *location.Binding) int64 {
	made := b.Expires.Add(-b.Granted)
	at := made.UnixMilli()
	if time.Since(made) > fresh {
		return at
	}
	for _, c := range ph.all(b.Name) {
		at = max(at, c.Since+1)
	}
	return at
}

// all are the contacts that other nodes have said of an endpoint.
func (ph *Phones) all(name string) (out []Contact) {
	shared := ph.cfg.Core.Shared()
	for _, w := range shared.Get(kind, name) {
		if w.Node != shared.Node() {
			out = append(out, read(&w)...)
		}
	}
	return out
}

// Of lists the contacts of an endpoint at other nodes that are well, the preferred first.
func (ph *Phones) Of(name string) []Contact {
	if ph.others == nil {
		return nil
	}
	list := ph.all(name)
	for i := range list {
		if sip, alive := ph.others.SIPOf(list[i].Node); alive {
			list[i].SIP = sip
		}
	}
	list = slices.DeleteFunc(list, func(c Contact) bool { return !c.SIP.IsValid() })
	slices.SortStableFunc(list, func(a, b Contact) int { return a.before(&b) })
	return list
}

// Bindings are those contacts as bindings at their nodes, for requests outside calls.
func (ph *Phones) Bindings(name string) (out []*location.Binding) {
	for _, c := range ph.Of(name) {
		out = append(out, &location.Binding{Name: name, Contact: c.URI, Addr: c.SIP.AddrPort, Flow: ph.flowTo(c.Node, c.SIP),
			ContactParams: &location.ContactParams{Path: strings.Join(c.Route(), ", ")}})
	}
	return out
}

// At is the contact of an endpoint with a Key, the preferred one for ""; nil where there is none.
func (ph *Phones) At(name, key string) *Contact {
	list := ph.Of(name)
	if i := slices.IndexFunc(list, func(c Contact) bool { return key == "" || c.Key() == key }); i >= 0 {
		return &list[i]
	}
	return nil
}

// Registration is a contact at some node, this one's too.
type Registration struct {
	Name string
	Contact
}

// List lists what is registered at all nodes, by name.
func (ph *Phones) List() (out []Registration) {
	if ph.others == nil {
		return nil
	}
	shared := ph.cfg.Core.Shared()
	for _, name := range shared.Keys(kind) {
		for _, w := range shared.Get(kind, name) {
			for _, c := range read(&w) {
				out = append(out, Registration{name, c})
			}
		}
	}
	return out
}

// heard is told that what is said of an endpoint has changed: a phone that has gone to another node
// is forgotten here. It must not wait.
func (ph *Phones) heard(name string) {
	own := ph.cfg.Bindings.All(name)
	if len(own) == 0 {
		return
	}
	others := ph.all(name)
	if len(others) == 0 {
		return
	}
	only := true
	if p := ph.cfg.Directory().Lookup(name); p != nil {
		only = p.Reg.MaxContacts == 1
	}
	for _, b := range own {
		if node := ph.successor(b, others, only); node != "" {
			go ph.leave(b, node)
		}
	}
}

// successor is the node that a binding's phone has gone to; "" where it is here.
func (ph *Phones) successor(b *location.Binding, others []Contact, only bool) string {
	since := ph.saidSince(b)
	for _, c := range others {
		if c.Since > since && (only || c.is(b)) {
			return c.Node
		}
	}
	return ""
}

// saidSince is when a binding was made, as this node has said it.
func (ph *Phones) saidSince(b *location.Binding) int64 {
	shared, token := ph.cfg.Core.Shared(), ph.keys.token(b)
	for _, w := range shared.Get(kind, b.Name) {
		if w.Node != shared.Node() {
			continue
		}
		for _, c := range read(&w) {
			if c.Token == token {
				return c.Since
			}
		}
	}
	return b.Expires.Add(-b.Granted).UnixMilli()
}

func (ph *Phones) leave(gone *location.Binding, node string) {
	if ph.cfg.Bindings.RemoveIf(gone.Name, func(b *location.Binding) bool { return b == gone }) > 0 {
		ph.cfg.Left(gone.Name, node)
	}
}

// Counts are messages that were passed on, tokens of nodes that were no good, and requests of nodes
// or of phones that could not be passed on.
func (ph *Phones) Counts() (passed, stale, refused uint64) {
	return ph.passed.Load(), ph.stale.Load(), ph.refused.Load()
}

// IsNode says whether an address is another node's.
func (ph *Phones) IsNode(a netip.Addr) bool {
	if ph.others == nil {
		return false
	}
	_, ok := ph.others.NodeAt(netip.AddrPortFrom(a, 0))
	return ok
}

// Known says whether a node is there, or has been a moment ago.
func (ph *Phones) Known(node string) bool {
	sip, _ := ph.others.SIPOf(node)
	return sip.IsValid()
}

// Node is the one whose SIP has sent a message: over TLS as its certificate says, over UDP by its address where that is
// the way between the two.
func (ph *Phones) Node(f sipstack.Flow) (node string, ok bool) {
	switch {
	case ph.others == nil:
		return "", false
	case f.Proto == sipstack.Node:
		return f.Name, true
	case f.Proto != sipstack.UDP:
		return "", false
	}
	if node, ok = ph.others.NodeAt(f.Remote); ok {
		way, _ := ph.others.SIPOf(node)
		ok = !way.TLS
	}
	return node, ok
}

// flowTo is the way to a node.
func (ph *Phones) flowTo(node string, way pbx.NodeSIP) sipstack.Flow {
	f := ph.stack.Route(protoTo(way), way.AddrPort)
	if way.TLS {
		f.Name = node
	}
	return f
}

// SIPOf is where a node is reached; false where it is silent.
func (ph *Phones) SIPOf(node string) (way pbx.NodeSIP, alive bool) {
	if ph.others == nil {
		return way, false
	}
	return ph.others.SIPOf(node)
}

// Alive says whether a node is there.
func (ph *Phones) Alive(node string) bool {
	_, alive := ph.others.SIPOf(node)
	return alive
}
