// Package qualify sends OPTIONS to peers with qualify= and says how they are (sip show peers, the
// event PeerStatus), and keeps the NAT of peers with keepalive= open.
package qualify

import (
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// Health is what qualify knows of a peer.
type Health struct {
	Monitored bool
	Known     bool // an OPTIONS was answered or timed out since the peer's address is known
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

// retryInterval is the time from a failed check to the next OPTIONS, as in chan_sip.
const retryInterval = 10 * time.Second

// Config is what a Qualifier needs.
type Config struct {
	Directory func() *sipconf.Directory // the one in force
	Agent     *dialog.Agent
	Bindings  *location.Bindings
	Core      *pbx.Core
	Log       zerolog.Logger
	Changed   func(name string) // is called when a peer is reachable, lagged or unreachable now
}

// Qualifier sends OPTIONS to peers with qualify and keeps their health. Its methods may be
// called from anywhere; the transactions run on the shards.
type Qualifier struct {
	cfg   Config
	stack *sipstack.Stack

	mu     sync.Mutex // guards all below
	peers  map[string]*peerState
	closed bool
}

type peerState struct {
	health Health
	timer  *time.Timer
	round  int // answers to earlier pokes are not counted
}

// New makes a Qualifier. Attach gives it the stack.
func New(cfg Config) *Qualifier {
	return &Qualifier{cfg: cfg, peers: map[string]*peerState{}}
}

// Attach gives it the stack, before the first Apply.
func (q *Qualifier) Attach(s *sipstack.Stack) { q.stack = s }

// Health returns what is known of a peer.
func (q *Qualifier) Health(p *sipconf.Peer) Health {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.peers[p.Name]; s != nil {
		return s.health
	}
	return Health{Monitored: p.Qualify > 0}
}

// Apply takes a new directory: peers with qualify are poked, spread over time.
func (q *Qualifier) Apply(dir *sipconf.Directory) {
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

// Follow begins to watch a peer that is not of sip.conf.
func (q *Qualifier) Follow(p *sipconf.Peer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p.Qualify > 0 && p.IsPeer && q.peers[p.Name] == nil && !q.closed {
		q.add(p.Name, 0)
	}
}

// add begins to watch a peer; mu is held.
func (q *Qualifier) add(name string, after time.Duration) *peerState {
	s := &peerState{health: Health{Monitored: true}}
	s.timer = time.AfterFunc(after, func() { q.send(name) })
	q.peers[name] = s
	return s
}

// Poke checks a peer now.
func (q *Qualifier) Poke(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.peers[name]; s != nil && !q.closed {
		s.timer.Reset(0)
	}
}

// Forget drops what is known of an unregistered peer.
func (q *Qualifier) Forget(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if s := q.peers[name]; s != nil {
		s.health = Health{Monitored: true}
		s.round++
		s.timer.Stop()
	}
}

func (q *Qualifier) Stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, s := range q.peers {
		s.timer.Stop()
	}
}

// send writes one OPTIONS and arms the wait for its answer.
func (q *Qualifier) send(name string) {
	dir := q.cfg.Directory()
	p := dir.Lookup(name)
	if p == nil {
		return
	}
	out, flow, ok := q.cfg.Agent.OutOfDialog(dir, p, q.cfg.Bindings.Get(name), "OPTIONS", p.FromUser)
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
	q.stack.Post(out.CallID, func(sh *sipstack.Shard) {
		sh.Send(flow, out, sipstack.SendOptions{T1: p.T1, TimerB: 2 * p.Qualify, SentBy: dir.Advertised(flow).String()},
			func(m *sipstack.Message, err error) {
				if err == nil && m.Status >= 200 {
					q.result(name, round, time.Since(begun), true)
				}
			})
	})
}

// result takes the outcome of one poke; any final answer counts as alive.
func (q *Qualifier) result(name string, round int, rtt time.Duration, alive bool) {
	p := q.cfg.Directory().Lookup(name)
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
		next = retryInterval
	}
	s.timer = time.AfterFunc(next, func() { q.send(name) })
	q.announce(name, p, before, s.health)
}

// announce logs a change in chan_sip's words.
func (q *Qualifier) announce(name string, p *sipconf.Peer, before, now Health) {
	if before.Known && before.Reachable == now.Reachable && before.Lagged == now.Lagged {
		return
	}
	q.cfg.Core.DeviceChanged("SIP/" + name)
	tellHealth(q.cfg.Core, name, now)
	q.cfg.Changed(name)
	ms, limit := now.RTT.Milliseconds(), p.Qualify.Milliseconds()
	switch {
	case !now.Reachable:
		q.cfg.Log.Warn().Msgf("Peer '%s' is now UNREACHABLE!  Last qualify: %d", name, before.RTT.Milliseconds())
	case now.Lagged:
		q.cfg.Log.Warn().Msgf("Peer '%s' is now Lagged. (%dms / %dms)", name, ms, limit)
	default:
		q.cfg.Log.Info().Msgf("Peer '%s' is now Reachable. (%dms / %dms)", name, ms, limit)
	}
}
