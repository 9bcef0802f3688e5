package pbx

import (
	"time"

	"obelisk/media"
)

// Features hang at a member: they come and go with it, whoever has dialled it.

// arm puts a member's features into effect.
func (b *Bridge) arm(s *seat) {
	f, c := s.m.Features, s.c
	s.stream = c.Leg().Stream()
	if k := b.keysOf(s); k != nil && s.stream != nil {
		s.keys = k
		s.stream.Gate(k.Table, func(code int) {
			for _, d := range []byte(k.Table.Keys(code)) { // programs hear of them too
				c.keyCame(media.Key{Digit: d, Begins: true, Ends: true, Length: 100 * time.Millisecond})
			}
			b.do(func() {
				if i := b.find(c); i >= 0 && b.seats[i].keys == k {
					b.feature(c, b.seats[i].m.Features, func(c *Channel) { k.Do(c, code) })
				}
			})
		})
	}
	if f == nil || len(s.timers) > 0 {
		return // it has another leg, and the same time
	}
	since := time.Since(s.begun)
	for _, t := range f.Timed {
		if t.After > since || t.After == 0 && s.begun == s.since {
			s.timers = append(s.timers, time.AfterFunc(max(t.After-since, 0), func() { b.do(func() { b.feature(c, f, t.Do) }) }))
		}
	}
	if f.Limit > 0 {
		s.timers = append(s.timers, time.AfterFunc(max(f.Limit-since, 0), func() { b.do(func() { b.timeOver(c, f) }) }))
	}
}

// unarm takes them away; its time runs on.
func (b *Bridge) unarm(s *seat) {
	if s.keys != nil && s.stream != nil && s.stream == s.c.Leg().Stream() {
		s.stream.Gate(nil, nil)
	}
	s.keys = nil
}

// disarm ends them.
func (s *seat) disarm() {
	for _, t := range s.timers {
		t.Stop()
	}
	s.timers = nil
}

// feature lends a member to what one of its features does, now or when it is given back.
func (b *Bridge) feature(c *Channel, f *Features, do func(*Channel)) {
	i := b.find(c)
	if i < 0 || b.seats[i].m.Features != f {
		return
	}
	s := &b.seats[i]
	if s.lent {
		if len(s.later) < mostKeys {
			s.later = append(s.later, do)
		}
		return
	}
	b.lend(c, func() { do(c) })
}

// timeOver puts a member out whose time is over.
func (b *Bridge) timeOver(c *Channel, f *Features) {
	if i := b.find(c); i >= 0 && b.seats[i].m.Features == f {
		b.putOut(c, Left{Why: Kicked, By: c, Cause: CauseNormal, From: b})
	}
}
