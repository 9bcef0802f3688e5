package pbx

import "runtime/debug"

// The strand is the goroutine of a bridge that has news. A step of it that panics costs the
// channel that it was about; the strand goes on.

// holder works a channel: a goroutine (Worker) or a bridge. ready tells it of news of the
// channel; it never blocks, and is called without locks.
type holder interface{ ready(c *Channel) }

// ready implements holder.
func (b *Bridge) ready(c *Channel) {
	if b.list(c) {
		b.core.crew.begin(b.run)
	}
}

// list notes news of a channel; idle says that the caller has to run the strand.
func (b *Bridge) list(c *Channel) (idle bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.news = append(b.news, c)
	idle = !b.running
	b.running = true
	return idle
}

// await notes a channel that is looked at when the next news comes: another one follows it at once.
func (b *Bridge) await(c *Channel) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.news = append(b.news, c)
}

// Do has the strand run f, which must not block, once it has done what it is at.
func (b *Bridge) Do(f func()) { b.do(f) }

// do has the strand do something, before it looks at members.
func (b *Bridge) do(f func()) {
	b.mu.Lock()
	b.todo = append(b.todo, f)
	idle := !b.running
	b.running = true
	b.mu.Unlock()
	if idle {
		b.core.crew.begin(b.run)
	}
}

// run is the strand. What it leaves to one channel, that goes on with the goroutine.
func (b *Bridge) run() {
	for {
		news, more := b.batch()
		if !more {
			return
		}
		b.chores()
		for i, c := range news {
			switch {
			case !c.claim(b):
				news[i] = nil
			case !b.has(c):
				b.safely(c, func() { b.arrive(c) })
			default:
				b.back(c)
			}
		}
		b.safely(nil, b.settle)
		for i, c := range news {
			if c != nil {
				b.attend(c)
			}
			news[i] = nil
		}
		b.review(b.last)
		b.depart()
		b.spare = news
		if c := b.tail; c != nil {
			b.tail = nil
			if b.rests() {
				c.resume()
				return
			}
			b.core.crew.begin(c.resume)
		}
	}
}

// batch takes the news; false, and the strand ends, when there is nothing.
func (b *Bridge) batch() (news []*Channel, more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running = len(b.news)+len(b.todo) > 0; !b.running {
		return nil, false
	}
	news, b.news, b.spare = b.news, b.spare[:0], nil
	return news, true
}

// rests ends the strand unless there is something to do.
func (b *Bridge) rests() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running = len(b.news)+len(b.todo) > 0
	return !b.running
}

// chores does what do has brought.
func (b *Bridge) chores() {
	for {
		b.mu.Lock()
		list := b.todo
		b.todo = nil
		b.mu.Unlock()
		if len(list) == 0 {
			return
		}
		for _, f := range list {
			b.safely(nil, f)
		}
		b.depart()
	}
}

// safely contains a panic: the channel it was about leaves, or, where it was about none, the
// bridge is closed.
func (b *Bridge) safely(c *Channel, f func()) {
	well := false
	defer func() {
		if well {
			return
		}
		if c == nil {
			b.core.tally.panics.Add(1)
			b.core.cfg.Log.Error().Msgf("the bridge %s is closed: %v\n%s", b.id, recover(), debug.Stack())
			b.shut(Left{Why: Failed, Cause: CauseNetwork, From: b})
			return
		}
		c.panicked(recover())
		if b.has(c) {
			b.leave(c, Left{Why: Failed, By: c, Cause: CauseNetwork, From: b}, nil)
		}
	}()
	f()
	well = true
}

// attend sees to a member of which there is news: what has come, in its order, and then
// whether it has to leave.
func (b *Bridge) attend(c *Channel) {
	for b.works(c) {
		if r := c.request(); r != nil {
			b.lend(c, func() { r.serve(c) })
			return // the rest when it is back
		}
		if e, ok := c.take(); ok {
			if b.waits(c, e.Kind) {
				c.untake(e)
				return
			}
			b.safely(c, func() { b.event(c, e) })
			continue
		}
		flags := c.flags.Load()
		if flags == 0 {
			return
		}
		b.chores() // that were there before
		if b.works(c) {
			b.safely(c, func() { b.obey(c, flags) })
		}
	}
}

// obey has a member leave that has to; an order to where it is changes nothing.
func (b *Bridge) obey(c *Channel, flags uint32) {
	c.Gone()
	switch {
	case flags&flagHangup != 0:
		if o := c.takeOrder(); o != nil {
			o.drop()
			c.after = chained(c.after, o.afters())
		}
		b.leave(c, Left{Why: HungUp, By: c, Cause: c.View().Cause, From: b}, nil)
	case flags&flagSent != 0:
		if o := c.takeOrder(); o != nil {
			b.carryOut(c, o)
		}
	default:
		b.leave(c, Left{Why: Expired, By: c, Cause: c.View().Cause, From: b}, nil)
	}
}

// carryOut has a member go where it is sent.
func (b *Bridge) carryOut(c *Channel, o *order) {
	if o.to == b { // it is here, and has one more After
		b.unreserve()
		o.free()
		c.after = chained(c.after, o.afters())
		return
	}
	c.after = chained(c.after, o.afters())
	o.owes, o.member.After = nil, nil
	if s := &b.seats[b.find(c)]; o.to != nil {
		if o.member.Features == nil {
			o.member.Features, o.begun = s.m.Features, s.begun
		}
		if o.member.May == 0 && o.to.policy.Kind == b.policy.Kind {
			o.member.May = s.m.May
		}
	}
	by := o.by
	if by == nil {
		by = c
	}
	if o.leaves != nil {
		o.leaves()
	}
	b.leave(c, Left{Why: o.why, By: by, Cause: c.View().Cause, From: b}, o)
}

// event takes in what a member tells: of two the other one is told, of several all are who do
// not lead on to further bridges, so that nothing goes round in a ring. A member that is lent is
// told nothing but what is heard at once.
func (b *Bridge) event(c *Channel, e Event) {
	other := b.partner(c)
	switch {
	case e.Kind == EventShorten:
		b.shorten(c)
		return
	case b.policy.Apart:
	case e.Kind == EventDigit && b.seats[b.find(c)].m.Passes:
		for _, o := range b.present() {
			if o != c && outside(o) && o.SendDigit(e.Digit, false) {
				relay(e, o)
			}
		}
	case other != nil && e.Kind == EventIdentity:
		b.identified(c, other)
	case other != nil:
		relay(e, other)
		if isFax(e.Kind) {
			return
		}
	case e.Kind == EventText:
		for i := range b.seats {
			if o := &b.seats[i]; o.c != c && outside(o.c) && !o.m.NoTexts {
				relay(e, o.c)
			}
		}
	}
	if c.Handle(e); e.Kind == EventAdopts {
		b.adopted(&b.seats[b.find(c)])
	}
}

// waits says whether an event has to wait until the other one is given back, who is lent.
func (b *Bridge) waits(c *Channel, k EventKind) bool {
	other := b.partner(c)
	return other != nil && !b.works(other) && (isFax(k) || k == EventHeld || k == EventUnheld || k == EventIdentity)
}

// lend has f work a member on a goroutine of its own; it keeps its seat.
func (b *Bridge) lend(c *Channel, f func()) {
	b.seats[b.find(c)].lent = true
	c.entrust()
	go func() {
		c.probe.take()
		c.guarded(f)
		c.probe.give()
		c.hand(b)
	}()
}

// Lend has f work a member on a goroutine of its own, as an application does: it may wait
// (Await) and play. The member keeps its seat; when it is put out meanwhile it is Gone, and
// leaves when f has returned. Of one that is lent already f waits until it is back. ErrNoPlace
// when it is no member; of one that leaves before its turn f never runs.
func (b *Bridge) Lend(c *Channel, f func(*Channel)) error {
	if at := c.Bridge(); at != b {
		return ErrNoPlace
	}
	b.do(func() {
		if i := b.find(c); i >= 0 {
			b.feature(c, b.seats[i].m.Features, f)
		}
	})
	return nil
}

// back is a member that was lent and is given back.
func (b *Bridge) back(c *Channel) {
	s := &b.seats[b.find(c)]
	if !s.lent {
		return
	}
	s.lent = false
	b.adopted(s)
	if s.aside {
		b.rejoin(s)
	}
	b.comfort(s)
	l, later := s.out, s.later
	s.later = nil
	if other := b.partner(c); other != nil {
		other.again() // what has waited for this one
	}
	if l != nil {
		c.dropOrder(func(o *order) bool { return o.put })
		b.putOut(c, *l)
		return
	}
	for _, do := range later {
		b.feature(c, s.m.Features, do)
	}
}
