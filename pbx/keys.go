package pbx

import (
	"strings"

	"obelisk/media"
)

// May is what a member may do by the keys of features.conf, as an application lets it.
type May uint8

// What there is: letters of Dial, Queue and Bridge.
const (
	MayTransfer May = 1 << iota // t
	MayHangUp                   // h
	MayPark                     // k
	MayRecord                   // w
	MayMix                      // x
)

// mays are the letters of who is called; those of the caller are the capital ones.
var mays = map[byte]May{'t': MayTransfer, 'h': MayHangUp, 'k': MayPark, 'w': MayRecord, 'x': MayMix}

// MayOf reads an application's letters: what the caller may, and who is called.
func MayOf(has func(letter byte) bool) (caller, called May) {
	for letter, m := range mays {
		if has(letter) {
			called |= m
		}
		if has(letter - 'a' + 'A') {
			caller |= m
		}
	}
	return caller, called
}

// MayOf is MayOf of an application's letters, and of those of the variable BRIDGE_FEATURES of the caller.
func (c *Channel) MayOf(has func(letter byte) bool) (caller, called May) {
	more := c.Variable("BRIDGE_FEATURES")
	return MayOf(func(l byte) bool { return has(l) || strings.IndexByte(more, l) >= 0 })
}

// Keys are what codes of keys do to the one who presses them, on a goroutine to which he is lent.
type Keys struct {
	Table *media.KeyTable
	Do    func(c *Channel, code int)
}

// inheritsFeatures is the fact that says that who is called gets the caller's own features (FEATURE(inherit)).
const inheritsFeatures = "features:inherit"

// SetKeys gives the core the keys of features.conf: what a member may press, nil for nothing. It is
// asked on a strand, and must not block.
func (k *Core) SetKeys(f func(c *Channel, may May) *Keys) { k.keys = f }

// SetFeatures gives it what features.conf says for a channel: the code of a feature (disconnect, blindxfer), or a
// text of its options (pickupsound); "" for none.
func (k *Core) SetFeatures(f func(c *Channel, name string) string) { k.features = f }

// Feature is what features.conf says for the channel.
func (c *Channel) Feature(name string) string {
	if c.core.features == nil {
		return ""
	}
	return c.core.features(c, name)
}

// keysOf are those of a member.
func (b *Bridge) keysOf(s *seat) *Keys {
	f := s.m.Features
	switch {
	case s.m.Keys != nil:
		return s.m.Keys
	case f != nil && f.Keys != nil:
		return &Keys{f.Keys, f.Do}
	case b.core.keys != nil && b.policy.Kind == KindBasic:
		return b.core.keys(s.c, s.m.May)
	}
	return nil
}

// watched tells who watches the bridge.
func (b *Bridge) watched() {
	b.mu.Lock()
	f := b.watcher
	b.mu.Unlock()
	if f != nil {
		f()
	}
}

// StepAside is for the goroutine to which a member is lent: until it is given back, he
// and the others do not hear each other; with plays they hear music of a class ("": their own). Music
// that he hears himself in place of the others (Member.Alone) that goroutine ends; it begins anew then.
func (b *Bridge) StepAside(c *Channel, music string, plays bool) {
	b.do(func() {
		i := b.find(c)
		if i < 0 || b.seats[i].aside {
			return
		}
		s := &b.seats[i]
		s.aside, s.comforted = true, false // the music is ended by who works it
		b.linked.Cut()
		if s.at != nil {
			s.at.Mute(true)
			s.at.Deafen(true)
		}
		if o := b.partner(c); plays && o != nil && b.works(o) {
			o.StartMusic(music)
		}
	})
}

// rejoin ends StepAside.
func (b *Bridge) rejoin(s *seat) {
	s.aside = false
	if s.at != nil {
		s.at.Mute(b.muted(s))
		s.at.Deafen(s.m.Deaf)
	}
	x, y := b.joint[0], b.joint[1]
	if x == nil || x != s.c && y != s.c {
		return
	}
	o := x
	if x == s.c {
		o = y
	}
	if b.works(o) && !b.longs(o) {
		o.StopMusic()
	}
	b.linked = Link(x.leg, y.leg)
}

// Music has a member hear music while the other one is elsewhere, or ends that. Music that it hears already, because
// that one has stepped aside, goes on.
func (b *Bridge) Music(c *Channel, on bool) {
	b.do(func() {
		if !b.works(c) {
			return
		}
		b.seats[b.find(c)].longs = on
		switch {
		case !on:
			c.StopMusic()
		case !c.hearsMusic():
			c.StartMusic("")
		}
	})
}

// longs says whether a member hears music until the other one is back (Music).
func (b *Bridge) longs(c *Channel) bool {
	i := b.find(c)
	return i >= 0 && b.seats[i].longs
}

// Rings has a member hear that somebody is called for him, or ends that.
func (b *Bridge) Rings(c *Channel, on bool) {
	b.do(func() {
		switch {
		case !b.works(c):
		case on:
			b.seats[b.find(c)].longs = false
			c.StopMusic()
			c.PlayTone(c.Tone("ring"))
		default:
			c.StopTone()
		}
	})
}

// With is who is bridged with the channel, where they are two; nil: nobody.
func (c *Channel) With() *Channel {
	with, _ := c.together()
	return with
}
