package pbx

import (
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// A party that takes the place of another one, by an attended transfer or a pickup: its leg
// goes into the other's channel. For all who watch, as with Asterisk, its channel is what
// goes there: the two channels exchange what they are known by.

// takePlace is that on the side of the worker of the party that comes: it makes the exchange
// known. The bridge that it was in, if any, is parted by its worker later.
func (c *Channel) takePlace(to *Channel) {
	transferer, first := c.together()
	peer, second := to.together() // whose worker may end it meanwhile
	switch {
	case transferer != nil && peer != nil:
		first.tell(c.core, "BridgeLeave", 1, c)
		second.tell(c.core, "BridgeLeave", 1, to)
		was := to.Snapshot()
		mine, its := c.Records(), to.Records()
		c.core.ledger.Exchange(mine, its, func() {
			c.exchange(to, true)
			c.records.Store(its)
			to.records.Store(mine)
		})
		c.locked(func() { c.left = true })
		second.tell(c.core, "BridgeEnter", 2, to)
		peer.SetLinkedID(to.View().LinkedID)
		to.tellAttended(transferer, was, peer, first, second)
	case transferer == nil && peer == nil:
		if c.core.Heard() {
			by := c.Snapshot()
			by.State = StateUp
			c.core.Tell(News{Name: "Pickup", Class: "call", Parts: []Part{{Chan: by}, {Prefix: "Target", Chan: to.Snapshot()}}})
		}
		mine, its := c.Records(), to.Records()
		c.core.ledger.Replaced(its, time.Now())
		c.core.ledger.Exchange(mine, its, func() {
			c.exchange(to, false)
			c.records.Store(its)
			to.records.Store(mine)
		})
		c.locked(func() { c.app, c.appData = "", "" }) // what is left runs nothing
	}
}

// exchange swaps the names of two channels, and what goes with the name: for a party that
// brings its dialplan along, where that is, too.
func (c *Channel) exchange(to *Channel, whole bool) {
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
	if !whole { // what is left of who picks up looks like the phone that rang
		c.callerID, c.connected, c.linkedID, c.state = to.callerID, to.connected, to.linkedID, to.state
	} else {
		c.at, to.at = to.at, c.at
		c.linkedID, to.linkedID = to.linkedID, c.linkedID
		c.accountCode, to.accountCode = to.accountCode, c.accountCode
		c.callerID, to.callerID = to.callerID, c.callerID
		c.connected, to.connected = to.connected, c.connected
	}
}

// together is whom the channel is bridged with, and in what; nil outside bridges.
func (c *Channel) together() (with *Channel, in *Bridging) {
	c.locked(func() { with, in = c.bridged, c.bridging })
	return with, in
}

func (c *Channel) bridgingNow() (b *Bridging) {
	c.locked(func() { b = c.bridging })
	return b
}

// SetLinkedID makes the channel one of another call.
func (c *Channel) SetLinkedID(id string) { c.locked(func() { c.linkedID = id }) }

// tellAttended makes known that c, who was with the transferer, is now where he was when he
// asked.
func (c *Channel) tellAttended(transferer *Channel, was *Snapshot, target *Channel, first, second *Bridging) {
	if !c.core.Heard() {
		return
	}
	c.core.Tell(News{Name: "AttendedTransfer", Class: "call", Parts: []Part{{Fields: []Field{{"Result", "Success"}}},
		{Prefix: "OrigTransferer", Chan: transferer.Snapshot()}, {Prefix: "Orig", Bridge: &Bridging{ID: first.id(), Channels: 2}},
		{Prefix: "SecondTransferer", Chan: was}, {Prefix: "Second", Bridge: &Bridging{ID: second.id(), Channels: 2}},
		{Prefix: "Transferee", Chan: c.Snapshot()}, {Prefix: "TransferTarget", Chan: target.Snapshot()},
		{Fields: []Field{{"IsExternal", "No"}, {"DestType", "Bridge"}, {"DestBridgeUniqueid", second.id()}}}}})
}

// tellBlind makes known that a party of a bridge sends the other to an extension.
func tellBlind(by, other *Channel, t *Transferred) {
	if by.core.Heard() {
		by.core.Tell(News{Name: "BlindTransfer", Class: "call", Parts: []Part{{Fields: []Field{{"Result", "Success"}}}, {Prefix: "Transferer", Chan: by.Snapshot()}, {Prefix: "Transferee", Chan: other.Snapshot()},
			{Bridge: &Bridging{ID: by.bridgingNow().id(), Channels: 2}}, {Fields: []Field{{"IsExternal", "Yes"}, {"Context", t.To.Context}, {"Extension", t.To.Exten}}}}})
	}
}

// TellLocal makes known that the halves of a Local channel belong together.
func TellLocal(one, two *Channel, context, exten string, optimized bool) {
	if !two.core.Heard() {
		return
	}
	word := "No"
	if optimized {
		word = "Yes"
	}
	two.core.Tell(News{Name: "LocalBridge", Class: "call", Parts: []Part{{Prefix: "LocalOne", Chan: one.Snapshot()}, {Prefix: "LocalTwo", Chan: two.Snapshot()},
		{Fields: []Field{{"Context", context}, {"Exten", exten}, {"LocalOptimization", word}}}}})
}

// tellOptimized makes known that a Local channel is left out, for the party behind it.
func tellOptimized(one, two, source *Channel) {
	if !one.core.Heard() || two == nil {
		return
	}
	id := Field{"Id", strconv.Itoa(int(optimizations.Add(1)))}
	halves := []Part{{Prefix: "LocalOne", Chan: one.Snapshot()}, {Prefix: "LocalTwo", Chan: two.Snapshot()}}
	one.core.Tell(News{Name: "LocalOptimizationBegin", Class: "call", Parts: append(slices.Clone(halves), Part{Prefix: "Source", Chan: source.Snapshot()}, Part{Fields: []Field{{"DestUniqueId", one.UniqueID()}, id}})})
	one.core.Tell(News{Name: "LocalOptimizationEnd", Class: "call", Parts: append(halves, Part{Fields: []Field{{"Success", "Yes"}, id}})})
}

var optimizations atomic.Int64
