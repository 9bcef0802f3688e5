package cdr

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Ledger makes call records of what happens to channels: what they run, whom they dial and with
// whom they are bridged. Each channel has a chain of records; the last one is open. A record is
// of one channel (party A) and perhaps of another (party B), and it is finished when one of them
// leaves the other.
type Ledger struct {
	config func() Config

	mu       sync.Mutex // guards all chains and bridges
	sequence int
}

// NewLedger makes an empty one; config is cdr.conf as it is now.
func NewLedger(config func() Config) *Ledger { return &Ledger{config: config} }

// Party is what records say of a channel.
type Party struct {
	Name, UniqueID, LinkedID         string
	CLID, Src, AccountCode, AMAFlags string
	Dialled                          bool // another channel has called it, and works it
	Created                          time.Time
}

// Subject is a channel as the ledger reads it, at any time.
type Subject interface {
	Party() Party
	Up() bool
	Cause() int // of its end, 0: none
}

// Place is what a channel does.
type Place struct {
	Context, Exten, App, Data string
	Priority                  int
	Sub                       bool // in a subroutine
	Ending                    bool // it is hung up: h and the hangup handlers run
}

// goesOn says whether a channel that was at another place does something else now. As in Asterisk
// the same application at another priority is nothing else.
func (p Place) goesOn(from Place) bool {
	moved := p.Context != from.Context || p.Exten != from.Exten || p.Priority != from.Priority
	return moved && p.App != from.App && !p.appDial()
}

// appDial says whether the application only stands for being dialled.
func (p Place) appDial() bool { return strings.HasPrefix(p.App, "AppDial") || p.App == "AppQueue" }

// Bridge is who is in a bridge, in the order in which they came.
type Bridge struct {
	Apart   bool // they are with nobody: a parking lot
	members []*Chain
}

// Chain is the records of one channel, the oldest first. Its methods may be called on nil.
type Chain struct {
	l     *Ledger
	of    Subject
	list  []*item
	seen  Place   // what it did when it was last looked at
	cause int     // of its end, as its last step saw it
	as    []*item // records of others of which it is party B
	anew  bool    // it was parked, or has gone on to another bridge, and counts as one that nobody has dialled from then on
}

// Begin makes the chain of a new channel, with a record that is open.
func (l *Ledger) Begin(of Subject, now time.Time) *Chain {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &Chain{l: l, of: of}
	c.add(now).off = !l.config().ByDefault
	return c
}

// add appends a record that goes on from the last one.
func (c *Chain) add(now time.Time) *item {
	n := &item{chain: c, start: now, sequence: c.l.sequence}
	c.l.sequence++
	if last := c.last(); last != nil {
		n.app, n.data, n.context, n.exten, n.off = last.app, last.data, last.context, last.exten, last.off
		n.mine = last.mine.copied()
	}
	n.answerIfUp(now)
	c.list = append(c.list, n)
	return n
}

func (c *Chain) last() *item {
	if len(c.list) == 0 {
		return nil
	}
	return c.list[len(c.list)-1]
}

// addHere is add for a channel that has gone on since.
func (c *Chain) addHere(now time.Time) *item {
	c.anew = c.anew || len(c.list) > 0
	n := c.add(now)
	n.lone = c.anew
	n.moved(c.seen, false)
	return n
}

// Step notes an application that begins, or another place at which it goes on. After a record
// that is finished something else opens another one.
func (c *Chain) Step(p Place, now time.Time) {
	if c == nil {
		return
	}
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	conf := c.l.config()
	closed := p.Ending && conf.EndBeforeH
	if !closed {
		c.look()
	}
	further := p.goesOn(c.seen)
	all := !closed && further
	for _, i := range c.list {
		if i.step(p, closed, further, now, &conf) {
			all = false
		}
	}
	if c.seen = p; all {
		n := c.add(now)
		n.step(p, false, true, now, &conf)
	}
}

// Look notes why the channel is about to end, where that may be seen before it does.
func (c *Chain) Look() { c.locked(c.look) }

func (c *Chain) look() { c.cause = c.of.Cause() }

// Answer notes that the channel is up.
func (c *Chain) Answer(now time.Time) {
	if c == nil {
		return
	}
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	for _, i := range c.list {
		if i.state != finished {
			i.answerIfUp(now)
		}
	}
}

// DialBegin notes that a channel dials another; caller is nil for a call that the switchboard
// begins itself.
func (l *Ledger) DialBegin(caller, callee *Chain, now time.Time) {
	of, peer := caller, callee
	if caller == nil {
		of, peer = callee, nil
	}
	conf, taken := l.config(), false
	if of == nil || conf.IgnoreDials {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	of.look()
	for _, i := range of.list {
		switch i.state {
		case single:
			i.dials(peer)
			taken = true
		case pending:
			i.finish(now, &conf)
		}
	}
	if !taken {
		of.addHere(now).dials(peer)
	}
}

// DialEnd notes how that ended: ANSWER, BUSY, NOANSWER, CANCEL, CONGESTION or CHANUNAVAIL.
func (l *Ledger) DialEnd(caller, callee *Chain, status string, now time.Time) {
	of, peer := caller, callee
	if caller == nil {
		of, peer = callee, nil
	}
	conf := l.config()
	if of == nil || conf.IgnoreDials {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	of.look()
	for _, i := range of.list {
		if i.state != dialling || i.peer != peer {
			continue
		}
		if i.disposition = conf.Disposition(status); status == "ANSWER" {
			i.state = pending
			continue
		}
		i.finish(now, &conf)
	}
}

// Replaced notes that another party, who was answered before or not, takes the place of a channel that is
// dialled: who dials it did not reach the one that it was.
func (l *Ledger) Replaced(callee *Chain, answered bool, now time.Time) {
	callee.locked(func() {
		conf := l.config()
		for _, i := range slices.Clone(callee.as) {
			if i.state == dialling {
				if i.disposition = NoAnswer; answered {
					i.disposition = Answered
				}
				i.finish(now, &conf)
			}
		}
	})
}

// Enter notes that a channel comes into a bridge. Who is party A of a pair: not the one that was
// dialled, then whom CDR_PROP(party_a) names, then the older one.
func (l *Ledger) Enter(b *Bridge, c *Chain, now time.Time) {
	conf := l.config()
	if c == nil || conf.IgnoreBridges {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(b.members, c) { // it was counted as there before
		return
	}
	b.members = append(b.members, c)
	first := c.join(b, now, &conf)
	if first == nil {
		c.addHere(now)
		first = c.join(b, now, &conf)
	}
	if b.Apart {
		return
	}
	for _, other := range b.members {
		first.pair(other, now)
	}
}

// Park notes that a channel which has just come into a bridge is parked there: its record shows that, with
// lot:slot, in place of what it does, and is written also where it was dialled.
func (l *Ledger) Park(c *Chain, at Place, lot string) {
	c.locked(func() {
		c.seen.Context, c.seen.Exten, c.anew = at.Context, at.Exten, true
		for _, i := range c.list {
			if i.state == bridged {
				i.app, i.data, i.parked = "Park", lot, true
				i.context, i.exten = at.Context, at.Exten
			}
		}
	})
}

// join has all records of the chain take part in the bridge, and returns the first that could.
func (c *Chain) join(b *Bridge, now time.Time, conf *Config) (first *item) {
	for _, i := range c.list {
		if i.state == finished || i.state == bridged {
			continue
		}
		i.answerIfUp(now)
		got := b.Apart || len(b.members) == 1 || i.findPeer(b, now, conf)
		i.state, i.bridge = bridged, b
		if !got {
			c.list[0].end(now, conf)
		}
		if first == nil {
			first = i
		}
	}
	return first
}

// Leave notes that a channel goes out of a bridge.
func (l *Ledger) Leave(b *Bridge, c *Chain, now time.Time) {
	if c == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	conf := l.config()
	for _, i := range c.list {
		if i.state == bridged && i.bridge == b {
			i.finish(now, &conf)
			i.bridge = nil
		}
	}
	for _, i := range c.as {
		if i.state == bridged && i.bridge == b {
			i.end(now, &conf)
		}
	}
	b.members = slices.DeleteFunc(b.members, func(o *Chain) bool { return o == c })
}

// Finish is the end of the channel: its records are finished, and returned once. A channel that
// was dialled has none but those of whom it has called or met itself.
func (c *Chain) Finish(p Place, now time.Time) (out []Entry) {
	if c == nil {
		return nil
	}
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	conf := c.l.config()
	c.look()
	for _, i := range c.list {
		if i.state != finished {
			i.moved(p, p.Ending && conf.EndBeforeH)
			i.answerIfUp(now)
		}
		i.finish(now, &conf)
		if !i.off && (!i.a.Dialled || i.peer != nil || i.parked || i.lone) {
			e := i.entry()
			e.Disposition = cmp.Or(e.Disposition, NoAnswer)
			out = append(out, e)
		}
		i.setPeer(nil, party{})
	}
	c.list = c.list[:0]
	for _, i := range slices.Clone(c.as) {
		if i.state == dialling || i.state == bridged {
			i.finish(now, &conf)
		} else {
			i.end(now, &conf)
		}
	}
	return out
}

// Exchange has two channels swap what they are known by, in f, and their records with it.
func (l *Ledger) Exchange(a, b *Chain, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	if a != nil && b != nil {
		a.of, b.of = b.of, a.of
	}
}
