package chansip

import (
	"context"
	"errors"
	"fmt"
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

// Names looks names up in a way that nobody has to wait for: a place keeps what was found
// of its name last, look-ups run side by side, and one that finds nothing is repeated
// after pauses that grow, for as long as the configuration has the name. It outlives
// reloads.
type Names struct {
	resolver Resolver
	changes  atomic.Uint64 // of what is known
	failed   atomic.Uint64 // look-ups that found nothing
	slots    chan struct{} // one for each look-up that may run

	mu     sync.Mutex // guards all below, and what places say of it
	known  map[question]*place
	told   func(*place)  // is called when a place has changed; nil: nobody is
	every  time.Duration // how often names of the configuration are looked up anew; 0: with a reload
	closed bool
}

// question is what a name is asked for.
type question struct {
	proto sipstack.Proto
	host  string
	port  int  // 0: that of the transport
	srv   bool // SRV records come first
}

// place is where a name is.
//
//	state     stimulus          next
//	idle      ask               asking
//	asking    something found   idle, used from then on
//	asking    nothing found     idle, or pausing while the configuration has the name
//	pausing   the pause is over asking
type place struct {
	names *Names // nil: an address
	q     question
	ways  atomic.Pointer[[]hop]        // the best first; nil: nothing was found yet
	hosts atomic.Pointer[[]netip.Addr] // all addresses of the name; nil: nothing was found yet
	heard atomic.Int64                 // when that was confirmed, Unix nanoseconds

	// ---- guarded by names.mu ----
	asking   chan struct{} // closed when the look-up that runs is over; nil: none runs
	failures int           // in a row
	err      error         // of the last look-up
	again    time.Time     // not before that after a failure
	timer    *time.Timer   // of that, while the name is wanted
	wanted   bool          // by the configuration in force
}

const (
	// lookupLimit is how long somebody waits for a look-up who can do nothing else.
	lookupLimit = 5 * time.Second
	// momentLimit is how long a call waits before it goes on and is sent when the look-up is
	// over.
	momentLimit = 100 * time.Millisecond
	// settleLimit is how long a start and a reload wait for all names together.
	settleLimit = time.Second
	// Pauses after look-ups that found nothing.
	firstPause, longestPause = time.Second, time.Minute
	// freshFor is how long what was found of a name that is not of the configuration is
	// used without another look.
	freshFor = 30 * time.Second
	// maxNames are kept; beyond them names that are not of the configuration are not.
	maxNames      = 4096
	lookupsAtOnce = 128
)

var errNotYet = errors.New("the look-up has not come to an end")

// NewNames asks a resolver, or the system with one that has no Addr.
func NewNames(r Resolver) *Names {
	if r.Addr == nil {
		r = SystemResolver
	}
	return &Names{resolver: r, slots: make(chan struct{}, lookupsAtOnce), known: map[question]*place{}}
}

// writtenAddr is an address as it is written. Of four numbers those with a leading zero are
// octal, as for the C library and so for chan_sip: 010.0.0.1 is 8.0.0.1.
func writtenAddr(host string) (netip.Addr, bool) {
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

// place is that of a name, or of an address. Nothing is looked up yet.
func (n *Names) place(q question) *place {
	if a, ok := writtenAddr(q.host); ok {
		p := &place{q: q}
		p.ways.Store(&[]hop{{q.proto, netip.AddrPortFrom(a.Unmap(), portOr(q.port, q.proto)), q.host}})
		return p
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.known[q]
	if p == nil {
		p = &place{names: n, q: q}
		if n.room() {
			n.known[q] = p
		}
	}
	return p
}

// room says whether one more name may be kept; mu is held.
func (n *Names) room() bool {
	if len(n.known) >= maxNames {
		maps.DeleteFunc(n.known, func(_ question, p *place) bool { return !p.wanted && p.asking == nil })
	}
	return len(n.known) < maxNames
}

// hops are the ways to a place that were found last, the best first.
func (p *place) hops() []hop {
	if p == nil {
		return nil
	}
	if w := p.ways.Load(); w != nil {
		return *w
	}
	return nil
}

// addr is the best of them; the zero value while nothing was found.
func (p *place) addr() netip.AddrPort {
	if h := p.hops(); len(h) > 0 {
		return h[0].addr
	}
	return netip.AddrPort{}
}

// older says whether what is known was confirmed longer ago than that.
func (p *place) older(age time.Duration) bool {
	return time.Since(time.Unix(0, p.heard.Load())) > age
}

// ask has a name looked up, unless that is being done, or was done in vain just now. The
// channel, nil then, is closed when the look-up is over.
func (p *place) ask() <-chan struct{} {
	if p == nil || p.names == nil {
		return nil
	}
	p.names.mu.Lock()
	defer p.names.mu.Unlock()
	if p.asking == nil && time.Now().Before(p.again) {
		return nil
	}
	return p.begin()
}

// begin looks up, unless that is being done; mu is held.
func (p *place) begin() <-chan struct{} {
	if p.asking == nil && !p.names.closed {
		if p.timer != nil {
			p.timer.Stop()
		}
		p.asking = make(chan struct{})
		go p.look()
	}
	return p.asking
}

// look is one look-up.
func (p *place) look() {
	n := p.names
	n.slots <- struct{}{}
	found, hosts, err := n.resolver.hops(p.q)
	<-n.slots
	n.mu.Lock()
	changed := err == nil && !slices.Equal(found, p.hops())
	if p.err = err; err != nil {
		p.pause()
	} else {
		p.failures, p.again = 0, time.Time{}
		p.heard.Store(time.Now().UnixNano())
		p.hosts.Store(&hosts)
		if n.every > 0 {
			p.later(n.every)
		}
	}
	if changed {
		p.ways.Store(&found)
		n.changes.Add(1)
	}
	close(p.asking)
	p.asking = nil
	told := n.told
	n.mu.Unlock()
	if changed && told != nil {
		told(p)
	}
}

// pause is what follows a look-up that found nothing; mu is held.
func (p *place) pause() {
	p.names.failed.Add(1)
	wait := min(firstPause<<min(p.failures, 10), longestPause)
	p.failures++
	p.again = time.Now().Add(wait)
	p.later(wait)
}

// later has a name of the configuration looked up after a time; mu is held.
func (p *place) later(wait time.Duration) {
	if p.wanted && !p.names.closed {
		if p.timer != nil {
			p.timer.Stop()
		}
		p.timer = time.AfterFunc(wait, func() { p.ask() })
	}
}

// pending says whether somebody who needs the place now should wait for a look-up: what
// is known is old, or nothing is, and one can be had.
func (p *place) pending() bool {
	if p == nil || p.names == nil {
		return false
	}
	p.names.mu.Lock()
	defer p.names.mu.Unlock()
	if p.wanted && (p.hops() != nil || p.failures > 0) || p.hops() != nil && !p.older(freshFor) {
		return false
	}
	return p.asking != nil || !time.Now().Before(p.again)
}

// moment waits for a look-up that is over in no time, as most are: a call to a name that
// does not exist is refused then before anything is told of it.
func (p *place) moment() {
	if p.pending() {
		ctx, cancel := context.WithTimeout(context.Background(), momentLimit)
		defer cancel()
		wait(ctx, p.ask())
	}
}

// await is hops after a look-up, for as long as lookupLimit. What was known before is good
// where nothing is found.
func (p *place) await() ([]hop, error) {
	if p.hops() == nil || p.names != nil && p.older(freshFor) {
		ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
		defer cancel()
		wait(ctx, p.ask())
	}
	if h := p.hops(); len(h) > 0 {
		return h, nil
	}
	return nil, p.problem()
}

// wait returns when a look-up is over, or the time is.
func wait(ctx context.Context, over <-chan struct{}) {
	if over == nil {
		return
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// problem is why nothing is known of a place.
func (p *place) problem() error {
	if p.names == nil {
		return nil
	}
	p.names.mu.Lock()
	defer p.names.mu.Unlock()
	if p.err == nil {
		return errNotYet
	}
	return p.err
}

// want takes what the configuration in force names: it is looked up anew, and again and
// again where nothing is found. What only the one before had is left alone.
func (n *Names) want(list []*place) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.known {
		p.wanted = false
	}
	for _, p := range list {
		p.wanted = true
		if n.known[p.q] == nil {
			n.known[p.q] = p
		}
		p.begin()
	}
	for q, p := range n.known {
		if !p.wanted && p.timer != nil {
			p.timer.Stop()
			p.timer = nil
			delete(n.known, q)
		}
	}
}

// settle waits for the look-ups of places of which nothing was heard yet, all at a time.
func settle(list []*place, limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var running []<-chan struct{}
	for _, p := range list {
		if p.hops() == nil && p.problem() == errNotYet {
			running = append(running, p.ask())
		}
	}
	for _, over := range running {
		wait(ctx, over)
	}
}

// Refresh has the names of the configuration looked up anew that often; 0: with each reload
// (dnsmgr.conf).
func (n *Names) Refresh(every time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.every == every {
		return
	}
	if n.every = every; every == 0 {
		return
	}
	for _, p := range n.known {
		if p.asking == nil && p.failures == 0 { // else the end of the look-up sees to it
			p.later(every)
		}
	}
}

// Refreshing is how often names are looked up anew, 0 for with each reload, and how many names
// there are.
func (n *Names) Refreshing() (every time.Duration, entries int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.every, len(n.known)
}

// LookUp has all names looked up now.
func (n *Names) LookUp() {
	n.mu.Lock()
	list := slices.Collect(maps.Values(n.known))
	n.mu.Unlock()
	for _, p := range list {
		p.ask()
	}
}

// Close ends the look-ups.
func (n *Names) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed, n.told = true, nil
	for _, p := range n.known {
		if p.timer != nil {
			p.timer.Stop()
		}
	}
}

// tell has f called whenever another address was found.
func (n *Names) tell(f func(*place)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = f
}

// Counts are names that are kept, those of them without an address, and look-ups that
// found nothing, since the start.
func (n *Names) Counts() (kept, unknown int, failed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.known {
		if p.hops() == nil {
			unknown++
		}
	}
	return len(n.known), unknown, n.failed.Load()
}

// together says whether two hosts are addresses of one name that is known.
func (n *Names) together(a, b netip.Addr) bool {
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

// hops asks for the ways to a place (RFC 3263 4.2): those of SRV records where these are
// wanted and there are some, else the address. There is at least one without an error.
// hosts are all addresses of the names that were asked for.
func (r Resolver) hops(q question) (ways []hop, hosts []netip.Addr, err error) {
	if q.srv && r.Services != nil {
		if ways, hosts = r.serviceHops(q); len(ways) > 0 {
			return ways, hosts, nil
		}
	}
	if hosts, err = r.addrs(q.host); err != nil {
		return nil, nil, err
	}
	return []hop{{q.proto, netip.AddrPortFrom(hosts[0], portOr(q.port, q.proto)), q.host}}, hosts, nil
}

// addrs are the addresses of a host, the one to use first. There is at least one without
// an error.
func (r Resolver) addrs(host string) ([]netip.Addr, error) {
	if r.Addrs != nil {
		return r.Addrs(host)
	}
	a, err := r.Addr(host)
	if err == nil && !a.IsValid() {
		err = fmt.Errorf("no address for %s", host)
	}
	if err != nil {
		return nil, err
	}
	return []netip.Addr{a.Unmap()}, nil
}

// serviceHops asks for the SRV records, and for the addresses of all of them at a time.
func (r Resolver) serviceHops(q question) (ways []hop, hosts []netip.Addr) {
	services := r.Services(q.proto, q.host)
	addrs := make([][]netip.Addr, len(services))
	var all sync.WaitGroup
	for i, s := range services {
		all.Go(func() { addrs[i], _ = r.addrs(s.Host) })
	}
	all.Wait()
	for i, s := range services {
		if len(addrs[i]) > 0 {
			ways = append(ways, hop{q.proto, netip.AddrPortFrom(addrs[i][0], s.Port), q.host})
			hosts = append(hosts, addrs[i]...)
		}
	}
	return ways, hosts
}
