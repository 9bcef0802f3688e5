package pbx

import (
	"time"

	"obelisk/dialplan"
	"obelisk/pbx/event"
)

// The way of a channel into bridges, and back. A bridged call has no goroutine: that of the
// caller ends when it takes its seat, and another one goes on with After. A stack of 8 KB for
// each call that is up would be held otherwise.

// After goes on with a channel that has left bridges for good, on a goroutine of its own: what it
// returns is the result of the application that has sent it there. It is told once, also when the
// channel is hung up, and before an order that sends it elsewhere (Left.Why: Sent) is carried out.
// A channel that was dialled is hung up after it, unless After has it go on (Redirect, Into).
type After func(c *Channel, l Left) dialplan.Result

// GoesOn is the After of a member that goes to a place when by has left first (option F of Dial).
func GoesOn(to dialplan.Location, by *Channel) After {
	return func(c *Channel, l Left) dialplan.Result {
		if l.Why == PeerLeft && l.By == by {
			c.Redirect(to)
		}
		return dialplan.Continue
	}
}

// GoesTo has a channel, whose goroutine this is, go on at a place when it has left its bridge, unless it is hung up.
func (c *Channel) GoesTo(to dialplan.Location) {
	c.after = chained(c.after, func(c *Channel, l Left) dialplan.Result {
		if l.Why != HungUp {
			c.Redirect(to)
		}
		return dialplan.Continue
	})
}

// Lasting is an After of a channel that was fetched out of what it did, whoever sends it from bridge to
// bridge afterwards: who has nothing for it to do at the last one's end asks Onward. nil: it goes on
// where it was.
func Lasting(after After) After {
	if after == nil {
		after = func(*Channel, Left) dialplan.Result { return dialplan.Continue }
	}
	return func(c *Channel, l Left) dialplan.Result {
		if l.Why == Sent {
			c.onward = after
		}
		return after(c, l)
	}
}

// Onward is what follows for a channel whose After has nothing for it to do: that of who has fetched
// it first (Lasting), or its end.
func (c *Channel) Onward(l Left) dialplan.Result {
	after := c.onward
	if c.onward = nil; after == nil {
		return dialplan.End
	}
	return after(c, l)
}

// Left tells what became of a seat.
type Left struct {
	By    *Channel // who has left first, or has wanted it; nil: nobody in the bridge
	From  *Bridge  // the last one
	Why   Why      // HungUp, PeerLeft, Sent, Expired, Kicked, Replaced, Gave, Closed, Refused, Failed
	Cause Cause    // of By's end
}

// waiting is a goroutine that waits for the end of what an application below another one does.
type waiting struct {
	worker *Worker
	back   chan Left
}

// Into takes a seat in a bridge. An application returns what Into returns, at once: nothing of it
// is left on the stack. Below another application Into itself waits until the seat is left.
func (c *Channel) Into(b *Bridge, m Member) dialplan.Result {
	if !b.reserve() {
		return c.followed(m.After, Left{Why: Refused, By: c, From: b})
	}
	c.leaves(&order{to: b, member: m})
	return c.departure()
}

// Pair joins a caller, who is answered now if he was not, with a channel that this goroutine has
// dialled and that has answered, in a bridge of their own. It is Into for the caller.
func (c *Channel) Pair(callee *Channel, mine, its Member) dialplan.Result {
	b := c.core.bridgeFor(2)
	mine.Answer = true
	callee.after, its.After = its.After, nil
	callee.goes = &order{to: b, member: its, fresh: true}
	callee.hold(b)
	b.await(callee)
	c.leaves(&order{to: b, member: mine})
	return c.departure()
}

// Fetch joins a channel with another one, wherever that is, in a bridge of their own, into which the
// other one comes first; each is shown whom it talks with. It is Into for this one; an error is that of Move.
func (c *Channel) Fetch(other *Channel, mine, its Member) (dialplan.Result, error) {
	b := c.core.NewBridge(Policy{})
	b.reserve()
	here := make(chan struct{})
	its.Entered = func(*Channel) { close(here) }
	mine.Entered = func(*Channel) {
		c.Introduce(other)
		other.Introduce(c)
	}
	if err := other.Take(b, its); err != nil {
		b.release()
		return dialplan.Continue, err
	}
	c.letCome(other, here)
	c.leaves(&order{to: b, member: mine})
	return c.departure(), nil
}

// fetchPatience is how long a channel that fetches another one waits for its coming: what that does
// now may take its time.
const fetchPatience = 5 * time.Second

// letCome waits until another channel is where it was sent; a channel that is hung up meanwhile does
// not.
func (c *Channel) letCome(other *Channel, here <-chan struct{}) {
	either, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(either)
		select {
		case <-here:
		case <-other.Ended():
		case <-left:
		}
	}()
	c.Await(Wait{For: fetchPatience, Also: either})
	close(left)
	<-either
}

// Seat gives a channel that this goroutine has dialled to a bridge. Without an After it ends when
// it leaves that. False when the bridge is over: it is still in custody then.
func (c *Channel) Seat(b *Bridge, m Member) bool {
	if !b.reserve() {
		return false
	}
	c.leaves(&order{to: b, member: m, fresh: true})
	c.hand(b)
	return true
}

// leaves notes that the channel is about to be handed to a bridge.
func (c *Channel) leaves(o *order) {
	c.after = chained(c.after, o.afters())
	o.owes, o.member.After = nil, nil
	c.goes = o
}

// chained is both of two Afters: one that has been there is told that the channel was sent
// elsewhere, the newer one goes on.
func chained(old, after After) After {
	switch {
	case old == nil:
		return after
	case after == nil:
		return old
	}
	return func(c *Channel, l Left) dialplan.Result {
		was := l
		if l.Why != HungUp {
			was.Why = Sent
		}
		old(c, was)
		return after(c, l)
	}
}

// departure is what Into returns: Away, or, below another application, what follows the bridge.
func (c *Channel) departure() dialplan.Result {
	if c.below == 0 {
		return dialplan.Away
	}
	r := dialplan.Away
	for r == dialplan.Away {
		w := &waiting{c.worker(), make(chan Left, 1)}
		c.waits = w
		c.probe.give()
		c.hand(c.goes.to)
		l := <-w.back
		c.probe.take()
		c.steps = 0
		after := c.after
		c.after = nil
		r = c.followed(after, l)
	}
	return r
}

// followed is what follows a seat.
func (c *Channel) followed(after After, l Left) dialplan.Result {
	if after == nil {
		return dialplan.Continue
	}
	c.onward = nil
	return after(c, l)
}

// resume is the channel's goroutine after a bridge.
func (c *Channel) resume() {
	c.steps = 0
	c.drive(true)
}

// called says whether the channel was dialled and has no dialplan of its own.
func (c *Channel) called() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outgoing && !c.driven
}

// Below runs an application below another one, which goes on when that one is over.
func (c *Channel) Below(f func() dialplan.Result) dialplan.Result {
	c.below++
	defer func() { c.below-- }()
	return f()
}

// ShowAt makes known where in the dialplan a channel that was called is about to go on.
func (c *Channel) ShowAt(at dialplan.Location) {
	c.SetLocation(at)
	c.tellStep(c.outApp, event.OutgoingLine)
}

// Enter gives an outgoing channel that is up a dialplan of its own: it is worked by
// the goroutine that dialled it no longer.
func (c *Channel) Enter(at dialplan.Location) {
	c.gotoPlace(at)
	c.trace.Note("%s goes on by itself at %s@%s", c.Name(), at.Exten, at.Context)
	c.entrust()
	c.core.crew.begin(c.run)
}

// Nested says whether the application that runs does so below another one: Into waits then, and what
// follows a seat is told before it returns. It is for the channel's worker.
func (c *Channel) Nested() bool { return c.below > 0 }
