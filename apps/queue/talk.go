package queue

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// talk is a caller and the member who has answered.
type talk struct {
	c      *caller
	x      *member
	peer   *pbx.Channel
	start  int64 // Unix seconds
	since  time.Time
	soon   bool   // it was answered within the service level
	callID string // the caller's unique id, as they came together
	over   bool   // its end is written; Module.mu guards this and all below
	keyed  bool   // the member has ended it by a key

	parties        map[string]bool // unique ids of the two, and of who has had their places since
	shown, shownID string          // the member's channel
}

// connect brings the caller together with who has answered.
func (c *caller) connect(r *round) verdict {
	a := r.peer
	k := &talk{c: c, x: a.m, peer: a.ch, callID: c.ch.UniqueID(), shown: a.ch.Name(), shownID: a.ch.UniqueID(),
		parties: map[string]bool{c.ch.UniqueID(): true, a.ch.UniqueID(): true}}
	c.m.mu.Lock()
	waited := int(c.waited())
	if q := c.q; q.completed+q.abandoned == 0 {
		q.holdTime = waited
	} else {
		q.holdTime = (3*q.holdTime + waited) >> 2
	}
	k.soon = int64(waited) <= c.q.s.serviceLevel
	k.x.soon = k.soon
	c.m.mu.Unlock()
	r.drop(a)
	k.peer.SetCause(pbx.CauseNormal)
	k.peer.MarkAnswered()
	if v := k.prepared(r.s); v != bridged {
		return v
	}
	c.hush()
	if file := r.s.sound("queue-callerannounce"); file != "" {
		c.m.say(c.ch, file)
	}
	k.vars()
	k.record(r.s)
	c.leave()
	k.programs(r.s)
	ring := max(r.took.Milliseconds()/1000, 0)
	c.log(k.x.name, "CONNECT", c.waited(), k.peer.UniqueID(), ring)
	duration(c.ch, "QUEUEWAIT", c.waited()*1000)
	c.tellPair("AgentConnect", k.peer, f("Queue", c.q.name), f("Interface", k.x.face), f("MemberName", k.x.name), f("HoldTime", c.waited()),
		f("RingTime", ring))
	c.m.mu.Lock()
	k.start, k.since = now(), time.Now()
	k.x.start = k.start
	c.calling = false
	c.m.mu.Unlock()
	c.m.follow(k)
	mayCaller, mayMember := c.ch.MayOf(c.o.opt.Has)
	c.seat = c.ch.Pair(k.peer, pbx.Member{May: mayCaller, After: k.parted}, pbx.Member{May: mayMember, After: k.goesOn(), Leaves: k.leaves})
	return bridged
}

// prepared is what stands between the answer and the caller: memberdelay, announce,
// reportholdtime, to the end even of a caller who hangs up. bridged: the two may talk; on: the
// member is gone, and the caller waits again.
func (k *talk) prepared(s *settings) verdict {
	c := k.c
	announce := s.announce
	if c.o.announce != "" {
		announce = c.o.announce
	}
	if announce != "" || s.reportHold || s.memberDelay > 0 {
		done := k.peer.Lend(func() { k.brief(s, announce) })
		c.ch.Await(pbx.Wait{Also: done})
		<-done
	}
	v := on
	switch {
	case k.peer.Gone():
		c.ch.Warn("Agent on " + k.peer.Name() + " hungup on the customer.")
		c.log(k.x.name, "AGENTDUMP", "")
		c.tellPair("AgentDump", k.peer, f("Queue", c.q.name), f("Interface", k.x.face), f("MemberName", k.x.name))
	case c.ch.Gone():
		pos, opos := c.places()
		c.log(k.x.name, "ABANDON", pos, opos, c.waited())
		c.abandon()
		c.abandoned = true
		v = hungUp
	default:
		return bridged
	}
	c.m.mu.Lock()
	c.calling = false
	c.m.mu.Unlock()
	c.release(k.x)
	k.peer.End(pbx.CauseNormal)
	return v
}

// brief tells the member what there is to know, on his own goroutine.
func (k *talk) brief(s *settings, announce string) {
	p, m := k.peer, k.c.m
	if s.memberDelay > 0 && !p.Sleep(time.Duration(s.memberDelay)*time.Second) {
		return
	}
	m.say(p, prompt.Files(announce)...)
	if !s.reportHold || p.Gone() || m.say(p, s.sound("queue-reporthold")) != 0 {
		return
	}
	minutes, seconds := k.c.waited()/60, k.c.waited()%60
	if minutes > 0 {
		m.say(p, append(m.number(p, minutes), s.sound("queue-minutes"))...)
	}
	if seconds > 1 {
		m.say(p, append(m.number(p, seconds), s.sound("queue-seconds"))...)
	}
}

// vars sets the variables that the queue is to set, on both channels.
func (k *talk) vars() {
	c := k.c
	var list [][2]string
	c.m.mu.Lock()
	x, s := k.x, c.q.s
	if s.setInterfaceVar {
		list = append(list, [2]string{"MEMBERINTERFACE", x.face}, [2]string{"MEMBERNAME", x.name}, [2]string{"MEMBERCALLS", written(x.calls)},
			[2]string{"MEMBERLASTCALL", epoch(x.lastCall)}, [2]string{"MEMBERPENALTY", written(x.penalty)},
			[2]string{"MEMBERDYNAMIC", bit(x.dynamic)},
			[2]string{"MEMBERREALTIME", bit(x.stored)})
	}
	if s.setEntryVar {
		list = append(list, [2]string{"QEHOLDTIME", written(c.waited())}, [2]string{"QEORIGINALPOS", written(c.opos)})
	}
	c.m.mu.Unlock()
	for _, v := range list {
		c.ch.SetVar(v[0], v[1])
		k.peer.SetVar(v[0], v[1])
	}
	c.queueVars(c.ch)
	c.queueVars(k.peer)
}

// record begins the recording that monitor-format asks for.
func (k *talk) record(s *settings) {
	if s.monitorFormat == "" || !s.mixMonitor {
		return
	}
	ch := k.c.ch
	name, set := ch.Var("MONITOR_FILENAME")
	if !set {
		name = ch.UniqueID()
	}
	args := name + "." + s.monitorFormat + ",b" + ch.Variable("MONITOR_OPTIONS")
	if run := ch.Variable("MONITOR_EXEC"); run != "" {
		args += "," + strings.ReplaceAll(run, "^{", "${")
	}
	if app := ch.Core().App("MixMonitor"); app != nil {
		app.Exec(ch, args)
	} else {
		ch.Warn("Unable to start mixmonitor. Is the MixMonitor app loaded?")
	}
}

// programs runs the macro and the subroutine on the member's channel, and the AGI on the caller's.
func (k *talk) programs(s *settings) {
	c := k.c
	macro, gosub := c.o.macro, c.o.gosub
	if macro == "" {
		macro = s.macro
	}
	if gosub == "" {
		gosub = s.gosub
	}
	if macro != "" {
		c.beside(k.peer, func() { k.peer.RunAppAside("Macro", strings.ReplaceAll(macro, "^", ",")) })
	}
	if gosub != "" {
		context, args, more := strings.Cut(gosub, ",")
		if text := context + ",s,1"; more {
			c.sub(k.peer, text+"("+args+")")
		} else {
			c.sub(k.peer, text)
		}
	}
	if c.o.agi != "" && !c.ch.Gone() {
		if c.m.core.App("AGI") == nil {
			c.ch.Warn("Asked to execute an AGI on this channel, but could not find application (agi)!")
		} else {
			c.ch.RunAppAside("AGI", c.o.agi)
		}
	}
}

// parted goes on with the caller when he is not with anybody any more.
func (k *talk) parted(_ *pbx.Channel, left pbx.Left) dialplan.Result {
	c := k.c
	if k.peer.View().Gone && len(k.peer.HangupHandlers()) > 0 { // they come first
		c.ch.Until(k.peer.Ended())
	}
	c.m.mu.Lock()
	keyed := k.keyed
	c.m.mu.Unlock()
	if left.By == c.ch || left.Cause == 0 || keyed { // a member who ends it by a key has not hung up
		k.ended("caller", "COMPLETECALLER")
	} else {
		k.ended("agent", "COMPLETEAGENT")
	}
	c.queueVars(c.ch)
	duration(c.ch, "ANSWEREDTIME", time.Since(k.since).Milliseconds())
	duration(c.ch, "DIALEDTIME", time.Since(c.ch.Created()).Milliseconds())
	switch left.Why {
	case pbx.Sent: // the dialplan goes on elsewhere
		return dialplan.Continue
	case pbx.Gave, pbx.Replaced: // his part is done
		c.ch.SetCause(pbx.CauseNormal)
		return dialplan.End
	}
	if !c.o.opt.Has('c') {
		c.done(noReason)
		return dialplan.End
	}
	if !c.ch.Gone() {
		c.ch.Stay()
	}
	return c.done(goesOn)
}

// leaves is told, on the strand, that the member is about to leave.
func (k *talk) leaves(_ *pbx.Channel, left pbx.Left) {
	k.c.m.mu.Lock()
	defer k.c.m.mu.Unlock()
	k.keyed = left.Why == pbx.Kicked
}

// goesOn has the member go on in the dialplan when the caller hangs up (F); nil: he is hung up too.
func (k *talk) goesOn() pbx.After {
	c := k.c
	if !c.o.opt.Has('F') {
		return nil
	}
	to := c.ch.Machine().At()
	to.Priority++
	if text := c.o.opt.Arg('F'); text != "" {
		var err error
		if to, err = c.ch.Machine().Target(strings.ReplaceAll(text, "^", ","), c.ch.Query()); err != nil {
			c.ch.Warn("Queue option F: " + err.Error())
			return nil
		}
	}
	return pbx.GoesOn(to, c.ch)
}

// ended writes the end of the talk, once.
func (k *talk) ended(why, event string, before ...any) {
	if k.finish() {
		k.tell(why, event, before...)
	}
}

// finish says whether the end is still to be written, which who asks does.
func (k *talk) finish() (first bool) {
	m := k.c.m
	m.mu.Lock()
	defer m.mu.Unlock()
	first, k.over = !k.over, true
	return first
}

func (k *talk) tell(why, event string, before ...any) {
	c, m := k.c, k.c.m
	hold, talked := k.start-c.start, now()-k.start
	_, opos := c.places()
	data := []string{}
	for _, d := range append(before, hold, talked, opos) {
		data = append(data, written(d))
	}
	m.core.QueueLog(k.callID, c.q.name, k.x.name, event, data...)
	c.tellPair("AgentComplete", k.member(), f("Queue", c.q.name), f("Interface", k.x.face), f("MemberName", k.x.name), f("HoldTime", hold),
		f("TalkTime", talked),
		f("Reason", why))
	m.with(func(t *told) {
		x := k.x
		if again := c.q.member(x.face); again != nil { // a reload has made him anew
			x = again
		}
		m.completed(x, k.soon, k.start)
		x.q.lamp(t, now())
	})
	m.unfollow(k)
}
