package chansip

import (
	"container/heap"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	Path      string // of the REGISTER (RFC 3327), with supportpath; "" for none
	Granted   time.Duration
	Expires   time.Time
	Flow      sipstack.Flow // how the REGISTER came
}

// routes is the route set of requests to the phone.
func (b *Binding) routes() []string {
	if b == nil || b.Path == "" {
		return nil
	}
	return sipstack.SplitList(b.Path)
}

// Registry holds the bindings. It answers from memory; the astdb is written
// behind. It is safe for use by several goroutines.
type Registry struct {
	db *store.DB

	mu      sync.RWMutex // guards all below
	byName  map[string]*entry
	byIP    map[netip.Addr]*roster
	expiry  expiries
	alarm   *time.Timer       // for the first expiry
	alarmed time.Time         // when it rings
	gone    func(name string) // told, outside the lock, when a binding expires
	closed  bool
}

type entry struct {
	Binding
	due   time.Time
	place int         // in the expiries
	dead  atomic.Bool // replaced or removed
}

// roster lists who is registered at one address, in order of registration. The
// dead are taken out when they are the half of it, so that a refresh costs the
// same whether one phone or a thousand are behind the address. What has been
// read of list stays valid: it is appended to, or replaced whole.
type roster struct {
	list []*entry
	dead int
}

func (r *roster) add(e *entry) {
	if r.dead > len(r.list)/2 {
		alive := make([]*entry, 0, len(r.list)-r.dead+1)
		for _, x := range r.list {
			if !x.dead.Load() {
				alive = append(alive, x)
			}
		}
		r.list, r.dead = alive, 0
	}
	r.list = append(r.list, e)
}

// expiries is a heap by due time.
type expiries []*entry

func (h expiries) Len() int           { return len(h) }
func (h expiries) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h expiries) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}
func (h *expiries) Push(x any) {
	e := x.(*entry)
	e.place = len(*h)
	*h = append(*h, e)
}
func (h *expiries) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}

// grace is how much longer than granted a binding is kept.
const grace = 10 * time.Second

// NewRegistry makes an empty registry on an astdb.
func NewRegistry(db *store.DB) *Registry {
	return &Registry{db: db, byName: map[string]*entry{}, byIP: map[netip.Addr]*roster{}, gone: func(string) {}}
}

// Get returns the binding of an endpoint, or nil.
func (r *Registry) Get(name string) *Binding {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if e := r.byName[name]; e != nil {
		return &e.Binding
	}
	return nil
}

// at visits the bindings on an address, in order of registration, until f says
// stop.
func (r *Registry) at(ip netip.Addr, f func(*Binding) (stop bool)) {
	r.mu.RLock()
	var list []*entry
	if x := r.byIP[ip]; x != nil {
		list = x.list
	}
	r.mu.RUnlock()
	for _, e := range list {
		if !e.dead.Load() && f(&e.Binding) {
			return
		}
	}
}

// any says whether somebody is registered at an address.
func (r *Registry) any(ip netip.Addr) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byIP[ip] != nil
}

// Set replaces an endpoint's binding.
func (r *Registry) Set(b Binding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(b.Name)
	e := &entry{Binding: b, due: b.Expires.Add(grace)}
	r.byName[b.Name] = e
	heap.Push(&r.expiry, e)
	r.setAlarm()
	ip := b.Addr.Addr()
	if r.byIP[ip] == nil {
		r.byIP[ip] = &roster{}
	}
	r.byIP[ip].add(e)
	if ip.Is4() { // the format cannot hold IPv6
		r.db.Put("SIP/Registry", b.Name, b.Addr.String()+":"+strconv.Itoa(int(b.Granted.Seconds()))+":"+b.User+":"+b.Contact)
		if b.Path != "" {
			r.db.Put(pathFamily, b.Name, b.Path)
		}
	}
}

// Remove forgets a binding and says whether there was one.
func (r *Registry) Remove(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := r.byName[name] != nil
	r.erase(name)
	return had
}

// pathFamily is where the astdb keeps Path.
const pathFamily = "SIP/RegistryPath"

// erase takes a binding out of memory and the astdb; mu is held.
func (r *Registry) erase(name string) {
	if e := r.byName[name]; e != nil && e.Path != "" {
		r.db.Delete(pathFamily, name)
	}
	r.drop(name)
	r.db.Delete("SIP/Registry", name)
}

// drop takes a binding out of memory; mu is held.
func (r *Registry) drop(name string) {
	e := r.byName[name]
	if e == nil {
		return
	}
	e.dead.Store(true)
	heap.Remove(&r.expiry, e.place)
	delete(r.byName, name)
	ip := e.Addr.Addr()
	if x := r.byIP[ip]; x.dead+1 == len(x.list) {
		delete(r.byIP, ip)
	} else {
		x.dead++
	}
}

// setAlarm makes expire run when the first binding is due; mu is held. An
// alarm that is set for an earlier moment stays.
func (r *Registry) setAlarm() {
	if len(r.expiry) == 0 || r.closed {
		return
	}
	wait := time.Until(r.expiry[0].due)
	switch {
	case r.alarm == nil:
		r.alarm = time.AfterFunc(wait, r.expire)
	case r.expiry[0].due.Before(r.alarmed):
		r.alarm.Reset(wait)
	default:
		return
	}
	r.alarmed = r.expiry[0].due
}

// expire forgets what is due.
func (r *Registry) expire() {
	var names []string
	r.mu.Lock()
	for now := time.Now(); len(r.expiry) > 0 && !r.expiry[0].due.After(now); {
		name := r.expiry[0].Name
		names = append(names, name)
		r.erase(name)
	}
	r.alarmed = time.Unix(1<<40, 0)
	r.setAlarm()
	gone := r.gone
	r.mu.Unlock()
	for _, n := range names {
		gone(n)
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
			if p.SupportPath {
				b.Path, _ = r.db.Get(pathFamily, p.Name)
			}
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

// Close stops the expiry.
func (r *Registry) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.alarm != nil {
		r.alarm.Stop()
	}
}
