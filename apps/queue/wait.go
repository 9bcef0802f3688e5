package queue

import (
	"math"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// order is what Queue() was asked for.
type order struct {
	name, url, announce string
	agi, macro, gosub   string
	opt                 dialplan.Options
}

// optionsKnown are the letters of Queue()'s options.
const optionsKnown = "bBcCdFhHiIkKmnrRtTwWxX"

const queueUsage = "Queue(queue[,options[,URL[,announcement[,timeout[,AGI[,macro[,gosub[,rule[,position]]]]]]]]])\n" +
	"  B  run a subroutine before: B(context^extension^priority(argument^...)); b on each channel that is about to be called\n" +
	"  c  go on in the dialplan when who has answered hangs up\n  C  those who do not get the call are told that it was answered elsewhere\n" +
	"  F  who has answered goes on when the caller hangs up: F(context^extension^priority)\n  h  who has answered may end the call by " +
	"keys; H the caller (features.conf)\n  i  do not follow forwards\n  I  do not tell the caller whom he reaches\n" +
	"  k  who has answered may park the other one by keys; K the caller\n" +
	"  m  music: m(class)\n  n  leave after one round\n  r  ringing in place of music; R while a member rings\n" +
	"  t  who has answered may transfer by keys; T the caller\n  x  who has answered may record by keys; X the caller; w and W likewise\n" +
	"  QUEUESTATUS is TIMEOUT, FULL, JOINEMPTY, LEAVEEMPTY, CONTINUE, WITHDRAW or UNKNOWN"

var resultVars = []string{"ANSWEREDTIME", "ANSWEREDTIME_MS", "DIALEDTIME", "DIALEDTIME_MS", "QUEUEWAIT", "QUEUEWAIT_MS"}

// exec is Queue().
func (m *Module) exec(ch *pbx.Channel, args string) dialplan.Result {
	for _, v := range resultVars {
		ch.SetVar(v, "")
	}
	switch {
	case args == "":
		ch.Warn("Queue requires an argument: queuename[,options[,URL[,announceoverride[,timeout[,agi[,macro[,gosub[,rule[,position]]]]]]]]]")
		return dialplan.End
	case ch.Leg().Stream() == nil:
		ch.Warn("Queue: a message is no call")
		return dialplan.Continue
	case !ch.MayDial(0):
		ch.Warn("Channel '" + ch.Name() + "' cannot enter queue. Max forwards exceeded")
		return dialplan.End
	}
	a := append(dialplan.SplitArgs(args, 10), make([]string, 10)...)
	c := &caller{m: m, ch: ch, start: now(), lastPeriodic: now()}
	c.o = order{name: a[0], url: a[2], announce: a[3], agi: a[5], macro: a[6], gosub: a[7], opt: dialplan.ParseOptions(a[1], optionsKnown)}
	ch.UnsetVar("ABANDONED")
	if a[4] != "" {
		c.expire = c.start + int64(atoi(a[4]))
	}
	c.read()
	m.refreshFor(ch, a[0])
	if why := m.join(c, a[0], max(atoi(a[9]), 0)); why != noReason {
		ch.Warn("Unable to join queue '" + a[0] + "'")
		ch.SetVar("QUEUESTATUS", string(why))
		return dialplan.Continue
	}
	c.rules = c.ruleNamed(a[8])
	if s := c.settings(); s.periodicStart >= 0 {
		c.lastPeriodic += s.periodicStart - s.periodicFrequency
	}
	c.entered()
	if c.o.opt.Has('B') && c.o.opt.Arg('B') != "" {
		c.sub(ch, c.o.opt.Arg('B'))
	}
	if class := c.o.opt.Arg('m'); class != "" {
		c.music = class
	}
	return c.stay()
}

// read takes what the caller's variables say of him.
func (c *caller) read() {
	limit := func(name, text string, set bool) int {
		n, ok := number(text)
		if !set {
			return unset
		}
		if !ok {
			c.ch.Warn("${" + name + "}: Invalid value (" + text + ")")
			return unset
		}
		return n
	}
	named := func(name string) int {
		text, set := c.ch.Var(name)
		return limit(name, text, set)
	}
	c.max, c.min = named("QUEUE_MAX_PENALTY"), named("QUEUE_MIN_PENALTY")
	text, set := c.ch.Var("QUEUE_RAISE_PENALTY")
	text, c.raiseWithin = strings.CutPrefix(text, "r")
	c.raise = limit("QUEUE_RAISE_PENALTY", text, set)
	if c.prio = named("QUEUE_PRIO"); c.prio == math.MaxInt32 {
		c.prio = 0
	}
}

// entered is ENTERQUEUE.
func (c *caller) entered() {
	c.m.mu.Lock()
	s, named, opos := c.q.s, c.m.config.LogCallerName, c.opos
	c.m.mu.Unlock()
	id := c.ch.View().CallerID
	if !s.logRestricted && id.Withheld() {
		id = pbx.CallerID{}
	}
	data := []any{c.o.url, id.Num, opos}
	if named {
		data = append(data, strings.ReplaceAll(id.Name, "|", "_"))
	}
	c.log(none, "ENTERQUEUE", data...)
}

// verdict is how a part of the wait ends.
type verdict uint8

const (
	on      verdict = iota // it goes on
	hungUp                 // the caller is gone, or sent elsewhere
	leaves                 // he leaves: why says for what, or his digits do
	bridged                // he is connected: the result is that of Into
)

// stay is the wait, until the caller is connected or leaves.
func (c *caller) stay() dialplan.Result {
	c.comfort()
	for {
		v, why := c.queue()
		if v == on {
			v, why = c.serve()
		}
		switch v {
		case on: // others go before him now
			c.comfort()
		case bridged:
			return c.seat
		default:
			return c.over(v, why)
		}
	}
}

// comfort is what he hears while he waits.
func (c *caller) comfort() {
	if c.o.opt.Has('r') {
		c.ch.Indicate(pbx.IndicateRinging)
		return
	}
	c.ch.StartMusic(c.music)
}

// hush ends it.
func (c *caller) hush() {
	c.ch.StopTone()
	c.ch.StopMusic()
}

// recheck is how often he looks whether it is his turn.
const recheck = time.Second

// queue is the wait for his turn. on: it has come, or his time is over.
func (c *caller) queue() (verdict, reason) {
	for {
		switch {
		case c.wished():
			return leaves, withdrawn
		case c.ourTurn(), c.expired():
			return on, noReason
		case c.deserted():
			c.abandon()
			c.logged("EXITEMPTY", nil)
			return leaves, leftEmpty
		}
		if v := c.announce(); v != on || c.expired() {
			return v, noReason
		}
		c.adjust(func(after int64) bool { return c.waited() >= after })
		if c.expired() {
			return on, noReason
		}
		if v := c.key(c.ch.WaitDigit(recheck)); v != on {
			return v, noReason
		}
	}
}

// announce says what there is to be said by now.
func (c *caller) announce() verdict {
	s := c.settings()
	if s.announceFrequency != 0 {
		if v := c.sayPlace(s); v != on {
			return v
		}
	}
	if c.expired() || s.periodicFrequency == 0 {
		return on
	}
	return c.sayPeriodic(s)
}

// key takes one that he has pressed, 0 for none.
func (c *caller) key(key byte) verdict {
	switch {
	case c.ch.Gone():
		return hungUp
	case key != 0 && c.exits(key):
		return leaves
	}
	return on
}

// serve rings members for him, again and again. on: it is another one's turn.
func (c *caller) serve() (verdict, reason) {
	first := c.settings().announceFirst
	for {
		if v, why := c.late(); v != on {
			return v, why
		}
		if first {
			if v := c.announce(); v != on {
				return v, noReason
			}
			if v, why := c.late(); v != on {
				return v, why
			}
		}
		c.adjust(func(after int64) bool { return c.waited() > after })
		c.m.refreshFor(c.ch, c.q.name)
		if v := c.try(); v != on {
			return v, noReason
		}
		if c.deserted() {
			c.abandon()
			c.logged("EXITEMPTY", nil)
			return leaves, leftEmpty
		}
		if c.o.opt.Has('n') && c.tries >= c.members() {
			c.logged("EXITWITHTIMEOUT", nil)
			c.abandon()
			return leaves, timedOut
		}
		if c.expired() {
			c.abandon()
			c.logged("EXITWITHTIMEOUT", nil)
			return leaves, timedOut
		}
		if v := c.key(c.ch.WaitDigit(time.Duration(c.settings().retry) * time.Second)); v != on {
			return v, noReason
		}
		if !c.ourTurn() {
			return on, noReason
		}
	}
}

// late says whether he has to leave now.
func (c *caller) late() (verdict, reason) {
	switch {
	case c.wished():
		return leaves, withdrawn
	case c.expired():
		c.abandon()
		c.logged("EXITWITHTIMEOUT", nil)
		return leaves, timedOut
	}
	return on, noReason
}

func (c *caller) members() int {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return len(c.q.members)
}

// over is the end of a wait without a talk.
func (c *caller) over(v verdict, why reason) dialplan.Result {
	c.durations()
	switch {
	case why == withdrawn:
		c.m.mu.Lock()
		info := c.why
		c.m.mu.Unlock()
		c.abandon()
		c.logged("WITHDRAW", nil, info[:min(len(info), 40)])
		if info != "" {
			c.ch.SetVar("QUEUE_WITHDRAW_INFO", info)
		}
	case c.abandoned:
		if c.o.opt.Has('c') {
			why = goesOn
		}
	case v == hungUp:
		c.abandon()
		c.logged("ABANDON", nil)
	case c.left:
		c.logged("EXITWITHKEY", []any{c.digits})
	}
	c.hush()
	return c.done(why)
}

// done is the end of all: the caller leaves the queue.
func (c *caller) done(why reason) dialplan.Result {
	c.queueVars(c.ch)
	c.leave()
	if why != noReason {
		c.ch.SetVar("QUEUESTATUS", string(why))
	}
	if c.ch.Gone() {
		return dialplan.End
	}
	return dialplan.Continue
}

// durations fills in the times that were not set by then.
func (c *caller) durations() {
	for _, d := range []struct {
		name string
		ms   int64
	}{{"QUEUEWAIT", c.waited() * 1000}, {"DIALEDTIME", time.Since(c.ch.Created()).Milliseconds()}, {"ANSWEREDTIME", 0}} {
		if c.ch.Variable(d.name) == "" {
			duration(c.ch, d.name, d.ms)
		}
	}
}

// duration sets NAME in seconds and NAME_MS.
func duration(ch *pbx.Channel, name string, ms int64) {
	ch.SetVar(name, written(ms/1000))
	ch.SetVar(name+"_MS", written(ms))
}

// sub runs a subroutine on a channel, as an option names it, with "^" for ",".
func (c *caller) sub(on *pbx.Channel, text string) {
	text = strings.ReplaceAll(text, "^", ",")
	run := func() {
		if _, err := on.RunSubTextFor(c.ch, text); err != nil {
			c.ch.Warn("Queue: '" + text + "': " + err.Error())
		}
	}
	if on == c.ch {
		run()
		return
	}
	c.beside(on, run)
}

// beside runs what may take its time on a channel that was dialled, while the caller is served;
// when he goes it ends too.
func (c *caller) beside(on *pbx.Channel, f func()) {
	done := on.Lend(f)
	if _, why := c.ch.Await(pbx.Wait{Also: done}); why != pbx.Also {
		on.SoftHangup(pbx.CauseNormal)
		<-done
	}
}
