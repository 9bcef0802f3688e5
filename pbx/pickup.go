package pbx

import (
	"slices"
	"strings"
)

// Groups say whose ringing calls may be picked up by whom: numbers 0 to 63 as bits,
// and names.
type Groups struct {
	Call, Pickup           uint64
	NamedCall, NamedPickup []string
}

// MayPickUp says whether a member may pick up what rings at another.
func (g Groups) MayPickUp(at Groups) bool {
	return g.Pickup&at.Call != 0 || slices.ContainsFunc(g.NamedPickup, func(n string) bool { return slices.Contains(at.NamedCall, n) })
}

// Grouped is a leg that belongs to groups.
type Grouped interface{ Groups() Groups }

// RingingFor finds the call that has rung longest at a device that the channel may
// pick up; nil when there is none.
func (c *Core) RingingFor(by *Channel) *Channel {
	mine, ok := by.Leg().(Grouped)
	if !ok {
		return nil
	}
	return c.ringingIn(mine.Groups())
}

// ringingIn is that for who has these groups.
func (c *Core) ringingIn(groups Groups) *Channel {
	return c.ringing(func(ch *Channel) bool {
		g, ok := ch.Leg().(Grouped)
		return ok && groups.MayPickUp(g.Groups())
	})
}

// RingingCallTo finds a call that rings because an extension was dialled.
func (c *Core) RingingCallTo(context, exten string) *Channel {
	dialled := map[string]bool{} // linked ids of who has dialled it
	for _, ch := range c.Channels() {
		if v := ch.View(); !ch.outgoing && v.At.Exten == exten && (context == "" || v.At.Context == context) {
			dialled[v.LinkedID] = true
		}
	}
	return c.ringing(func(ch *Channel) bool { return dialled[ch.View().LinkedID] })
}

// RingingMarked finds a call that rings and whose channel has PICKUPMARK set to mark.
func (c *Core) RingingMarked(mark string) *Channel {
	return c.ringing(func(ch *Channel) bool {
		v, _ := ch.Var("PICKUPMARK")
		return v == mark
	})
}

// RingingNamed finds a channel that rings, by what its name begins with or else by its unique id.
func (c *Core) RingingNamed(begins, id string) *Channel {
	if ch := c.ringing(func(ch *Channel) bool {
		n := ch.Name()
		return len(n) >= len(begins) && strings.EqualFold(n[:len(begins)], begins)
	}); ch != nil {
		return ch
	}
	return c.ringing(func(ch *Channel) bool { return strings.EqualFold(ch.UniqueID(), id) })
}

// RingingAt finds a channel that rings one of a hint's devices, to be picked up; nil
// when none does.
func (c *Core) RingingAt(context, exten string) *Channel {
	devices, _ := c.HintDevices(context, exten)
	return c.ringing(func(ch *Channel) bool {
		name := ch.tech + "/" + ch.Leg().Resource()
		return slices.ContainsFunc(devices, func(d string) bool { return strings.EqualFold(d, name) })
	})
}

// ringing finds the oldest channel that rings and fits.
func (c *Core) ringing(fits func(*Channel) bool) *Channel {
	for _, ch := range c.Channels() {
		if v := ch.View(); ch.outgoing && !v.Gone && (v.State == StateRinging || v.State == StateDown) && fits(ch) {
			return ch
		}
	}
	return nil
}
