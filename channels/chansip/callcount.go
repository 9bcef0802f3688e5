package chansip

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// callCounts counts the calls of each peer, in both directions together (call-limit,
// callcounter).
type callCounts struct {
	mu    sync.Mutex // guards peers
	peers map[string]*peerCalls
}

// peerCalls are the calls of one peer: all, those of them that ring at the peer, and those that
// it holds; units are those that they have of a limit which is hard over nodes (hardlimits of cluster.conf).
type peerCalls struct{ calls, ringing, held, units int }

// updateCalls changes the counts of a peer, and its device state with them. do returns false to
// refuse; the counts stay as they were then.
func (d *Driver) updateCalls(p *sipconf.Peer, do func(*peerCalls) bool) (ok bool) {
	if ok = d.updateCallsQuietly(p, do); ok {
		d.callsChanged(p)
	}
	return ok
}

// callsChanged publishes the device state of a peer after a change of its counts.
func (d *Driver) callsChanged(p *sipconf.Peer) {
	if p.CountsCalls() {
		d.core.DeviceChanged("SIP/" + p.Name)
	}
}

// updateCallsQuietly is updateCalls without the device state.
func (d *Driver) updateCallsQuietly(p *sipconf.Peer, do func(*peerCalls) bool) (ok bool) {
	u, name := &d.callCounts, strings.ToLower(p.Name)
	u.mu.Lock()
	if u.peers == nil {
		u.peers = map[string]*peerCalls{}
	}
	a := u.peers[name]
	if a == nil {
		a = &peerCalls{}
	}
	before := a.calls
	if ok = do(a); *a == (peerCalls{}) {
		delete(u.peers, name)
	} else {
		u.peers[name] = a
	}
	changed := a.calls != before
	u.mu.Unlock()
	if changed && limitedCalls(p) {
		d.phones.CallsChanged(p.Name, func() int { return d.callsOf(p.Name).calls })
	}
	return ok
}

// limitedCalls says whether calls of a peer at other nodes count here.
func limitedCalls(p *sipconf.Peer) bool { return p.CallLimit > 0 || p.BusyLevel > 0 }

// callsElsewhere is how many calls a peer with a limit has at other nodes.
func (d *Driver) callsElsewhere(p *sipconf.Peer) int {
	if !limitedCalls(p) {
		return 0
	}
	return d.phones.CallsOf(p.Name)
}

func (d *Driver) callsOf(peer string) peerCalls {
	d.callCounts.mu.Lock()
	defer d.callCounts.mu.Unlock()
	if a := d.callCounts.peers[strings.ToLower(peer)]; a != nil {
		return *a
	}
	return peerCalls{}
}

// atLimit says whether so many calls here, with those at other nodes, are as many as a peer may
// have, or is busy with.
func (d *Driver) atLimit(p *sipconf.Peer, calls int) bool {
	calls += d.callsElsewhere(p)
	return p.CallLimit > 0 && calls >= p.CallLimit || p.BusyLevel > 0 && calls >= p.BusyLevel
}

// InUse is how many calls a peer has now.
func (d *Driver) InUse(peer string) int { return d.callsOf(peer).calls }

// InUseEntry is one line of sip show inuse.
type InUseEntry struct {
	Name                        string
	Calls, Ringing, Held, Limit int
}

// InUseList lists the peers, or those whose calls are counted.
func (d *Driver) InUseList(all bool) (out []InUseEntry) {
	for _, p := range d.Directory().Peers {
		if !all && !p.CountsCalls() {
			continue
		}
		a := d.callsOf(p.Name)
		out = append(out, InUseEntry{p.Name, a.calls, a.ringing, a.held, p.CallLimit})
	}
	slices.SortFunc(out, func(a, b InUseEntry) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// addCall adds the call to the peer's count, or refuses it at call-limit. The device state of a
// called peer changes in Call, when its channel exists and watchers can be told who calls.
// further: another phone of the endpoint rings already, and the limit was checked for it.
func (l *Leg) addCall(direction string, further bool) *trace.Refusal {
	p := l.Peer
	if p == nil {
		return nil
	}
	change := l.d.updateCalls
	if l.outbound {
		change = l.d.updateCallsQuietly
	}
	others := l.d.callsElsewhere(p)
	if l.unit {
		others = 0 // they are counted where the unit comes from
	}
	if !change(p, func(a *peerCalls) bool {
		if p.CallLimit > 0 && a.calls+others >= p.CallLimit && !further {
			return false
		}
		a.calls++
		if l.unit {
			a.units++
		}
		if l.outbound { // it rings from here on
			a.ringing++
		}
		return true
	}) {
		return l.tooMany(direction)
	}
	l.counted, l.ringing, l.unit = true, l.outbound, false
	return nil
}

// tooMany refuses a call beyond call-limit.
func (l *Leg) tooMany(direction string) *trace.Refusal {
	p := l.Peer
	l.d.log.Warn().Ctx(l.trace.Context()).Msgf("Call %s peer '%s' rejected due to usage limit of %d", direction, p.Name, p.CallLimit)
	return &trace.Refusal{Status: 480, Reason: "Temporarily Unavailable (Call limit) ", Cause: 17,
		Rule: fmt.Sprintf("'%s' has its %d calls", p.Name, p.CallLimit), Pos: p.Line("call-limit")}
}

// stopRinging notes that the far side, which was being called, has answered.
func (l *Leg) stopRinging() {
	if l.ringing {
		l.ringing = false
		l.d.updateCalls(l.Peer, func(a *peerCalls) bool { a.ringing--; return true })
	}
}

func step(up bool) int {
	if up {
		return 1
	}
	return -1
}

// closeMedia frees the leg's ports, where it has got some.
func (l *Leg) closeMedia() {
	if l.stream == nil {
		return
	}
	l.stream.Close()
	if l.video != nil {
		l.video.stream.Close()
	}
	if l.rtt != nil {
		l.rtt.stream.Close()
	}
}

// releaseMedia gives the leg's ports and its place in the peer's account back.
func (l *Leg) releaseMedia() {
	l.closeMedia()
	l.d.callLimits.removeGuest(l)
	if l.unit {
		l.unit = false
		l.d.giveUnit(l.Peer)
	}
	if !l.counted {
		return
	}
	rings, holds := l.ringing, l.heldCounted
	l.counted, l.ringing, l.heldCounted = false, false, false
	back := false
	l.d.updateCalls(l.Peer, func(a *peerCalls) bool {
		if a.calls--; a.units > a.calls { // another phone of the endpoint may ring for the same call
			a.units, back = a.units-1, true
		}
		if rings {
			a.ringing--
		}
		if holds {
			a.held--
		}
		return true
	})
	if back {
		l.d.giveUnit(l.Peer)
	}
}

// DeviceState implements pbx.DeviceTeller: the state of "peer" or "ext@peer".
func (d *Driver) DeviceState(resource string) pbx.DeviceState {
	name, _, _ := strings.Cut(resource, "/")
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		name = name[at+1:]
	}
	p := d.Directory().Lookup(name)
	if p == nil || !p.IsPeer {
		return pbx.DeviceInvalid
	}
	here := p.Addr().IsValid() || p.DefaultAddr.IsValid() || d.bindings.Get(p.Name) != nil
	if !here && d.phones.At(p.Name, "") == nil { // a phone that another node has may be in calls of this one
		return pbx.DeviceUnavailable
	}
	if p.CountsCalls() {
		switch a := d.callsOf(p.Name); {
		case a.held > 0:
			return pbx.DeviceOnHold
		case a.ringing > 0 && a.ringing == a.calls:
			return pbx.DeviceRinging
		case a.ringing > 0:
			return pbx.DeviceRingInUse
		case a.calls > 0 && d.atLimit(p, a.calls):
			return pbx.DeviceBusy
		case a.calls > 0:
			return pbx.DeviceInUse
		}
	}
	if h := d.health.Health(p); !here || !h.Callable() {
		return pbx.DeviceUnavailable
	}
	return pbx.DeviceNotInUse
}
