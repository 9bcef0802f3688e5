package features

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

// consult is an attended transfer: somebody talks with a target in a second bridge while the party
// of the first one hears music.
type consult struct {
	m              *Module
	s              *settings
	by             *pbx.Channel // who transfers
	first, second  *pbx.Bridge
	context, exten string

	leave   [2]func()           // gives back the seats that are kept for who is in the other bridge
	target  chan *pbx.Channel   // who is called, as soon as there is a channel
	outcome chan pbx.Originated // of that
	over    chan struct{}       // closed with it
	early   chan *pbx.Channel   // the target, when it has audio before it answers
	news    chan struct{}       // somebody has come or left
	keys    chan int            // that by has pressed
	told    bool                // the transfer was made known
}

// What by may press while he talks with the target.
const (
	keyAbort = iota
	keyComplete
	keyThreeWay
	keySwap
)

// attended asks for an extension, calls it, and lets who has pressed the keys talk with it first.
func (m *Module) attended(c *pbx.Channel) {
	b := c.Bridge()
	if b == nil || c.With() == nil {
		return
	}
	c.Show(3, "bridge_basic.c", "Channel %s: Started DTMF attended transfer.", c.Name())
	b.StepAside(c, "", true)
	context := contextOf(c)
	if exten, ok := m.target(c, context); ok {
		m.consult(c, b, context, exten)
	}
}

// attendedTo is attended by a program, which says where to.
func (m *Module) attendedTo(c *pbx.Channel, context, exten string) {
	b := c.Bridge()
	if b == nil || c.With() == nil {
		return
	}
	b.StepAside(c, "", true)
	if !m.core.Plan().Exists(context, exten, c.Query()) {
		m.says(c, m.of(c).invalid)
		return
	}
	m.says(c, m.of(c).announce)
	m.consult(c, b, context, exten)
}

// consult calls the target, and has who transfers talk with it.
func (m *Module) consult(c *pbx.Channel, b *pbx.Bridge, context, exten string) {
	x := &consult{m: m, s: m.of(c), by: c, first: b, context: context, exten: exten, target: make(chan *pbx.Channel, 1),
		outcome: make(chan pbx.Originated, 1), over: make(chan struct{}), early: make(chan *pbx.Channel, 1), news: make(chan struct{}, 1),
		keys: make(chan int, 4)}
	var ok bool
	m.mu.Lock()
	m.consults[c] = x
	m.mu.Unlock()
	x.second = m.core.NewBridge(pbx.Policy{})
	x.second.KeepWhole(true)
	x.leave[1], _ = x.second.Retain()
	if x.leave[0], ok = b.Retain(); !ok {
		x.end()
		return
	}
	if party := c.With(); party != nil {
		b.Music(party, true)
	}
	b.Watch(x.look)
	x.second.Watch(x.look)
	x.second.Counts(c, b)
	go x.call()
	x.ring()
}

// look is told of who comes and leaves.
func (x *consult) look() {
	select {
	case x.news <- struct{}{}:
	default:
	}
}

// call calls the target, on a goroutine of its own.
func (x *consult) call() {
	defer close(x.over)
	v := x.by.View()
	x.outcome <- x.m.core.Originate(pbx.Originate{Tech: "Local", Resource: x.exten + "@" + x.context, Timeout: pbx.NoTimeout,
		CallerID: v.CallerID, AccountCode: v.AccountCode, Language: v.Language, LinkedID: v.LinkedID,
		Vars: append(inherited(x.by), [2]string{"TRANSFERERNAME", x.by.Name()}, [2]string{"ATTENDEDTRANSFER", x.by.Name()}), By: x.by,
		Bridge: x.second, Bare: true,
		Progress: x.heard, Before: x.called})
}

// called is when there is a channel for the target.
func (x *consult) called(c *pbx.Channel) bool {
	x.second.Counts(c, nil)
	x.target <- c
	return true
}

// inherited are the variables that a call gets from who makes it.
func inherited(c *pbx.Channel) (out [][2]string) {
	var vars dialplan.Vars
	c.InheritTo(&vars)
	vars.Each(func(name, value string) { out = append(out, [2]string{name, value}) })
	return out
}

// drop hangs up who is called.
func (x *consult) drop() {
	select {
	case c := <-x.target:
		c.SoftHangup(pbx.CauseNormal)
		x.target <- c
	case <-x.over:
	}
}

// heard is when the target has audio of its own.
func (x *consult) heard(c *pbx.Channel) {
	select {
	case x.early <- c:
	default:
	}
}

// turn is closed when the call has an end, or the target audio of its own.
func (x *consult) turn() <-chan struct{} {
	either := make(chan struct{})
	go func() {
		defer close(either)
		select {
		case <-x.over:
		case c := <-x.early:
			x.early <- c
		}
	}()
	return either
}

// ring is the time until the target answers, on the goroutine of who transfers.
func (x *consult) ring() {
	c := x.by
	c.PlayTone(c.Tone("ring"))
	defer c.StopTone()
	also, joint := x.turn(), pbx.Joint{}
	defer func() { joint.Cut() }()
	var end time.Time
	if x.s.noAnswer > 0 {
		end = time.Now().Add(x.s.noAnswer)
	}
	for typed := ""; ; {
		e, why := c.Await(pbx.Wait{Keys: true, Also: also, For: rest(end)})
		switch {
		case why == pbx.Also && also != x.over:
			if also = x.over; len(x.early) > 0 { // it is what he hears from now on
				c.StopTone()
				joint = pbx.Link(c.Leg(), (<-x.early).Leg())
			}
			continue
		case why == pbx.Also:
			joint.Cut()
			o := <-x.outcome
			if tone := refusals[o.Reason]; tone != "" {
				x.outcome <- o
				also, end = nil, sooner(end, time.Now().Add(busyFor))
				c.PlayTone(c.Tone(tone))
				continue
			}
			x.answered(o)
			return
		case why == pbx.TimedOut:
			x.gaveUp()
			return
		case why != pbx.Came: // he has hung up, or is sent elsewhere
			joint.Cut()
			go x.blonde()
			return
		}
		if typed += string(e.Digit); strings.HasSuffix(typed, x.s.abort) && x.s.abort != "" {
			joint.Cut()
			x.gaveUp()
			return
		}
		if x.s.complete != "" && strings.HasSuffix(typed, x.s.complete) {
			c.SoftHangup(pbx.CauseNormal)
		}
		typed = typed[max(0, len(typed)-mostKeys):]
	}
}

// refusals are the tones of a target whose dialplan has ended with that: they are heard before the talk with the party
// goes on.
var refusals = map[pbx.OriginateReason]string{pbx.OriginateBusy: "busy", pbx.OriginateCongestion: "congestion"}

// busyFor is how long at most, as a dialplan lasts that has ended so.
const busyFor = 10 * time.Second

// sooner is the earlier one of two moments; the zero time is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// rest is how long it is to a moment; 0: the zero time, which is never.
func rest(end time.Time) time.Duration {
	if end.IsZero() {
		return 0
	}
	return max(time.Until(end), 1)
}

// gaveUp is when the target is no longer called, from the goroutine of who transfers.
func (x *consult) gaveUp() {
	x.drop()
	<-x.over
	x.fails()
}

// cancel goes back to the party, from anywhere.
func (x *consult) cancel() {
	select {
	case <-x.over: // they talk
		select {
		case x.keys <- keyAbort:
		default:
		}
	default:
		for _, d := range []byte(x.s.abort) {
			x.by.Post(pbx.Event{Kind: pbx.EventDigit, Digit: d})
		}
	}
}

// fails goes back to the party, from the goroutine of who transfers.
func (x *consult) fails() {
	x.by.StopTone()
	if party, _ := x.who(x.first); party != nil {
		x.first.Music(party, false)
	}
	if !x.by.Gone() {
		x.first.Counts(x.by, x.second)
	}
	x.m.says(x.by, x.s.xferFail)
	x.end()
}

// end gives everything back: each bridge goes on with those who are in it.
func (x *consult) end() {
	x.m.mu.Lock()
	if x.m.consults[x.by] == x {
		delete(x.m.consults, x.by)
	}
	x.m.mu.Unlock()
	x.first.Watch(nil)
	x.second.Watch(nil)
	x.second.KeepWhole(false)
	x.leave[1]()
	if x.leave[0] != nil {
		x.leave[0]()
	}
	if len(x.second.Members()) < 2 {
		x.second.Close(pbx.CauseNormal)
	}
}

// answered has the two talk.
func (x *consult) answered(o pbx.Originated) {
	if o.Channel == nil || x.by.Move(x.second, x.sits()) != nil {
		x.fails()
		return
	}
	go x.talk()
}

// sits is how who transfers sits while he decides.
func (x *consult) sits() pbx.Member {
	codes := map[string]int{}
	for n, code := range []string{keyAbort: x.s.abort, keyComplete: x.s.complete, keyThreeWay: x.s.threeWay, keySwap: x.s.swap} {
		if code != "" {
			codes[code] = n
		}
	}
	table, err := media.NewKeyTable(codes, x.s.digitWait)
	if err != nil {
		return pbx.Member{}
	}
	return pbx.Member{Keys: &pbx.Keys{Table: table, Do: func(_ *pbx.Channel, code int) {
		select {
		case x.keys <- code:
		default:
		}
	}}}
}

// who is in a bridge besides who transfers, and whether that one is.
func (x *consult) who(b *pbx.Bridge) (other *pbx.Channel, by bool) {
	for _, m := range b.Members() {
		if m.Channel == x.by {
			by = true
		} else {
			other = m.Channel
		}
	}
	return other, by
}

// arrival is how long somebody may be on his way from bridge to bridge.
const arrival = 5 * time.Second

// settle waits until it is so.
func (x *consult) settle(so func() bool) bool {
	late, ended := time.NewTimer(arrival), x.by.Ended()
	defer late.Stop()
	for !so() {
		select {
		case <-x.news:
		case <-ended:
			ended = nil
		case <-late.C:
			return false
		}
	}
	return true
}

// talk is the time in which the two talk, until it is settled who goes on with whom.
func (x *consult) talk() {
	defer x.end()
	x.settle(func() bool { return x.isIn(x.second, x.by) || x.by.View().Gone })
	if p, _ := x.who(x.first); p != nil {
		x.first.Music(p, true)
	}
	for {
		party, at1 := x.who(x.first)
		target, at2 := x.who(x.second)
		switch {
		case x.by.View().Gone || !at1 && !at2:
			x.complete(party, target)
			return
		case target == nil:
			x.back(party, false)
			return
		case party == nil:
			x.stays(target)
			return
		}
		select {
		case <-x.news:
		case <-x.by.Ended():
		case code := <-x.keys:
			if x.pressed(code, party, target) {
				return
			}
		}
	}
}
