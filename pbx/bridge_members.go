package pbx

import (
	"cmp"
	"slices"
	"time"

	"obelisk/pbx/event"
)

// How members come and go; all of it is the strand's.

// leaver is a member that has left and is yet to be handed on.
type leaver struct {
	c *Channel
	l Left
	o *order // where it goes; nil: on with After
}

// find is the index of a member's seat, -1 for who is none.
func (b *Bridge) find(c *Channel) int {
	for i := range b.seats {
		if b.seats[i].c == c {
			return i
		}
	}
	return -1
}

func (b *Bridge) has(c *Channel) bool { return b.find(c) >= 0 }

// works says whether a channel is a member that the strand works itself.
func (b *Bridge) works(c *Channel) bool {
	i := b.find(c)
	return i >= 0 && !b.seats[i].lent
}

// present is a copy of the members: they may leave while one walks over them.
func (b *Bridge) present() []*Channel {
	out := make([]*Channel, 0, 4)
	for i := range b.seats {
		out = append(out, b.seats[i].c)
	}
	return out
}

// partner is the other one of two; nil where there are more, or none.
func (b *Bridge) partner(c *Channel) *Channel {
	if len(b.seats) != 2 || !b.has(c) {
		return nil
	}
	if b.seats[0].c == c {
		return b.seats[1].c
	}
	return b.seats[0].c
}

// arrive seats a channel that was sent here, or sends it on to where its seat is now.
func (b *Bridge) arrive(c *Channel) {
	o := c.goes
	if o == nil { // it has just left
		return
	}
	if b.Over() {
		b.unreserve()
		o.free()
		b.leaving = append(b.leaving, leaver{c: c, l: Left{Why: Refused, By: c, From: b}})
		return
	}
	if o.swap != nil && b.follows(c, o) {
		return
	}
	b.unreserve()
	c.goes = nil
	s := seat{c: c, m: &o.member, since: time.Now(), begun: o.begun, fresh: o.fresh, sent: o}
	if s.begun.IsZero() {
		s.begun = s.since
	}
	if o.swap != nil && b.has(o.swap) {
		s.swapped = o.swap.UniqueID()
		b.sealNative()
	}
	b.mu.Lock()
	b.seats = append(b.seats, s)
	b.mu.Unlock()
	c.locked(func() { c.in = b })
	if s.swapped != "" {
		b.putOut(o.swap, Left{Why: Replaced, By: c, Cause: CauseNormal, From: b})
	}
}

// follows sends a channel on that was to get the seat of another one, where that has moved or
// is about to; false when the seat is here, or is one that was left.
func (b *Bridge) follows(c *Channel, o *order) bool {
	y := o.swap
	if o.hops++; o.hops > mostHops {
		return false
	}
	if !b.has(y) {
		to := y.keepSeat()
		if to == b { // it has come back, and is seated later
			to.unreserve()
		}
		if to == nil || to == b {
			return false
		}
		o.to = to
		b.passOn(c)
		return true
	}
	next := y.dropOrder(func(n *order) bool { return n.to != nil && n.to != b })
	if next == nil {
		return false
	}
	o.to, o.swap = next.to, next.swap // the successor goes there instead
	if next.leaves != nil {           // it is this one that goes there
		next.leaves()
		mine := o.arrived
		o.arrived = func(with *Channel) {
			next.arrived(with)
			if mine != nil {
				mine(with)
			}
		}
	}
	y.after = chained(y.after, next.afters())
	next.free()
	b.passOn(c)
	b.putOut(y, Left{Why: Replaced, By: c, Cause: CauseNormal, From: b})
	return true
}

// passOn hands a channel that was to sit here to the next bridge.
func (b *Bridge) passOn(c *Channel) {
	b.unreserve()
	c.hand(c.goes.to)
}

// settle has those hear each other who shall, and makes known who has come: linked first, then
// answered, then told, so that who transfers the moment he is answered is found in his seat.
func (b *Bridge) settle() {
	b.flush()
	fresh, more := b.rewire(), false
	if fresh {
		b.setNative(nativeNever)
	}
	for i := range b.seats {
		if !b.seats[i].entered {
			b.enter(&b.seats[i], fresh)
			more = len(b.seats) > 2
		}
	}
	if fresh {
		b.met(b.joint[0], b.joint[1])
		b.meet(b.joint[0].leg, b.joint[1].leg) // their features are armed: what needs the media is known
	}
	for i := range b.seats {
		if s := &b.seats[i]; s.sent != nil {
			if s.sent.arrived != nil {
				s.sent.arrived(b.partner(s.c))
			}
			s.sent.free()
			s.sent = nil
			b.watched()
		}
	}
	b.farewell()
	if fresh {
		b.setNative(nativeAsked)
	}
	if fresh || more {
		b.shortcuts()
	}
}

// enter makes a member known.
func (b *Bridge) enter(s *seat, met bool) {
	s.entered = true
	if b.policy.Kind == KindBasic {
		clearTransfer(s.c)
	}
	if s.m.Answer && !met { // nobody is there yet
		s.c.Answer()
	}
	if !b.told {
		b.told = true
		b.tellBegin(0)
	}
	if s.fresh {
		if at := s.c.View().At; at != s.c.stepAt || s.c.toldApp != s.c.outApp { // else a subroutine has told of it
			s.c.tellStep(s.c.outApp, event.OutgoingLine)
		}
		s.c.recordStep() // it is at no extension any more
	} else {
		s.c.tellBack()
	}
	in := 0
	for i := range b.seats {
		if b.seats[i].entered {
			in++
		}
	}
	b.tellEntered(s.c, in, s.swapped)
	b.arm(s)
	b.host(s)
	b.comfort(s)
	if s.m.Entered != nil {
		s.m.Entered(s.c)
	}
	if b.policy.Apart && s.m.Role == Announcer {
		b.hush()
	}
}

// leave takes a member out. depart hands it on.
func (b *Bridge) leave(c *Channel, l Left, o *order) {
	i := b.find(c)
	if len(b.seats) == 2 {
		b.sealNative()
	}
	if s := &b.seats[i]; s.comforted || s.longs || b.policy.Apart && s.m.Role == Participant {
		c.StopMusic()
	}
	if s := &b.seats[i]; s.m.Leaves != nil && s.entered {
		s.m.Leaves(c, l)
	}
	b.unarm(&b.seats[i])
	b.seats[i].disarm()
	b.stand(&b.seats[i])
	s, with := b.seats[i], b.partner(c)
	if x, y := b.joint[0], b.joint[1]; (x == c || y == c) && b.has(x) && b.has(y) {
		noteQuality(x, y)
		if l.Why == HungUp && c.farEnded() {
			c.tellBye(with)
		}
	}
	b.mu.Lock()
	b.seats = slices.Delete(b.seats, i, i+1)
	b.mu.Unlock()
	c.locked(func() {
		c.bridged, c.in = nil, nil
		if (o == nil || o.to == nil) && c.cause == CauseNone { // HANGUPCAUSE of who goes on, and of its end
			c.cause = cmp.Or(l.Cause, CauseNormal)
		}
	})
	if clearPeer(c); with != nil && l.Why != Replaced { // who stays is with nobody
		clearPeer(with)
	}
	if s.entered {
		in := 0
		for i := range b.seats {
			if b.seats[i].entered {
				in++
			}
		}
		b.tellLeft(c, in)
	}
	b.leaving = append(b.leaving, leaver{c, l, o})
	b.watched()
	b.review(l)
}

// putOut has a member leave for a reason that is not its own. One that has an order goes by
// that; one that is lent leaves when it is back.
func (b *Bridge) putOut(c *Channel, l Left) {
	i := b.find(c)
	if b.seats[i].lent {
		b.seats[i].out = &l
		c.putOut()
		return
	}
	if !c.hung() && l.Why != Replaced {
		if o := c.takeOrder(); o != nil && o.to != b {
			c.seeOrder(o)
			b.carryOut(c, o)
			return
		} else if o != nil {
			b.carryOut(c, o)
		}
	}
	b.leave(c, l, nil)
}

// done says whether the bridge is over by its policy, where nobody is on the way to it.
func (b *Bridge) done() bool {
	switch b.policy.Ends {
	case FirstLeaves:
		return len(b.seats)+int(b.absent) < 2
	case LastLeaves:
		return len(b.seats)+int(b.absent) == 0
	}
	return false
}

// review ends the bridge where its policy says so, and nobody is on the way to it.
func (b *Bridge) review(l Left) {
	if !b.done() {
		return
	}
	b.mu.Lock()
	waits := !b.over.Load() && b.reserved > 0
	starts := waits && !b.patient
	if b.patient = b.patient || waits; waits && l.By != nil {
		b.last = l
	}
	fresh := !b.awaited // nobody was sent here yet
	b.mu.Unlock()
	switch {
	case starts:
		time.AfterFunc(keepPatience, func() { b.do(b.giveUp) })
	case !waits && !fresh:
		b.shut(l)
	}
}

// giveUp is for kept seats of which nobody came.
func (b *Bridge) giveUp() {
	b.mu.Lock()
	b.patient = false
	b.mu.Unlock()
	if b.done() {
		b.shut(b.last)
	}
}

// shut ends the bridge: who is still in it leaves. Who has begun it by sending the other one
// elsewhere is told so.
func (b *Bridge) shut(l Left) {
	b.mu.Lock()
	again := b.over.Swap(true)
	b.mu.Unlock()
	if again {
		return
	}
	if l.Why != Closed && l.Why != Failed {
		l.Why = PeerLeft
	}
	for _, c := range b.present() {
		if !b.has(c) {
			continue
		}
		mine := l
		if l.By == c {
			mine.Why = Gave
		}
		b.putOut(c, mine)
	}
}

// depart cuts the media of who has left, and hands them on. They must not be touched any more
// then.
func (b *Bridge) depart() {
	b.farewell()
	empty := b.Over() && len(b.seats) == 0
	if empty && b.told {
		b.told = false
		b.tellEnd()
	}
	if len(b.leaving) > 0 {
		b.flush()
		announced := b.mixer != nil
		fresh := b.rewire()
		switch {
		case fresh:
			b.setNative(nativeAsked)
			b.meet(b.joint[0].leg, b.joint[1].leg)
		case !b.Over() && b.joint[0] == nil:
			b.setNative(nativeNever)
		}
		if b.policy.Apart && announced && b.mixer == nil {
			b.rehost()
		}
	}
	if empty {
		b.forget()
	}
}

// flush hands those on who have left.
func (b *Bridge) flush() {
	if len(b.leaving) == 0 {
		return
	}
	b.uncouple()
	for i := 0; i < len(b.leaving); i++ {
		x := b.leaving[i]
		b.leaving[i] = leaver{}
		if b.policy.Apart {
			b.unhost(x.c)
		}
		if x.l.Why == Replaced {
			b.replaced = append(b.replaced, x)
			continue
		}
		b.safely(nil, func() { b.away(x) })
	}
	b.leaving = b.leaving[:0]
	b.departed()
}

// farewell hands those on whose seat another one has, once that is made known.
func (b *Bridge) farewell() {
	for i, x := range b.replaced {
		b.replaced[i] = leaver{}
		b.safely(nil, func() { b.away(x) })
	}
	b.replaced = b.replaced[:0]
}

// departure is closed when members have been sent away.
func (b *Bridge) departure() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sending == nil {
		b.sending = make(chan struct{})
	}
	return b.sending
}

// departed wakes who waits for that.
func (b *Bridge) departed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sending != nil {
		close(b.sending)
		b.sending = nil
	}
}

// away hands a channel on that has left.
func (b *Bridge) away(x leaver) {
	c := x.c
	if x.o != nil && x.o.to != nil {
		c.goes = x.o
		c.hand(x.o.to)
		return
	}
	c.goes = nil
	if x.o != nil && x.o.place.Context != "" {
		c.putOrder(x.o)
	}
	if s := c.waits; s != nil { // somebody waits with it, below an application
		c.waits = nil
		c.locked(func() { c.holder, c.listed = s.worker, false })
		s.back <- x.l
		return
	}
	if c.after == nil && c.called() && c.flags.Load()&(flagSent|flagHangup) != flagSent {
		c.End(x.l.Cause)
		return
	}
	c.told = x.l
	c.entrust()
	if b.tail == nil {
		b.tail = c
		return
	}
	b.core.crew.begin(c.resume)
}
