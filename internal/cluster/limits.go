package cluster

import (
	"maps"
	"slices"
	"time"
)

// A hard limit is a number of units, and each unit is with one node: it may begin a call, or was given to the one that
// lends the limit (the owner of "limit" and its name). Units move, and are made anew only when it is known of each node how
// many it has. So what all use together is never more than the limit, also while the network is parted: a node that is cut
// off uses what it holds.
//
// A lender begins a term: it collects what each node holds, then has each confirm that it is still of that term, then
// lends. A node is of one term at a time and never again of one that it has left; of a grant it takes the one with the highest number
// of its term. An account of a lender is lowered by the word of its node alone, which has lowered what it holds before.

// Talk is about one limit, between a node and its lender.
type Talk struct {
	Name string `json:"name"`
	Max  int    `json:"max"`
	Op   string `json:"op"`  // ask, collect, refuse, grant, recall
	Run  uint64 `json:"run"` // the epoch of whom it is for
	Term Term   `json:"term"`
	Seq  uint64 `json:"seq,omitempty"`
	Held int    `json:"held"`
	Want int    `json:"want,omitempty"`
}

// Term is what a lender lends in. The zero Term is none.
type Term struct {
	Node  string `json:"node"`
	Epoch uint64 `json:"epoch"`
	N     uint64 `json:"n"`
}

// after says whether a term of a node is later than another one of it. Another run is a later one, whatever the clock was: what an
// earlier run says is not taken (Machine.Receive).
func (t Term) after(o Term) bool { return t.Epoch != o.Epoch || t.N > o.N }

// limit is a hard limit as one node has it.
type limit struct {
	name             string
	max              int
	held, used, want int
	lapsed           int    // of those used: others may have them as well, so that they do not come back
	term             Term   // that this node is of
	seq              uint64 // of the last grant in it
	seen             map[string]Term
	lent             *lent // nil: this node does not lend it
}

// lent is what a lender knows in its term.
type lent struct {
	term     Term
	pool     int // units that no node has: the lender's own
	whole    bool
	accounts map[string]*account
	confirms bool // all have answered, and are to confirm
	recalled time.Time
}

// account is what a node has, or may have.
type account struct {
	held       int
	seq, acked uint64
	want       int
}

// maxLimits is how many limits a node hears of from others.
const maxLimits = 50_000

// recallEvery is how often a lender without units asks for those that nobody uses.
const recallEvery = 100 * time.Millisecond

// limits are all hard limits of a node: no clock, no lock, no socket.
type limits struct {
	*touch
	epoch uint64
	terms uint64
	list  map[string]*limit
	alive func() []string // other nodes that are there
	owner func(key string) string
	out   func(to string, t *Talk)
}

func (l *limits) of(name string, most int) *limit {
	x := l.list[name]
	if x == nil {
		x = &limit{name: name, max: most, seen: map[string]Term{}}
		l.list[name] = x
	}
	return x
}

// take takes a unit, where this node holds one that is free; else it asks for one, and the caller tries again. most is the
// limit as this node's files say it.
func (l *limits) take(now time.Time, name string, most int) bool {
	l.lapse(now)
	x := l.of(name, most)
	l.resize(x, most)
	if x.used < x.held {
		x.used++
		return true
	}
	x.want++
	l.ask(now, x)
	x.want--
	if x.used < x.held { // this node lends itself
		x.used++
		return true
	}
	return false
}

// give gives a unit back.
func (l *limits) give(name string) {
	x := l.list[name]
	if x == nil || x.used == 0 {
		return
	}
	if x.used--; x.lapsed > 0 {
		if x.lapsed, x.held = x.lapsed-1, x.held-1; x.lent != nil && x.lent.whole {
			x.lent.pool++
		}
	}
}

// resize has a limit be another one: of a lower one what is lent comes back in time.
func (l *limits) resize(x *limit, most int) {
	if x.lent != nil && x.lent.whole {
		x.lent.pool += most - x.max
	}
	x.max = most
}

// lapse ends what this node holds and does not use, where most others may take its lease for over.
func (l *limits) lapse(now time.Time) {
	if l.sound(now) {
		return
	}
	for _, x := range l.list {
		x.held, x.lapsed, x.lent, x.term, x.seq = x.used, x.used, nil, Term{}, 0
	}
}

// ask tells the lender what this node holds, and wants.
func (l *limits) ask(now time.Time, x *limit) {
	owner := l.owner(x.name)
	switch owner {
	case "":
	case l.self:
		l.lend(now, x)
	default:
		l.resign(x)
		l.out(owner, &Talk{Name: x.name, Max: x.max, Op: "ask", Term: x.term, Seq: x.seq, Held: x.held, Want: x.want})
	}
}

// resign ends lending: what the pool has is held by this node.
func (l *limits) resign(x *limit) {
	if x.lent != nil {
		x.held, x.lent = max(x.held+x.lent.pool, x.used), nil
	}
}

// lend is the lender's turn: it goes on with its term, and takes what it wants itself.
func (l *limits) lend(now time.Time, x *limit) {
	if x.lent == nil {
		l.begin(x, 0)
	}
	l.advance(now, x)
	if n := min(x.lent.pool, x.want); n > 0 {
		x.held, x.lent.pool = x.held+n, x.lent.pool-n
	} else if x.want > 0 {
		l.recall(now, x)
	}
}

// begin begins a term: nothing is known of the others. What this node has itself it keeps.
func (l *limits) begin(x *limit, pool int) {
	l.terms++
	x.term, x.seq = Term{l.self, l.epoch, l.terms}, 0
	x.lent = &lent{term: x.term, pool: pool, accounts: map[string]*account{}}
	l.collect(x)
}

// collect asks all nodes that have not answered.
func (l *limits) collect(x *limit) {
	for _, node := range l.alive() {
		if x.lent.accounts[node] == nil {
			l.out(node, &Talk{Name: x.name, Max: x.max, Op: "collect", Term: x.term})
		}
	}
}

// advance brings a term further: all that are there have answered, all have confirmed, of all others the lease is over.
func (l *limits) advance(now time.Time, x *limit) {
	e := x.lent
	if e.whole {
		l.reclaim(now, x)
		return
	}
	for _, node := range l.alive() {
		a := e.accounts[node]
		if a == nil {
			return
		}
		if !e.confirms {
			continue
		}
		if a.acked == 0 {
			return
		}
	}
	if !e.confirms {
		e.confirms = true
		for node, a := range e.accounts {
			a.seq++
			l.grant(x, node)
		}
		if len(e.accounts) > 0 {
			return
		}
	}
	l.makeWhole(now, x)
}

// makeWhole makes the units that no node has, where it is known what each of them has.
func (l *limits) makeWhole(now time.Time, x *limit) {
	e, sum, missing := x.lent, x.held, l.total()-1-len(l.names())
	for _, node := range l.names() {
		if a := e.accounts[node]; a != nil {
			sum += a.held
			if a.acked == 0 && !l.over(now, node) {
				return
			}
		} else if !l.over(now, node) {
			return
		}
	}
	if missing > 0 && !l.over(now, "") {
		return
	}
	e.whole, e.pool = true, x.max-sum
}

// reclaim begins a term without those whose lease is over: where their units are now only a new count can tell.
func (l *limits) reclaim(now time.Time, x *limit) {
	for node := range x.lent.accounts {
		if l.over(now, node) {
			l.begin(x, x.lent.pool)
			return
		}
	}
}

// heard takes a heartbeat in.
func (l *limits) heard(now time.Time, from string, epoch uint64, b *Beat) {
	l.lapse(now) // what has ended does not come back
	who := l.known[from]
	renewed := who != nil && who.epoch != 0 && epoch != who.epoch
	if l.touch.heard(now, from, epoch, b); renewed {
		l.ended(from)
	}
}

// leave is told that a node has left in good order.
func (l *limits) leave(node string) {
	if who := l.known[node]; who != nil {
		who.left = true
	}
	l.ended(node)
}

// ended begins a term where a run of a node had units that has ended.
func (l *limits) ended(node string) {
	for _, x := range l.list {
		if x.lent != nil && x.lent.accounts[node] != nil {
			l.begin(x, x.lent.pool)
		}
	}
}

// recall asks all who have units for those that they do not use.
func (l *limits) recall(now time.Time, x *limit) {
	if now.Sub(x.lent.recalled) < recallEvery {
		return
	}
	x.lent.recalled = now
	if x.lent.whole {
		x.lent.pool, x.held = x.lent.pool+x.held-x.used, x.used
	}
	for _, node := range l.alive() {
		if a := x.lent.accounts[node]; a != nil && a.held > 0 {
			l.out(node, &Talk{Name: x.name, Op: "recall", Term: x.term})
		}
	}
}

func (l *limits) grant(x *limit, node string) {
	a := x.lent.accounts[node]
	l.out(node, &Talk{Name: x.name, Max: x.max, Op: "grant", Term: x.lent.term, Seq: a.seq, Held: a.held})
}

// receive takes a word of another node in.
func (l *limits) receive(now time.Time, from string, t *Talk) {
	if l.lapse(now); t.Held < 0 || t.Max < 0 || l.list[t.Name] == nil && len(l.list) >= maxLimits {
		return
	}
	if t.Op == "ask" {
		l.asked(now, from, t)
		return
	}
	x := l.of(t.Name, t.Max)
	switch {
	case t.Op == "refuse":
		if x.lent != nil && x.lent.term == t.Term {
			l.begin(x, x.lent.pool)
		}
	case t.Term.Node != from:
	case t.Op == "collect":
		switch fresh := t.Term.after(x.seen[from]); {
		case t.Term == x.term:
		case l.owner(x.name) != from:
			return
		case !fresh:
			l.out(from, &Talk{Name: x.name, Max: x.max, Op: "refuse", Term: t.Term})
			return
		}
		l.resign(x)
		if t.Term != x.term {
			x.seen[from], x.term, x.seq = t.Term, t.Term, 0
		}
		l.tell(x)
	case t.Term != x.term:
	case t.Op == "grant":
		if t.Seq > x.seq {
			x.seq, x.held = t.Seq, max(t.Held, x.used)
		}
		l.tell(x)
	case t.Op == "recall":
		x.held = x.used
		l.tell(x)
	}
}

// tell says to the lender of the term what this node holds.
func (l *limits) tell(x *limit) {
	l.out(x.term.Node, &Talk{Name: x.name, Max: x.max, Op: "ask", Term: x.term, Seq: x.seq, Held: x.held})
}

// asked is a lender's answer to what a node says.
func (l *limits) asked(now time.Time, from string, t *Talk) {
	x := l.of(t.Name, t.Max)
	if l.owner(x.name) != l.self {
		return
	}
	if x.lent == nil {
		l.begin(x, 0)
		return
	}
	e := x.lent
	a := e.accounts[from]
	switch {
	case t.Term != e.term && a == nil:
		l.collect(x)
		return
	case t.Term != e.term && t.Term.Node == l.self && t.Term.Epoch == l.epoch:
		return // it was said before it came to this term
	case t.Term != e.term || a == nil && (e.whole || e.confirms):
		l.begin(x, e.pool)
		return
	case a == nil:
		a = &account{held: t.Held}
		e.accounts[from] = a
	case t.Seq == a.seq:
		if back := a.held - t.Held; back > 0 {
			if a.held = t.Held; e.whole { // else it may have lapsed, and be another node's as well
				e.pool += back
			}
		}
		a.acked = t.Seq
	default:
		l.grant(x, from) // it is on its way, or lost
	}
	a.want = t.Want
	l.advance(now, x)
	for _, node := range slices.Sorted(maps.Keys(x.lent.accounts)) {
		l.serve(now, x, node)
	}
}

// serve grants what a node wants, and some more where there is enough for all.
func (l *limits) serve(now time.Time, x *limit, node string) {
	e, a := x.lent, x.lent.accounts[node]
	if a.want <= 0 || a.acked != a.seq || !e.confirms {
		return
	}
	if e.pool <= 0 {
		l.recall(now, x)
	}
	if e.pool <= 0 {
		return
	}
	n := min(e.pool, a.want+max(0, e.pool/(2*(len(e.accounts)+1))))
	e.pool, a.held, a.seq, a.want = e.pool-n, a.held+n, a.seq+1, 0
	l.grant(x, node)
}

// tick lets time pass: what got lost is said again.
func (l *limits) tick(now time.Time) {
	l.lapse(now)
	for _, x := range l.list {
		switch {
		case l.owner(x.name) == l.self:
			if x.lent != nil {
				l.advance(now, x)
				l.again(x)
			}
		case x.lent != nil:
			l.resign(x)
		}
	}
}

// again says to nodes what they have not confirmed.
func (l *limits) again(x *limit) {
	if x.lent.whole {
		return
	}
	l.collect(x)
	for _, node := range l.alive() {
		if a := x.lent.accounts[node]; a != nil && a.acked != a.seq {
			l.grant(x, node)
		}
	}
}
