package app

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

var dialApp = pbx.App{Name: "Dial", Synopsis: "Place a call and connect it to the current channel",
	Usage: "Dial(Tech/resource[&Tech2/resource2...][,timeout[,options]])\n  r  ring, no early media\n  m  music instead of ringing: m(class)\n  I  do not tell either side who the other is\n  g  go on in the dialplan when the callee hangs up", Check: checkDial, Exec: dial}

// Option letters of Dial: those in effect, and those that Asterisk knows.
const (
	dialDone  = "rRmgI"
	dialKnown = "aAbBcCdDeEfFgGHhiIjJkKlLmMnNoOpPQrRsStTuUwWxXz"
)

// dialQueue holds the events of all legs while the caller's goroutine is busy.
const dialQueue = 32

// dialing is one run of Dial. The caller's goroutine owns it.
type dialing struct {
	c       *pbx.Channel
	opt     dialplan.Options
	list    string // of destinations, until they are called
	legs    []*dialLeg
	queue   chan pbx.Event // of all legs
	begun   time.Time
	tally   tally
	ringing bool
	early   bool
}

type dialLeg struct {
	ch   *pbx.Channel
	cdr  *pbx.DialRecord
	dest string
	done bool
}

// tally counts how legs ended (Asterisk's handle_cause).
type tally struct{ busy, congestion, unavailable, neutral int }

func (t *tally) add(c pbx.Cause) string {
	switch c {
	case pbx.CauseBusy:
		t.busy++
		return "BUSY"
	case pbx.CauseCongestion:
		t.congestion++
		return "CONGESTION"
	case pbx.CauseNormal, pbx.CauseNoAnswer:
		t.neutral++
		return "NOANSWER"
	}
	t.unavailable++
	return "CHANUNAVAIL"
}

// status when every leg has ended.
func (t *tally) status() string {
	switch {
	case t.neutral > 0:
		return "NOANSWER"
	case t.busy > 0:
		return "BUSY"
	case t.congestion > 0:
		return "CONGESTION"
	}
	return "CHANUNAVAIL"
}

var dialVars = []string{"DIALSTATUS", "DIALEDPEERNUMBER", "DIALEDPEERNAME", "ANSWEREDTIME", "ANSWEREDTIME_MS", "DIALEDTIME",
	"DIALEDTIME_MS", "RINGTIME", "RINGTIME_MS", "PROGRESSTIME", "PROGRESSTIME_MS"}

func dial(c *pbx.Channel, args string) dialplan.Result {
	d, limit := prepare(c, args)
	switch {
	case d == nil:
		return dialplan.Continue
	case !d.begin():
		return dialplan.End
	}
	var timeout <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		timeout = timer.C
	}
	if l, result := d.wait(timeout); l != nil {
		return d.connect(l)
	} else {
		return result
	}
}

// prepare reads the arguments. As with the others that run before a call is up, it is
// apart to keep dial's own frame small (see pbx's walk).
//
//go:noinline
func prepare(c *pbx.Channel, args string) (*dialing, time.Duration) {
	if c.Leg().Stream() == nil {
		c.Warn("Dial: a message is no call")
		c.SetVar("DIALSTATUS", "CHANUNAVAIL")
		return nil, 0
	}
	for _, v := range dialVars {
		c.SetVar(v, "")
	}
	f := dialplan.SplitArgs(args, 4)
	d := &dialing{c: c, begun: time.Now(), queue: make(chan pbx.Event, dialQueue), list: word(f, 0)}
	d.opt = dialplan.ParseOptions(word(f, 2), dialKnown)
	for _, p := range optionProblems(d.opt) {
		c.Trace().Note("Dial: %s", p)
	}
	limit, _, _ := strings.Cut(word(f, 1), "^")
	t, _ := seconds(limit)
	return d, t
}

// begin calls the destinations; false when the list names none.
//
//go:noinline
func (d *dialing) begin() bool {
	c := d.c
	if !d.request(d.list) {
		c.SetVar("DIALSTATUS", "INVALIDARGS")
		return false
	}
	d.list = ""
	for _, l := range d.legs {
		l.ch.SetState(pbx.StateDialing)
		l.ch.Leg().Call(pbx.CallInfo{CallerID: c.View().CallerID, Dialled: c.View().At.Exten, Redirecting: c.Redirecting()})
		c.Trace().Note("dialling %s as %s", l.dest, l.ch.Name())
	}
	switch {
	case d.opt.Has('m'):
		d.entertain()
	case d.opt.Has('r') || d.opt.Has('R'):
		d.ring()
	}
	return true
}

// entertain plays music to the caller in place of ringing.
func (d *dialing) entertain() {
	if !d.up() {
		d.c.Indicate(pbx.IndicateProgress)
	}
	d.early = d.c.StartMusic(d.opt.Arg('m'))
}

// checkDial is told of when the file is read.
func checkDial(args string) []string {
	options := word(dialplan.SplitArgs(args, 4), 2)
	if strings.Contains(options, "$") {
		return nil
	}
	return optionProblems(dialplan.ParseOptions(options, dialKnown))
}

// optionProblems names the options that are unknown or not there yet.
func optionProblems(o dialplan.Options) []string {
	out := o.Problems
	for i := 0; i < len(dialKnown); i++ {
		if l := dialKnown[i]; o.Has(l) && !strings.Contains(dialDone, string(l)) {
			out = append(out, fmt.Sprintf("option '%c' is not supported yet and has no effect", l))
		}
	}
	return out
}

// request makes the outgoing legs; false when the text names no technology.
func (d *dialing) request(list string) bool {
	for _, dest := range strings.Split(list, "&") {
		if dest = strings.TrimSpace(dest); dest == "" {
			continue
		}
		tech, resource, ok := strings.Cut(dest, "/")
		if !ok || resource == "" {
			d.c.Warn("Dial argument takes format (technology/resource): '" + dest + "'")
			d.cancel(pbx.CauseNormal)
			return false
		}
		if err := d.add(dest, tech, resource); err != nil {
			cause := pbx.CauseNoRoute
			var re *pbx.RequestError
			if errors.As(err, &re) {
				cause = re.Cause
			}
			d.tally.add(cause)
			d.c.SetCause(cause)
			d.c.Core().Log().Warn().Msgf("Unable to create channel of type '%s' (cause %d - %s)", tech, cause, cause.Text())
			d.c.Trace().Note("cannot dial %s: %v", dest, err)
		}
	}
	return true
}

func (d *dialing) add(dest, tech, resource string) error {
	leg, err := d.c.Core().Request(tech, pbx.Request{Resource: resource, Caller: d.c, Codecs: d.c.Leg().Codecs(), Trace: d.c.Trace()})
	if err != nil {
		return err
	}
	ch, err := d.c.Core().Outgoing(tech, leg, d.c, d.queue)
	if err != nil {
		leg.Hangup(pbx.CauseNormal)
		return err
	}
	at := d.c.View().At
	ch.SetVar("DIALEDPEERNUMBER", resource)
	ch.SetCallerID(pbx.CallerID{Num: at.Exten})
	ch.Identify()
	ch.SetConnected(d.c.View().CallerID)
	at.Exten, at.Priority = "", 1
	ch.SetLocation(at)
	d.legs = append(d.legs, &dialLeg{ch: ch, cdr: d.c.RecordDial(ch), dest: resource})
	return nil
}

// wait is the loop until a leg answers, which is returned, or all have ended, the time
// is up or the caller is gone.
func (d *dialing) wait(timeout <-chan time.Time) (*dialLeg, dialplan.Result) {
	for d.open() > 0 {
		select {
		case e := <-d.c.Queue():
			if !d.c.Handle(e) {
				d.c.Trace().Note("the caller gave up")
				return nil, d.over("CANCEL", pbx.CauseNormal)
			}
		case e := <-d.queue:
			if l := d.find(e.From); l != nil && d.event(l, e) {
				return l, dialplan.End
			}
		case <-timeout:
			d.c.Trace().Note("nobody answered in time")
			return nil, d.over("NOANSWER", pbx.CauseNoAnswer)
		}
	}
	return nil, d.over(d.tally.status(), pbx.CauseNormal)
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
	switch e.Kind {
	case pbx.EventAnswered:
		return true
	case pbx.EventIdentity:
		l.ch.Identify()
		d.introduce(l)
	case pbx.EventRinging:
		l.ch.SetState(pbx.StateRinging)
		d.introduce(l)
		d.stamp("RINGTIME")
		d.ring()
	case pbx.EventProgress:
		d.stamp("PROGRESSTIME")
		d.progress(l)
	case pbx.EventProceeding:
		if len(d.legs) == 1 && !d.ringing && !d.early && !d.up() {
			d.c.Leg().Indicate(pbx.IndicateProceeding)
		}
	case pbx.EventBusy, pbx.EventCongestion, pbx.EventHungUp:
		d.ended(l, e)
	case pbx.EventForward:
		d.forward(l, e.Text)
	case pbx.EventReplaced:
		l.ch.Handle(e)
		return true
	}
	return false
}

// introduce tells the caller whom he is about to reach, where that is one only.
func (d *dialing) introduce(l *dialLeg) {
	if len(d.legs) == 1 && !d.opt.Has('I') {
		d.c.Introduce(l.ch)
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

// progress passes early media through when there is one destination.
func (d *dialing) progress(l *dialLeg) {
	if d.opt.Has('r') || d.opt.Has('m') || len(d.legs) > 1 || d.early {
		return
	}
	d.early = true
	if !d.up() {
		pbx.Restrict(d.c.Leg(), l.ch.Leg())
		d.c.Indicate(pbx.IndicateProgress)
	}
	d.c.StopTone()
	pbx.Bridge(d.c.Leg(), l.ch.Leg())
}

// ended closes a leg that failed.
func (d *dialing) ended(l *dialLeg, e pbx.Event) {
	cause := e.Cause
	switch e.Kind {
	case pbx.EventBusy:
		cause = pbx.CauseBusy
	case pbx.EventCongestion:
		cause = pbx.CauseCongestion
	}
	d.c.SetCause(e.Cause)
	l.finish(d.tally.add(cause), time.Time{}, pbx.CauseNormal)
	d.c.Trace().Note("%s ended without an answer: cause %d, %s", l.ch.Name(), e.Cause, e.Cause.Text())
}

func (l *dialLeg) finish(status string, answer time.Time, cause pbx.Cause) {
	if l.done {
		return
	}
	l.done = true
	l.cdr.End(status, answer)
	l.ch.End(cause)
}

// forward follows a 3xx: "Tech/resource", or an extension of the context named.
func (d *dialing) forward(l *dialLeg, target string) {
	d.c.Trace().Note("%s forwards to %s", l.ch.Name(), target)
	l.finish("CANCEL", time.Time{}, pbx.CauseNormal)
	const most = 20 // Asterisk's max-forwards
	tech, resource, ok := strings.Cut(target, "/")
	if !ok || len(d.legs) >= most {
		d.tally.add(pbx.CauseBusy)
		return
	}
	if err := d.add(target, tech, resource); err != nil {
		d.c.Warn("cannot follow the forward to " + target + ": " + err.Error())
		d.tally.add(pbx.CauseBusy)
		return
	}
	n := d.legs[len(d.legs)-1]
	n.ch.SetVar("FORWARDERNAME", l.ch.Name())
	by := pbx.Redirecting{Num: l.ch.View().CallerID.Num, Reason: "unconditional"}
	if len(d.legs) == 2 { // it was the only one
		d.c.Forwarded(by)
	}
	n.ch.Leg().Call(pbx.CallInfo{CallerID: d.c.View().CallerID, Dialled: d.c.View().At.Exten, Redirecting: &by})
}

// cancel ends every open leg.
func (d *dialing) cancel(cause pbx.Cause) {
	for _, l := range d.legs {
		l.finish("NOANSWER", time.Time{}, cause)
	}
}

// over is the end of a Dial that nobody answered.
func (d *dialing) over(status string, cause pbx.Cause) dialplan.Result {
	d.cancel(cause)
	d.c.StopMusic()
	d.c.StopTone()
	pbx.Unbridge(d.c.Leg())
	d.c.SetVar("DIALSTATUS", status)
	d.elapsed("DIALEDTIME", d.begun)
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

// connect bridges the leg that answered first and lets the others go.
func (d *dialing) connect(l *dialLeg) dialplan.Result {
	answer := d.answered(l)
	first, transfer := pbx.BridgeCall(d.c, l.ch)
	if transfer != nil {
		return d.transfer(l, transfer, answer)
	}
	return d.parted(l, first, answer)
}

//go:noinline
func (d *dialing) answered(l *dialLeg) time.Time {
	d.c.StopMusic()
	d.c.StopTone()
	for _, o := range d.legs {
		if o != l {
			o.finish("NOANSWER", time.Time{}, pbx.CauseAnsweredElsewhere)
		}
	}
	if !d.opt.Has('I') {
		d.c.Introduce(l.ch)
	}
	l.ch.MarkAnswered()
	d.c.SetVar("DIALSTATUS", "ANSWER")
	d.c.SetVar("DIALEDPEERNAME", l.ch.Name())
	d.c.SetVar("DIALEDPEERNUMBER", l.dest)
	return time.Now()
}

// parted is the end of a bridge that first left.
//
//go:noinline
func (d *dialing) parted(l *dialLeg, first *pbx.Channel, answer time.Time) dialplan.Result {
	d.c.Trace().Note("%s hung up first", first.Name())
	cause := first.View().Cause
	l.finish("ANSWER", answer, cause)
	d.c.SetCause(cause)
	d.elapsed("ANSWEREDTIME", answer)
	d.elapsed("DIALEDTIME", d.begun)
	if d.opt.Has('g') && !d.c.Gone() {
		return dialplan.Continue
	}
	return dialplan.End
}

// transfer parts a bridge of which one side sends the other to an extension: the
// caller goes on there itself, a callee gets a dialplan of its own.
func (d *dialing) transfer(l *dialLeg, t *pbx.Transferred, answer time.Time) dialplan.Result {
	d.c.Trace().Note("%s transfers the other party to %s@%s", t.By.Name(), t.To.Exten, t.To.Context)
	d.elapsed("ANSWEREDTIME", answer)
	d.elapsed("DIALEDTIME", d.begun)
	if t.By == l.ch {
		l.finish("ANSWER", answer, pbx.CauseNormal)
		d.c.Machine().Goto(t.To)
		return dialplan.Continue
	}
	l.done = true
	l.cdr.End("ANSWER", answer)
	l.ch.Enter(t.To)
	d.c.SetCause(pbx.CauseNormal)
	return dialplan.End
}
