package pbx

// Partnered is a leg that wants to know with which other one it is bridged while both
// are up: two of one technology may let their far sides send media to each other.
type Partnered interface {
	// Partner is told the other leg, nil at the end.
	Partner(other Leg)
}

// Native is a leg whose packets may pass to another one's as they are, which Asterisk leaves to its
// native_rtp.
type Native interface {
	// Alike says whether they do now: nobody here hears them or changes them.
	Alike(other Leg) bool
}

// alike says that of two legs.
func alike(a, b Leg) bool {
	n, ok := a.(Native)
	return ok && n.Alike(b)
}

// EarlyPartnered is a leg that wants to know before it is answered, or has early media, with
// which other one it is about to be bridged.
type EarlyPartnered interface {
	// PartnerSoon is told the other leg, nil when nothing comes of it.
	PartnerSoon(other Leg)
}

// pair tells two legs of each other.
func pair(a, b Leg) {
	tellPartner(a, b)
	tellPartner(b, a)
}

// unpair tells them that it is over.
func unpair(a, b Leg) {
	tellPartner(a, nil)
	tellPartner(b, nil)
}

func tellPartner(l, other Leg) {
	if p, ok := l.(Partnered); ok {
		p.Partner(other)
	}
}

// Staying is a leg whose media may run past the switchboard, and comes back at once when the
// call goes on in the dialplan.
type Staying interface{ Stay() }

// Stay tells the leg that the call goes on without the other one.
func (c *Channel) Stay() {
	if l, ok := c.Leg().(Staying); ok {
		l.Stay()
	}
}
