package queue

import (
	"cmp"
	"strings"
	"time"

	"obelisk/pbx"
)

// wait is the loop while members ring.
func (r *round) wait() verdict {
	c := r.c
	for {
		if !r.rings() {
			if r.s.strategy != RingAll || !r.next() {
				return on // nobody is left
			}
		}
		left, ok := r.remains()
		if !ok {
			r.unanswered()
			return on
		}
		e, why := c.ch.Await(pbx.Wait{For: left, Keys: true, Kinds: pbx.AnyKind})
		switch {
		case why == pbx.TimedOut:
		case e.From != c.ch:
			if a := r.find(e.From); a != nil && r.event(a, e) {
				r.took = time.Since(r.begun)
				r.peer = a
				return on
			}
		case why != pbx.Came:
			r.cancelled()
			return hungUp
		case e.Kind == pbx.EventDigit:
			if c.exits(e.Digit) {
				r.cancelled()
				return leaves
			}
			if e.Digit == '*' && c.o.opt.Has('H') {
				r.cancelled() // these phones only: he stays, and is tried again
				return on
			}
		default:
			c.ch.Handle(e)
		}
	}
}

// rings says whether somebody rings.
func (r *round) rings() bool {
	for _, a := range r.rung {
		if a.ch != nil {
			return true
		}
	}
	return false
}

func (r *round) find(ch *pbx.Channel) *attempt {
	for _, a := range r.rung {
		if a.ch == ch {
			return a
		}
	}
	return nil
}

// event takes in what one of them tells; true: he has answered.
func (r *round) event(a *attempt, e pbx.Event) bool {
	c := r.c
	switch e.Kind {
	case pbx.EventAnswered:
		r.told(a, "ANSWER")
		r.toldOthers(a, "CANCEL")
		c.meets(a, a.news || !a.absent)
		return true
	case pbx.EventAdopts:
		a.ch.Handle(e)
		r.told(a, "ANSWER")
		r.toldOthers(a, "CANCEL")
		c.meets(a, true)
		return true
	case pbx.EventIdentity:
		a.ch.Identify()
		a.absent, a.news = false, true
		if r.s.strategy != RingAll {
			c.meets(a, true)
			a.absent, a.news = true, false // he has been told
		}
	case pbx.EventRinging:
		a.ch.Rings(e)
		if r.s.strategy != RingAll && c.ch.Intercepted() {
			c.meets(a, !a.absent) // who is in the way hears of it each time
		}
		pbx.TellDialState(c.ch, a.ch, "RINGING")
		if c.o.opt.Has('R') && !c.o.opt.Has('r') {
			c.ch.StopMusic()
			c.ch.Indicate(pbx.IndicateRinging)
		}
	case pbx.EventBusy:
		r.failed(a, "BUSY", r.s.autopauseBusy, e)
	case pbx.EventCongestion:
		r.failed(a, "CONGESTION", r.s.autopauseUnavail, e)
	case pbx.EventHungUp:
		switch e.Cause {
		case pbx.CauseBusy:
			r.failed(a, "BUSY", r.s.autopauseBusy, e)
		case pbx.CauseCongestion:
			r.failed(a, "CONGESTION", r.s.autopauseUnavail, e)
		default:
			r.failed(a, "NOANSWER", true, e)
		}
	case pbx.EventForward:
		r.forward(a, pbx.ForwardTargets(e.Text)[0])
	case pbx.EventDiverted, pbx.EventUnavailable, pbx.EventProgress, pbx.EventProceeding:
	default:
		a.ch.Handle(e)
	}
	return false
}

// meets tells the caller whom he reaches, where that is known and may be told.
func (c *caller) meets(a *attempt, known bool) {
	if known && !c.o.opt.Has('I') {
		c.ch.Meet(a.ch)
	}
}

// told makes the end of the dialling of one known.
func (r *round) told(a *attempt, status string) {
	pbx.TellDialEnd(r.c.ch, a.ch, status, "")
}

// toldOthers does it for all who ring but one.
func (r *round) toldOthers(but *attempt, status string) {
	for _, a := range r.rung {
		if a != but && a.ch != nil {
			r.told(a, status)
		}
	}
}

// failed is a member who does not take the call. The next one rings in the same attempt while
// there is time for him to answer.
func (r *round) failed(a *attempt, status string, autopause bool, e pbx.Event) {
	const least = 500 * time.Millisecond
	if a.ch.Gone(); e.Cause != pbx.CauseNone {
		a.ch.SetCause(e.Cause)
	}
	r.told(a, status)
	r.noAnswer(a, (now()-r.since)*1000, autopause)
	a.end(pbx.CauseNone)
	r.c.release(a.m)
	if r.s.strategy == RingAll {
		return
	}
	if r.s.timeoutRestart {
		r.begun = time.Now()
	}
	if left, _ := r.remains(); r.limit == 0 || left > least {
		r.next()
	}
}

// unanswered ends an attempt of which the time is up.
func (r *round) unanswered() {
	for _, a := range r.rung {
		if a.ch != nil {
			r.noAnswer(a, r.limit.Milliseconds(), true)
		}
	}
	r.toldOthers(nil, "NOANSWER")
}

// cancelled ends it because the caller leaves.
func (r *round) cancelled() {
	r.toldOthers(nil, "CANCEL")
	for _, a := range r.rung {
		if a.ch != nil {
			r.c.log(a.m.name, "RINGCANCELED", time.Since(r.begun).Milliseconds())
		}
	}
}

// noAnswer is RINGNOANSWER, with the pause that autopause asks for.
func (r *round) noAnswer(a *attempt, ms int64, autopause bool) {
	c := r.c
	c.ch.Show(3, "app_queue.c", "Nobody picked up in %d ms", ms)
	if c.o.opt.Has('R') && !c.o.opt.Has('r') {
		c.ch.StopTone()
		c.ch.StartMusic(c.music)
	}
	c.tellPair("AgentRingNoAnswer", a.ch, f("Queue", c.q.name), f("Interface", a.m.face), f("MemberName", a.m.name), f("RingTime", ms))
	c.log(a.m.name, "RINGNOANSWER", ms)
	if !autopause || r.s.autopause == autopauseOff {
		return
	}
	c.m.with(func(t *told) {
		x := c.q.member(a.m.face)
		if x != nil && r.s.autopauseDelay > 0 && x.lastCall != 0 && now()-x.lastCall < r.s.autopauseDelay {
			return
		}
		name := c.q.name
		if r.s.autopause == autopauseAll {
			name = ""
		}
		c.m.pause(t, name, a.m.face, "Auto-Pause", true)
	})
}

// forward calls where a member has sent the call on.
func (r *round) forward(a *attempt, target string) {
	c, from := r.c, a.ch
	shown := target
	if exten, ok := strings.CutPrefix(target, "Local/"); ok {
		shown, _, _ = strings.Cut(exten, "@")
	}
	follows := !c.o.opt.Has('i') && strings.Contains(target, "/") && c.ch.MayDial(0)
	by := pbx.Redirecting{Num: cmp.Or(c.ch.Variable("MACRO_EXTEN"), c.ch.View().At.Exten), Reason: "cfu"}
	if l, ok := from.Leg().(pbx.Diverted); ok && l.Diversion().Num != "" {
		by = l.Diversion()
	}
	made := follows && r.request(a, target)
	if made {
		a.ch.SetRedirecting(by)
		made = r.place(a, &by)
	}
	pbx.TellDialEnd(c.ch, from, "CANCEL", shown)
	if made {
		pbx.TellDialBegin(c.ch, a.ch, target)
	} else if a.ch != nil {
		if a.ch != from {
			a.ch.End(pbx.CauseNormal)
		}
		a.ch = nil
		c.release(a.m)
	}
	from.End(pbx.CauseNormal)
}
