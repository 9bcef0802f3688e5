package pbx

import (
	"strconv"
	"strings"
)

// The media of a bridge: two members are relayed to each other.

// couple are those who shall hear each other: the first two, where members are not apart.
func (b *Bridge) couple() (pair [2]*Channel) {
	if !b.policy.Apart && len(b.seats) > 1 {
		pair = [2]*Channel{b.seats[1].c, b.seats[0].c}
	}
	return pair
}

// rewire has those hear each other who shall; fresh says that others do than before.
func (b *Bridge) rewire() (fresh bool) {
	now := b.couple()
	if now == b.joint || now == [2]*Channel{b.joint[1], b.joint[0]} {
		return false
	}
	b.cut()
	if b.joint = now; now[0] == nil {
		return false
	}
	b.join(now[0], now[1])
	return true
}

// uncouple cuts the media of two of whom one has left.
func (b *Bridge) uncouple() {
	if b.joint[0] != nil && (!b.has(b.joint[0]) || !b.has(b.joint[1])) {
		b.cut()
	}
}

// join links two members and their media, and answers who waits for that.
func (b *Bridge) join(x, y *Channel) {
	Link(x.leg, y.leg)
	x.locked(func() { x.bridged = y })
	y.locked(func() { y.bridged = x })
	for i := range b.seats {
		if s := &b.seats[i]; s.m.Answer && s.c.View().State != StateUp { // he may speak, or transfer, the moment he has his 200
			other := y
			if s.c == y {
				other = x
			}
			Restrict(s.c.leg, other.leg)
			s.c.Answer()
		}
	}
	pair(x.leg, y.leg)
	x.trace.Note("%s and %s are bridged", x.Name(), y.Name())
	meetAccounts(x, y)
}

// met is what follows once they are known to be together.
func (b *Bridge) met(x, y *Channel) {
	setPeer(y, x)
	setPeer(x, y)
	meetCalls(x, y)
	x.arrived()
	y.arrived()
	x.endRing()
}

// cut ends the joint.
func (b *Bridge) cut() {
	x, y := b.joint[0], b.joint[1]
	if x == nil {
		return
	}
	b.joint = [2]*Channel{}
	x.locked(func() { x.bridged = nil })
	y.locked(func() { y.bridged = nil })
	x.StopMusic()
	y.StopMusic()
	Unlink(x.leg)
	unpair(x.leg, y.leg)
}

// host plays to a member who is apart.
func (b *Bridge) host(s *seat) {
	if !b.policy.Apart || s.m.Role != Participant {
		return
	}
	switch s.m.Idle {
	case IdleMusic:
		s.c.StartMusic(s.m.Music)
	case IdleRinging:
		s.c.PlayTone(s.c.Tone("ring"))
	}
}

// unhost ends that.
func (b *Bridge) unhost(c *Channel) {
	c.StopMusic()
	c.StopTone()
}

// relay passes what one party tells on to another one.
func relay(e Event, to *Channel) {
	switch e.Kind {
	case EventText:
		if t, ok := to.leg.(TextSender); ok {
			t.SendText(e.Text)
		}
	case EventDigit:
		to.tellDigit(e.Digit, "Sent")
	case EventIdentity:
		e.From.Identify()
		to.Introduce(e.From)
	case EventHeld, EventUnheld:
		holdMusic(e, to)
	case EventPicture:
		if v, ok := to.leg.(Visual); ok {
			v.RequestPicture()
		}
	case EventFax, EventFaxAnswer, EventFaxOver:
		relayFax(e, to)
	}
}

// isFax says whether an event is about T.38, which is answered by the other side.
func isFax(k EventKind) bool { return k == EventFax || k == EventFaxAnswer || k == EventFaxOver }

// meetCalls makes two channels that come together channels of one call: the older one.
func meetCalls(x, y *Channel) {
	a, b := x.View().LinkedID, y.View().LinkedID
	switch {
	case a == b:
	case older(a, b):
		y.SetLinkedID(a)
	default:
		x.SetLinkedID(b)
	}
}

// older compares two unique ids: [system-]seconds.number.
func older(a, b string) bool {
	x, n := moment(a)
	y, m := moment(b)
	return x < y || x == y && n <= m
}

func moment(id string) (seconds, number int64) {
	if at := strings.LastIndexByte(id, '-'); at >= 0 {
		id = id[at+1:]
	}
	s, n, _ := strings.Cut(id, ".")
	seconds, _ = strconv.ParseInt(s, 10, 64)
	number, _ = strconv.ParseInt(n, 10, 64)
	return seconds, number
}
