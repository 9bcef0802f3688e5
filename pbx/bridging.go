package pbx

import (
	"fmt"
	"math/rand/v2"

	"obelisk/pbx/cdr"
)

// Bridging is two channels joined, as it is known to programs.
type Bridging struct {
	ID       string // a UUID
	Channels int    // that are in it at the moment
	records  cdr.Bridge
}

func newBridging() *Bridging {
	a, b := rand.Uint64(), rand.Uint64()
	return &Bridging{ID: fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)}
}

func (b *Bridging) id() string {
	if b == nil {
		return ""
	}
	return b.ID
}

// tell makes a bridge's news known: BridgeCreate, BridgeEnter, BridgeLeave, BridgeDestroy.
func (b *Bridging) tell(core *Core, name string, channels int, c *Channel) {
	if c != nil {
		b.record(name, c)
		b.show(name, c)
	}
	if !core.Heard() {
		return
	}
	n := News{Name: name, Class: "call", Bridge: &Bridging{ID: b.ID, Channels: channels}}
	if c != nil {
		n.Chan = c.Snapshot()
	}
	core.Tell(n)
}

func (b *Bridging) show(name string, c *Channel) {
	if c.Shows(3) {
		c.Show(3, "bridge_channel.c", "Channel %s %s 'simple_bridge' basic-bridge <%s>", c.Name(), map[string]string{"BridgeEnter": "joined", "BridgeLeave": "left"}[name], b.ID)
	}
}

// link notes on two channels that they are bridged.
func link(caller, callee *Channel) {
	b := newBridging()
	callee.locked(func() { callee.bridged, callee.bridging = caller, b })
	caller.locked(func() { caller.bridged, caller.bridging = callee, b })
}

// enter makes known that they are, also in their variables.
func enter(caller, callee *Channel) {
	b := caller.bridging
	b.tell(caller.core, "BridgeCreate", 0, nil)
	meetAccounts(caller, callee)
	callee.tellStep("AppDial", outgoingLine)
	b.tell(caller.core, "BridgeEnter", 1, callee)
	b.tell(caller.core, "BridgeEnter", 2, caller)
	setPeer(callee, caller)
	setPeer(caller, callee)
}

// setPeer sets BRIDGEPEER and BRIDGEPVTCALLID.
func setPeer(c, peer *Channel) {
	c.SetVar("BRIDGEPEER", peer.Name())
	if id, ok := peer.Var("SIPCALLID"); ok {
		c.SetVar("BRIDGEPVTCALLID", id)
	}
}

// clearPeer empties what setPeer set.
func clearPeer(c *Channel) {
	for _, name := range [2]string{"BRIDGEPEER", "BRIDGEPVTCALLID"} {
		if v, ok := c.Var(name); ok && v != "" {
			c.SetVar(name, "")
		}
	}
}

// leave undoes enter and link: one goes first.
func leave(first, second *Channel) {
	b, in := first.bridging, 1
	for _, c := range [2]*Channel{first, second} {
		gone := false
		c.locked(func() { c.bridged, c.bridging, gone, c.left = nil, nil, c.left, false })
		clearPeer(c)
		if !gone {
			b.tell(c.core, "BridgeLeave", in, c)
		}
		in--
	}
	b.tell(first.core, "BridgeDestroy", 0, nil)
}
