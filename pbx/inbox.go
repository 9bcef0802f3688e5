package pbx

import (
	"cmp"
	"slices"
	"strconv"

	"obelisk/pbx/event"
)

// What comes for a channel lies in the channel itself until its worker takes it, so that a
// channel is given to another worker without anything being copied, lost or mixed up.

// Flags of a channel: what must end what it does. They are set from anywhere and beat
// events; they are looked at before each step of the dialplan and after each wait.
const (
	flagHangup  uint32 = 1 << iota // it is hung up, and stays so
	flagSent                       // an order sends it elsewhere
	flagExpired                    // TIMEOUT(absolute) has fired and was not handled yet
)

// What waits in a channel is bounded: keys and texts come from strangers. Of all other
// kinds there is one event at most.
const (
	mostKeys  = 32
	mostTexts = 8
	mostText  = 64 << 10 // octets of a text
)

// change alters what mu guards and tells the worker. False when the channel has ended.
func (c *Channel) change(f func()) bool {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return false
	}
	f()
	c.count()
	w := c.holder
	if c.listed {
		w = nil
	}
	c.listed = c.listed || w != nil
	c.mu.Unlock()
	if w != nil {
		w.ready(c)
	}
	return true
}

// claim takes the channel off the list of its holder, which looks at it now; false when
// another one has it.
func (c *Channel) claim(h holder) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holder != h || c.closed {
		return false
	}
	c.listed = false
	return true
}

// hand gives the channel to another holder, which looks at it; nil: to nobody yet, and what
// comes waits. The giver must not touch it any more.
func (c *Channel) hand(to holder) {
	c.mu.Lock()
	c.holder, c.listed = to, to != nil
	c.mu.Unlock()
	if to != nil {
		to.ready(c)
	}
}

// hold gives the channel to a holder that is told of it by the caller.
func (c *Channel) hold(to holder) {
	c.mu.Lock()
	c.holder, c.listed = to, true
	c.mu.Unlock()
}

// entrust gives the channel to its own goroutine, which is about to begin.
func (c *Channel) entrust() *Worker {
	if c.own == nil {
		c.own = newWorker(c)
	}
	c.mu.Lock()
	c.holder, c.listed = c.own, false
	c.mu.Unlock()
	return c.own
}

// Post gives the channel an event, from any goroutine; it never blocks. A hang-up becomes a
// flag and cannot be lost. Of a kind that is not a key or a text the newest replaces one
// that waits. False: the bound is reached, or the channel is gone.
func (c *Channel) Post(e Event) bool {
	if e.Kind == EventHungUp {
		c.hangup(e.Cause, e.Own)
		return true
	}
	e.From = c
	taken := false
	c.change(func() { taken = c.put(e) })
	if !taken && !c.hung() {
		c.refused(e.Kind)
	}
	return taken
}

// refused counts an event over a bound.
func (c *Channel) refused(k EventKind) {
	switch k {
	case EventDigit:
		c.over(&c.core.tally.keys, "more than "+strconv.Itoa(mostKeys)+" keys wait for the dialplan to take them")
	case EventText:
		c.over(&c.core.tally.texts, "more than "+strconv.Itoa(mostTexts)+" texts wait, or one is too long")
	}
}

// put is called with mu held.
func (c *Channel) put(e Event) bool {
	if c.hung() && e.Kind < EventAdopts {
		return false // the leg has nothing to tell any more
	}
	switch e.Kind {
	case EventDigit:
		return c.bounded(e, mostKeys)
	case EventText:
		return len(e.Text) <= mostText && c.bounded(e, mostTexts)
	}
	c.events = append(slices.DeleteFunc(c.events, func(o Event) bool { return o.Kind == e.Kind }), e)
	return true
}

// bounded adds an event unless there are so many of its kind.
func (c *Channel) bounded(e Event, most int) bool {
	n := 0
	for i := range c.events {
		if c.events[i].Kind == e.Kind {
			n++
		}
	}
	if n >= most {
		return false
	}
	c.events = append(c.events, e)
	return true
}

// take is the event that waits longest.
func (c *Channel) take() (e Event, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok = len(c.events) > 0; ok {
		e = c.events[0]
		n := copy(c.events, c.events[1:])
		c.events[n] = Event{}
		c.events = c.events[:n]
		c.count()
	}
	return e, ok
}

// untake puts an event back that was taken last.
func (c *Channel) untake(e Event) {
	c.locked(func() {
		c.events = slices.Insert(c.events, 0, e)
		c.count()
	})
}

// count notes how much waits, so that its worker sees without a lock that nothing does. It
// is called with mu held.
func (c *Channel) count() { c.waiting.Store(int32(len(c.events) + len(c.todo))) }

// more says whether something waits that its worker has not seen.
func (c *Channel) more() bool { return c.waiting.Load() > 0 || c.flags.Load() != 0 }

// hangup notes that the channel is hung up: the first cause that says something stays.
func (c *Channel) hangup(cause Cause, soft bool) {
	c.change(func() {
		if c.flags.Or(flagHangup)&flagHangup == 0 {
			c.hanging = hangingUp{cause: cause, soft: soft}
		} else if c.hanging.cause == CauseNone {
			c.hanging.cause = cause
		}
	})
}

// hangingUp is a hang-up that the worker has yet to see.
type hangingUp struct {
	cause Cause
	soft  bool // the switchboard itself asks for it
	here  bool // its own dialplan does
	seen  bool
}

// HangupHere ends the call from within its dialplan, on its worker.
func (c *Channel) HangupHere(cause Cause) {
	c.change(func() {
		if c.flags.Or(flagHangup)&flagHangup == 0 {
			c.hanging = hangingUp{here: true, seen: true}
		}
		if cause != CauseNone {
			c.cause = cause
		}
	})
}

// SoftHangup has the channel's worker end the call. It cannot fail and beats everything
// else.
func (c *Channel) SoftHangup(cause Cause) { c.hangup(cause, true) }

// seeHangup is for the worker, when it comes upon the flag.
func (c *Channel) seeHangup() {
	var e hangingUp
	c.locked(func() {
		e = c.hanging
		if c.hanging.seen = true; !e.seen && (c.cause == CauseNone || e.cause != CauseNone) {
			c.cause = e.cause
		}
	})
	if !e.seen && !e.soft && c.core.Heard() {
		_, half := c.leg.(Paired)
		cause := e.cause
		if !half { // a Local channel tells of the cause that the other half ends with
			cause = cmp.Or(cause, c.View().Cause)
		}
		said := int(cause)
		if !half && cause == CauseNone {
			said = event.NoCause
		}
		c.core.Tell(event.HangupAsked{Channel: c.Snapshot(), Cause: said})
	}
}

// hung says whether the channel is hung up, from any goroutine.
func (c *Channel) hung() bool { return c.flags.Load()&flagHangup != 0 }

// Gone says whether what the channel does has to end: it is hung up, it is sent elsewhere,
// or its absolute timeout has fired. It is for its worker.
func (c *Channel) Gone() bool {
	f := c.flags.Load()
	if f&flagHangup != 0 {
		c.seeHangup()
	} else if f&flagSent != 0 {
		c.seeSent()
	}
	return f != 0
}

// why is the reason for which it has to.
func (c *Channel) why() Why {
	switch f := c.flags.Load(); {
	case f&flagHangup != 0:
		return Gone
	case f&flagSent != 0:
		return Sent
	}
	return Expired
}

// Ended is closed when the channel has ended, with its records.
func (c *Channel) Ended() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	over := c.ended
	switch {
	case over != nil:
	case c.closed:
		over = make(chan struct{})
		close(over)
	default:
		over = make(chan struct{})
		c.ended = over
	}
	return over
}

// shut ends the channel for all who want something of it: those who wait are told, and who
// was on the way into it ends too.
func (c *Channel) shut() {
	c.mu.Lock()
	c.flags.Or(flagHangup)
	c.closed = true
	todo, next, sent := c.todo, c.next, c.order
	c.todo, c.events, c.next, c.holder, c.order = nil, nil, nil, nil, nil
	if c.ended != nil {
		close(c.ended)
		c.ended = nil
	}
	c.count()
	c.mu.Unlock()
	for _, r := range todo {
		r.refuse()
	}
	if next != nil {
		next.leg.Hangup(CauseNormal)
	}
	sent.drop()
}
