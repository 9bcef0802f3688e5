package features

import (
	"strings"
	"time"

	"obelisk/pbx"
)

// Who transfers may hang up before the target has answered.

// blonde goes on without him: the party gets the target once that answers, and who has transferred
// is called back when it does not.
func (x *consult) blonde() {
	defer x.end()
	x.tell()
	if x.s.dropCall {
		if !x.waits(0) {
			x.drop()
		}
		return
	}
	if x.waits(x.s.noAnswer) {
		return
	}
	x.drop()
	for try := range max(x.s.callbacks, 1) {
		if try > 0 && (!x.pause(x.s.loopDelay) || x.retried()) {
			return
		}
		if x.recalled() {
			return
		}
	}
}

// tell makes the transfer known, which is one from now on.
func (x *consult) tell() {
	party, _ := x.who(x.first)
	select {
	case target := <-x.target:
		x.target <- target
		if party != nil {
			x.told = true
			x.by.TellAttended(party, target, x.first, x.second)
			x.first.Counts(target, x.second)
			x.second.Uncounted()
			target.Introduce(party) // it rings for that one now
		}
	case <-x.over:
	}
}

// waits waits for the target, 0: as long as it rings; true when nobody has to be called back.
func (x *consult) waits(limit time.Duration) bool {
	var late <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		late = t.C
	}
	if p, _ := x.who(x.first); p != nil { // he hears what who has transferred has heard
		x.first.Rings(p, true)
		defer x.first.Rings(p, false)
	}
	for {
		party, _ := x.who(x.first)
		if party == nil && !x.isIn(x.first, x.by) {
			x.drop()
			return true
		}
		select {
		case <-x.news:
		case <-late:
			return false
		case <-x.over:
			if o := <-x.outcome; o.Channel == nil {
				return false
			}
			x.settle(func() bool { t, _ := x.who(x.second); return t != nil })
			party, _ = x.who(x.first)
			target, _ := x.who(x.second)
			x.complete(party, target)
			return true
		}
	}
}

// pause waits; false when the party has gone.
func (x *consult) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	if p, _ := x.who(x.first); p != nil {
		x.first.Music(p, true)
	}
	for {
		select {
		case <-t.C:
			return true
		case <-x.news:
			if p, _ := x.who(x.first); p == nil {
				return false
			}
		}
	}
}

// recalled calls who has transferred back, and has him talk with the party; false when he does not
// answer.
func (x *consult) recalled() bool {
	party, _ := x.who(x.first)
	if party == nil {
		return true
	}
	device := x.by.Name()
	if at := strings.LastIndexByte(device, '-'); at > 0 {
		device = device[:at]
	}
	tech, resource, _ := strings.Cut(device, "/")
	return x.joins(party, tech, resource)
}

// retried calls the target once more; false when it does not answer.
func (x *consult) retried() bool {
	party, _ := x.who(x.first)
	if party == nil {
		return true
	}
	return x.joins(party, "Local", x.exten+"@"+x.context)
}

// joins calls somebody for the party, and has the two talk; false when he does not answer. Without the
// party there is nothing more to do.
func (x *consult) joins(party *pbx.Channel, tech, resource string) bool {
	x.first.Rings(party, true)
	defer x.first.Rings(party, false)
	called, done := make(chan *pbx.Channel, 1), make(chan pbx.Originated, 1)
	go func() {
		done <- x.m.core.Originate(pbx.Originate{Tech: tech, Resource: resource, Timeout: x.s.noAnswer, CallerID: party.View().CallerID,
			Bridge: x.first,
			Before: func(c *pbx.Channel) bool { called <- c; return true }})
	}()
	for {
		select {
		case o := <-done:
			if o.Channel == nil {
				p, _ := x.who(x.first)
				return p == nil
			}
			x.settle(func() bool { return x.isIn(x.first, o.Channel) })
			return true
		case <-x.news:
			if p, _ := x.who(x.first); p != nil {
				continue
			}
			select {
			case c := <-called:
				c.SoftHangup(pbx.CauseNormal)
			default:
			}
		}
	}
}
