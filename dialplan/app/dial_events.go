package app

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Dial while it rings: what the legs tell, and what the caller is told of it.

// wait is the loop until a leg answers, which is returned, or all have ended, the time
// is up or the caller is gone.
func (d *dialing) wait() (*dialLeg, dialplan.Result) {
	w := pbx.Wait{Keys: true, Kinds: pbx.AnyKind}
	begun := time.Now()
	for d.open() > 0 {
		w.For = d.patience(begun)
		e, why := d.c.Await(w)
		switch {
		case why != pbx.TimedOut && e.From != d.c:
			if l := d.find(e.From); l != nil && d.event(l, e) {
				d.settled(false)
				return l, dialplan.End
			}
		case why == pbx.Came:
			if e.Kind == pbx.EventDigit && (d.exits(e.Digit) || d.disconnects(e.Digit)) {
				d.settled(false)
				return nil, d.left()
			}
			d.c.Handle(e)
			if e.Kind == pbx.EventIdentity {
				d.present()
			}
		case why != pbx.TimedOut:
			d.settled(false)
			d.c.Trace().Note("the caller gave up")
			return nil, d.over("CANCEL", pbx.CauseNormal)
		case d.limit == 0 || time.Since(begun) < d.limit:
			if d.quietly() {
				d.settled(false)
				return nil, d.over("CHANUNAVAIL", pbx.CauseNormal)
			}
		default:
			d.settled(false)
			d.c.Trace().Note("nobody answered in time")
			d.c.Show(3, "app_dial.c", "Nobody picked up in %d ms", d.limit.Milliseconds())
			return nil, d.over("NOANSWER", pbx.CauseNoAnswer)
		}
	}
	d.settled(true)
	t := &d.tally
	d.c.Show(2, "app_dial.c", "Everyone is busy/congested at this time (%d:%d/%d/%d)", t.busy+t.congestion+t.unavailable+t.neutral, t.busy,
		t.congestion, t.unavailable)
	return nil, d.over(t.status(), pbx.CauseNormal)
}

// patience is how long it waits for the next event, 0 for ever.
func (d *dialing) patience(begun time.Time) (wait time.Duration) {
	for _, limit := range [2]time.Duration{d.limit, d.silence} {
		if left := max(time.Until(begun.Add(limit)), 1); limit > 0 && (wait == 0 || left < wait) {
			wait = left
		}
	}
	return wait
}

// quietly is the end of the time in which there has to be a sign of ringing: false when audio of
// the only callee is one.
func (d *dialing) quietly() bool {
	silence := d.silence
	d.silence = 0
	if d.single() && slices.ContainsFunc(d.legs, func(l *dialLeg) bool { return !l.done && speaks(l.ch) }) {
		return false
	}
	d.c.Show(3, "app_dial.c", "No early media received in %d ms", silence.Milliseconds())
	for _, l := range d.legs {
		l.finish("CHANUNAVAIL", time.Time{}, pbx.CauseNormal)
	}
	return true
}

func (d *dialing) open() (n int) {
	for _, l := range d.legs {
		if !l.done {
			n++
		}
	}
	return
}

func (d *dialing) find(ch *pbx.Channel) *dialLeg {
	for _, l := range d.legs {
		if l.ch == ch && !l.done {
			return l
		}
	}
	return nil
}

// event takes one leg's event; true means it has answered.
func (d *dialing) event(l *dialLeg, e pbx.Event) bool {
	d.offers(l, e)
	switch e.Kind {
	case pbx.EventAnswered:
		return true
	case pbx.EventIdentity:
		l.ch.Identify()
		l.absent = false
		d.introduce(l)
	case pbx.EventRinging:
		l.ch.Rings(e)
		if d.silence = 0; !l.absent && intercepted(d.c, connectedLine) {
			d.introduce(l) // who is in the way hears of it each time
		}
		d.stamp("RINGTIME")
		d.state(l, "RINGING")
		d.ringAt(l)
	case pbx.EventProgress:
		d.silence = 0
		d.stamp("PROGRESSTIME")
		d.state(l, "PROGRESS")
		d.progress(l)
		d.pressesOnce(l)
	case pbx.EventProceeding:
		d.state(l, "PROCEEDING")
		if d.single() && !d.ringing && !d.early && !d.up() {
			d.c.Leg().Indicate(pbx.IndicateProceeding)
		}
	case pbx.EventBusy, pbx.EventCongestion, pbx.EventHungUp:
		d.ended(l, e)
	case pbx.EventForward:
		d.forward(l, e.Text)
	case pbx.EventDiverted:
		d.diverted(l, true)
	case pbx.EventUnavailable:
		d.diverted(l, false)
	case pbx.EventAdopts:
		l.ch.Handle(e)
		d.introduce(l)
		return true
	}
	return false
}

// state makes known how far a leg is.
func (d *dialing) state(l *dialLeg, status string) {
	pbx.TellDialState(d.c, l.ch, status)
}

// introduce tells the caller whom he is about to reach, where that is one only.
func (d *dialing) introduce(l *dialLeg) {
	if d.single() && !d.opt.Has('I') {
		d.c.Meet(l.ch)
	}
}

// present tells who is called, where that is one only, who the caller is now.
func (d *dialing) present() {
	for _, l := range d.legs {
		if !l.done && d.single() && !d.opt.Has('I') {
			l.ch.Introduce(d.c)
		}
	}
}

// diverted notes with the caller by whom and why the call goes elsewhere, where there is one
// destination, and may tell him.
func (d *dialing) diverted(l *dialLeg, tell bool) {
	if !d.single() || d.opt.Has('I') {
		return
	}
	d.c.TakeDiversion(l.ch)
	intercept(d.c, redirecting)
	if tell {
		d.c.TellRedirecting()
	}
}

func (d *dialing) up() bool { return d.c.View().State == pbx.StateUp }

// stamp is elapsed since the dialling began, once.
func (d *dialing) stamp(name string) {
	if v, _ := d.c.Var(name + "_MS"); v != "" {
		return
	}
	d.elapsed(name, d.begun)
}

// ring tells the caller, once.
func (d *dialing) ring() {
	if !d.ringing && !d.early {
		d.c.Indicate(pbx.IndicateRinging)
	}
	d.ringing = true
}

// ringWith is ring for r and R: with a tone of indications.conf, if there is one of that name, in
// place of the phone's own ringing.
func (d *dialing) ringWith(name string) {
	tone := d.c.Tone(name)
	if name == "" || tone == nil {
		d.ring()
		return
	}
	if !d.up() {
		d.c.Indicate(pbx.IndicateProgress)
	}
	d.c.PlayTone(tone)
	d.ringing = true
}

// ringAt is ring for a leg that rings. A caller who has its early media is told all the
// same: there may be none yet.
func (d *dialing) ringAt(l *dialLeg) {
	switch {
	case d.ringing || !d.early || d.opt.Has('m'):
		d.ring()
	case !d.up():
		d.c.Leg().Indicate(pbx.IndicateRinging)
	case !speaks(l.ch):
		d.c.PlayTone(d.c.Tone("ring"))
	}
	d.ringing = true
}

// speaks says whether audio has come from a channel.
func speaks(c *pbx.Channel) bool {
	s := c.Leg().Stream()
	return s != nil && s.Stats().RxPackets > 0
}

// progress passes early media through when there is one destination.
func (d *dialing) progress(l *dialLeg) {
	if d.opt.Has('r') || d.opt.Has('m') || !d.single() || d.early {
		return
	}
	d.early = true
	if !d.up() {
		pbx.Restrict(d.c.Leg(), l.ch.Leg())
		d.c.Indicate(pbx.IndicateProgress)
	}
	d.c.StopTone()
	pbx.Link(d.c.Leg(), l.ch.Leg())
}

// ended closes a leg that failed.
func (d *dialing) ended(l *dialLeg, e pbx.Event) {
	cause := e.Cause
	l.ch.Gone()
	switch e.Kind {
	case pbx.EventBusy:
		cause = pbx.CauseBusy
	case pbx.EventCongestion:
		cause = pbx.CauseCongestion
	}
	d.c.SetCause(e.Cause)
	if e.Cause != pbx.CauseNone {
		l.ch.SetCause(e.Cause)
	}
	d.c.Trace().Note("%s ended without an answer: cause %d, %s", l.ch.Name(), e.Cause, e.Cause.Text())
	if len(l.next) > 0 && !d.c.Loops() {
		l.finish(new(tally).add(cause), time.Time{}, pbx.CauseNone)
		d.follow(l.by, l.next)
		return
	}
	l.finish(d.tally.add(cause), time.Time{}, pbx.CauseNone)
}

func (l *dialLeg) finish(status string, answer time.Time, cause pbx.Cause) {
	if l.done {
		return
	}
	if answer.IsZero() {
		l.ended(status)
	}
	l.over(cause)
}

// over closes a leg of which the end is known.
func (l *dialLeg) over(cause pbx.Cause) {
	l.done = true
	if handlers := l.ch.End(cause); handlers != nil {
		l.caller.Until(handlers)
	}
}

// release parts Dial from a leg that was answered and goes on without it.
func (l *dialLeg) release() {
	l.done = true
}

// ended makes the end of the dialling known.
func (l *dialLeg) ended(status string) {
	pbx.TellDialEnd(l.caller, l.ch, status, "")
}

// forward follows a 3xx, to its targets (pbx.ForwardText): "Tech/resource", or an
// extension of the context named.
func (d *dialing) forward(l *dialLeg, text string) {
	d.c.Trace().Note("%s forwards to %s", l.ch.Name(), strings.ReplaceAll(text, "\n", ", "))
	targets := pbx.ForwardTargets(text)
	if d.opt.Has('i') { // it is told of all the same
		pbx.TellDialEnd(l.caller, l.ch, "CANCEL", forwardTo(targets[0]))
		targets = nil
	}
	d.follow(l, targets)
}

// follow calls the first that can be called of the targets that a leg has named. Those
// behind it are for when it fails.
func (d *dialing) follow(by *dialLeg, targets []string) {
	dialled, tried := len(d.legs)-d.forwarded, false
	for i, target := range targets {
		tech, resource, ok := strings.Cut(target, "/")
		if !ok || !d.c.MayDial(d.forwarded/dialled) {
			break
		}
		if err := d.add(target, tech, pbx.Request{Resource: resource}, by); err != nil {
			d.c.Warn("cannot follow the forward to " + target + ": " + err.Error())
			continue
		}
		n := d.legs[len(d.legs)-1]
		n.by, n.next, n.target = by, targets[i+1:], target
		d.forwarded++
		if d.opt.Has('z') {
			d.limit = 0
		}
		if d.callForward(n) {
			return
		}
		tried = true // that it did not come about counts
	}
	if !tried {
		by.finish(d.tally.add(pbx.CauseBusy), time.Time{}, pbx.CauseNormal)
	}
}

// forwardTo is what is told of a target: the extension alone of one in the dialplan.
func forwardTo(target string) string {
	if exten, ok := strings.CutPrefix(target, "Local/"); ok {
		target, _, _ = strings.Cut(exten, "@")
	}
	return target
}

// callForward calls a leg in place of the one that named it; false when a subroutine does
// not let it.
func (d *dialing) callForward(n *dialLeg) bool {
	d.c.Show(3, "app_dial.c", "Now forwarding %s to '%s' (thanks to %s)", d.c.Name(), n.target, n.by.ch.Name())
	if d.opt.Has('b') && !d.sub(n.ch, 'b') {
		n.by.finish("CANCEL", time.Time{}, pbx.CauseNormal)
		d.endedBefore(n)
		return false
	}
	by := pbx.Redirecting{Num: cmp.Or(d.c.Variable("MACRO_EXTEN"), d.c.View().At.Exten), Reason: "cfu"}
	if l, ok := n.by.ch.Leg().(pbx.Diverted); ok {
		said := l.Diversion()
		by = pbx.Redirecting{Num: cmp.Or(said.Num, by.Num), Name: said.Name, ToNum: said.ToNum, ToName: said.ToName,
			Reason: cmp.Or(said.Reason, by.Reason)}
	}
	if d.single() {
		d.c.NoteRedirecting(by)
	}
	d.diverted(n.by, true)
	n.ch.SetRedirecting(by)
	if !d.call(n, &by, true) {
		return false
	}
	n.by.over(pbx.CauseNormal)
	if d.single() && !n.absent {
		d.introduce(n)
	}
	return true
}

// single says whether one place was dialled, or one in place of another.
func (d *dialing) single() bool { return len(d.legs)-d.forwarded == 1 }

// cancel ends every open leg: the caller gave up, or they rang for too long.
func (d *dialing) cancel(status string, cause pbx.Cause) {
	if status != "CANCEL" {
		status = "NOANSWER"
	}
	for _, l := range d.legs {
		l.finish(status, time.Time{}, cause)
	}
}

// over is the end of a Dial that nobody answered.
func (d *dialing) over(status string, cause pbx.Cause) dialplan.Result {
	if d.opt.Has('c') || d.opt.Has('Q') {
		cause = d.elsewhere()
	}
	d.cancel(status, cause)
	d.c.StopMusic()
	d.c.StopTone()
	pbx.Unlink(d.c.Leg())
	d.c.SetVar("DIALSTATUS", status)
	if d.opt.Has('c') && (status == "BUSY" || status == "CONGESTION") {
		d.c.SetCause(pbx.CauseAnsweredElsewhere)
	}
	if status == "CANCEL" {
		return dialplan.End
	}
	return after(d.c)
}

// elapsed sets NAME and NAME_MS to the time since a moment.
func (d *dialing) elapsed(name string, since time.Time) {
	ms := time.Since(since).Milliseconds()
	d.c.SetVar(name, strconv.FormatInt(ms/1000, 10))
	d.c.SetVar(name+"_MS", strconv.FormatInt(ms, 10))
}
