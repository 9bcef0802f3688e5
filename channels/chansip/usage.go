package chansip

import (
	"fmt"
	"strings"
	"sync"

	"obelisk/internal/trace"
)

// usage counts the calls of each peer, in both directions together (call-limit).
type usage struct {
	mu    sync.Mutex // guards calls
	calls map[string]int
}

// begin counts a call of the peer; false when it would be one too many.
func (u *usage) begin(p *Peer) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	name := strings.ToLower(p.Name)
	if p.CallLimit > 0 && u.calls[name] >= p.CallLimit {
		return false
	}
	if u.calls == nil {
		u.calls = map[string]int{}
	}
	u.calls[name]++
	return true
}

func (u *usage) end(p *Peer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	name := strings.ToLower(p.Name)
	if u.calls[name]--; u.calls[name] <= 0 {
		delete(u.calls, name)
	}
}

// InUse is how many calls a peer has now.
func (d *Driver) InUse(peer string) int {
	d.usage.mu.Lock()
	defer d.usage.mu.Unlock()
	return d.usage.calls[strings.ToLower(peer)]
}

// count takes the leg into its peer's account, or says why it must not be.
func (l *Leg) count(direction string) *trace.Refusal {
	if l.peer == nil {
		return nil
	}
	if !l.d.usage.begin(l.peer) {
		l.d.log.Warn().Msgf("Call %s peer '%s' rejected due to usage limit of %d", direction, l.peer.Name, l.peer.CallLimit)
		return &trace.Refusal{Status: 480, Reason: "Temporarily Unavailable (Call limit) ", Cause: 17,
			Rule: fmt.Sprintf("'%s' has its %d calls", l.peer.Name, l.peer.CallLimit), Pos: l.peer.Line("call-limit")}
	}
	l.counted = true
	return nil
}

// letGo gives the leg's ports and its place in the peer's account back.
func (l *Leg) letGo() {
	l.stream.Close()
	if l.counted {
		l.counted = false
		l.d.usage.end(l.peer)
	}
}
