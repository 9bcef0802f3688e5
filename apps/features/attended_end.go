package features

import (
	"time"

	"obelisk/pbx"
)

// pressed is a key of who transfers; over says that it has settled everything.
func (x *consult) pressed(code int, party, target *pbx.Channel) (over bool) {
	switch code {
	case keyAbort:
		target.SoftHangup(pbx.CauseNormal)
		x.back(party, true)
	case keyComplete:
		x.complete(party, target)
	case keyThreeWay:
		x.together(party, target)
	default:
		x.swap(party, target)
		return false
	}
	return true
}

// complete connects the two others, in the bridge of the party.
func (x *consult) complete(party, target *pbx.Channel) {
	if party == nil || target == nil {
		return
	}
	x.first.Music(party, false)
	x.second.Music(target, false)
	x.first.KeepWhole(true) // a Local channel to the target is left out when all is said
	defer x.first.KeepWhole(false)
	if !x.by.Complete(party, target, x.first, x.second, x.told) {
		return
	}
	x.settle(func() bool { return x.isIn(x.first, target) || target.View().Gone })
	if !x.by.View().Gone {
		x.by.SoftHangup(pbx.CauseNormal)
	}
	x.sounds(target)
}

// sounds has members of the first bridge hear xfersound, and waits until they have.
func (x *consult) sounds(listeners ...*pbx.Channel) {
	if x.s.xferSound == "" {
		return
	}
	late := time.NewTimer(arrival)
	defer late.Stop()
	for _, c := range listeners {
		heard := make(chan struct{})
		x.first.Lend(c, func(c *pbx.Channel) { defer close(heard); x.m.says(c, x.s.xferSound) })
		defer func() {
			select {
			case <-heard:
			case <-c.Ended():
			case <-late.C:
			}
		}()
	}
}

func (x *consult) isIn(b *pbx.Bridge, c *pbx.Channel) bool {
	for _, m := range b.Members() {
		if m.Channel == c {
			return true
		}
	}
	return false
}

// back has who transfers talk with the party again; sounds: he hears that it was not done.
func (x *consult) back(party *pbx.Channel, sounds bool) {
	if party == nil {
		x.by.SoftHangup(pbx.CauseNormal)
		return
	}
	x.first.Music(party, false)
	if x.by.Bridge() != x.first && x.by.Move(x.first, pbx.Member{}) != nil {
		return
	}
	x.settle(func() bool { return x.isIn(x.first, x.by) || x.by.View().Gone })
	x.unkeyed(x.first)
	if sounds {
		x.first.Lend(x.by, func(c *pbx.Channel) { x.m.says(c, x.s.xferFail) })
	}
}

// unkeyed gives who transfers his own keys again.
func (x *consult) unkeyed(b *pbx.Bridge) {
	b.Set(x.by, func(m *pbx.Member) { m.Keys = nil })
}

// stays is when the party has gone: the two go on.
func (x *consult) stays(target *pbx.Channel) {
	x.second.Music(target, false)
	if x.by.Bridge() != x.second && x.by.Move(x.second, pbx.Member{}) != nil {
		return
	}
	x.settle(func() bool { return x.isIn(x.second, x.by) || x.by.View().Gone })
	x.unkeyed(x.second)
	x.second.Lend(x.by, func(c *pbx.Channel) { x.m.says(c, x.s.xferFail) })
}

// together has all three talk.
func (x *consult) together(party, target *pbx.Channel) {
	x.first.Music(party, false)
	x.second.Music(target, false)
	x.first.KeepWhole(true)
	defer x.first.KeepWhole(false)
	x.by.TellMerge(x.first, x.second)
	if target.Move(x.first, pbx.Member{}) != nil {
		return
	}
	if x.by.Bridge() != x.first {
		x.by.Move(x.first, pbx.Member{})
	}
	x.settle(func() bool { return x.isIn(x.first, x.by) && x.isIn(x.first, target) || x.by.View().Gone })
	x.unkeyed(x.first)
	x.by.TellThreeway(party, target, x.first, x.second)
	x.sounds(x.by, target)
}

// swap goes from one of the two others to the other.
func (x *consult) swap(party, target *pbx.Channel) {
	from, to, left, met := x.second, x.first, target, party
	if x.isIn(x.first, x.by) {
		from, to, left, met = x.first, x.second, party, target
	}
	to.Music(met, false)
	if x.by.Move(to, x.sits()) != nil {
		return
	}
	if x.settle(func() bool { return x.isIn(to, x.by) || x.by.View().Gone }) {
		from.Music(left, true)
	}
}
