package pbx

import (
	"cmp"
	"slices"
	"strings"
)

// The channels that there are, and whether more may come.

func (c *Core) admit(ch *Channel) error {
	if c.cfg.Refuses != nil && !ch.outgoing {
		if err := c.cfg.Refuses(); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusing && !ch.outgoing && !ch.visitor {
		return ErrStopping
	}
	if !ch.outgoing {
		if c.cfg.MaxCalls > 0 && c.calls >= c.cfg.MaxCalls {
			return ErrMaxCalls
		}
		c.calls++
		ch.counted = true
	}
	c.channels[ch.Name()] = ch
	ch.origin().kin.Add(1)
	return nil
}

// remove takes a channel off the list; false when it is not there any more.
func (c *Core) remove(ch *Channel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.channels[ch.Name()] != ch {
		return false
	}
	delete(c.channels, ch.Name())
	ch.origin().kin.Add(-1)
	if ch.counted {
		c.calls--
	}
	c.tellIdle()
	return true
}

// countCall has a channel that was dialled be a call of its own: it goes through the dialplan.
func (c *Core) countCall(ch *Channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.processed.Add(1)
	if c.channels[ch.Name()] == ch && !ch.counted {
		ch.counted = true
		c.calls++
	}
}

// tellIdle tells who waits for the last channel to go. It is called with mu held.
func (c *Core) tellIdle() {
	if c.idle != nil && len(c.channels) == 0 {
		close(c.idle)
		c.idle = nil
	}
}

// workedBy lists the channels that another one has dialled and works.
func (c *Core) workedBy(by *Channel) []*Channel {
	return slices.DeleteFunc(c.Channels(), func(o *Channel) bool { return o == by || o.worker() != by.own })
}

// Channels lists the channels by age.
func (c *Core) Channels() []*Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*Channel, 0, len(c.channels))
	for _, ch := range c.channels {
		out = append(out, ch)
	}
	slices.SortFunc(out, func(a, b *Channel) int {
		return cmp.Or(a.created.Compare(b.created), byUniqueID(a.UniqueID(), b.UniqueID()))
	})
	return out
}

// byUniqueID compares two unique ids by the number behind the point, which grows.
func byUniqueID(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// Channel finds one by name, or by its unique id: as with Asterisk either will do wherever people and
// programs name a channel.
func (c *Core) Channel(name string) *Channel {
	if !strings.Contains(name, "/") { // every name has one
		return c.ChannelByID(name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.channels[name]
}

// ChannelByID finds one by its unique id.
func (c *Core) ChannelByID(id string) *Channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range c.channels {
		if ch.UniqueID() == id {
			return ch
		}
	}
	return nil
}

// ChannelLike finds one by the beginning of its name, in any case; the whole name goes before.
func (c *Core) ChannelLike(name string) *Channel {
	if ch := c.Channel(name); ch != nil || name == "" {
		return ch
	}
	for _, ch := range c.Channels() {
		if n := ch.Name(); len(n) >= len(name) && strings.EqualFold(n[:len(name)], name) {
			return ch
		}
	}
	return nil
}

// Counts returns active channels, active calls and calls processed.
func (c *Core) Counts() (channels, calls int, processed uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.channels), c.calls, c.processed.Load()
}

// Refuse stops (or again allows) new calls. The returned channel is closed when
// none is left.
func (c *Core) Refuse(on bool) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusing = on
	if !on && c.idle != nil { // who waits is told by aborts of his own
		close(c.idle)
		c.idle = nil
	}
	done := make(chan struct{})
	if !on || len(c.channels) == 0 {
		close(done)
		return done
	}
	if c.idle == nil {
		c.idle = done
	}
	return c.idle
}

// Refusing says whether new calls are refused.
func (c *Core) Refusing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusing
}

// HangupAll asks every channel to end.
func (c *Core) HangupAll(cause Cause) {
	for _, ch := range c.Channels() {
		ch.SoftHangup(cause)
	}
}
