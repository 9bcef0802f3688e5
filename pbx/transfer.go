package pbx

import (
	"obelisk/dialplan"
	"obelisk/pbx/event"
)

// Transfers: somebody sends the party that he is bridged with elsewhere. Who that is is settled
// where both are worked, and not by a name that was read before.

// Transfer sends the other party of the channel's bridge to an extension (a blind transfer); false
// when the channel is in no bridge of two.
func (c *Channel) Transfer(context, exten string) bool { return c.sendOther(context, exten, true) }

// SendOther is Transfer by keys of the call itself.
func (c *Channel) SendOther(context, exten string) bool { return c.sendOther(context, exten, false) }

// sendOther is both; external says that the far end has asked for it.
func (c *Channel) sendOther(context, exten string, external bool) bool {
	peer, in := c.together()
	if peer == nil {
		return false
	}
	if p := c.core.parking; p != nil && p.Parks(c, context, exten, !external) {
		return true
	}
	to := dialplan.Location{Context: context, Exten: exten, Priority: 1}
	in.do(func() {
		other := in.partner(c)
		if other == nil || !in.works(other) || other.hung() {
			return
		}
		other.SetVar("BLINDTRANSFER", c.Name())
		c.SetVar("BLINDTRANSFER", other.Name())
		tellBlind(c, other, in.view(2), to, external)
		clearPeer(other)
		other.send(&order{place: to, why: Sent, by: c}, true)
	})
	return true
}

// TransferTo connects the party that is bridged with this channel with the one that is in another
// call of the same person: both of his channels have then done their part. The seat is kept before
// TransferTo returns, so that who transfers may hang up at once. False when it cannot be.
func (c *Channel) TransferTo(second *Channel) bool {
	party, from := c.together()
	if party == nil || c == second || party == second {
		return false
	}
	o := &order{why: Sent, by: c, swap: second, to: second.keepSeat()}
	if o.to == nil {
		party.SetVar("ATTENDEDTRANSFER", c.Name())
		c.tellIntoApp(second, party, from)
		return party.GiveTo(second) == nil
	}
	from.do(func() {
		other := from.partner(c)
		if other == nil || other == second || !from.works(other) {
			o.drop()
			return
		}
		other.SetVar("ATTENDEDTRANSFER", c.Name())
		a := &attended{transferer: c.Snapshot(), second: second.Snapshot(), from: from.view(2), to: o.to.view(2), dest: o.to.ID()}
		o.arrived = func(with *Channel) { a.arrived(other, with) }
		other.send(o, true)
	})
	return true
}

// tellIntoApp makes an attended transfer known whose target is what the second channel runs.
func (c *Channel) tellIntoApp(second, party *Channel, in *Bridge) {
	if !c.core.Heard() {
		return
	}
	c.core.Tell(event.AttendedTransfer{First: c.Snapshot(), From: in.view(2), Second: second.Snapshot(), Transferee: party.Snapshot(),
		Into: event.Destination{App: second.View().App}})
}

// Complete sends the target with whom somebody talks, or has talked, in a second bridge to that of his party: an
// attended transfer by keys. He gives his seat there to it, if that is where he is. told says that it was made
// known already (TellAttended).
func (c *Channel) Complete(party, target *Channel, first, second *Bridge, told bool) bool {
	o := &order{why: Sent, by: c, to: first}
	if !first.reserve() {
		return false
	}
	if c.Bridge() == first {
		o.swap = c
	}
	party.SetVar("ATTENDEDTRANSFER", c.Name())
	a := &attended{transferer: c.Snapshot(), second: c.Snapshot(), from: first.view(2), to: second.view(0), dest: first.ID(), told: told}
	o.arrived = func(*Channel) { a.arrived(party, target) }
	c.TellMerge(first, second)
	return target.send(o, true) == nil
}

// TellMerge makes known that those who are in a second bridge are about to come to the first one.
func (c *Channel) TellMerge(first, second *Bridge) {
	if c.core.Heard() {
		c.core.Tell(event.BridgesMerge{To: first.View(), From: second.View()})
	}
}

// TellAttended makes an attended transfer known whose target has not answered yet: who transfers has hung up.
func (c *Channel) TellAttended(party, target *Channel, from, to *Bridge) {
	a := &attended{transferer: c.Snapshot(), second: c.Snapshot(), from: from.view(2), to: to.view(1), dest: to.ID()}
	a.tell(party, target)
}

// attended is an attended transfer, as it was when it began.
type attended struct {
	transferer, second *Snapshot // his two channels
	from, to           *Bridging
	dest               string // the bridge in which the two talk then
	told               bool
}

// arrived is when the party sits where the transferer did.
func (a *attended) arrived(party, target *Channel) {
	if target == nil {
		return
	}
	if !a.told {
		a.tell(party, target)
	}
	party.Introduce(target)
	target.Introduce(party)
}

func (a *attended) tell(party, target *Channel) {
	if !party.core.Heard() {
		return
	}
	party.core.Tell(event.AttendedTransfer{First: a.transferer, From: a.from, Second: a.second, To: a.to, Transferee: party.Snapshot(),
		Target: target.Snapshot(), Into: event.Destination{BridgeID: a.dest}})
}

// TellThreeway makes known that who has talked with a target in a second bridge has it talk with the party of
// the first one too.
func (c *Channel) TellThreeway(party, target *Channel, first, second *Bridge) {
	if !c.core.Heard() {
		return
	}
	c.core.Tell(event.AttendedTransfer{First: c.Snapshot(), From: first.View(), Second: c.Snapshot(), To: second.View(),
		Transferee: party.Snapshot(), Target: target.Snapshot(), Into: event.Destination{BridgeID: first.ID(), Third: c.Name()}})
}

// TellBlind makes a blind transfer known that another room carries out; external says that the far end has asked for it.
func TellBlind(by, other *Channel, to dialplan.Location, external bool) {
	tellBlind(by, other, by.Bridge().view(2), to, external)
}

// tellBlind makes known that a party of a bridge sends the other to an extension.
func tellBlind(by, other *Channel, in *Bridging, to dialplan.Location, external bool) {
	if by.core.Heard() {
		by.core.Tell(event.BlindTransfer{By: by.Snapshot(), Other: other.Snapshot(), Bridge: in, To: to, External: external})
	}
}
