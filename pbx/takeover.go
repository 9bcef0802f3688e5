package pbx

import "time"

// A party that takes the place of another one, by an attended transfer or a pickup: its leg
// goes into the other's channel. For all who watch, as with Asterisk, its channel is what
// goes there: the two channels exchange what they are known by.

// become is that for a pickup, on the worker of the party that comes.
func (c *Channel) become(to *Channel) {
	if c.core.Heard() {
		by := c.Snapshot()
		by.State = StateUp
		c.core.Tell(News{Name: "Pickup", Class: "call", Parts: []Part{{Chan: by}, {Prefix: "Target", Chan: to.Snapshot()}}})
	}
	mine, its := c.Records(), to.Records()
	c.core.ledger.Replaced(its, time.Now())
	c.core.ledger.Exchange(mine, its, func() {
		c.exchange(to)
		c.records.Store(its)
		to.records.Store(mine)
	})
	c.locked(func() { c.app, c.appData = "", "" }) // what is left runs nothing
}

// exchange swaps the names of two channels, and what goes with the name. What is left of who
// picks up looks like the phone that rang.
func (c *Channel) exchange(to *Channel) {
	core := c.core
	core.mu.Lock()
	defer core.mu.Unlock()
	first, second := c, to
	if first.created.After(second.created) { // always in one order
		first, second = second, first
	}
	first.mu.Lock()
	defer first.mu.Unlock()
	second.mu.Lock()
	defer second.mu.Unlock()
	a, b := c.ident.Load(), to.ident.Load()
	c.ident.Store(b)
	to.ident.Store(a)
	one, other := core.channels[a.name] == c, core.channels[b.name] == to
	delete(core.channels, a.name)
	delete(core.channels, b.name)
	if one {
		core.channels[b.name] = c
	}
	if other { // each is on the list by its new name, or not any more
		core.channels[a.name] = to
	}
	c.language, to.language = to.language, c.language
	c.callerID, c.connected, c.linkedID, c.state = to.callerID, to.connected, to.linkedID, to.state
}
