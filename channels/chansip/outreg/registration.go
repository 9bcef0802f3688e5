package outreg

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// state of an outbound registration, with chan_sip's words.
//
//	state            stimulus            next
//	Unregistered     timer               Request Sent
//	Request Sent     401, 407            Auth. Sent
//	Request Sent     200                 Registered, refreshed before it expires
//	Auth. Sent       200                 Registered
//	either           403                 No Authentication, for good (unless register_retry_403)
//	either           404 400 414 479 493 Rejected, for good
//	either           423                 Request Sent with Min-Expires
//	either           no answer           Unregistered, again after registertimeout
//	Unregistered     no address          Request Sent (a peer's: Unregistered), again after registertimeout
//	Request Sent     cannot be sent      Request Sent until registertimeout
//	Registered       timer               Request Sent
//	any              another node's      AT (node), until it is ours (owner.go)
type state uint8

const (
	regUnregistered state = iota
	regSent
	regAuthSent
	regRegistered
	regRejected
	regFailed
	regNoAuth
	regElsewhere // another node keeps it
)

func (s state) String() string {
	return [...]string{"Unregistered", "Request Sent", "Auth. Sent", "Registered", "Rejected", "Failed", "No Authentication",
		"Unregistered"}[s]
}

// registration is one outbound registration. Its protocol state belongs to the shard
// of its Call-ID.
type registration struct {
	rg     *Registry
	line   sipconf.RegisterLine
	callID string
	tag    string

	waitsFor atomic.Pointer[dnsmgr.Entry] // for its address; nil: for none

	mu      sync.Mutex // guards state, node, refresh, at, stopped, route
	state   state
	node    string // that keeps it, where that is another one; "": it is not known yet
	refresh int    // seconds until the next refresh when registered
	at      time.Time
	stopped bool
	route   []string // Service-Route of the registrar

	// ---- owned by the shard ----
	cseq     uint32
	timer    sipstack.Timer
	attempts int // that came to nothing
	failures int // of ways to the registrar: the next one is tried after each
	tries    int // of one request against challenges
	expiry   time.Duration
	creds    access.ClientCredentials
	ping     sipstack.Timer // keeps the way to the registrar open
}

// maxRegisterTries of one registration against challenges.
const maxRegisterTries = 3

// Apply starts the registrations of a directory; those of the one before
// are given up without a message, as chan_sip does on reload. Unchanged lines
// go on.
func (rg *Registry) Apply(dir *sipconf.Directory) {
	rg.mu.Lock()
	var next, fresh []*registration
	for _, l := range dir.Registers {
		t := rg.same(l)
		if t == nil {
			t = &registration{rg: rg, line: l, callID: sipstack.Hex32() + "@" + rg.stack.Local().Addr().String(), tag: sipstack.Tag(), cseq: 101}
			fresh = append(fresh, t)
		}
		next = append(next, t)
	}
	for _, old := range rg.lines {
		if !slices.Contains(next, old) {
			old.stop()
		}
	}
	rg.lines = next
	rg.mu.Unlock()
	for i, t := range fresh {
		t.schedule(time.Duration(i) * 100 * time.Millisecond)
	}
}

// same finds a running registration of an unchanged line; mu is held.
func (rg *Registry) same(l sipconf.RegisterLine) *registration {
	for _, t := range rg.lines {
		a, b := t.line, l
		a.Pos, b.Pos = l.Pos, l.Pos
		if a == b {
			return t
		}
	}
	return nil
}

// Stop ends them; no registrar is told.
func (rg *Registry) Stop() {
	rg.mu.Lock()
	defer rg.mu.Unlock()
	rg.ends.Do(func() { close(rg.end) })
	for _, t := range rg.lines {
		t.stop()
	}
}

func (t *registration) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
}

func (t *registration) isStopped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stopped
}

func (t *registration) isElsewhere() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state == regElsewhere
}

func (t *registration) set(s state) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != s {
		t.rg.cfg.Log.Info().Msgf("registration %s: %s", t.name(), s)
		t.tellRegistry(s)
	}
	t.state = s
}

func (t *registration) name() string { return t.line.User + "@" + t.line.Host }

// schedule arms the next attempt, from anywhere.
func (t *registration) schedule(after time.Duration) {
	t.rg.stack.Post(t.callID, func(sh *sipstack.Shard) { t.arm(sh, after) })
}

// arm is schedule on the shard.
func (t *registration) arm(sh *sipstack.Shard, after time.Duration) {
	sh.After(&t.timer, after, func() {
		if !t.isStopped() {
			go t.resolve() // names are looked up off the shard
		}
	})
}

// settings are those of the peer named in the line, or of the peer named like
// the host.
func (t *registration) settings(dir *sipconf.Directory) (*sipconf.Peer, *sipconf.Endpoint) {
	for _, n := range []string{t.line.Peer, t.line.Host} {
		if p := dir.Lookup(n); n != "" && p != nil {
			return p, &p.Endpoint
		}
	}
	return nil, &dir.Endpoint
}

// resolve finds the registrar's address and sends.
func (t *registration) resolve() {
	node, here := t.owner()
	if !here && !t.stands() { // there is nothing to take back
		t.rg.stack.Post(t.callID, func(sh *sipstack.Shard) { t.leaveTo(sh, node, dnsmgr.Target{}) })
		return
	}
	dir := t.rg.cfg.Directory()
	peer, e := t.settings(dir)
	at, err := t.hostEntry(dir, peer, e)
	var hops []dnsmgr.Target
	if err == nil {
		t.waitsFor.Store(at)
		hops, err = at.Await()
	}
	if err != nil {
		t.rg.cfg.Log.Warn().Msgf("Probably a DNS error for registration to %s, trying again (after %d seconds): %v", t.name(),
			int(dir.RegisterTimeout.Seconds()), err)
		if peer == nil { // so chan_sip shows it; a peer without an address it does not even ask
			t.set(regSent)
		}
		t.schedule(dir.RegisterTimeout)
		return
	}
	if !t.waitsFor.CompareAndSwap(at, nil) { // found meanwhile: it is scheduled again
		return
	}
	t.rg.stack.Post(t.callID, func(sh *sipstack.Shard) {
		t.tries = 0
		if to := hops[t.failures%len(hops)]; here {
			t.send(sh, to)
		} else {
			t.leaveTo(sh, node, to)
		}
	})
}

// stands says whether the registrar has our Contact.
func (t *registration) stands() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state == regRegistered
}

// hostEntry is where the registrar is.
func (t *registration) hostEntry(dir *sipconf.Directory, peer *sipconf.Peer, e *sipconf.Endpoint) (*dnsmgr.Entry, error) {
	switch {
	case e.OutboundProxy != "":
		q, err := dir.ProxyQuery(e.OutboundProxy, t.line.Transport)
		if err != nil {
			return nil, err
		}
		return t.rg.cfg.Names.Entry(q), nil
	case peer == nil || peer.HostEntry == nil || t.line.Port != 0:
	case peer.Name == t.line.Host, t.line.Peer == peer.Name && peer.Host == t.line.Host:
		return peer.HostEntry, nil
	}
	return t.rg.cfg.Names.Entry(dir.Query(t.line.Transport, t.line.Host, t.line.Port)), nil
}

// request is a REGISTER for so long; 0 takes our Contact back.
func (t *registration) request(dir *sipconf.Directory, to dnsmgr.Target,
	expiry time.Duration) (o *sipstack.Outgoing, flow sipstack.Flow, with sipstack.SendOptions) {
	_, e := t.settings(dir)
	flow = t.rg.cfg.Agent.FlowTo(to)
	me := dir.Advertised(flow).String()
	domain := cmp.Or(t.line.Domain, t.line.Host)
	port := cmp.Or(t.line.DomainPort, t.line.Port)
	uri := "sip:" + sipstack.HostPort(cmp.Or(e.FromDomain, domain), sipstack.NonStandard(uint16(port), flow.Proto))
	aor := sipstack.FormatNameAddr("", sipstack.FormatURI(t.line.User, domain))
	t.cseq++
	o = &sipstack.Outgoing{Method: "REGISTER", URI: uri, From: aor + ";tag=" + t.tag, To: aor, CallID: t.callID, CSeq: t.cseq,
		MaxForwards: e.MaxForwards, Headers: dir.RequestHeaders(), ForceRport: e.NAT.ForceRport}
	o.Headers = append(o.Headers, t.creds.Headers("REGISTER", uri)...)
	o.Headers = append(o.Headers, sipstack.Header{Name: "Expires", Value: strconv.Itoa(int(expiry.Seconds()))},
		sipstack.Header{Name: "Contact", Value: sipstack.FormatContact(t.line.Extension, me, flow.Proto)})
	if e.SupportPath {
		t.addOutbound(o)
	}
	return o, flow, sipstack.SendOptions{T1: e.T1, TimerB: dir.RegisterTimeout, SentBy: me}
}

// send writes one REGISTER.
func (t *registration) send(sh *sipstack.Shard, to dnsmgr.Target) {
	if t.isStopped() {
		return
	}
	dir := t.rg.cfg.Directory()
	expiry := cmp.Or(t.expiry, t.line.Expiry, dir.DefaultExpiry)
	o, flow, with := t.request(dir, to, expiry)
	if _, user := t.creds.Latest(); user != "" && t.tries > 0 {
		t.set(regAuthSent)
	} else {
		t.set(regSent)
	}
	sh.Send(flow, o, with, func(m *sipstack.Message, err error) {
		t.answer(sh, to, dir, expiry, m, err)
		if err == nil && m.Status == 200 {
			t.keepFlow(sh, dir, flow, m)
		}
	})
}

// answer takes the registrar's response.
func (t *registration) answer(sh *sipstack.Shard, to dnsmgr.Target, dir *sipconf.Directory, asked time.Duration, m *sipstack.Message,
	err error) {
	if t.isStopped() || t.isElsewhere() {
		return
	}
	if err != nil && !errors.Is(err, sipstack.ErrTimeout) { // it was not even sent
		t.rg.cfg.Log.Warn().Msgf("REGISTER for '%s' cannot be sent: %v", t.name(), err)
		sh.After(&t.timer, dir.RegisterTimeout, func() {
			if !t.isStopped() {
				t.timedOut(sh, dir)
			}
		})
		return
	}
	if err != nil {
		t.timedOut(sh, dir)
		return
	}
	switch {
	case m.Status < 200:
		return
	case m.Status == 200:
		t.attempts, t.tries = 0, 0
		t.registered(sh, dir, m)
	case m.Status == 401 || m.Status == 407:
		t.challenged(sh, to, dir, m)
	case m.Status == 403 && !dir.Retry403:
		t.rg.cfg.Log.Warn().Msgf("Forbidden - wrong password on authentication for REGISTER for '%s' to '%s'", t.line.User, t.line.Host)
		t.set(regNoAuth)
	case m.Status == 423:
		t.tooBrief(sh, to, dir, m)
	case m.Status == 404 || m.Status == 400 || m.Status == 414 || m.Status == 479 || m.Status == 493:
		t.rg.cfg.Log.Warn().Msgf("Got %d %s on REGISTER to service %s, giving up", m.Status, m.Reason, t.name())
		t.set(regRejected)
	default:
		t.failures++
		if m.Status == 403 { // register_retry_403: with a challenge of its own
			t.creds, t.tries = access.ClientCredentials{}, 0
		}
		if m.Status == 408 {
			t.attempts = 0
		} else if t.givesUp(dir) {
			return
		}
		t.arm(sh, dir.RegisterTimeout)
	}
}

// givesUp counts an attempt that came to nothing and says whether it was the last one
// (registerattempts).
func (t *registration) givesUp(dir *sipconf.Directory) bool {
	t.attempts++
	if dir.RegisterAttempts == 0 || t.attempts < dir.RegisterAttempts {
		return false
	}
	t.rg.cfg.Log.Warn().Msgf("Last Registration Attempt #%d failed, Giving up forever trying to register '%s'", t.attempts, t.name())
	t.set(regFailed)
	return true
}

// timedOut: nothing came back in registertimeout.
func (t *registration) timedOut(sh *sipstack.Shard, dir *sipconf.Directory) {
	t.failures++
	t.creds = access.ClientCredentials{}
	if t.givesUp(dir) {
		return
	}
	t.rg.cfg.Log.Warn().Msgf("   -- Registration for '%s' timed out, trying again (Attempt #%d)", t.name(), t.attempts+1)
	t.set(regUnregistered)
	t.arm(sh, 0)
}

func (t *registration) challenged(sh *sipstack.Shard, to dnsmgr.Target, dir *sipconf.Directory, m *sipstack.Message) {
	t.tries++
	if t.tries > maxRegisterTries {
		t.rg.cfg.Log.Warn().Msgf("Failed to authenticate on REGISTER to '%s' (tries '%d')", t.name(), t.tries-1)
		t.creds = access.ClientCredentials{}
		t.arm(sh, dir.RegisterTimeout)
		return
	}
	if !t.learn(dir, m) {
		t.rg.cfg.Log.Warn().Msgf("No challenge of '%s' can be answered: it asks for %s", t.name(), access.AlgorithmNames(m))
		t.arm(sh, dir.RegisterTimeout)
		return
	}
	t.send(sh, to)
}

// tooBrief: 423 names the shortest interval the registrar takes.
func (t *registration) tooBrief(sh *sipstack.Shard, to dnsmgr.Target, dir *sipconf.Directory, m *sipstack.Message) {
	n, err := strconv.Atoi(strings.TrimSpace(m.Header("Min-Expires")))
	wanted := time.Duration(n) * time.Second
	if err != nil || wanted > dir.MaxExpiry || wanted <= t.expiry {
		t.rg.cfg.Log.Warn().Msgf("Required expiration time of '%s' is too high, giving up", t.name())
		t.set(regRejected)
		return
	}
	t.expiry = wanted
	t.send(sh, to)
}

// registered arms the refresh: 15 s before the end, or earlier for short ones.
func (t *registration) registered(sh *sipstack.Shard, dir *sipconf.Directory, m *sipstack.Message) {
	granted := dir.DefaultExpiry
	if n, err := strconv.Atoi(strings.TrimSpace(m.Header("Expires"))); err == nil && n > 0 {
		granted = time.Duration(n) * time.Second
	}
	for _, v := range m.List("Contact") {
		c, ok := sipstack.ParseNameAddr(v)
		u := c.ParsedURI()
		if x, has := c.Param("expires"); ok && has && sipstack.Unescape(u.User) == t.line.Extension {
			if n, err := strconv.Atoi(x); err == nil && n > 0 {
				granted = time.Duration(n) * time.Second
			}
		}
	}
	margin := 15 * time.Second
	if granted <= 30*time.Second {
		margin = max(granted/5, 500*time.Millisecond)
	}
	t.mu.Lock()
	t.refresh, t.at = int((granted - margin).Seconds()), time.Now()
	t.mu.Unlock()
	t.set(regRegistered)
	t.arm(sh, granted-margin)
}

// Entry is one line of sip show registry.
type Entry struct {
	Host, User, State string
	// Account is the user alone, Domain and DomainPort where it is known: the host and 5060 unless the line names them.
	Account, Domain string
	DomainPort      int
	Refresh         int
	At              time.Time
}

const atNode = "AT "

// Elsewhere says whether another node keeps it; State names that.
func (e Entry) Elsewhere() bool { return strings.HasPrefix(e.State, atNode) }

// List lists the outbound registrations.
func (rg *Registry) List() []Entry {
	rg.mu.Lock()
	defer rg.mu.Unlock()
	var out []Entry
	for _, t := range rg.lines {
		t.mu.Lock()
		e := Entry{Host: fmt.Sprintf("%s:%d", t.line.Host, sipstack.PortOr(t.line.Port, t.line.Transport)), User: t.line.UserAndDomain(),
			Account: t.line.User, Domain: cmp.Or(t.line.Domain, t.line.Host), DomainPort: cmp.Or(t.line.DomainPort, 5060),
			State: t.state.String(), Refresh: t.refresh, At: t.at}
		if t.state == regElsewhere && t.node != "" {
			e.State = atNode + t.node
		}
		if e.Refresh == 0 {
			e.Refresh = int(cmp.Or(t.line.Expiry, rg.cfg.Directory().DefaultExpiry).Seconds())
		}
		t.mu.Unlock()
		out = append(out, e)
	}
	return out
}

// tellRegistry makes known how far our own registration is.
func (t *registration) tellRegistry(s state) {
	if core := t.rg.cfg.Core; core.Heard() {
		core.Tell(pbx.News{Name: "Registry", Class: "system", Fields: []pbx.Field{{Name: "ChannelType", Value: "SIP"},
			{Name: "Username", Value: t.line.User}, {Name: "Domain", Value: t.line.Host},
			{Name: "Status", Value: s.String()}}})
	}
}
