package chansip

import (
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/store/realtime"
)

// Families of extconfig.conf that endpoints come from.
const (
	sipPeers = "sippeers" // configuration; registrations too, without sipregs
	sipRegs  = "sipregs"
)

// realtimePeers are the endpoints of the table sippeers. A shard never waits for the database: a
// request whose sender's row is not in memory, or is old, is put aside until the row is read.
// While the database is away, the rows that were read last count. nil: there is no such table.
type realtimePeers struct {
	d *Driver
	t *realtime.Tables

	jobs  chan func()
	quit  chan struct{}
	start sync.Once

	mu    sync.RWMutex // guards all below
	known map[string]*realtimePeer
	hosts map[netip.Addr]realtimeHost
}

// realtimePeer is what is known of a name.
type realtimePeer struct {
	peer *sipconf.Peer // nil: there is no row
	read time.Time
	dir  *sipconf.Directory // whose [general] it was read over
}

// realtimeHost is which rows have an address as their host.
type realtimeHost struct {
	names []string
	read  time.Time
}

const (
	// realtimeFresh bounds how old a row may be that is used without a look at the
	// database.
	realtimeFresh = 5 * time.Second
	// memoryPatience is how long a request waits for the database before the row in memory is
	// used; strangerPatience is how long one without a row waits before it gets 503.
	memoryPatience   = 250 * time.Millisecond
	strangerPatience = time.Second
	// realtimeKept is how long what is no longer asked for is kept.
	realtimeKept = time.Minute
	readers      = 8
	maxWaiting   = 4096 // requests that may wait for rows
)

func newRealtimePeers(d *Driver, t *realtime.Tables) *realtimePeers {
	if !t.Has(sipPeers) {
		return nil
	}
	return &realtimePeers{d: d, t: t, jobs: make(chan func(), maxWaiting), quit: make(chan struct{}), known: map[string]*realtimePeer{},
		hosts: map[netip.Addr]realtimeHost{}}
}

// Lookup implements sipconf.PeerSource: it returns an endpoint that has been read.
func (r *realtimePeers) Lookup(name string) *sipconf.Peer {
	if r == nil {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if e := r.known[name]; e != nil {
		return e.peer
	}
	return nil
}

// At implements sipconf.HostSource: it lists the endpoints that have an address as their host.
func (r *realtimePeers) At(ip netip.Addr) (out []*sipconf.Peer) {
	if r == nil {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, n := range r.hosts[ip].names {
		if e := r.known[n]; e != nil && e.peer != nil {
			out = append(out, e.peer)
		}
	}
	return out
}

// fresh says whether what is known of a name may be used as it is; mu is held.
func (r *realtimePeers) fresh(name string, dir *sipconf.Directory, now time.Time) bool {
	e := r.known[name]
	if e == nil || e.dir != dir {
		return false
	}
	if e.peer != nil && dir.RTCache && (dir.RTAutoClear == 0 || now.Sub(e.read) < dir.RTAutoClear || r.d.bindings.Get(name) != nil) {
		return true
	}
	return now.Sub(e.read) < realtimeFresh
}

// stale lists those of the names that have to be read.
func (r *realtimePeers) stale(names []string) (out []string) {
	dir, now := r.d.Directory(), time.Now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, n := range names {
		if n != "" && dir.InFile(n) == nil && !r.fresh(n, dir, now) {
			out = append(out, n)
		}
	}
	return out
}

// namesIn are the names by which the sender of a request may be known.
func (r *realtimePeers) namesIn(m *sipstack.Message) []string {
	who := m.From
	if m.Method == "REGISTER" {
		who = m.To
	}
	u := who.ParsedURI()
	user := sipstack.Unescape(u.User)
	if user == "" {
		return []string{u.Host}
	}
	names := []string{user, user + "@" + u.Host}
	if dir := r.d.Directory(); dir.MatchAuthUsername && m.Method != "REGISTER" {
		names = append(names, access.FactsOf(m, r.d.Directory()).DigestUser)
	}
	return names
}

// first has a request wait until the rows of its sender are there; false when they are.
func (r *realtimePeers) first(m *sipstack.Message, then func(*sipstack.Shard), fail func(*sipstack.Shard)) bool {
	if r == nil {
		return false
	}
	names, ip := r.namesIn(m), m.Flow.Remote.Addr()
	missing := r.stale(names)
	host := m.Method != "REGISTER" && !r.hostKnown(ip)
	if len(missing) == 0 && !host {
		return false
	}
	r.start.Do(func() {
		for range readers {
			go r.read()
		}
	})
	patience := memoryPatience
	if r.noneOf(names) {
		patience = strangerPatience
	}
	answer := within(patience, func(failed bool) {
		next := then
		if failed && r.noneOf(names) {
			next = fail
		}
		r.d.stack.Post(m.CallID, next)
	})
	job := func() {
		err := r.load(missing)
		if err == nil && host {
			err = r.loadHost(ip)
		}
		answer(err != nil)
	}
	select {
	case r.jobs <- job:
	default:
		answer(true)
	}
	return true
}

// within has f called once: when done is, or as failed when patience is over before.
func within(patience time.Duration, f func(failed bool)) (done func(failed bool)) {
	var once sync.Once
	late := time.AfterFunc(patience, func() { once.Do(func() { f(true) }) })
	return func(failed bool) {
		late.Stop()
		once.Do(func() { f(failed) })
	}
}

func (r *realtimePeers) read() {
	for {
		select {
		case job := <-r.jobs:
			job()
		case <-r.quit:
			return
		}
	}
}

func (r *realtimePeers) stop() {
	if r != nil {
		close(r.quit)
	}
}

// noneOf says that no row of any of the names is known, nor an endpoint of sip.conf.
func (r *realtimePeers) noneOf(names []string) bool {
	dir := r.d.Directory()
	for _, n := range names {
		if dir.Lookup(n) != nil {
			return false
		}
	}
	return true
}

func (r *realtimePeers) hostKnown(ip netip.Addr) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	h, ok := r.hosts[ip]
	return ok && time.Since(h.read) < realtimeFresh
}

// ensure reads an endpoint's row where that is needed, and waits for it.
func (r *realtimePeers) ensure(name string) {
	if r == nil {
		return
	}
	if missing := r.stale([]string{name}); len(missing) > 0 {
		r.load(missing)
	}
}

// load reads rows. On an error what was known stays, and is asked for again soon.
func (r *realtimePeers) load(names []string) error {
	if len(names) == 0 {
		return nil
	}
	rows, err := r.t.LoadNamed(sipPeers, "name", names)
	if err != nil {
		return err
	}
	found := map[string]realtime.Row{}
	for _, row := range rows {
		found[row.Get("name")] = row
	}
	dir, now := r.d.Directory(), time.Now()
	for _, n := range names {
		row, ok := found[n]
		if !ok {
			r.put(n, nil, dir, now)
			continue
		}
		p := r.compile(dir, n, row)
		r.put(n, p, dir, now)
		if p != nil && p.Dynamic && p.IsPeer {
			r.locate(dir, p, row)
		}
	}
	return nil
}

// loadHost reads the rows that have an address as their host.
func (r *realtimePeers) loadHost(ip netip.Addr) error {
	rows, err := r.t.LoadAll(sipPeers, realtime.Condition{Field: "host", Value: ip.String()})
	if err != nil {
		return err
	}
	dir, now, h := r.d.Directory(), time.Now(), realtimeHost{read: time.Now()}
	for _, row := range rows {
		n := row.Get("name")
		if dir.InFile(n) == nil {
			r.put(n, r.compile(dir, n, row), dir, now)
			h.names = append(h.names, n)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.hosts) > maxWaiting { // strangers; who is known is asked for again
		clear(r.hosts)
	}
	r.hosts[ip] = h
	return nil
}

// put notes what was read of a name.
func (r *realtimePeers) put(name string, p *sipconf.Peer, dir *sipconf.Directory, now time.Time) {
	r.mu.Lock()
	before := r.known[name]
	r.known[name] = &realtimePeer{p, now, dir}
	if p == nil && len(r.known)%1024 == 0 {
		r.tidy(now)
	}
	r.mu.Unlock()
	if p != nil && (before == nil || before.peer == nil) && dir.RTCache {
		r.d.health.Follow(p)
		r.d.keepalives.Follow(p)
	}
}

// tidy forgets names without a row, and rows that were not used for realtimeKept; mu is held.
func (r *realtimePeers) tidy(now time.Time) {
	for n, e := range r.known {
		if now.Sub(e.read) > realtimeKept && (e.peer == nil || !e.dir.RTCache && r.d.bindings.Get(n) == nil) {
			delete(r.known, n)
		}
	}
}

// compile makes an endpoint of a row.
func (r *realtimePeers) compile(dir *sipconf.Directory, name string, row realtime.Row) *sipconf.Peer {
	s := sipconf.SectionOf(name, row)
	p, diags := dir.CompilePeer(s)
	for _, x := range diags {
		r.d.log.Warn().Msgf("Realtime peer '%s': %s", name, x.Text)
	}
	if p != nil {
		p.Realtime = true
	}
	return p
}

// locate takes over where a phone is registered, by the astdb, or by its row where that
// knows later.
func (r *realtimePeers) locate(dir *sipconf.Directory, p *sipconf.Peer, row realtime.Row) {
	have := r.d.bindings.Get(p.Name)
	if have == nil {
		r.d.bindings.Restore(p.Name, p.Transports[0], p.Reg.MaxContacts)
		have = r.d.bindings.Get(p.Name)
	}
	if r.t.Has(sipRegs) {
		if other, ok, err := r.t.Load(sipRegs, realtime.Condition{Field: "name", Value: p.Name}); ok && err == nil {
			row = other
		}
	}
	b, ok := bindingIn(p, row, dir.IgnoreRegExpire)
	if ok && (have == nil || b.Contact != have.Contact && b.Expires.After(have.Expires.Add(time.Second))) {
		r.d.bindings.Set(b, p.Reg.MaxContacts)
		r.d.health.Poke(p.Name)
	}
}

// bindingIn reads the columns in which registrations are kept.
func bindingIn(p *sipconf.Peer, row realtime.Row, expiredToo bool) (location.Binding, bool) {
	addr, err := netip.ParseAddr(row.Get("ipaddr"))
	port, _ := strconv.ParseUint(row.Get("port"), 10, 16)
	until, _ := strconv.ParseInt(row.Get("regseconds"), 10, 64)
	left := time.Until(time.Unix(until, 0))
	if err != nil || port == 0 || left <= 0 && !(expiredToo && until > 0) {
		return location.Binding{}, false
	}
	if left <= 0 {
		left = time.Hour // ignoreregexpire: as long as nobody says anything else
	}
	u, _ := sipstack.ParseURI(row.Get("fullcontact"))
	at := netip.AddrPortFrom(addr.Unmap(), uint16(port))
	b := location.Binding{Name: p.Name, Addr: at, Contact: row.Get("fullcontact"), User: u.User, UserAgent: row.Get("useragent"),
		Granted: left, Expires: time.Now().Add(left), Flow: sipstack.Flow{Remote: at, Proto: p.Transports[0]}, ContactParams: location.NoParams}
	if b.Contact == "" {
		b.User = p.Name
		b.Contact = "sip:" + sipstack.EscapeUser(p.Name) + "@" + at.String()
	}
	if p.SupportPath {
		b.ContactParams = location.ContactParams{Path: row.Get("path")}.Shared()
	}
	return b, true
}

// save has the database told where a phone is now, unless rtupdate=no.
func (r *realtimePeers) save(name string) {
	if r == nil {
		return
	}
	dir, p := r.d.Directory(), r.Lookup(name)
	if p == nil || !p.Realtime || !dir.RTUpdate {
		return
	}
	family := sipPeers
	if r.t.Has(sipRegs) {
		family = sipRegs
	}
	set := realtime.Row{{Name: "fullcontact"}, {Name: "ipaddr"}, {Name: "port", Value: "0"}, {Name: "regseconds", Value: "0"},
		{Name: "regserver"}, {Name: "useragent"}, {Name: "lastms", Value: "0"}}
	if b := r.d.bindings.Get(name); b != nil {
		server := ""
		if dir.RTSysName {
			server = r.d.core.SystemName()
		}
		set = realtime.Row{{Name: "fullcontact", Value: b.Contact}, {Name: "ipaddr", Value: b.Addr.Addr().String()},
			{Name: "port", Value: strconv.Itoa(int(b.Addr.Port()))}, {Name: "regseconds", Value: strconv.FormatInt(b.Expires.Unix(), 10)},
			{Name: "regserver", Value: server}, {Name: "useragent", Value: b.UserAgent}, {Name: "defaultuser", Value: b.User},
			{Name: "lastms", Value: strconv.FormatInt(r.d.health.Health(p).RTT.Milliseconds(), 10)}}
		if dir.RTSavePath {
			set = append(set, realtime.Field{Name: "path", Value: b.Path})
		}
	}
	r.t.Later(family, realtime.Condition{Field: "name", Value: name}, set)
}

// cached lists the endpoints that stay (rtcachefriends).
func (r *realtimePeers) cached() (out []*sipconf.Peer) {
	if r == nil || !r.d.Directory().RTCache {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, e := range r.known {
		if e.peer != nil {
			out = append(out, e.peer)
		}
	}
	return out
}

// Prune forgets the endpoints of tables whose names fit, until they are asked for again;
// their registrations stay. It counts them.
func (d *Driver) Prune(fits func(name string) bool) (n int) {
	r := d.realtime
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, e := range r.known {
		if e.peer != nil && fits(name) {
			n++
			delete(r.known, name)
		}
	}
	clear(r.hosts)
	return n
}

// expired forgets an endpoint whose registration has run out, with rtautoclear.
func (r *realtimePeers) expired(name string) {
	if r != nil && r.d.Directory().RTAutoClear > 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.known, name)
	}
}

// restore reads the rows of those who were registered when we last ran.
func (r *realtimePeers) restore() {
	if r == nil {
		return
	}
	names := slices.DeleteFunc(r.d.bindings.StoredNames(), func(name string) bool { return r.d.Directory().InFile(name) != nil })
	if len(names) == 0 {
		return
	}
	if err := r.load(names); err != nil {
		r.d.log.Warn().Msgf("%d registered phones of the table '%s' are read when they are asked for: %v", len(names), sipPeers, err)
		return
	}
	r.d.log.Info().Msgf("%d registered phones of the table '%s' are known again", len(names), sipPeers)
}

// databaseAway answers a request whose sender is not known while the database is away.
func (d *Driver) databaseAway(tx *sipstack.ServerTx, m *sipstack.Message) {
	d.log.Warn().Msgf("%s from %s: the database is away, and nothing is known of the sender", m.Method, m.Flow.Remote)
	d.respond(tx, 503, "Service Unavailable", sipstack.Header{Name: "Retry-After", Value: sipstack.RetryAfter()})
}
