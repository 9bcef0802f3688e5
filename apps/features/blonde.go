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
		if try > 0 && !x.pause(x.s.loopDelay) {
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
	o := x.m.core.Originate(pbx.Originate{Tech: tech, Resource: resource, Timeout: x.s.noAnswer, CallerID: party.View().CallerID, Bridge: x.first})
	if o.Channel == nil {
		return false
	}
	x.first.Music(party, false)
	x.settle(func() bool { return x.isIn(x.first, o.Channel) })
	return true
}
