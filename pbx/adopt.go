package pbx

import (
	"errors"
	"time"

	"obelisk/media"
	"obelisk/pbx/event"
)

// A channel that goes on with another leg: of an INVITE with Replaces, or of a party that comes from
// a channel of its own, by a pickup or by an attended transfer to one that has no seat which could be
// taken (TakePlace), because it is in an application or rings.

// ErrAdopts is a channel into which another leg is on its way already.
var ErrAdopts = errors.New("another leg is on its way into the channel")

// replacement is a leg on its way into a channel.
type replacement struct {
	leg    Leg
	caller CallerID
}

// Adopt puts a leg that has no channel into the channel, which is answered and goes on where it is;
// its own one is hung up. ErrGone, ErrAdopts: it cannot be, and the leg is still the caller's.
func (c *Channel) Adopt(leg Leg, caller CallerID) error {
	if err := c.expect(&replacement{leg: leg, caller: caller}); err != nil {
		return err
	}
	if !c.Post(Event{Kind: EventAdopts}) {
		return ErrGone
	}
	return nil
}

// expect says that another leg is about to take the place of the channel's own.
func (c *Channel) expect(r *replacement) (err error) {
	c.locked(func() {
		switch {
		case c.hung() || c.closed || c.idle:
			err = ErrGone
		case c.next != nil:
			err = ErrAdopts
		default:
			c.next = r
		}
	})
	return err
}

// GiveTo puts this channel's leg into another channel, which adopts it; this one ends. An error: this
// one is gone, is the other, or gives its leg away already.
func (c *Channel) GiveTo(other *Channel) (err error) {
	c.locked(func() {
		switch {
		case c == other || c.gives != nil:
			err = ErrAdopts
		case c.hung() || c.idle:
			err = ErrGone
		default:
			c.gives = other
		}
	})
	if err == nil && !c.Post(Event{Kind: EventGives}) {
		err = ErrGone
	}
	return err
}

// adoptLeg is Adopt on the worker's side. The bridge in which the channel is links the new leg.
func (c *Channel) adoptLeg() {
	c.StopMusic()
	old := c.leg
	var peer *Channel
	c.locked(func() {
		c.leg, c.callerID, c.next, peer = c.next.leg, c.next.caller, nil, c.bridged
	})
	c.leg.Rebind(c)
	c.listenDigits()
	handOver(old, c.leg)
	c.trace.Note("%s now belongs to %s", c.Name(), c.leg.Resource())
	if peer != nil {
		Restrict(c.leg, peer.leg)
		c.Introduce(peer)
	}
	c.leg.Answer()
	if peer != nil {
		pair(c.leg, peer.leg)
		peer.Introduce(c)
		peer.StopMusic() // whoever held it is gone
		setPeer(c, peer)
		setPeer(peer, c)
	}
	c.MarkAnswered()
	old.Hangup(CauseNormal)
}

// handOver gives what records a leg's audio, and what plays at it, to the one in its place.
func handOver(old, leg Leg) {
	if from, to := old.Stream(), leg.Stream(); from != nil && to != nil {
		from.HandOver(to)
	}
}

// giveLeg is GiveTo on the worker's side.
func (c *Channel) giveLeg() {
	c.StopMusic()
	leg := c.leg
	tellPartner(leg, nil)
	if s := leg.Stream(); s != nil {
		s.Gate(nil, nil) // features stay with the seat
	}
	var to *Channel
	c.locked(func() { to = c.gives })
	r := &replacement{leg, c.View().CallerID}
	free := to.expect(r) == nil
	if free {
		c.trace.Note("%s has gone into %s", c.Name(), to.Name())
		if from, _ := c.together(); from == nil && to.View().Bridged == nil {
			c.become(to)
		}
	}
	cause := CauseNormal
	if !to.View().Gone && to.View().Bridged == nil {
		cause = CauseAnsweredElsewhere // a pickup
	}
	c.locked(func() { c.leg = departed{leg} })
	c.hangup(CauseNone, true)
	c.seeHangup()
	c.SetCause(cause)
	if !free || !to.Post(Event{Kind: EventAdopts}) {
		leg.Hangup(CauseNormal)
	}
}

// become is that for a pickup, on the worker of the party that comes. It is connected and up before it
// takes the place of the phone that rang; of that phone's account it gets nothing.
func (c *Channel) become(to *Channel) {
	answered := !c.View().Answered.IsZero()
	c.SetConnected(to.View().Connected)
	c.SetState(StateUp)
	by, target := c.Snapshot(), to.Snapshot()
	mine, its := c.Records(), to.Records()
	c.core.ledger.Exchange(mine, its, func() {
		c.exchange(to)
		c.records.Store(its)
		to.records.Store(mine)
	})
	c.tellBecame(to, by, target)
	c.core.ledger.Replaced(its, answered, time.Now())
	if c.endsWithH() { // what is left has no record then, as in Asterisk
		its.Disable(true)
	}
	c.locked(func() { c.app, c.appData = "", "" }) // what is left runs nothing
}

// endsWithH says whether the dialplan that runs has h.
func (c *Channel) endsWithH() bool {
	if c.machine == nil {
		return false
	}
	at, p := c.machine.At(), c.machine.Plan()
	return p.Exists(at.Context, at.Exten, c.Query()) && p.Exists(at.Context, "h", c.Query())
}

// tellBecame tells of a pickup: by and target are what the two channels were before.
func (c *Channel) tellBecame(to *Channel, by, target *Snapshot) {
	if c.core.Heard() {
		v := to.View()
		to.core.Tell(event.Step{Channel: to.Snapshot(), Exten: v.At.Exten, App: to.outApp, Data: event.OutgoingLine})
		if v.AccountCode != by.AccountCode {
			to.tellAccount(by.AccountCode)
		}
	}
	to.SetAccountCode(by.AccountCode)
	if c.core.Heard() {
		c.core.Tell(event.Pickup{By: by, Target: target})
	}
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
	c.linkedID, to.linkedID = to.linkedID, c.linkedID
	c.ani, to.ani = to.ani, c.ani
	c.dnid, to.dnid = to.dnid, c.dnid
	c.callerID, c.connected = to.callerID, to.connected
	c.state, to.state = to.state, c.state
}

// departed stands for a leg that another channel has now.
type departed struct{ Leg }

func (departed) Bind(*Channel)         {}
func (departed) Rebind(*Channel)       {}
func (departed) Call(CallInfo)         {}
func (departed) Indicate(Indication)   {}
func (departed) Answer()               {}
func (departed) Hangup(Cause)          {}
func (departed) Stream() *media.Stream { return nil }
func (departed) Restrict([]media.Codec) {
}
