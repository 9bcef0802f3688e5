package chansip

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/internal/sipstack"
	"obelisk/internal/store"
)

// Binding is where a registered phone is. An endpoint has one; a further
// registration replaces it. Values are never changed once published.
type Binding struct {
	Name      string
	Addr      netip.AddrPort // where requests go
	Contact   string         // URI as registered, parameters included
	User      string         // user part of the Contact
	UserAgent string
	Granted   time.Duration
	Expires   time.Time
	Flow      sipstack.Flow // how the REGISTER came
}

// Registry holds the bindings. It answers from memory; the astdb is written
// behind. It is safe for use by several goroutines.
type Registry struct {
	db *store.DB

	mu     sync.RWMutex // guards all below
	byName map[string]*entry
	byIP   map[netip.Addr][]*Binding // in order of registration
	gone   func(name string)         // told, outside the lock, when a binding expires
}

type entry struct {
	b     *Binding
	timer *time.Timer
}

// grace is how much longer than granted a binding is kept.
const grace = 10 * time.Second

// NewRegistry makes an empty registry on an astdb.
func NewRegistry(db *store.DB) *Registry {
	return &Registry{db: db, byName: map[string]*entry{}, byIP: map[netip.Addr][]*Binding{}, gone: func(string) {}}
}

// Get returns the binding of an endpoint, or nil.
func (r *Registry) Get(name string) *Binding {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if e := r.byName[name]; e != nil {
		return e.b
	}
	return nil
}

// at lists the bindings on an address, in order of registration. The slice is
// not changed afterwards.
func (r *Registry) at(ip netip.Addr) []*Binding {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byIP[ip]
}

// Set replaces an endpoint's binding.
func (r *Registry) Set(b Binding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(b.Name)
	life := time.Until(b.Expires) + grace
	e := &entry{b: &b}
	e.timer = time.AfterFunc(life, func() { r.expire(b.Name, e) })
	r.byName[b.Name] = e
	ip := b.Addr.Addr()
	r.byIP[ip] = append(append([]*Binding(nil), r.byIP[ip]...), &b)
	if b.Addr.Addr().Is4() { // the format cannot hold IPv6
		r.db.Put("SIP/Registry", b.Name, fmt.Sprintf("%s:%d:%s:%s", b.Addr, int(b.Granted.Seconds()), b.User, b.Contact))
	}
}

// Remove forgets a binding and says whether there was one.
func (r *Registry) Remove(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := r.byName[name] != nil
	r.drop(name)
	r.db.Delete("SIP/Registry", name)
	return had
}

// drop takes a binding out of memory; mu is held.
func (r *Registry) drop(name string) {
	e := r.byName[name]
	if e == nil {
		return
	}
	e.timer.Stop()
	delete(r.byName, name)
	ip := e.b.Addr.Addr()
	var rest []*Binding
	for _, b := range r.byIP[ip] {
		if b != e.b {
			rest = append(rest, b)
		}
	}
	if rest == nil {
		delete(r.byIP, ip)
		return
	}
	r.byIP[ip] = rest
}

func (r *Registry) expire(name string, e *entry) {
	r.mu.Lock()
	current := r.byName[name] == e
	if current {
		r.drop(name)
		r.db.Delete("SIP/Registry", name)
	}
	gone := r.gone
	r.mu.Unlock()
	if current {
		gone(name)
	}
}

// Restore reads the bindings of dynamic peers from the astdb, for the time
// they were granted, counted from now.
func (r *Registry) Restore(d *Directory) (n int) {
	for _, p := range d.Peers {
		if !p.Dynamic || !p.IsPeer || r.Get(p.Name) != nil {
			continue
		}
		text, ok := r.db.Get("SIP/Registry", p.Name)
		if !ok {
			continue
		}
		if b, ok := parseBinding(p.Name, text); ok {
			b.Flow.Proto = p.Transports[0]
			r.Set(b)
			n++
		}
	}
	return n
}

// parseBinding reads "IP:port:expiry:user:contact".
func parseBinding(name, text string) (Binding, bool) {
	f := strings.SplitN(text, ":", 5)
	if len(f) != 5 {
		return Binding{}, false
	}
	addr, err := netip.ParseAddrPort(f[0] + ":" + f[1])
	seconds, err2 := strconv.Atoi(f[2])
	if err != nil || err2 != nil || seconds < 1 {
		return Binding{}, false
	}
	granted := time.Duration(seconds) * time.Second
	return Binding{Name: name, Addr: addr, User: f[3], Contact: f[4], Granted: granted, Expires: time.Now().Add(granted), Flow: sipstack.Flow{Remote: addr}}, true
}

// Close stops the timers.
func (r *Registry) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.byName {
		e.timer.Stop()
	}
}
