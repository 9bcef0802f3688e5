package pbx

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/media"
)

// The media of a bridge: two members are relayed to each other, more are mixed. Which it is
// follows from who is there, and is looked at anew after each change.

// mixes says whether media are mixed: of more than two, or, where members are apart, while somebody
// speaks to all.
func (b *Bridge) mixes() bool {
	switch {
	case b.audible() == nil:
		return false
	case len(b.guests) > 0:
		return true
	case b.policy.Apart:
		return len(b.seats) > 1 && b.announced()
	}
	return b.policy.Mixes || len(b.seats) > 2
}

// audible is the stream of the first member that has one.
func (b *Bridge) audible() *media.Stream {
	for i := range b.seats {
		if s := b.seats[i].c.Leg().Stream(); s != nil {
			return s
		}
	}
	return nil
}

// announced says whether an announcer is there.
func (b *Bridge) announced() bool {
	return slices.ContainsFunc(b.seats, func(s seat) bool { return s.m.Role == Announcer })
}

// couple are those who shall hear each other, where there are two.
func (b *Bridge) couple() (pair [2]*Channel) {
	if !b.policy.Apart && !b.mixes() && len(b.seats) > 1 {
		pair = [2]*Channel{b.seats[1].c, b.seats[0].c}
	}
	return pair
}

// rewire has those hear each other who shall; fresh says that two others do than before.
func (b *Bridge) rewire() (fresh bool) {
	b.mix(b.mixes())
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

// mix seats all members in the mixer, or ends that.
func (b *Bridge) mix(on bool) {
	switch {
	case !on && b.mixer == nil:
		return
	case on && b.mixer == nil:
		b.cut()
		b.setMixer(b.audible().NewMixer(b.policy.Mixing))
	case !on:
		for i := range b.seats {
			b.stand(&b.seats[i])
		}
		b.standGuests()
		b.mixer.Close()
		b.setMixer(nil)
		return
	}
	for i := range b.seats {
		b.sit(&b.seats[i])
	}
	b.sitGuests()
}

func (b *Bridge) setMixer(m *media.Mixer) {
	b.mu.Lock()
	b.mixer = m
	b.mu.Unlock()
}

// sit gives a member its place in the mixer, with the stream that it has now.
func (b *Bridge) sit(s *seat) {
	stream := s.c.Leg().Stream()
	if s.at != nil && s.stream == stream || stream == nil {
		return
	}
	b.stand(s)
	if s.m.Answer && s.c.View().State != StateUp {
		s.c.Answer()
	}
	at := b.mixer.Seat(stream, media.Seating{Muted: b.muted(s), Deaf: s.m.Deaf, Talk: s.m.Talk})
	b.mu.Lock()
	s.at, s.stream = at, stream
	b.mu.Unlock()
}

// muted says whether nobody hears a member.
func (b *Bridge) muted(s *seat) bool {
	return s.m.Muted || b.policy.Apart && s.m.Role != Announcer
}

// stand takes it away.
func (b *Bridge) stand(s *seat) {
	if s.at != nil {
		s.at.Leave()
		b.mu.Lock()
		s.at = nil
		b.mu.Unlock()
	}
}

// adopted is a member that has another leg now.
func (b *Bridge) adopted(s *seat) {
	if s.stream == s.c.Leg().Stream() {
		return
	}
	if b.mixer != nil {
		b.sit(s)
	}
	if b.joint[0] != nil && (b.joint[0] == s.c || b.joint[1] == s.c) {
		b.linked = Link(b.joint[0].leg, b.joint[1].leg)
		s.c.endRing()
	}
	b.unarm(s)
	b.arm(s)
}

// uncouple cuts the media of two of whom one has left.
func (b *Bridge) uncouple() {
	if b.joint[0] != nil && (!b.has(b.joint[0]) || !b.has(b.joint[1])) {
		b.cut()
	}
}

// join links two members and their media, and answers who waits for that.
func (b *Bridge) join(x, y *Channel) {
	x.StopTone() // one may have waited here
	y.StopTone()
	b.linked = Link(x.leg, y.leg)
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
	for _, c := range []*Channel{x, y} {
		if !b.longs(c) {
			c.StopMusic()
		}
	}
	b.linked.Cut()
	b.linked = Joint{}
	unpair(x.leg, y.leg)
}

// host plays to a member who is apart, while nobody speaks to all.
func (b *Bridge) host(s *seat) {
	if !b.policy.Apart || s.m.Role != Participant || b.mixer != nil {
		return
	}
	switch s.m.Idle {
	case IdleMusic:
		s.c.StartMusic(s.m.Music)
	case IdleRinging:
		s.c.PlayTone(s.c.Tone("ring"))
	}
}

// comfort has a member hear music in place of the others, where they are mixed, or ends that.
func (b *Bridge) comfort(s *seat) {
	if b.policy.Apart || s.lent || s.m.Alone == s.comforted {
		return
	}
	if s.comforted = s.m.Alone; s.comforted {
		s.c.StartMusic(s.m.Music)
	} else {
		s.c.StopMusic()
	}
}

// hush ends what members hear who are apart: somebody speaks to all.
func (b *Bridge) hush() {
	for i := range b.seats {
		if s := &b.seats[i]; s.m.Role == Participant && !s.lent {
			b.unhost(s.c)
		}
	}
}

// rehost begins that again.
func (b *Bridge) rehost() {
	for i := range b.seats {
		if s := &b.seats[i]; s.entered && !s.lent {
			b.host(s)
		}
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
		to.tellKey(e.Digit, false)
		to.tellKeyEnd(e.Digit, 100*time.Millisecond, false)
	case EventHeld, EventUnheld:
		if !e.From.TakesHolds() {
			holdMusic(e, to)
		}
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
	first := older(a, b)
	if !ours(a) || !ours(b) { // a program has named one of them
		first = !x.callBegan().After(y.callBegan())
	}
	switch {
	case a == b:
	case first:
		y.SetLinkedID(a)
	default:
		x.SetLinkedID(b)
	}
}

// callBegan is when the channel after which its call is named was made; its own time where that one is
// gone.
func (c *Channel) callBegan() time.Time {
	if first := c.core.ChannelByID(c.View().LinkedID); first != nil {
		return first.created
	}
	return c.created
}

// ours says whether an id is one that we have given.
func ours(id string) bool {
	seconds, _ := moment(id)
	return seconds > 0
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
