package pbx

import (
	"cmp"
	"strings"

	"obelisk/pbx/event"
)

// Identified is a leg that knows who is at its far end: an endpoint's callerid, or
// what a trusted far side says. The zero value: unknown.
type Identified interface{ Identity() CallerID }

// ConnectedLine is a leg that tells its far end who is at the other.
type ConnectedLine interface{ Connected(id CallerID) }

// ForwardText is the text of an EventForward: dial strings, the best first.
func ForwardText(targets []string) string { return strings.Join(targets, "\n") }

// ForwardTargets reads it; there is at least one.
func ForwardTargets(text string) []string { return strings.Split(text, "\n") }

// Connect tells the channel's far end whom it is connected with, or about to be.
func (c *Channel) Connect(id CallerID) {
	c.SetConnected(id)
	if l, ok := c.Leg().(ConnectedLine); ok && id.Num != "" {
		l.Connected(id)
	}
}

// Introduce is Connect with the party of another channel.
func (c *Channel) Introduce(other *Channel) { c.Connect(other.View().CallerID) }

// Dialled gives a channel that is about to be called what it takes from its caller: to whom it is
// connected, where that one is, and his account. Who has no number of his own goes by the one that is
// given, else by the one that was dialled; absent says so. A call that was forwarded to it has a place of its own.
func (c *Channel) Dialled(caller View, forwarded bool, number string) (absent bool) {
	id, at := c.View().CallerID, c.View().At
	if absent = id.Num == ""; absent {
		id.Num = cmp.Or(number, caller.At.Exten)
	}
	if !forwarded {
		id.Name = cmp.Or(id.Name, caller.Connected.Name)
		at.Exten = caller.At.Exten
	}
	account := cmp.Or(caller.PeerAccount, caller.AccountCode) // its own one gives way
	old := c.View()
	c.locked(func() {
		c.callerID, c.connected, c.at = id, caller.CallerID, at
		c.accountCode, c.peerAccount = cmp.Or(account, c.accountCode), caller.AccountCode
	})
	if forwarded && id != old.CallerID {
		c.tellCallerID(id)
	}
	c.tellStep(c.outApp, event.OutgoingLine)
	c.recordStep()
	if !forwarded && id != old.CallerID {
		c.tellCallerID(id)
	}
	if account != "" && account != old.AccountCode {
		c.tellAccount(old.AccountCode)
	}
	if caller.CallerID != (CallerID{}) {
		c.tellConnected()
	}
	return absent
}

// Identify takes what the leg knows of its far end as the channel's caller id.
func (c *Channel) Identify() {
	if l, ok := c.Leg().(Identified); ok {
		id, now := l.Identity(), c.View().CallerID
		if id.Num == "" {
			id.Num = now.Num
		}
		if id != now && (id.Num != "" || id.Name != "") {
			c.SetCallerID(id)
		}
	}
}

// SetInterception gives the core what the dialplan has in the way of news of whom a channel is
// connected with: what is to be run on it before its phone is told, nil for nothing.
func (k *Core) SetInterception(f func(c *Channel) func(*Channel)) { k.intercept = f }

// Intercepted says whether something is.
func (c *Channel) Intercepted() bool { return c.core.intercept != nil && c.core.intercept(c) != nil }

// Meet is Introduce, on the channel's own goroutine: what the dialplan has in the way is run first, and
// may change what its phone is told.
func (c *Channel) Meet(other *Channel) {
	if c.core.intercept == nil {
		c.Introduce(other)
		return
	}
	run := c.core.intercept(c)
	if run == nil {
		c.Introduce(other)
		return
	}
	c.SetConnected(other.View().CallerID)
	run(c)
}

// WasCalled says whether the channel was dialled, and did not come in.
func (c *Channel) WasCalled() bool { return c.outApp != "" }

// identified tells a member who the other one says that he is; what the dialplan has in the way is
// run on the member first.
func (b *Bridge) identified(from, to *Channel) {
	from.Identify()
	var run func(*Channel)
	if b.core.intercept != nil && b.works(to) {
		run = b.core.intercept(to)
	}
	if run == nil {
		to.Introduce(from)
		return
	}
	to.SetConnected(from.View().CallerID)
	b.feature(to, b.seats[b.find(to)].m.Features, run)
}
