package pbx

import (
	"errors"

	"obelisk/dialplan"
)

// ErrNotRedirectable is a channel that is called and has not answered yet.
var ErrNotRedirectable = errors.New("the channel has not answered yet")

// Redirect sends a channel to a place of the dialplan, whatever it is doing. Who it was
// bridged with is hung up, or goes on in the dialplan after Dial's option g.
func (c *Channel) Redirect(to dialplan.Location) error {
	if err := c.prepareRedirect(to); err != nil {
		return err
	}
	c.send()
	return nil
}

// RedirectBoth sends two channels, which may be bridged with each other, to a place each.
// Both know before either is woken.
func RedirectBoth(a *Channel, to dialplan.Location, b *Channel, also dialplan.Location) error {
	if err := a.prepareRedirect(to); err != nil {
		return err
	}
	err := b.prepareRedirect(also)
	a.send()
	if err == nil {
		b.send()
	}
	return err
}

// send wakes the channel's worker.
func (c *Channel) send() { c.change(func() {}) }

func (c *Channel) prepareRedirect(to dialplan.Location) (err error) {
	c.locked(func() {
		// who has answered is about to be bridged, and goes then
		if c.hung() || c.outgoing && !c.driven && c.bridged == nil && c.state != StateUp {
			err = ErrNotRedirectable
			return
		}
		c.sendTo, c.sent = &to, false
		c.flags.Or(flagSent)
	})
	return err
}

// seeSent is for the worker, when it comes upon the flag: from here on the channel is at the place
// to which it is sent, whatever it still does.
func (c *Channel) seeSent() {
	first := false
	c.locked(func() {
		if first = c.sendTo != nil && !c.sent && !c.hung(); first {
			c.at, c.sent = *c.sendTo, true
		}
	})
	if first {
		c.tellPlace()
	}
}

// goesTo is for a channel that is transferred: from here on it is at that place.
func (c *Channel) goesTo(to dialplan.Location) {
	c.SetLocation(to)
	c.tellPlace()
}

// tellPlace makes known where the channel is now, whatever it still does.
func (c *Channel) tellPlace() {
	v := c.View()
	c.tellStep(v.App, v.AppData)
	c.recordStep()
}

// TakeRedirect is where the channel is sent, once; it is for its worker.
func (c *Channel) TakeRedirect() (to dialplan.Location, ok bool) {
	c.locked(func() {
		if ok = c.sendTo != nil && !c.hung(); ok {
			to, c.sendTo = *c.sendTo, nil
			c.flags.And(^flagSent)
		}
	})
	return to, ok
}

// redirected goes there, on the channel's own goroutine.
func (c *Channel) redirected() bool {
	to, ok := c.TakeRedirect()
	if ok {
		c.trace.Note("%s is redirected to %s@%s:%d", c.Name(), to.Exten, to.Context, to.Priority)
		c.machine.Goto(to)
		c.SetLocation(to)
	}
	return ok
}
