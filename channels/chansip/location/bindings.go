// Package location is the location service of RFC 3261 section 10: where the phones are that
// have registered. It answers from memory and keeps bindings in the astdb. It knows no
// REGISTER and no configuration.
package location

import (
	"container/heap"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/sipstack"
	"obelisk/internal/store"
)

// Bindings are the bindings of all endpoints. Any goroutine may use them. The functions
// are set before the first use.
type Bindings struct {
	db *store.DB

	mu        sync.RWMutex // guards all below
	byName    map[string]*entry
	byIP      map[netip.Addr]*sameAddress
	expiry    expiries
	alarm     *time.Timer                       // for the first expiry
	alarmed   time.Time                         // when it rings
	OnExpired func(name string, last bool)      // called without the lock when a binding has expired; last: the endpoint has no other
	Volatile  func(name string) bool            // reports an endpoint whose bindings the astdb does not keep
	Resume    func(sipstack.Flow) sipstack.Flow // makes a flow of an earlier run usable
	Changed   func(name string)                 // called without the lock when bindings of an endpoint have changed; nil: nobody asks
	closed    bool
}

type entry struct {
	Binding
	next  *entry      // of the same endpoint: less preferred, or older
	index int         // in the expiries
	dead  atomic.Bool // replaced or removed
}

// sameAddress lists who is registered at one address, in order of registration. The
// dead are taken out when they are the half of it, so that a refresh costs the
// same whether one phone or a thousand are behind the address. What has been
// read of list stays valid: it is appended to, or replaced whole.
type sameAddress struct {
	list []*entry
	dead int
}

func (r *sameAddress) add(e *entry) {
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

// due is when it is forgotten.
func (e *entry) due() time.Time { return e.Expires.Add(grace) }

// expiries is a heap by due time.
type expiries []*entry

func (h expiries) Len() int           { return len(h) }
func (h expiries) Less(i, j int) bool { return h[i].Expires.Before(h[j].Expires) }
func (h expiries) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *expiries) Push(x any) {
	e := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}
func (h *expiries) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return e
}

// Kept is for how long the binding is kept yet, in whole seconds: some time longer than it is good for. It is what
// chan_sip shows as Expire.
func (b *Binding) Kept() time.Duration { return b.Left() + grace }

// grace is how much longer than granted a binding is kept.
const grace = 10 * time.Second

// New makes an empty location service on an astdb.
func New(db *store.DB) *Bindings {
	return &Bindings{db: db, byName: map[string]*entry{}, byIP: map[netip.Addr]*sameAddress{}, OnExpired: func(string, bool) {},
		Volatile: func(string) bool { return false },
		Resume:   func(f sipstack.Flow) sipstack.Flow { return f }}
}

// Get returns the preferred binding of an endpoint, or nil.
func (r *Bindings) Get(name string) *Binding {
	return r.At(name, "")
}

// At returns the binding of an endpoint with a Key; the preferred one for "" or if there is none
// with that key; nil without any.
func (r *Bindings) At(name, key string) *Binding {
	r.mu.RLock()
	defer r.mu.RUnlock()
	first := r.byName[name]
	for e := first; e != nil && key != ""; e = e.next {
		if e.Key() == key {
			return &e.Binding
		}
	}
	if first == nil {
		return nil
	}
	return &first.Binding
}

// All lists the bindings of an endpoint, the preferred first.
func (r *Bindings) All(name string) []*Binding {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.all(name)
}

// Everyone lists all bindings.
func (r *Bindings) Everyone() (out []*Binding) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for name := range r.byName {
		out = append(out, r.all(name)...)
	}
	return out
}

func (r *Bindings) all(name string) (out []*Binding) {
	for e := r.byName[name]; e != nil; e = e.next {
		out = append(out, &e.Binding)
	}
	return out
}

// EachAt calls f for each binding at an address, in order of registration, until it returns
// true.
func (r *Bindings) EachAt(ip netip.Addr, f func(*Binding) (stop bool)) {
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

// AnyAt reports whether there is a binding at an address.
func (r *Bindings) AnyAt(ip netip.Addr) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byIP[ip] != nil
}

// Set takes a binding in, in place of the one of the same contact. Of more than limit
// the oldest go.
func (r *Bindings) Set(b Binding, limit int) {
	r.mu.Lock()
	again := r.replace(&b, limit)
	r.insert(b)
	r.keep(b.Name, again)
	r.mu.Unlock()
	r.tell(b.Name)
}

// tell tells who follows the bindings of all; mu is not held.
func (r *Bindings) tell(name string) {
	if r.Changed != nil {
		r.Changed(name)
	}
}

// replace makes room for a binding, and says whether the old one was the same but for its
// time; mu is held.
func (r *Bindings) replace(b *Binding, limit int) (again bool) {
	n := 0
	for e := r.byName[b.Name]; e != nil; e = e.next {
		if e.SameContact(b) {
			again = e.onlyExtends(b)
			r.drop(e)
		} else {
			n++
		}
	}
	for ; n >= limit; n-- {
		oldest := r.byName[b.Name]
		for e := oldest.next; e != nil; e = e.next {
			if e.Expires.Add(-e.Granted).Before(oldest.Expires.Add(-oldest.Granted)) {
				oldest = e
			}
		}
		r.drop(oldest)
	}
	return again
}

// insert puts a binding into memory; mu is held.
func (r *Bindings) insert(b Binding) {
	e := &entry{Binding: b}
	first := r.byName[b.Name]
	if first == nil || e.before(&first.Binding) <= 0 {
		e.next = first
		r.byName[b.Name] = e
	} else {
		at := first
		for at.next != nil && e.before(&at.next.Binding) > 0 {
			at = at.next
		}
		at.next, e.next = e, at.next
	}
	heap.Push(&r.expiry, e)
	r.setAlarm()
	ip := b.Addr.Addr()
	if r.byIP[ip] == nil {
		r.byIP[ip] = &sameAddress{}
	}
	r.byIP[ip].add(e)
}

// Families of the astdb: chan_sip's, and one for all that a binding is.
const (
	rowFamily      = "SIP/Registry"
	contactsFamily = "SIP/RegistryContacts"
)

// keep writes an endpoint's bindings into the astdb. A refresh, which only extends the time of
// one, outlives a kill after a moment only; mu is held.
func (r *Bindings) keep(name string, refresh bool) {
	if r.Volatile(name) {
		return
	}
	first := r.byName[name]
	if first == nil {
		r.db.Delete(contactsFamily, name)
		r.db.Delete(rowFamily, name)
		return
	}
	put := r.db.Put
	if refresh {
		put = r.db.PutLater
	}
	put(contactsFamily, name, storeBindings(first))
	if first.Addr.Addr().Is4() {
		r.db.Put(rowFamily, name, first.row())
	} else { // a row cannot hold IPv6
		r.db.Delete(rowFamily, name)
	}
}

// Remove forgets all bindings of an endpoint and says whether there was one.
func (r *Bindings) Remove(name string) bool {
	return r.RemoveIf(name, func(*Binding) bool { return true }) > 0
}

// RemoveIf forgets those bindings of an endpoint that are meant, and counts them.
func (r *Bindings) RemoveIf(name string, meant func(*Binding) bool) (n int) {
	if n = r.removeIf(name, meant); n > 0 {
		r.tell(name)
	}
	return n
}

func (r *Bindings) removeIf(name string, meant func(*Binding) bool) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for e := r.byName[name]; e != nil; e = e.next {
		if meant(&e.Binding) {
			r.drop(e)
			n++
		}
	}
	if n > 0 {
		r.keep(name, false)
	}
	return n
}

// drop takes a binding out of memory; mu is held.
func (r *Bindings) drop(e *entry) {
	e.dead.Store(true)
	heap.Remove(&r.expiry, e.index)
	switch first := r.byName[e.Name]; {
	case first != e:
		for first.next != e {
			first = first.next
		}
		first.next = e.next
	case e.next == nil:
		delete(r.byName, e.Name)
	default:
		r.byName[e.Name] = e.next
	}
	ip := e.Addr.Addr()
	if x := r.byIP[ip]; x.dead+1 == len(x.list) {
		delete(r.byIP, ip)
	} else {
		x.dead++
	}
}

// setAlarm makes expire run when the first binding is due; mu is held. An
// alarm that is set for an earlier moment stays.
func (r *Bindings) setAlarm() {
	if len(r.expiry) == 0 || r.closed {
		return
	}
	wait := time.Until(r.expiry[0].due())
	switch {
	case r.alarm == nil:
		r.alarm = time.AfterFunc(wait, r.expire)
	case r.expiry[0].due().Before(r.alarmed):
		r.alarm.Reset(wait)
	default:
		return
	}
	r.alarmed = r.expiry[0].due()
}

// expire forgets what is due.
func (r *Bindings) expire() {
	left := map[string]bool{}
	r.mu.Lock()
	for now := time.Now(); len(r.expiry) > 0 && !r.expiry[0].due().After(now); {
		e := r.expiry[0]
		r.drop(e)
		r.keep(e.Name, false)
		left[e.Name] = r.byName[e.Name] != nil
	}
	r.alarmed = time.Unix(1<<40, 0)
	r.setAlarm()
	gone := r.OnExpired
	r.mu.Unlock()
	for name, more := range left {
		r.tell(name)
		gone(name, !more)
	}
}

// Restore reads the bindings of an endpoint from the astdb, up to limit, and counts them. proto
// is the transport of one that chan_sip has written.
func (r *Bindings) Restore(name string, proto sipstack.Proto, limit int) int {
	list := r.stored(name, proto)
	for _, b := range slices.Backward(list) { // of equals the last one set comes first
		b.Flow = r.Resume(b.Flow)
		r.Set(b, limit)
	}
	return len(list)
}

// StoredNames lists the endpoints that have bindings in the astdb.
func (r *Bindings) StoredNames() (names []string) {
	seen := map[string]bool{}
	for _, family := range []string{rowFamily, contactsFamily} {
		for _, e := range r.db.List(family) {
			if name := strings.TrimPrefix(e.Key, "/"+family+"/"); !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// stored reads what the astdb knows of an endpoint. The row decides whether it is registered:
// chan_sip, or a person at the console, may have written or removed it.
func (r *Bindings) stored(name string, proto sipstack.Proto) []Binding {
	row, registered := r.db.Get(rowFamily, name)
	if text, ok := r.db.Get(contactsFamily, name); ok {
		list := readBindings(name, text, time.Time{})
		if len(list) == 0 {
			return nil
		}
		if first := &list[0]; !first.Addr.Addr().Is4() || registered && row == first.row() {
			return slices.DeleteFunc(list, func(b Binding) bool { return b.IsExpired() })
		}
	}
	b, ok := parseRow(name, row)
	if !ok {
		return nil
	}
	b.Flow.Proto = proto
	return []Binding{b}
}

// Close stops the expiry.
func (r *Bindings) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.alarm != nil {
		r.alarm.Stop()
	}
}
