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

// usage counts the calls of each peer, in both directions together (call-limit,
// callcounter).
type usage struct {
	mu    sync.Mutex // guards peers
	peers map[string]*account
}

// account is what one peer has now. Calls that ring there are counted in calls too.
type account struct{ calls, ringing, held int }

// change updates a peer's account and tells the watchers of its state. do may
// refuse, and the account stays as it was.
func (d *Driver) change(p *sipconf.Peer, do func(*account) bool) (ok bool) {
	if ok = d.adjust(p, do); ok {
		d.tellUsage(p)
	}
	return ok
}

// tellUsage tells the watchers of a peer's state.
func (d *Driver) tellUsage(p *sipconf.Peer) {
	if p.CountsCalls() {
		d.core.DeviceChanged("SIP/" + p.Name)
	}
}

// adjust is change that tells nobody.
func (d *Driver) adjust(p *sipconf.Peer, do func(*account) bool) (ok bool) {
	u, name := &d.usage, strings.ToLower(p.Name)
	u.mu.Lock()
	if u.peers == nil {
		u.peers = map[string]*account{}
	}
	a := u.peers[name]
	if a == nil {
		a = &account{}
	}
	if ok = do(a); *a == (account{}) {
		delete(u.peers, name)
	} else {
		u.peers[name] = a
	}
	u.mu.Unlock()
	return ok
}

func (d *Driver) accountOf(peer string) account {
	d.usage.mu.Lock()
	defer d.usage.mu.Unlock()
	if a := d.usage.peers[strings.ToLower(peer)]; a != nil {
		return *a
	}
	return account{}
}

// InUse is how many calls a peer has now.
func (d *Driver) InUse(peer string) int { return d.accountOf(peer).calls }

// UsageRow is one line of sip show inuse.
type UsageRow struct {
	Name                        string
	Calls, Ringing, Held, Limit int
}

// Usage lists the peers, or those whose calls are counted.
func (d *Driver) Usage(all bool) (out []UsageRow) {
	for _, p := range d.Directory().Peers {
		if !all && !p.CountsCalls() {
			continue
		}
		a := d.accountOf(p.Name)
		out = append(out, UsageRow{p.Name, a.calls, a.ringing, a.held, p.CallLimit})
	}
	slices.SortFunc(out, func(a, b UsageRow) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// count takes the leg into its peer's account, or says why it must not be. Who watches
// a peer that is to be called is told once its channel is there (Call), so that he may
// be told who calls. Where an endpoint's other phones ring already, further ones are
// part of the same call: the limit has been looked at.
func (l *Leg) count(direction string, further bool) *trace.Refusal {
	p := l.Peer
	if p == nil {
		return nil
	}
	change := l.d.change
	if l.outbound {
		change = l.d.adjust
	}
	if !change(p, func(a *account) bool {
		if p.CallLimit > 0 && a.calls >= p.CallLimit && !further {
			return false
		}
		a.calls++
		if l.outbound { // it rings from here on
			a.ringing++
		}
		return true
	}) {
		l.d.log.Warn().Ctx(l.trace.Context()).Msgf("Call %s peer '%s' rejected due to usage limit of %d", direction, p.Name, p.CallLimit)
		return &trace.Refusal{Status: 480, Reason: "Temporarily Unavailable (Call limit) ", Cause: 17,
			Rule: fmt.Sprintf("'%s' has its %d calls", p.Name, p.CallLimit), Pos: p.Line("call-limit")}
	}
	l.counted, l.ringing = true, l.outbound
	return nil
}

// rangOut notes that the far side, which was being called, has answered.
func (l *Leg) rangOut() {
	if l.ringing {
		l.ringing = false
		l.d.change(l.Peer, func(a *account) bool { a.ringing--; return true })
	}
}

// holds notes that the far side has the call on hold (notifyhold).
func (l *Leg) holds(on bool) {
	if l.Peer == nil || l.heldCounted == on || on && !l.Dir.NotifyHold {
		return
	}
	l.heldCounted = on
	l.d.change(l.Peer, func(a *account) bool { a.held += step(on); return true })
}

func step(up bool) int {
	if up {
		return 1
	}
	return -1
}

// closeMedia frees the leg's ports.
func (l *Leg) closeMedia() {
	l.stream.Close()
	if l.video != nil {
		l.video.stream.Close()
	}
}

// letGo gives the leg's ports and its place in the peer's account back.
func (l *Leg) letGo() {
	l.closeMedia()
	l.d.shares.dismiss(l)
	if !l.counted {
		return
	}
	rings, holds := l.ringing, l.heldCounted
	l.counted, l.ringing, l.heldCounted = false, false, false
	l.d.change(l.Peer, func(a *account) bool {
		a.calls--
		if rings {
			a.ringing--
		}
		if holds {
			a.held--
		}
		return true
	})
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
	if !p.Addr().IsValid() && !p.DefaultAddr.IsValid() && d.live.Get(p.Name) == nil {
		return pbx.DeviceUnavailable
	}
	if p.CountsCalls() {
		switch a := d.accountOf(p.Name); {
		case a.held > 0:
			return pbx.DeviceOnHold
		case a.ringing > 0 && a.ringing == a.calls:
			return pbx.DeviceRinging
		case a.ringing > 0:
			return pbx.DeviceRingInUse
		case p.CallLimit > 0 && a.calls >= p.CallLimit, p.BusyLevel > 0 && a.calls >= p.BusyLevel:
			return pbx.DeviceBusy
		case a.calls > 0:
			return pbx.DeviceInUse
		}
	}
	if h := d.health.Health(p); !h.Callable() {
		return pbx.DeviceUnavailable
	}
	return pbx.DeviceNotInUse
}
