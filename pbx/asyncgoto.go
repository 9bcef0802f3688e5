package pbx

import (
	"errors"
	"time"

	"obelisk/dialplan"
)

// An order sends a channel to its next place, whatever it is doing. It is a flag with a
// wake-up, so that it is never lost; the newest one counts, and a hang-up beats all.

var (
	// ErrNotRedirectable is a channel that is called and has not answered yet.
	ErrNotRedirectable = errors.New("the channel has not answered yet")
	// ErrNoSeat is a channel that is in no bridge.
	ErrNoSeat = errors.New("the channel is in no bridge")
)

// order is where a channel is sent: into a bridge, to a place of the dialplan, or, with neither,
// out of its bridge.
type order struct {
	to      *Bridge           // where a seat is kept for it; nil: none
	place   dialplan.Location // no context: none
	swap    *Channel          // whose seat it gets; nil: one of its own
	member  Member            // how it sits
	begun   time.Time         // of features that it brings along; zero: they begin where it goes
	owes    After             // of orders in whose place this one came
	fresh   bool              // it comes from who has dialled it
	put     bool              // it is put out while it is lent
	seen    bool              // its worker knows of it
	held    *Bridge           // which stays until it has arrived; nil: none
	why     Why
	by      *Channel       // who wants it; nil: nobody in the bridge
	leaves  func()         // told on the strand before it leaves where it sits
	arrived func(*Channel) // told on the strand when it sits, with whom it is with (nil: none or several)
	hops    int            // from bridge to bridge, after who has the seat
}

// Redirect sends a channel to a place of the dialplan. Who it was bridged with goes on with
// its After: is hung up, or goes on in the dialplan after Dial's option g.
func (c *Channel) Redirect(to dialplan.Location) error {
	return c.send(&order{place: to, why: Sent}, true)
}

// RedirectBoth sends two channels, which may be bridged with each other, to a place each.
// Both know before either is woken.
func RedirectBoth(a *Channel, to dialplan.Location, b *Channel, also dialplan.Location) error {
	if err := a.send(&order{place: to, why: Sent}, false); err != nil {
		return err
	}
	err := b.send(&order{place: also, why: Sent}, false)
	a.wake()
	if err == nil {
		b.wake()
	}
	return err
}

// Move sends a channel into a bridge, from wherever it is; its seat is kept from now on. An
// After that it has already is told when it leaves bridges for good, before that of m. ErrNoPlace:
// the bridge is over, ErrNotRedirectable: the channel rings.
func (c *Channel) Move(to *Bridge, m Member) error {
	return c.move(&order{to: to, member: m, why: Sent})
}

// Take is Move by somebody else's wish: one that runs an application is for call records a new channel
// from then on, and one that was dialled, whoever has called it. In Asterisk it is another one.
func (c *Channel) Take(to *Bridge, m Member) error {
	c.locked(func() {
		if _, sits := c.holder.(*Bridge); !sits && c.in == nil {
			c.taken = time.Now()
		}
	})
	return c.Move(to, m)
}

func (c *Channel) move(o *order) error {
	if !o.to.reserve() {
		return ErrNoPlace
	}
	return c.send(o, true)
}

// TakePlace sends a channel to the seat of another one: where that is, where it is about to go,
// or the seat that it has just left. That one leaves (Replaced). ErrNoSeat: it is in no bridge,
// and Adopt is the way.
func (c *Channel) TakePlace(of *Channel) error { return c.takePlace(of, &order{why: Sent}) }

func (c *Channel) takePlace(of *Channel, o *order) error {
	if of != c {
		o.to = of.keepSeat()
	}
	if o.to == nil {
		o.free()
		return ErrNoSeat
	}
	o.swap = of
	return c.send(o, true)
}

// Kick puts a channel out of its bridge: it goes on with After. ErrNoSeat: it is in none.
func (c *Channel) Kick() error {
	if c.Bridge() == nil {
		return ErrNoSeat
	}
	return c.send(&order{why: Kicked}, true)
}

// Bridge is where the channel is, or arrives; nil for none.
func (c *Channel) Bridge() *Bridge {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b, ok := c.holder.(*Bridge); ok && !c.closed {
		return b
	}
	return c.in
}

// leavePatience is how long keepSeat waits until a bridge that is over has sent its members away. It
// is short: who waits may be one for whom that bridge's strand waits.
const leavePatience = 50 * time.Millisecond

// keepSeat keeps a seat where the channel is; nil: it is in no bridge. One that is over is about to
// send its members away: then it is seen where the channel goes. A strand may wait here, because its
// own bridge is not over, and so nobody waits for that.
func (c *Channel) keepSeat() *Bridge {
	b := c.Bridge()
	if b == nil || b.reserve() {
		return b
	}
	end := time.NewTimer(leavePatience)
	defer end.Stop()
	for {
		sent := b.departure()
		now := c.Bridge()
		if now == nil || now.reserve() {
			return now
		}
		if now != b {
			b = now
			continue
		}
		select {
		case <-sent:
		case <-end.C:
			return nil
		}
	}
}

// send gives the channel an order in place of one that was not carried out yet, and wakes its
// worker. What the order has reserved is given back when it fails.
func (c *Channel) send(o *order, wakes bool) error {
	var old *order
	var err error
	c.mu.Lock()
	if _, held := c.holder.(*Worker); held && c.outgoing && !c.driven && c.in == nil && c.state != StateUp {
		err = ErrNotRedirectable // who has answered is about to be bridged, and goes then
	}
	if err == nil && (c.hung() || c.closed) {
		err = ErrGone
	}
	if err == nil {
		if old, c.order = c.order, o; old != nil {
			o.owes = old.afters()
		}
		c.flags.Or(flagSent)
	}
	c.mu.Unlock()
	if err != nil {
		o.drop()
		return err
	}
	old.drop()
	if wakes {
		c.wake()
	}
	return nil
}

// afters are those that are to be told of the order's end.
func (o *order) afters() After { return chained(o.owes, o.member.After) }

// forsake is for a channel that ends, and takes no orders any more: who has sent it somewhere is
// told. It is called on the channel's goroutine.
func (c *Channel) forsake() {
	o := c.takeOrder()
	if o == nil {
		return
	}
	o.drop()
	if after := o.afters(); after != nil {
		after(c, Left{Why: HungUp, By: c, Cause: c.View().Cause, From: o.to})
	}
}

// wake has the worker look.
func (c *Channel) wake() { c.change(func() {}) }

// drop gives back what an order has reserved.
func (o *order) drop() {
	if o != nil && o.to != nil {
		o.to.release()
	}
	o.free()
}

// free lets the bridge end that has waited for the arrival.
func (o *order) free() {
	if o != nil && o.held != nil {
		o.held.release()
		o.held = nil
	}
}

// takeOrder is for the worker: the order that waits, nil for none.
func (c *Channel) takeOrder() *order { return c.dropOrder(func(*order) bool { return true }) }

// dropOrder takes an order back that fits.
func (c *Channel) dropOrder(fits func(*order) bool) (o *order) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.order != nil && fits(c.order) {
		o, c.order = c.order, nil
		c.flags.And(^flagSent)
	}
	return o
}

// putOrder gives an order to who works the channel next, unless there is a newer one.
func (c *Channel) putOrder(o *order) {
	c.locked(func() {
		if c.order == nil {
			c.order = o
			c.flags.Or(flagSent)
		}
	})
}

// putOut has a goroutine to which the bridge has lent the channel see that it has to give it
// back.
func (c *Channel) putOut() {
	c.change(func() {
		if c.order == nil {
			c.order = &order{put: true}
			c.flags.Or(flagSent)
		}
	})
}

// seeSent is for the worker, when it comes upon the flag.
func (c *Channel) seeSent() {
	var o *order
	c.locked(func() { o = c.order })
	if o != nil && !c.hung() {
		c.seeOrder(o)
	}
}

// seeOrder notes where the channel is sent: from here on it is there, whatever it still does.
func (c *Channel) seeOrder(o *order) {
	if o.seen || o.place.Context == "" {
		return
	}
	o.seen = true
	c.SetLocation(o.place)
	if v := c.View(); v.BridgeID != "" { // as it leaves; elsewhere the next step tells of it
		c.tellStep(v.App, v.AppData)
	}
	c.recordStep()
}

// LetGo is End for a channel that has answered, unless an order sends it elsewhere: it goes there.
func (c *Channel) LetGo(cause Cause) {
	if c.flags.Load()&(flagSent|flagHangup) != flagSent {
		c.End(cause)
		return
	}
	c.entrust()
	c.core.crew.begin(c.resume)
}

// redirected carries an order out on the channel's own goroutine: it goes to another place of
// the dialplan, or is about to leave that for a bridge.
func (c *Channel) redirected() bool {
	if c.hung() {
		return false
	}
	o := c.takeOrder()
	switch {
	case o == nil:
		return false
	case o.to != nil:
		c.leaves(o)
		return true
	case o.owes != nil:
		o.owes(c, Left{Why: Refused, By: c})
	}
	if o.place.Context == "" { // to be put out of where it is not any more
		return !c.called()
	}
	c.trace.Note("%s is redirected to %s@%s:%d", c.Name(), o.place.Exten, o.place.Context, o.place.Priority)
	c.gotoPlace(o.place)
	return true
}

// gotoPlace goes there; a channel that was dialled has a dialplan of its own from now on.
func (c *Channel) gotoPlace(to dialplan.Location) {
	if c.machine == nil {
		c.machine = dialplan.NewMachine(c.core.Plan(), to)
	} else {
		c.machine.Goto(to)
	}
	c.locked(func() { c.driven = c.outgoing })
	c.SetLocation(to)
}
