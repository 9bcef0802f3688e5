package queue

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"obelisk/internal/store"
	"obelisk/pbx"
)

// Where several nodes are one switchboard a queue is that of all of them. Each caller stays at his node, which rings
// members for him, wherever their phones are; all know who waits, and in which order (line.go), what members do and have done
// (nodemembers.go), and whom somebody rings (claim.go).

// Kinds of shared words. Their keys are a queue and what it is about, with sep between.
const (
	callKind   = "qcall"   // who waits
	memberKind = "qmember" // what was made of a member
	statKind   = "qstat"   // what he has done
	roundKind  = "qround"  // who is next in a round; the key is the queue
	claimKind  = "qclaim"  // a node has him ring; the key is his interface
	sep        = "\x1f"
)

// nodes are the other nodes; nil: this one is alone, and all of it does nothing.
type nodes struct {
	m      *Module
	shared store.Shared
	others pbx.Elsewhere
	ends   []func()

	post    sync.Mutex // guards the two below
	letters []func()
	running bool

	mu      sync.Mutex // guards all below
	granted map[string]grant
	heard   map[string]uint64 // the Seq of the word that was taken last on a member
	own     map[string]int    // calls that a member took here
}

// joinNodes begins it where there are other nodes.
func (m *Module) joinNodes() {
	others := m.core.Elsewhere()
	if others == nil || m.nodes != nil {
		return
	}
	n := &nodes{m: m, shared: m.core.Shared(), others: others, granted: map[string]grant{}, heard: map[string]uint64{}, own: map[string]int{}}
	m.mu.Lock()
	m.nodes = n
	m.mu.Unlock()
	for kind, f := range map[string]func(string){callKind: n.callHeard, memberKind: n.memberHeard, statKind: n.statHeard,
		roundKind: n.roundHeard} {
		n.ends = append(n.ends, n.shared.Watch(kind, f))
	}
	others.Answer(claimTopic, n.asked)
}

// Close implements pbx.Closer.
func (m *Module) Close() {
	if m.nodes != nil {
		for _, end := range m.nodes.ends {
			end()
		}
	}
}

// say has f say something without a lock, after what was to be said before.
func (n *nodes) say(f func()) {
	n.post.Lock()
	defer n.post.Unlock()
	if n.letters = append(n.letters, f); !n.running {
		n.running = true
		go n.deliver()
	}
}

func (n *nodes) deliver() {
	for {
		n.post.Lock()
		list := n.letters
		if n.letters = nil; len(list) == 0 {
			n.running = false
			n.post.Unlock()
			return
		}
		n.post.Unlock()
		for _, f := range list {
			f()
		}
	}
}

// put says a word; one that cannot be said is told of.
func (n *nodes) put(kind, key string, value any) {
	text, err := json.Marshal(value)
	if err == nil {
		err = n.shared.Put(kind, key, string(text), 0)
	}
	if err != nil {
		n.m.core.Log().Warn().Msgf("the other nodes are not told of %s in a queue: %v", strings.ReplaceAll(key, sep, " "), err)
	}
}

// about splits a key.
func about(key string) (queue, rest string) {
	queue, rest, _ = strings.Cut(key, sep)
	return queue, rest
}

// away is a caller who waits at another node.
type away struct {
	node    string
	At      int64  `json:"t"` // his place among his equals: when he came, Unix time in microseconds
	Prio    int    `json:"p,omitempty"`
	Calling bool   `json:"c,omitempty"`
	Channel string `json:"n"`
}

// before says whether he goes before a caller of this node.
func (a *away) before(c *caller) bool {
	return a.goesBefore(&away{node: c.m.nodes.shared.Node(), At: c.at, Prio: c.prio})
}

func (a *away) goesBefore(b *away) bool {
	if a.Prio != b.Prio {
		return a.Prio > b.Prio
	}
	return a.At < b.At || a.At == b.At && a.node < b.node
}

// waiting is how many callers wait, at all nodes.
func (q *queue) waiting() int { return len(q.callers) + len(q.away) }

// ahead are the callers of other nodes who go before one.
func (q *queue) ahead(c *caller) (all, idle int) {
	for _, a := range q.away {
		if a.before(c) {
			if all++; !a.Calling {
				idle++
			}
		}
	}
	return all, idle
}

// rank gives a caller his place among his equals of all nodes: behind all who came before, but where he wants
// to be at a position; mu is held.
func (q *queue) rank(c *caller, position int) {
	if q.m.nodes == nil {
		return
	}
	c.at = time.Now().UnixMicro()
	if position <= 0 {
		return
	}
	type place struct {
		prio int
		at   int64
	}
	var line []place
	for _, o := range q.callers {
		line = append(line, place{o.prio, o.at})
	}
	for _, a := range q.away {
		line = append(line, place{a.Prio, a.At})
	}
	slices.SortFunc(line, func(a, b place) int { return cmp.Or(cmp.Compare(b.prio, a.prio), cmp.Compare(a.at, b.at)) })
	for i, p := range line {
		if c.prio == p.prio && position <= i+1 {
			c.at = p.at - 1
			return
		}
	}
}

// places says whether a caller who wants to be at a position goes in front of another one of this node, who is the i-th.
func (q *queue) places(o *caller, i, position int, c *caller) bool {
	if q.m.nodes != nil {
		return c.at < o.at
	}
	return position <= i+1
}

// queued tells the other nodes where a caller stands; mu is held or not.
func (n *nodes) queued(c *caller) {
	if n == nil {
		return
	}
	n.say(func() {
		key := strings.ToLower(c.q.name) + sep + n.shared.Node() + sep + c.ch.UniqueID() // two nodes may have one id each
		n.m.mu.Lock()
		waits := slices.Contains(c.q.callers, c)
		a := away{At: c.at, Prio: c.prio, Calling: c.calling, Channel: c.ch.Name()}
		n.m.mu.Unlock()
		if waits {
			n.put(callKind, key, &a)
		} else {
			n.shared.Delete(callKind, key)
		}
	})
}

// callHeard is told that who waits at another node has changed.
func (n *nodes) callHeard(key string) {
	name, _ := about(key)
	var now *away
	for _, w := range n.shared.Get(callKind, key) {
		a := away{}
		if w.Node != n.shared.Node() && json.Unmarshal([]byte(w.Value), &a) == nil {
			a.node, now = w.Node, &a
		}
	}
	n.m.with(func(t *told) {
		q := n.m.find(name)
		if q == nil {
			return
		}
		if now != nil {
			if q.away == nil {
				q.away = map[string]*away{}
			}
			q.away[key] = now
		} else {
			delete(q.away, key)
		}
		q.number()
	})
}

// line are all who wait at all nodes, the first in front, in words.
func (q *queue) line() (out []string) {
	type place struct {
		a    away
		text string
	}
	var list []place
	for _, c := range q.callers {
		list = append(list, place{away{At: c.at, Prio: c.prio, node: q.m.nodes.shared.Node()}, c.ch.Name() + waits(c.waited(), c.prio)})
	}
	for _, a := range q.away {
		waited := max(time.Now().UnixMicro()-a.At, 0) / 1_000_000
		list = append(list, place{*a, a.Channel + waits(waited, a.Prio) + " at " + a.node})
	}
	slices.SortStableFunc(list, func(x, y place) int {
		return cmp.Or(cmp.Compare(y.a.Prio, x.a.Prio), cmp.Compare(x.a.At, y.a.At), strings.Compare(x.a.node, y.a.node))
	})
	for _, p := range list {
		out = append(out, p.text)
	}
	return out
}

// claimTopic is what nodes ask each other before a member rings.
const claimTopic = "queue.claim"

// How long the node that decides may take to answer, how long what it has granted holds until its claimant has said so, and
// how long words may be on their way.
const (
	claimPatience = 400 * time.Millisecond
	grantTime     = 2 * time.Second
	settleTime    = 200 * time.Millisecond
)

// grant is that a node may have a member ring.
type grant struct {
	node  string
	until time.Time
}

// claim asks whether a member may ring for a caller of this node: the node that owns him (rendezvous hashing) decides.
// Where that is silent the nodes settle it among themselves, so that nobody waits for its death to be known: who has said it
// and sees that another one has said it too for a caller who goes before steps back.
func (n *nodes) claim(face string, c *caller) bool {
	if n == nil {
		return true
	}
	if n.claimed(face, n.shared.Node()) {
		return false
	}
	owner, here := n.others.Owner("queue", face)
	switch {
	case here:
		if !n.decide(face, n.shared.Node()) {
			return false
		}
	case owner != "":
		answer, err := n.others.Ask(owner, claimTopic, face, claimPatience)
		if err == nil && answer != "yes" {
			return false
		}
		if err == nil {
			break
		}
		fallthrough
	default:
		return n.settle(face, c)
	}
	n.put(claimKind, face, n.place(c))
	return true
}

// place is where a caller stands.
func (n *nodes) place(c *caller) *away {
	n.m.mu.Lock()
	defer n.m.mu.Unlock()
	return &away{node: n.shared.Node(), At: c.at, Prio: c.prio}
}

// settle claims a member without the node that would decide. A version before says no caller: then the names of nodes decide.
func (n *nodes) settle(face string, c *caller) bool {
	own := n.place(c)
	n.put(claimKind, face, own)
	time.Sleep(settleTime)
	for _, w := range n.shared.Get(claimKind, face) {
		other, first := away{node: w.Node}, w.Node < own.node
		if json.Unmarshal([]byte(w.Value), &other) == nil {
			first = other.goesBefore(own)
		}
		if w.Node != own.node && first {
			n.shared.Delete(claimKind, face)
			return false
		}
	}
	return true
}

// claimed says whether another node than one has said that it has a member ring.
func (n *nodes) claimed(face, but string) bool {
	return slices.ContainsFunc(n.shared.Get(claimKind, face), func(w store.Word) bool { return w.Node != but })
}

// decide grants a member to a node.
func (n *nodes) decide(face, node string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	if g := n.granted[face]; g.node != node && g.until.After(now) {
		return false
	}
	for f, g := range n.granted { // few: they end soon
		if !g.until.After(now) {
			delete(n.granted, f)
		}
	}
	n.granted[face] = grant{node, now.Add(grantTime)}
	return true
}

// asked answers another node.
func (n *nodes) asked(node, face string) string {
	n.m.mu.Lock()
	rings := n.m.ringing[face]
	n.m.mu.Unlock()
	if rings || n.claimed(face, node) || !n.decide(face, node) {
		return "no"
	}
	return "yes"
}

// unring takes a reservation of a member back; mu is held. The others are told a moment later: by then they know
// what his device does.
func (m *Module) unring(face string) {
	key := strings.ToLower(face)
	if len(m.ringing) == 0 || !m.ringing[key] {
		return
	}
	delete(m.ringing, key)
	if n := m.nodes; n != nil {
		time.AfterFunc(settleTime, func() {
			m.mu.Lock()
			again := m.ringing[key]
			m.mu.Unlock()
			if !again {
				n.shared.Delete(claimKind, key)
				n.mu.Lock()
				if n.granted[key].node == n.shared.Node() {
					delete(n.granted, key)
				}
				n.mu.Unlock()
			}
		})
	}
}
