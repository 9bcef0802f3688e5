package outreg

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// With supportpath a registration of ours says that we know Path, Service-Route and
// flows (RFC 3327, 3608, 5626), and goes by what the registrar answers.

// instanceFamily of the astdb holds the name of this switchboard towards registrars.
const instanceFamily = "SIP/Instance"

// instance is a URN that stays the same for good (RFC 5626 section 4.1).
func (rg *Registry) instance() string {
	rg.mu.Lock()
	defer rg.mu.Unlock()
	id, ok := rg.cfg.DB.Get(instanceFamily, "urn")
	if !ok {
		x := sipstack.Hex32()
		id = "urn:uuid:" + x[:8] + "-" + x[8:12] + "-4" + x[13:16] + "-8" + x[17:20] + "-" + x[20:]
		rg.cfg.DB.Put(instanceFamily, "urn", id)
	}
	return id
}

// addOutbound adds to a REGISTER what it says of Path and flows; the Contact is its last
// header.
func (t *registration) addOutbound(o *sipstack.Outgoing) {
	contact := &o.Headers[len(o.Headers)-1]
	contact.Value += `;+sip.instance="<` + t.rg.instance() + `>";reg-id=1`
	o.Headers = append(o.Headers, sipstack.Header{Name: "Supported", Value: "path, outbound"})
}

// Times between empty lines where the registrar names none (RFC 5626 section 4.4).
const (
	pingStream = 110 * time.Second
	pingUDP    = 25 * time.Second
)

// keepFlow takes what the 200 says of routes, and keeps the flow open where the
// registrar wants that.
func (t *registration) keepFlow(sh *sipstack.Shard, dir *sipconf.Directory, f sipstack.Flow, m *sipstack.Message) {
	if _, e := t.settings(dir); !e.SupportPath {
		return
	}
	t.mu.Lock()
	t.route = m.List("Service-Route")
	t.mu.Unlock()
	sh.Disarm(&t.ping)
	every := pingUDP
	if f.Proto.Reliable() {
		every = pingStream
	}
	if n, err := strconv.Atoi(strings.TrimSpace(m.Header("Flow-Timer"))); err == nil && n > 5 {
		every = time.Duration(n-5) * time.Second
	} else if !slices.Contains(m.Options("Require"), "outbound") {
		return
	}
	var next func()
	next = func() {
		if !t.isStopped() {
			t.rg.stack.KeepAlive(f)
			sh.After(&t.ping, every, next)
		}
	}
	sh.After(&t.ping, every, next)
}

// ServiceRoute is the route that the registrar of a peer wants our requests to take, nil
// without one.
func (rg *Registry) ServiceRoute(dir *sipconf.Directory, p *sipconf.Peer) []string {
	rg.mu.Lock()
	defer rg.mu.Unlock()
	for _, t := range rg.lines {
		if q, _ := t.settings(dir); q == p || q == nil && strings.EqualFold(t.line.Host, p.Host) {
			t.mu.Lock()
			route := t.route
			t.mu.Unlock()
			return route
		}
	}
	return nil
}
