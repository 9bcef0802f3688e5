package app

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// dialUsage lists the options that are in effect, one a line.
const dialUsage = `Dial(Tech/resource[&Tech2/resource2...][,timeout[^progress timeout][,options]])
  A  announce to the callee and the caller before they are connected: A(prompt:prompt)
  a  answer the caller before a subroutine of U
  B  run a subroutine before anybody is called: B(context^extension^priority(argument^...))
  b  run one on each channel that is about to be called
  C  begin the caller's call record anew
  c  tell those who lose that it was answered elsewhere
  D  press keys after the answer, and at the first progress, then digits of MF and SF signalling at
     that: D(callee:caller:callee:MF::SF)
  d  one digit of the caller leads to the extension of that name
  E  no meaning: there is no pulsing to hear
  e  run h on the callee after the call
  F  when the caller hangs up, the callee goes to context^extension^priority, or on in the dialplan
  f  call as f(caller id); without one those to whom the call is forwarded see the extension
  G  when somebody answers, the caller goes to context^extension^priority, who answered to the next one
  g  go on in the dialplan when the callee hangs up
  H  the caller may end the call by keys, also while it rings; h: who has answered (features.conf)
  I  do not tell either side who the other is
  i  do not follow forwards
  j  no meaning: the streams of the caller are kept
  K  the caller may park the other one by keys; k: who has answered
  L  end the call after L(milliseconds:warning:again), with warnings so long before it: LIMIT_PLAYAUDIO_CALLER and _CALLEE, LIMIT_WARNING_FILE, LIMIT_CONNECT_FILE, LIMIT_TIMEOUT_FILE
  M  run a macro on who has answered, which decides by MACRO_RESULT: M(name^argument^...)
  m  music instead of ringing: m(class)
  N  with P and p: who has a number is not asked
  n  with P and p: the name is not kept; n(1) nor after the call
  O  no meaning: operator services are DAHDI's
  o  the callee's channel has the caller's number as its own, or o(caller id)
  P  the caller says his name, the callee decides with 1 to 5, and that is kept: P(family of the astdb)
  p  the caller says his name, the callee decides with 1 to 4
  Q  tell those who lose Q(cause)
  R  ring until there is early media
  r  ring, no early media: r(tone)
  S  end the call S(seconds) after the answer
  s  the tag of f's caller id: s(tag)
  T  the caller may transfer by keys; t: who has answered
  U  run a subroutine on who has answered, which decides by GOSUB_RESULT: U(context^argument^...)
  u  the presentation of f's caller id: u(allowed, prohib ...)
  X  the caller may record the call by keys; x: who has answered; W and w likewise
  z  a forward takes the time-out back`

func (p player) dialApp() pbx.App {
	return pbx.App{Name: "Dial", Synopsis: "Place a call and connect it to the current channel", Usage: dialUsage, Check: checkDial,
		Targets: dialTargets, Exec: p.dial}
}

// dialKnown are the option letters of Dial.
const dialKnown = "aAbBcCdDeEfFgGHhiIjkKLmMnNoOpPQrRsStTuUwWxXz"

// dialing is one run of Dial. The caller's goroutine owns it.
type dialing struct {
	player
	c       *pbx.Channel
	opt     dialplan.Options
	list    string // of destinations, until they are called
	group   string // of all who are called: group[@category]
	legs    []*dialLeg
	begun   time.Time
	limit   time.Duration // of ringing, 0: none
	silence time.Duration // until there is any sign of ringing, 0: none
	tally   tally
	ringing bool
	// forwarded legs are in place of others that are over
	forwarded int
	early     bool
	later     pbx.CompletionDial // nil: nothing of it is to be completed later
	pressed   bool               // the keys for the first progress
	privacy   privacy
	typed     string // keys of the caller, the last few (H)
	final     bool   // RetryDial does not try again
}

type dialLeg struct {
	caller *pbx.Channel
	ch     *pbx.Channel
	dest   string
	done   bool
	absent bool     // nobody has said who it is: it goes by the number that was dialled
	by     *dialLeg // who has forwarded to it; nil: nobody
	target string   // where that one has sent the call: Tech/resource
	next   []string // further targets of that one, for when it fails
}

// tally counts how legs ended (Asterisk's handle_cause), for DIALSTATUS.
type tally struct{ busy, congestion, unavailable, neutral int }

// add counts a leg, and returns what DialEnd says of it.
func (t *tally) add(c pbx.Cause) string {
	switch c {
	case pbx.CauseBusy:
		t.busy++
	case pbx.CauseCongestion:
		t.congestion++
	case pbx.CauseNormal, pbx.CauseNoAnswer:
		t.neutral++
	default:
		t.unavailable++
	}
	return c.DialStatus()
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

func (p player) dial(c *pbx.Channel, args string) dialplan.Result {
	d := p.prepare(c, args)
	switch {
	case d == nil:
		return dialplan.Continue
	case d.opt.Unclosed: // as in Asterisk nobody is called, and the call ends
		c.Warn("Dial: " + strings.Join(d.opt.Problems, "; "))
		return dialplan.End
	}
	return d.run()
}

// run dials.
func (d *dialing) run() dialplan.Result {
	if !d.measured() {
		return dialplan.End
	}
	if result, on := d.allowed(); !on {
		return result
	}
	if !d.begin() {
		d.settled(true)
		return dialplan.End
	}
	if l, result := d.wait(); l != nil {
		return d.connect(l)
	} else {
		return result
	}
}

// allowed is what privacy says before anybody is called; not on: the call is over, with a result.
//
//go:noinline
func (d *dialing) allowed() (result dialplan.Result, on bool) {
	status, gone := d.mayCall()
	switch {
	case gone:
		d.c.SetVar("DIALSTATUS", "CANCEL")
		return dialplan.End, false
	case status != "":
		d.c.SetVar("DIALSTATUS", status)
		return dialplan.Continue, false
	}
	return result, true
}

// prepare reads the arguments. As with the others that run before a call is up, it is
// apart to keep dial's own frame small (see pbx's walk).
//
//go:noinline
func (p player) prepare(c *pbx.Channel, args string) *dialing {
	if c.Leg().Stream() == nil {
		c.Warn("Dial: a message is no call")
		c.SetVar("DIALSTATUS", "CHANUNAVAIL")
		return nil
	}
	for _, v := range dialVars {
		c.SetVar(v, "")
	}
	f := dialplan.SplitArgs(args, 4)
	d := &dialing{player: p, c: c, begun: time.Now(), list: word(f, 0)}
	d.opt = dialplan.ParseOptions(word(f, 2), dialKnown)
	for _, p := range d.opt.Problems {
		c.Trace().Note("Dial: %s", p)
	}
	if d.group = c.Variable("OUTBOUND_GROUP_ONCE"); d.group != "" {
		c.SetVar("OUTBOUND_GROUP_ONCE", "")
	} else {
		d.group = c.Variable("OUTBOUND_GROUP")
	}
	limit, silence, _ := strings.Cut(word(f, 1), "^")
	d.limit, _ = dialplan.Seconds(limit)
	d.silence, _ = dialplan.Seconds(silence)
	d.completes()
	return d
}

// begin calls the destinations; false when the list names none.
//
//go:noinline
func (d *dialing) begin() bool {
	c := d.c
	if d.opt.Has('B') && !d.sub(c, 'B') {
		c.SetVar("DIALSTATUS", "CANCEL")
		return false
	}
	if d.opt.Has('C') {
		c.Records().Reset(false, time.Now())
	}
	switch {
	case !c.MayDial(0):
		c.SetVar("DIALSTATUS", "BUSY")
		return false
	case c.Gone(): // nobody is called for who has hung up
		c.SetVar("DIALSTATUS", "CANCEL")
		return false
	}
	if !d.request(d.list) {
		c.SetVar("DIALSTATUS", "INVALIDARGS")
		return false
	}
	d.list = ""
	for _, l := range d.legs {
		if d.opt.Has('b') && !d.sub(l.ch, 'b') {
			d.endedBefore(l)
		}
	}
	for _, l := range d.legs { // all subroutines have run before anybody rings
		if l.done {
			continue
		}
		if d.call(l, c.Redirecting(), false) {
			c.Trace().Note("dialling %s as %s", l.dest, l.ch.Name())
		}
	}
	if d.single() && !d.legs[0].absent && !d.legs[0].done {
		d.introduce(d.legs[0])
	}
	switch {
	case d.opt.Has('m'):
		d.entertain()
	case d.opt.Has('r') || d.opt.Has('R'):
		d.ringWith(d.opt.Arg('r'))
	}
	return true
}

// endedBefore is the end of a leg that a subroutine has hung up before it was called: the caller
// gets its cause.
func (d *dialing) endedBefore(l *dialLeg) {
	cause := cmp.Or(l.ch.View().Cause, pbx.CauseNormal)
	d.tally.add(pbx.CauseNoRoute)
	d.c.SetCause(cause)
	l.ch.Records().Uncalled()
	l.over(cause)
}

// call places the call to a leg, and makes it known; false when it cannot even begin.
func (d *dialing) call(l *dialLeg, redirecting *pbx.Redirecting, forwarded bool) bool {
	if err := pbx.Callable(l.ch, d.shown(forwarded)); err != nil {
		d.c.Warn(err.Error())
		d.tally.add(pbx.CauseNone)
		if l.by != nil { // who has sent the call there could not be reached
			l.by.finish("CONGESTION", time.Time{}, pbx.CauseNormal)
		}
		l.over(pbx.CauseNone)
		return false
	}
	ani, _ := d.c.Fact("ani.num")
	l.ch.Leg().Call(pbx.CallInfo{CallerID: d.shown(forwarded), ANI: ani, Dialled: d.c.View().At.Exten, Redirecting: redirecting,
		MaxForwards: l.ch.MaxForwards()})
	if l.by != nil && !l.by.done {
		pbx.TellDialEnd(d.c, l.by.ch, "CANCEL", forwardTo(l.target))
	}
	pbx.TellDialBegin(d.c, l.ch, l.dest)
	return true
}

// subCall is the subroutine that an option names, with "^" for ",".
func subCall(o dialplan.Options, option byte) (target string, args []string) {
	return dialplan.CutCall(strings.ReplaceAll(o.Arg(option), "^", ","))
}

// sub runs the subroutine of option b or B on a channel; false when it ended the call. One
// that is not there is passed over.
func (d *dialing) sub(ch *pbx.Channel, option byte) bool {
	return aside(d.c, ch, d.opt, option)
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
	return dialplan.ParseOptions(options, dialKnown).Problems
}

// request makes the outgoing legs; false when the text names no technology.
func (d *dialing) request(list string) bool {
	d.final = strings.Trim(list, "& ") == ""
	for _, dest := range strings.Split(list, "&") {
		if dest = strings.TrimSpace(dest); dest == "" {
			continue
		}
		tech, resource, ok := strings.Cut(dest, "/")
		if !ok || resource == "" {
			d.c.Warn("Dial argument takes format (technology/resource): '" + dest + "'")
			d.cancel("CANCEL", pbx.CauseNormal)
			return false
		}
		made := false
		branches := d.c.Core().Branches(tech, resource)
		sole := d.sole(list) && len(branches) == 1
		for _, branch := range branches {
			if err := d.add(dest, tech, pbx.Request{Resource: resource, Branch: branch, Further: made, Sole: sole}, nil); err != nil {
				d.unreachable(dest, tech, err)
			} else {
				made = true
				d.calls(d.legs[len(d.legs)-1].ch, dest)
			}
		}
	}
	return true
}

// sole says whether one destination alone is called, with no option that listens to its media or
// says something before the bridge.
func (d *dialing) sole(list string) bool {
	for _, l := range []byte("AMUhHkKtTwWxX") {
		if d.opt.Has(l) {
			return false
		}
	}
	return !strings.Contains(list, "&")
}

// unreachable counts a destination for which there is no leg.
func (d *dialing) unreachable(dest, tech string, err error) {
	cause, counted := pbx.CauseNoRoute, pbx.CauseNoRoute
	var re *pbx.RequestError
	if errors.As(err, &re) {
		if cause, counted = re.Cause, re.Cause; re.Uncounted {
			counted = pbx.CauseNone
		}
	}
	if cause == pbx.CauseBusy || cause == pbx.CauseCongestion {
		d.calls(nil, dest)
	}
	if d.tally.add(counted); cause != pbx.CauseNone {
		d.c.SetCause(cause)
	}
	d.c.Core().Log().Info().Ctx(d.c.Trace().Context()).Msgf("Unable to create channel of type '%s' (cause %d - %s)", tech, cause,
		cause.Text())
	d.c.Trace().Note("cannot dial %s: %v", dest, err)
}

// add makes the channel of a leg; by is who has forwarded the call there, nil for nobody.
func (d *dialing) add(dest, tech string, r pbx.Request, by *dialLeg) error {
	r.Caller, r.Codecs, r.Trace = d.c, d.c.Leg().Codecs(), d.c.Trace()
	leg, err := d.c.Core().Request(tech, r)
	if err != nil {
		return err
	}
	ch, err := d.c.Core().Outgoing(tech, leg, d.c)
	if err != nil {
		leg.Hangup(pbx.CauseNormal)
		return err
	}
	caller := d.c.View()
	if by == nil {
		ch.SetVar("DIALEDPEERNUMBER", r.Resource)
		if said := d.c.Redirecting(); said != nil { // who has sent him here has sent the call there
			ch.SetRedirecting(*said)
		}
	} else {
		ch.SetVar("FORWARDERNAME", by.ch.Name())
	}
	if exten, ok := d.c.Var("MACRO_EXTEN"); ok && exten != "" {
		caller.At.Exten, caller.At.Context = exten, d.c.Variable("MACRO_CONTEXT")
	}
	if d.group != "" {
		if err := ch.WriteFunction("GROUP", "", d.group); err != nil {
			d.c.Warn("OUTBOUND_GROUP: " + err.Error())
		}
	}
	absent := ch.Dialled(caller, by != nil, "")
	if d.opt.Has('o') {
		ch.SetCallerID(d.original())
		absent = true
	}
	if d.opt.Has('f') {
		ch.SetConnected(d.shown(by != nil))
	}
	d.legs = append(d.legs, &dialLeg{caller: d.c, ch: ch, dest: r.Resource, absent: absent})
	return nil
}
