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
	c.Post(Event{Kind: EventSent})
	return nil
}

// RedirectBoth sends two channels, which may be bridged with each other, to a place each.
func RedirectBoth(a *Channel, to dialplan.Location, b *Channel, also dialplan.Location) error {
	if err := a.prepareRedirect(to); err != nil {
		return err
	}
	if err := b.prepareRedirect(also); err != nil {
		a.Post(Event{Kind: EventSent})
		return err
	}
	a.Post(Event{Kind: EventSent})
	b.Post(Event{Kind: EventSent})
	return nil
}

func (c *Channel) prepareRedirect(to dialplan.Location) (err error) {
	c.locked(func() {
		if c.gone || c.outgoing && !c.driven && c.bridged == nil {
			err = ErrNotRedirectable
			return
		}
		c.sendTo = &to
	})
	return err
}

// awaited says whether there is a place that the channel has not gone to yet.
func (c *Channel) awaited() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sendTo != nil
}

// takeRedirect is where the channel is sent, once.
func (c *Channel) takeRedirect() (to dialplan.Location, ok bool) {
	c.sent = false
	c.locked(func() {
		if ok = c.sendTo != nil && !c.gone; ok {
			to, c.sendTo = *c.sendTo, nil
		}
	})
	return to, ok
}

// redirected goes there, on the channel's own goroutine.
func (c *Channel) redirected() bool {
	to, ok := c.takeRedirect()
	if ok {
		c.trace.Note("%s is redirected to %s@%s:%d", c.Name(), to.Exten, to.Context, to.Priority)
		c.machine.Goto(to)
		c.SetLocation(to)
	}
	return ok
}
