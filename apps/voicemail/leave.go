package voicemail

import (
	"errors"
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/dialplan"
)

// leaving is how a message is left: the options of VoiceMail.
type leaving struct {
	silent, silentIfGreeting bool
	busy, unavailable        bool
	urgent, priority         bool
	early                    bool   // answer before the beep only
	dtmf                     bool   // other keys lead into the dialplan,
	exitContext              string // of this context
	gain                     int    // dB
	beep                     string // "": none
}

const leaveOptions = "bdegsStuUP"

// parseLeaving reads the options; the text says what is wrong with them.
func parseLeaving(text string) (l leaving, problem string) {
	o := dialplan.ParseOptions(text, leaveOptions)
	if len(o.Problems) > 0 {
		problem = o.Problems[0]
	}
	l = leaving{silent: o.Has('s'), silentIfGreeting: o.Has('S'), busy: o.Has('b'), unavailable: o.Has('u'), urgent: o.Has('U'),
		priority: o.Has('P'), early: o.Has('e'), dtmf: o.Has('d'), exitContext: o.Arg('d'), beep: "beep"}
	if o.Has('t') {
		l.beep = o.Arg('t')
	}
	if o.Has('g') {
		if problem == "" {
			problem = within(&l.gain, o.Arg('g'), -127, 127)
		}
	}
	return l, problem
}

// flag is what the message is marked with.
func (l leaving) flag() string {
	switch {
	case l.urgent:
		return flagUrgent
	case l.priority:
		return "PRIORITY"
	}
	return ""
}

const flagUrgent = "Urgent"

// exit is where a key leads out of a greeting.
type exit struct {
	operator, assistant bool
	macro               bool // extension o is that of the context that called the macro
	assistantMacro      bool
	keys                string
}

// exits finds the keys that lead out of the greeting of a mailbox.
func exits(c call, b *Box, l leaving) (e exit) {
	at := c.place()
	find := func(exten string) (found, macro bool) {
		switch {
		case b.ExitContext != "":
			return c.exists(b.ExitContext, exten), false
		case c.exists(at.context, exten):
			return true, false
		}
		found = at.macro != "" && c.exists(at.macro, exten)
		return found, found
	}
	e.keys = "#"
	if b.Operator {
		if e.operator, e.macro = find("o"); e.operator {
			e.keys += "0"
		}
	}
	if e.assistant, e.assistantMacro = find("a"); e.assistant {
		e.keys += "*"
	}
	if l.dtmf {
		context := l.exitContext
		if context == "" {
			context = at.context
		}
		for _, k := range []byte(anyKey) {
			if strings.IndexByte(e.keys, k) < 0 && c.begins(context, k) {
				e.keys += string(k)
			}
		}
	}
	return e
}

// left is how leaving a message has ended.
type left struct {
	status  string // VMSTATUS
	pressed key    // leads into the dialplan
	over    bool   // the call is over
	timeout bool   // nobody has answered the questions
}

// leave takes a message for the first of boxes, which the others get too: box[@context]&...
// VMSTATUS says how that has ended.
func (d *desk) leave(c call, boxes string, l leaving) left {
	out := d.leaveFor(c, boxes, l)
	if out.status != "" {
		c.setVar("VMSTATUS", out.status)
	}
	return out
}

func (d *desk) leaveFor(c call, boxes string, l leaving) left {
	first, others, _ := strings.Cut(boxes, "&")
	s := d.settings()
	b := d.named(s, first)
	if b == nil {
		box, _, _ := strings.Cut(first, "@")
		c.warn("No entry in voicemail config file for '" + box + "'")
		return left{status: "FAILED"}
	}
	if b.MaxMessages == 0 {
		l.silent = true
	}
	if err := d.store.Make(b.Ref, spool.Inbox); err != nil {
		c.warn("voicemail: " + err.Error())
		return left{status: "FAILED", over: true}
	}
	e := exits(c, b, l)
	k := d.greet(c, s, b, e, &l)
	switch {
	case k == gone:
		return left{status: "FAILED", over: true}
	case k == '*':
		d.goAside(c, b, "a", e.assistantMacro)
		return left{status: "USEREXIT"}
	case k == '0' && b.Operator:
		return d.operator(c, b, e)
	case k != none && l.dtmf:
		if l.exitContext != "" {
			c.goTo(l.exitContext, "")
		}
		return left{status: "USEREXIT", pressed: k}
	case b.MaxMessages == 0:
		return left{status: "SUCCESS"}
	}
	return d.take(c, s, b, others, l, e)
}

// goAside goes to extension a or o.
func (d *desk) goAside(c call, b *Box, exten string, macro bool) {
	context := c.place().context
	if b.ExitContext != "" {
		context = b.ExitContext
	} else if macro {
		context = c.place().macro
	}
	c.goTo(context, exten)
}

// operator goes to extension o. Without one VMSTATUS stays as it is, as in Asterisk.
func (d *desk) operator(c call, b *Box, e exit) left {
	if e.operator {
		c.play(anyKey, "transfer")
		d.goAside(c, b, "o", e.macro)
		return left{status: "USEREXIT"}
	}
	return left{}
}

// greet plays the greeting and what to do, and returns the key that led out of it; none after #,
// which leads to the beep.
func (d *desk) greet(c call, s *Settings, b *Box, e exit, l *leaving) key {
	var greeting string
	switch {
	case d.store.HasGreeting(b.Ref, spool.Temporary):
		greeting = spool.Temporary
	case l.busy:
		greeting = spool.Busy
	case l.unavailable:
		greeting = spool.Unavailable
	}
	k := none
	switch {
	case greeting == "":
	case d.store.HasGreeting(b.Ref, greeting):
		l.silent = l.silent || l.silentIfGreeting
		k = c.play(e.keys, d.store.Greeting(b.Ref, greeting))
	default:
		k = c.play(e.keys, d.spoken(c, b, l.busy)...)
	}
	if k == '#' {
		l.silent, k = true, none
	}
	if k == none && !l.silent {
		if k = c.play(e.keys, "vm-intro"); k == '#' {
			k = none
		}
	}
	return k
}

// spoken is the greeting of who has recorded none: the name where there is one, else the number.
func (d *desk) spoken(c call, b *Box, busy bool) (names []string) {
	if d.store.HasGreeting(b.Ref, spool.Name) {
		names = []string{d.store.Greeting(b.Ref, spool.Name)}
	} else {
		names = append([]string{"vm-theperson"}, c.voice().Digits(b.Box)...)
	}
	if busy {
		return append(names, "vm-isonphone")
	}
	return append(names, "vm-isunavail")
}

// take records the message.
func (d *desk) take(c call, s *Settings, b *Box, others string, l leaving, e exit) left {
	if !c.up() {
		c.answer()
	}
	if !d.store.Room(b.Ref, b.MaxMessages) {
		c.play("", "vm-mailboxfull")
		c.warn("No more messages possible")
		return left{status: "FAILED", over: c.gone()}
	}
	draft, err := d.store.Begin(b.Ref, d.header(c, b))
	if err != nil {
		c.play("", "vm-mailboxfull")
		c.warn("Unable to create message file: " + err.Error())
		return left{status: "FAILED", over: c.gone()}
	}
	if l.beep != "" {
		c.play("", l.beep)
	}
	r := review{call: c, desk: d, settings: s, box: b, path: draft.Path(), message: true, flag: l.flag(), gain: l.gain}
	r.most = atMost(b.MaxSecs)
	ended := r.run()
	out := left{status: "SUCCESS", timeout: ended == reviewTimeout, over: c.gone()}
	switch {
	case r.got.err != nil && !c.gone():
		draft.Abandon()
		c.play("", "vm-mailboxfull")
		out.status = "FAILED"
	case r.got.sound < seconds(b.MinSecs):
		c.verbose("Recording was %d seconds long but needs to be at least %d - abandoning", int(r.got.sound/time.Second), b.MinSecs)
		draft.Abandon()
		out.status = "FAILED"
	case !d.deliver(c, draft, b, others, r):
		out.status = "FAILED"
	}
	if ended == reviewOperator {
		return d.operator(c, b, e)
	}
	return out
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// atMost is how long a recording of so many whole seconds at most may become; 0: no limit.
// Asterisk counts seconds of the clock that have begun, and ends up to one later: here it is
// always the middle.
func atMost(n int) time.Duration {
	if n == 0 {
		return 0
	}
	return seconds(n) + 500*time.Millisecond
}

// header is what is known of a message before it is recorded.
func (d *desk) header(c call, b *Box) spool.Header {
	at, id := c.place(), c.caller()
	return spool.Header{Box: b.Box, Context: at.context, MacroContext: at.macro, Exten: at.exten, Priority: at.priority, RDNIS: c.rdnis(),
		Channel: c.name(), CallerID: callerText(id), Category: c.variable("VM_CATEGORY"), ID: d.store.NewID(), At: d.now()}
}

// deliver makes the recording a message of the box and of the others, and tells of it. False:
// it could not be kept, which is told.
func (d *desk) deliver(c call, draft *spool.Draft, b *Box, others string, r review) bool {
	folder := spool.Inbox
	if r.flag == flagUrgent {
		folder = spool.Urgent
	}
	m, err := draft.Commit(folder, r.flag, r.got.length)
	if errors.Is(err, spool.ErrSilent) {
		return true // the caller has deleted it
	}
	if err != nil {
		d.log.Error().Msgf("voicemail: the message for %s is lost: %v", b, err)
		d.lost.Add(1)
		return false
	}
	d.kept.Add(1)
	c.setVar("VM_MESSAGEFILE", m.Path)
	s := d.settings()
	for _, name := range strings.Split(others, "&") {
		other := d.named(s, name)
		if other == nil {
			continue
		}
		copied, err := d.store.Copy(m, other.Ref, folder, other.MaxMessages, spool.Copied{})
		if err != nil {
			d.log.Warn().Msgf("voicemail: the copy for %s is lost: %v", other, err)
			continue
		}
		d.arrived(other, folder, copied, c)
	}
	d.arrived(b, folder, m, c)
	return true
}
