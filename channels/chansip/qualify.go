package chansip

import (
	"fmt"
	"sync"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// Health is what qualify knows of a peer.
type Health struct {
	Monitored bool
	Known     bool // an answer or its absence was seen since the peer's address is known
	Reachable bool
	Lagged    bool
	RTT       time.Duration
}

// Callable says whether Dial may try.
func (h Health) Callable() bool { return !h.Monitored || !h.Known || h.Reachable && !h.Lagged }

// Status is the text of sip show peers.
func (h Health) Status() string {
	ms := h.RTT.Milliseconds()
	switch {
	case !h.Monitored:
		return "Unmonitored"
	case !h.Known:
		return "UNKNOWN"
	case !h.Reachable:
		return "UNREACHABLE"
	case h.Lagged:
		return fmt.Sprintf("LAGGED (%d ms)", ms)
	}
	return fmt.Sprintf("OK (%d ms)", max(ms, 1))
}

// Intervals of chan_sip: after a failure the next check comes sooner.
const (
	pokeAfterFailure = 10 * time.Second
)

// qualifier pokes peers with OPTIONS. Its state is small and guarded; the
// transactions run on the shards.
type qualifier struct {
	d *Driver

	mu     sync.Mutex // guards all below
	peers  map[string]*qualified
	closed bool
}

type qualified struct {
	health Health
	timer  *time.Timer
	round  int // answers to earlier pokes are not counted
}

func newQualifier(d *Driver) *qualifier { return &qualifier{d: d, peers: map[string]*qualified{}} }

// health of a peer.
func (q *qualifier) of(p *sipconf.Peer) Health {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.peers[p.Name]; s != nil {
		return s.health
	}
	return Health{Monitored: p.Qualify > 0}
}

// apply takes a new directory: peers with qualify are poked, spread over time.
func (q *qualifier) apply(dir *sipconf.Directory) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for name, s := range q.peers {
		if p := dir.Lookup(name); p == nil || p.Qualify == 0 {
			s.timer.Stop()
			delete(q.peers, name)
		}
	}
	n := 0
	for _, p := range dir.Peers {
		if p.Qualify > 0 && p.IsPeer && q.peers[p.Name] == nil {
			q.add(p.Name, time.Duration(n/dir.QualifyPeers)*dir.QualifyGap)
			n++
		}
	}
}

// follow begins to watch a peer that is not of sip.conf.
func (q *qualifier) follow(p *sipconf.Peer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p.Qualify > 0 && p.IsPeer && q.peers[p.Name] == nil && !q.closed {
		q.add(p.Name, 0)
	}
}

// add begins to watch a peer; mu is held.
func (q *qualifier) add(name string, after time.Duration) *qualified {
	s := &qualified{health: Health{Monitored: true}}
	s.timer = time.AfterFunc(after, func() { q.send(name) })
	q.peers[name] = s
	return s
}

// poke checks a peer now.
func (q *qualifier) poke(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.peers[name]; s != nil && !q.closed {
		s.timer.Reset(0)
	}
}

// forget drops what is known of an unregistered peer.
func (q *qualifier) forget(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.peers[name]; s != nil {
		s.health = Health{Monitored: true}
		s.round++
		s.timer.Stop()
	}
}

func (q *qualifier) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, s := range q.peers {
		s.timer.Stop()
	}
}

// send writes one OPTIONS and arms the wait for its answer.
func (q *qualifier) send(name string) {
	d, dir := q.d, q.d.Directory()
	p := dir.Lookup(name)
	if p == nil {
		return
	}
	out, flow, ok := d.ua.OutOfDialog(dir, p, d.live.Get(name), "OPTIONS", p.FromUser)
	q.mu.Lock()
	s := q.peers[name]
	if s == nil || q.closed || !ok {
		q.mu.Unlock()
		return
	}
	s.round++
	round := s.round
	s.timer.Stop()
	s.timer = time.AfterFunc(2*p.Qualify, func() { q.result(name, round, 0, false) })
	q.mu.Unlock()

	out.Headers = append(out.Headers, sipstack.Header{Name: "Allow", Value: sipconf.Allow})
	begun := time.Now()
	d.stack.Post(out.CallID, func(sh *sipstack.Shard) {
		sh.Send(flow, out, sipstack.SendOptions{T1: p.T1, TimerB: 2 * p.Qualify, SentBy: dir.Advertised(flow).String()}, func(m *sipstack.Message, err error) {
			if err == nil && m.Status >= 200 {
				q.result(name, round, time.Since(begun), true)
			}
		})
	})
}

// result takes the outcome of one poke; any final answer counts as alive.
func (q *qualifier) result(name string, round int, rtt time.Duration, alive bool) {
	p := q.d.Directory().Lookup(name)
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.peers[name]
	if s == nil || p == nil || s.round != round || q.closed {
		return
	}
	s.round++
	s.timer.Stop()
	before := s.health
	s.health = Health{Monitored: true, Known: true, Reachable: alive, Lagged: alive && rtt > p.Qualify, RTT: rtt}
	next := p.QualifyFreq
	if !alive || s.health.Lagged {
		next = pokeAfterFailure
	}
	s.timer = time.AfterFunc(next, func() { q.send(name) })
	q.announce(name, p, before, s.health)
}

// announce logs a change in chan_sip's words.
func (q *qualifier) announce(name string, p *sipconf.Peer, before, now Health) {
	if before.Known && before.Reachable == now.Reachable && before.Lagged == now.Lagged {
		return
	}
	q.d.core.DeviceChanged("SIP/" + name)
	q.d.tellHealth(name, now)
	q.d.extens.changed(name)
	ms, limit := now.RTT.Milliseconds(), p.Qualify.Milliseconds()
	switch {
	case !now.Reachable:
		q.d.log.Warn().Msgf("Peer '%s' is now UNREACHABLE!  Last qualify: %d", name, before.RTT.Milliseconds())
	case now.Lagged:
		q.d.log.Warn().Msgf("Peer '%s' is now Lagged. (%dms / %dms)", name, ms, limit)
	default:
		q.d.log.Info().Msgf("Peer '%s' is now Reachable. (%dms / %dms)", name, ms, limit)
	}
}
