// Package dnsmgr looks up the host names of sip.conf and of calls (RFC 3263), in the
// background, as Asterisk's dnsmgr does. It knows no SIP message and no configuration file.
package dnsmgr

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/sipstack"
)

// Manager looks names up in the background. An Entry keeps the last answer, look-ups run in
// parallel, and a look-up without an answer is repeated with growing pauses for as long as
// the configuration has the name. A Manager survives reloads.
type Manager struct {
	changes atomic.Uint64 // how often a known address has changed
	failed  atomic.Uint64 // look-ups that found nothing
	slots   chan struct{} // one for each look-up that may run

	mu       sync.Mutex // guards all below, and the fields of entries that say so
	resolver Resolver
	known    map[Query]*Entry
	told     func(*Entry)  // called when an entry has another address; nil: none
	every    time.Duration // how often names of the configuration are looked up anew; 0: with a reload
	closed   bool
}

// Query is what is looked up.
type Query struct {
	Proto sipstack.Proto
	Host  string
	Port  int  // 0: that of the transport
	SRV   bool // SRV records come first
}

// Entry is one name, or one address, and where it is.
//
//	state     stimulus          next
//	idle      LookUp            running
//	running   an answer         idle
//	running   no answer         idle, or waiting if the configuration has the name
//	waiting   retryAt           running
type Entry struct {
	manager   *Manager // nil: an address
	Query     Query
	targets   atomic.Pointer[[]Target]     // the best first; nil: nothing was found yet
	hosts     atomic.Pointer[[]netip.Addr] // all addresses of the name; nil: nothing was found yet
	confirmed atomic.Int64                 // time of the last answer, Unix nanoseconds; 0: none yet

	// ---- guarded by manager.mu ----
	running    chan struct{} // closed when the look-up that runs is over; nil: none runs
	failures   int           // in a row
	err        error         // of the last look-up
	retryAt    time.Time     // after a failure, no look-up before this time
	timer      *time.Timer   // runs until the next look-up, while configured
	configured bool          // by the configuration in force
}

const (
	// lookupLimit is how long Await waits.
	lookupLimit = 5 * time.Second
	// briefLimit is how long AwaitBriefly waits.
	briefLimit = 100 * time.Millisecond
	// SettleLimit is how long a start and a reload wait for all names.
	SettleLimit = time.Second
	// Pauses after look-ups that found nothing.
	firstRetry, longestRetry = time.Second, time.Minute
	// freshFor is how long an answer is used for a name that the configuration does not
	// have.
	freshFor = 30 * time.Second
	// maxNames is the number of entries; beyond it only configured names are kept.
	maxNames      = 4096
	lookupsAtOnce = 128
)

var errNotYet = errors.New("the look-up has not come to an end")

// New returns a Manager that asks r, or the system if r has no Addr.
func New(r Resolver) *Manager {
	if r.Addr == nil {
		r = SystemResolver
	}
	return &Manager{resolver: r, slots: make(chan struct{}, lookupsAtOnce), known: map[Query]*Entry{}}
}

// SetResolver sets what look-ups ask from now on.
func (n *Manager) SetResolver(r Resolver) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.resolver = r
}

// ParseAddr reads an address. As in the C library, and so in chan_sip, a number of an IPv4
// address with a leading zero is octal: 010.0.0.1 is 8.0.0.1.
func ParseAddr(host string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a, true
	}
	var four [4]byte
	parts := strings.Split(host, ".")
	if len(parts) != len(four) || strings.Trim(host, "0123456789.") != "" {
		return netip.Addr{}, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 8)
		if err != nil {
			return netip.Addr{}, false
		}
		four[i] = byte(n)
	}
	return netip.AddrFrom4(four), true
}

// Entry returns the entry of a query, and makes it if need be. It starts no look-up. An
// address needs none.
func (n *Manager) Entry(q Query) *Entry {
	if a, ok := ParseAddr(q.Host); ok {
		p := &Entry{Query: q}
		p.targets.Store(&[]Target{{q.Proto, netip.AddrPortFrom(a.Unmap(), sipstack.PortOr(q.Port, q.Proto)), q.Host}})
		return p
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.known[q]
	if p == nil {
		p = &Entry{manager: n, Query: q}
		if n.room() {
			n.known[q] = p
		}
	}
	return p
}

// room says whether one more name may be kept; mu is held.
func (n *Manager) room() bool {
	if len(n.known) >= maxNames {
		maps.DeleteFunc(n.known, func(_ Query, p *Entry) bool { return !p.configured && p.running == nil })
	}
	return len(n.known) < maxNames
}

// Targets is the last answer, in order of preference; nil: none yet.
func (p *Entry) Targets() []Target {
	if p == nil {
		return nil
	}
	if w := p.targets.Load(); w != nil {
		return *w
	}
	return nil
}

// Addr is the address of the first target; the zero value: no answer yet.
func (p *Entry) Addr() netip.AddrPort {
	if h := p.Targets(); len(h) > 0 {
		return h[0].Addr
	}
	return netip.AddrPort{}
}

// IsName reports whether the query is a name, not an address.
func (p *Entry) IsName() bool { return p.manager != nil }

// OlderThan reports whether the last answer is older than age.
func (p *Entry) OlderThan(age time.Duration) bool {
	return time.Since(time.Unix(0, p.confirmed.Load())) > age
}

// LookUp starts a look-up unless one is running, or one has failed a short time ago: then
// the result is nil. The channel is closed when the look-up is over.
func (p *Entry) LookUp() <-chan struct{} {
	if p == nil || p.manager == nil {
		return nil
	}
	p.manager.mu.Lock()
	defer p.manager.mu.Unlock()
	if p.running == nil && time.Now().Before(p.retryAt) {
		return nil
	}
	return p.begin()
}

// begin starts a look-up unless one is running; mu is held.
func (p *Entry) begin() <-chan struct{} {
	if p.running == nil && !p.manager.closed {
		if p.timer != nil {
			p.timer.Stop()
		}
		p.running = make(chan struct{})
		go p.lookUp()
	}
	return p.running
}

// lookUp asks the resolver once.
func (p *Entry) lookUp() {
	n := p.manager
	n.slots <- struct{}{}
	n.mu.Lock()
	r := n.resolver
	n.mu.Unlock()
	found, hosts, err := r.targets(p.Query)
	<-n.slots
	n.mu.Lock()
	changed := err == nil && !slices.Equal(found, p.Targets())
	if p.err = err; err != nil {
		p.pause()
	} else {
		p.failures, p.retryAt = 0, time.Time{}
		p.confirmed.Store(time.Now().UnixNano())
		p.hosts.Store(&hosts)
		if n.every > 0 {
			p.later(n.every)
		}
	}
	if changed {
		p.targets.Store(&found)
		n.changes.Add(1)
	}
	close(p.running)
	p.running = nil
	told := n.told
	n.mu.Unlock()
	if changed && told != nil {
		told(p)
	}
}

// pause plans the next look-up after one without an answer; mu is held.
func (p *Entry) pause() {
	p.manager.failed.Add(1)
	wait := min(firstRetry<<min(p.failures, 10), longestRetry)
	p.failures++
	p.retryAt = time.Now().Add(wait)
	p.later(wait)
}

// later plans a look-up of a configured name; mu is held.
func (p *Entry) later(wait time.Duration) {
	if p.configured && !p.manager.closed {
		if p.timer != nil {
			p.timer.Stop()
		}
		p.timer = time.AfterFunc(wait, func() { p.LookUp() })
	}
}

// Pending reports whether it is worth to wait for a look-up: there is no answer yet or an
// old one, and a look-up is running or allowed.
func (p *Entry) Pending() bool {
	if p == nil || p.manager == nil {
		return false
	}
	p.manager.mu.Lock()
	defer p.manager.mu.Unlock()
	if p.configured && (p.Targets() != nil || p.failures > 0) || p.Targets() != nil && !p.OlderThan(freshFor) {
		return false
	}
	return p.running != nil || !time.Now().Before(p.retryAt)
}

// AwaitBriefly waits up to briefLimit for a pending look-up. Most end in time, so that a call
// to an unknown name is refused before its channel exists.
func (p *Entry) AwaitBriefly() {
	if p.Pending() {
		ctx, cancel := context.WithTimeout(context.Background(), briefLimit)
		defer cancel()
		wait(ctx, p.LookUp())
	}
}

// Await is Targets after a look-up, for which it waits up to lookupLimit. Without a new
// answer the old one counts.
func (p *Entry) Await() ([]Target, error) {
	if p.Targets() == nil || p.manager != nil && p.OlderThan(freshFor) {
		ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
		defer cancel()
		wait(ctx, p.LookUp())
	}
	if h := p.Targets(); len(h) > 0 {
		return h, nil
	}
	return nil, p.Err()
}

// wait returns when the look-up is over or the context ends.
func wait(ctx context.Context, over <-chan struct{}) {
	if over == nil {
		return
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// Err is why there is no answer.
func (p *Entry) Err() error {
	if p.manager == nil {
		return nil
	}
	p.manager.mu.Lock()
	defer p.manager.mu.Unlock()
	if p.err == nil {
		return errNotYet
	}
	return p.err
}

// Configure sets the names of the configuration in force: they are looked up now, and again
// until there is an answer. Names of the former configuration are not looked up any more.
func (n *Manager) Configure(list []*Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.known {
		p.configured = false
	}
	for _, p := range list {
		p.configured = true
		if n.known[p.Query] == nil {
			n.known[p.Query] = p
		}
		p.begin()
	}
	for q, p := range n.known {
		if !p.configured && p.timer != nil {
			p.timer.Stop()
			p.timer = nil
			delete(n.known, q)
		}
	}
}

// AwaitAll waits up to limit for the first answers of all entries of the list.
func AwaitAll(list []*Entry, limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var running []<-chan struct{}
	for _, p := range list {
		if p.Targets() == nil && p.Err() == errNotYet {
			running = append(running, p.LookUp())
		}
	}
	for _, over := range running {
		wait(ctx, over)
	}
}

// Refresh sets how often configured names are looked up (refreshinterval of dnsmgr.conf); 0:
// with each reload only.
func (n *Manager) Refresh(every time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.every == every {
		return
	}
	if n.every = every; every == 0 {
		return
	}
	for _, p := range n.known {
		if p.running == nil && p.failures == 0 { // else the end of the look-up sees to it
			p.later(every)
		}
	}
}

// Refreshing returns the interval that Refresh has set, and the number of names.
func (n *Manager) Refreshing() (every time.Duration, entries int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.every, len(n.known)
}

// LookUp starts a look-up of every name.
func (n *Manager) LookUp() {
	n.mu.Lock()
	list := slices.Collect(maps.Values(n.known))
	n.mu.Unlock()
	for _, p := range list {
		p.LookUp()
	}
}

// Close stops all look-ups.
func (n *Manager) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed, n.told = true, nil
	for _, p := range n.known {
		if p.timer != nil {
			p.timer.Stop()
		}
	}
}

// Generation grows with each change of an address.
func (n *Manager) Generation() uint64 { return n.changes.Load() }

// OnChange sets what is called when a look-up finds another address.
func (n *Manager) OnChange(f func(*Entry)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = f
}

// Counts are the names, those of them without an answer, and the look-ups without an answer
// since the start.
func (n *Manager) Counts() (kept, unknown int, failed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.known {
		if p.Targets() == nil {
			unknown++
		}
	}
	return len(n.known), unknown, n.failed.Load()
}

// SameName says whether two hosts are addresses of one name that is known.
func (n *Manager) SameName(a, b netip.Addr) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.known {
		if h := p.hosts.Load(); h != nil && contains(*h, a) && contains(*h, b) {
			return true
		}
	}
	return false
}

func contains(hosts []netip.Addr, a netip.Addr) bool {
	return slices.ContainsFunc(hosts, func(h netip.Addr) bool { return sipstack.SameHost(h, a) })
}
