package pbx

import (
	"slices"
	"time"

	"obelisk/pbx/event"
)

// View is the bridge as it is now.
func (b *Bridge) View() *Bridging { return b.view(len(b.Members())) }

func (b *Bridge) view(channels int) *Bridging {
	if b == nil {
		return &Bridging{}
	}
	out := &Bridging{ID: b.id, Kind: b.policy.Kind, Technology: b.technology(channels), Name: b.policy.Name, Creator: b.policy.Creator,
		Channels: channels}
	b.mu.Lock()
	defer b.mu.Unlock()
	out.Channels += b.hidden
	if v := b.video; v != nil {
		out.Video, out.Seen = v.mode, v.id
	}
	return out
}

// videoSource is who is seen in a bridge.
type videoSource struct{ mode, id string }

// Count has programs be told of so many channels more: those of Asterisk that play and record in a
// conference, and that no call of ours needs.
func (b *Bridge) Count(hidden int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hidden = hidden
}

// ShowVideo has programs be told who is seen: a mode (none, talker, single) and a unique id.
func (b *Bridge) ShowVideo(mode, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.video = &videoSource{mode, id}
}

// native is whether the packets of two members pass as they are, which programs are shown as a technology
// of its own. As with Asterisk that is seen once both were told to be here, and it is left with them.
type native uint8

const (
	nativeNever native = iota // nobody asks
	nativeAsked               // the two legs are, whenever somebody wants to know
	nativeLeft                // it was when the first one left
)

// setNative is the strand's.
func (b *Bridge) setNative(n native) {
	b.mu.Lock()
	b.native = n
	b.mu.Unlock()
}

// sealNative keeps what it is when the first of two leaves.
func (b *Bridge) sealNative() {
	switch {
	case b.native != nativeAsked:
	case b.isNative():
		b.setNative(nativeLeft)
	default:
		b.setNative(nativeNever)
	}
}

func (b *Bridge) isNative() bool {
	b.mu.Lock()
	is := b.native
	var x, y *Channel
	if len(b.seats) == 2 {
		x, y = b.seats[0].c, b.seats[1].c
	}
	b.mu.Unlock()
	return is == nativeLeft || is == nativeAsked && x != nil && alike(x.Leg(), y.Leg())
}

// technology is how the media of so many members are joined, in Asterisk's words.
func (b *Bridge) technology(channels int) string {
	switch {
	case b.policy.Apart:
		return "holding_bridge"
	case b.policy.Mixes || channels > 2 || b.hasGuests():
		return "softmix"
	case b.isNative() && !b.core.suspended[technologyNative].Load():
		return "native_rtp"
	case b.core.suspended[technologySimple].Load():
		return "softmix"
	}
	return "simple_bridge"
}

// tellBegin makes the bridge known, in which so many channels are.
func (b *Bridge) tellBegin(channels int) {
	if b.core.Heard() {
		b.core.Tell(event.BridgeBegins{Bridge: b.view(channels)})
	}
}

// tellEnd makes known that it is no more.
func (b *Bridge) tellEnd() {
	if b.core.Heard() {
		b.core.Tell(event.BridgeEnds{Bridge: b.view(0)})
	}
}

// tellEntered makes known that a channel has come, with which so many are in it; swapped is the unique id of
// who sat there before, "" for nobody.
func (b *Bridge) tellEntered(c *Channel, channels int, swapped string) {
	if b.recorded() {
		c.core.ledger.Enter(&b.records, c.Records(), time.Now())
	}
	if lot := b.seats[b.find(c)].m.Lot; lot != "" {
		c.core.ledger.Park(c.Records(), c.place(), lot)
	}
	b.show("joined", c)
	if b.core.Heard() {
		b.core.Tell(event.BridgeEntered{Bridge: b.view(channels), Channel: c.Snapshot(), Swapped: swapped})
	}
}

// tellLeft makes known that a channel has left, without which so many are in it.
func (b *Bridge) tellLeft(c *Channel, channels int) {
	if b.recorded() {
		c.core.ledger.Leave(&b.records, c.Records(), time.Now())
	}
	b.show("left", c)
	if b.core.Heard() {
		b.core.Tell(event.BridgeLeft{Bridge: b.view(channels), Channel: c.Snapshot()})
	}
}

// recorded says whether call records know of the bridge. Who is apart from the others is with nobody: for his
// records that is an application like any other, but for parking.
func (b *Bridge) recorded() bool {
	return (!b.policy.Apart || b.policy.Kind == KindParking) && !b.passed.Load()
}

// Counts has call records show a channel here, and no more in another bridge (nil: in none), before
// it moves or without that: who asks others aside is with them while they are still called. What the
// channel then does itself is noted as ever.
func (b *Bridge) Counts(c *Channel, from *Bridge) {
	now := time.Now()
	if from != nil {
		c.core.ledger.Leave(&from.records, c.Records(), now)
	}
	c.core.ledger.Enter(&b.records, c.Records(), now)
}

// Uncounted has call records not show who comes and leaves from now on: members are on their way to another bridge, where
// they are counted already.
func (b *Bridge) Uncounted() { b.passed.Store(true) }

// show tells the console what a channel has done: joined, left.
func (b *Bridge) show(what string, c *Channel) {
	if c.Shows(3) {
		kind := b.policy.Kind
		if kind == KindBasic {
			kind = "basic-bridge"
		}
		c.Show(3, "bridge_channel.c", "Channel %s %s '%s' %s <%s>", c.Name(), what, b.technology(0), kind, b.id)
	}
}

// Who a channel is with, of two: the variables are set. Of more they are made up when they are read.
const (
	peerVariable = "BRIDGEPEER"
	peerCallID   = "BRIDGEPVTCALLID" // of SIP; "" with more than one
)

// mostCompanions is how many names BRIDGEPEER has.
const mostCompanions = 10

// companions are the names of the other members where there are several, the first ten by name; nil else.
func (c *Channel) companions() (names []string) {
	_, in := c.together()
	if in == nil || in.policy.Apart {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.seats) < 3 {
		return nil
	}
	for i := range in.seats {
		if o := in.seats[i].c; o != c {
			names = append(names, o.Name())
		}
	}
	slices.Sort(names)
	return names[:min(len(names), mostCompanions)]
}

// setPeer sets BRIDGEPEER and BRIDGEPVTCALLID.
func setPeer(c, peer *Channel) {
	c.SetVar(peerVariable, peer.Name())
	if id, ok := peer.Var("SIPCALLID"); ok {
		c.SetVar(peerCallID, id)
	}
}

// clearPeer empties what setPeer set.
func clearPeer(c *Channel) {
	for _, name := range [2]string{peerVariable, peerCallID} {
		if v, ok := c.Var(name); ok && v != "" {
			c.SetVar(name, "")
		}
	}
}

// clearTransfer empties what a transfer has set: it is about the way to where the channel is now.
func clearTransfer(c *Channel) {
	for _, name := range [3]string{"BLINDTRANSFER", "ATTENDEDTRANSFER", "FORWARDERNAME"} {
		if v, ok := c.Var(name); ok && v != "" {
			c.SetVar(name, "")
		}
	}
}

// together is whom the channel is bridged with, and in what; nil outside bridges.
func (c *Channel) together() (with *Channel, in *Bridge) {
	c.locked(func() { with, in = c.bridged, c.in })
	return with, in
}

// SetLinkedID makes the channel one of another call.
func (c *Channel) SetLinkedID(id string) { c.locked(func() { c.linkedID = id }) }
