package pbx

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx/event"
)

// Originate is a call that the switchboard begins: its far end is called first, and what
// it reaches comes once it has answered.
type Originate struct {
	Tech, Resource string
	Timeout        time.Duration // for the answer; 0: 30 s, negative: as long as it takes
	CallerID       CallerID      // shown to the far end, and the call's afterwards
	AccountCode    string
	Language       string
	Vars           [][2]string
	Codecs         []media.Codec       // best first; nil: anything
	Early          bool                // early media is enough of an answer, for a place of the dialplan only
	Progress       func(*Channel)      // told of early media, on the goroutine that waits; nil: nobody is
	Before         func(*Channel) bool // runs on the channel before it is called; false: it ended the call. Nil for nothing
	ID, OtherID    string              // unique ids of the channel and of the other half of a Local one; "": any
	Then           func(*Channel) bool // runs on it once it is answered, likewise
	LinkedID       string              // of the call that it belongs to; "": its own
	Quiet          bool                // the extension "failed" does not run
	Bare           bool                // no application stands for it while it is called, and in its record; that it is called is not told
	By             *Channel            // whose dialplan begins it, and whose hops it has; nil: nobody's
	Party          bool                // it is called for By, as one that he dials: with his variables, in his call
	Firm           bool                // it is not followed to where the far end sends it on

	App, Data string            // what the far end reaches: an application,
	At        dialplan.Location // or else a place of the dialplan (without a priority: the one behind its own place),
	Bridge    *Bridge           // or a bridge, of which it is a member like any who was dialled,
	Member    Member            // and how it sits there
}

// NoTimeout is a Timeout of as long as it takes.
const NoTimeout time.Duration = -1

// OriginateReason is what became of an Originate, as REASON and AMI's Reason tell it.
type OriginateReason int

// Reasons, of Asterisk's frames.
const (
	OriginateFailed     OriginateReason = 0
	OriginateHungUp     OriginateReason = 1
	OriginateNoAnswer   OriginateReason = 3
	OriginateAnswered   OriginateReason = 4
	OriginateBusy       OriginateReason = 5
	OriginateCongestion OriginateReason = 8
)

// Originated is the result.
type Originated struct {
	Reason  OriginateReason
	Channel *Channel // that answered, nil otherwise
	Err     error    // why there was no call at all
}

// Technology says whether a kind of channels is there.
func (c *Core) Technology(name string) bool {
	name, _ = c.Meant(name, "")
	return c.tech(name) != nil
}

// originating is one Originate at work, on the goroutine that asked for it.
type originating struct {
	core *Core
	o    Originate
	ch   *Channel
	next []string // further targets of a forward
	// later: its application runs before it is called (Prepare)
	later bool
}

// Originate calls the far end, waits for its answer and starts what it then reaches. A
// call to an extension that nobody took runs the extension "failed" of its context.
func (c *Core) Originate(o Originate) Originated {
	begun, err := c.BeginOriginate(o)
	if err != nil {
		return Originated{Err: err}
	}
	return begun()
}

// BeginOriginate calls the far end; wait does the rest. The error is that of a call that
// cannot be made.
func (c *Core) BeginOriginate(o Originate) (wait func() Originated, err error) {
	if c.Refusing() && o.Tech != NodeTech {
		return nil, ErrStopping
	}
	if o.By != nil && !o.By.MayDial(0) {
		return nil, ErrHops
	}
	if c.taken(o.ID) || c.taken(o.OtherID) {
		return nil, errTaken
	}
	if o.ID != "" {
		o.OtherID = cmp.Or(o.OtherID, o.ID+";2")
	}
	w := &originating{core: c, o: o}
	if err := w.request(o.Tech, o.Resource); err != nil {
		c.originateFailed(o, OriginateFailed)
		return nil, err
	}
	return w.wait, nil
}

var errTaken = errors.New("another channel has that unique id")

// taken says whether a channel has a unique id.
func (c *Core) taken(id string) bool {
	return id != "" && slices.ContainsFunc(c.Channels(), func(ch *Channel) bool { return ch.UniqueID() == id })
}

// assume gives a channel that nobody knows yet the unique id that was asked for.
func (c *Channel) assume(id string) {
	if id != "" {
		c.ident.Store(&identity{c.Name(), id})
		c.linkedID = id
	}
}

// House is where a leg is at home: a call that begins with it is at that place of the
// dialplan, and has its account and language.
type House struct {
	Context, Exten, AccountCode, Language string
	AMAFlags                              string // "" for DOCUMENTATION
	Vars                                  [][2]string
}

// Housed is a leg that knows.
type Housed interface{ House() House }

func houseOf(leg Leg) (h House) {
	if l, ok := leg.(Housed); ok {
		h = l.House()
	}
	return h
}

func (w *originating) request(tech, resource string) error {
	if err := w.make(tech, resource); err != nil {
		return err
	}
	ch := w.ch
	if err := Callable(ch, w.o.CallerID); err != nil {
		ch.Warn(err.Error())
		ch.End(CauseNone)
		return err
	}
	ch.leg.Call(CallInfo{CallerID: w.o.CallerID, Dialled: resource, MaxForwards: ch.MaxForwards()})
	if !w.o.Bare {
		TellDialBegin(nil, ch, resource)
	}
	ch.trace.Note("%s is called", ch.Name())
	return nil
}

// make makes the channel, which is not called yet.
func (w *originating) make(tech, resource string) error {
	var t *trace.Call
	if w.o.Party {
		t = w.o.By.trace
	} else {
		t = w.core.cfg.Book.Open()
	}
	leg, err := w.core.Request(tech, Request{Resource: resource, Codecs: w.o.Codecs, Trace: t, OtherID: w.o.OtherID})
	if err != nil {
		t.Verdict("The call to %s/%s could not begin: %v.", tech, resource, err)
		return err
	}
	shown := "AppDial2"
	if w.later || w.o.Bare {
		shown = ""
	}
	ch, err := w.core.outgoing(tech, leg, t, shown, func(ch *Channel) {
		ch.originated = w.o.Bridge == nil // into a bridge it is called by who sits there
		if w.later {
			ch.later = &later{resource: resource}
		}
		ch.assume(w.o.ID)
		ch.linkedID = cmp.Or(w.o.LinkedID, ch.linkedID)
		ch.language = cmp.Or(w.o.Language, ch.language)
		ch.plan = w.core.Plan()
		if by := cmp.Or(w.ch, w.o.By); by != nil {
			ch.hopsAfter(by)
		}
		if w.o.Party {
			ch.partyOf(w.o.By)
		}
		ch.entrust()
	})
	if err != nil {
		leg.Hangup(CauseNormal)
		return err
	}
	if w.o.Party {
		ch.Dialled(w.o.By.View(), w.ch != nil, "")
		ch.SetVar("DIALEDPEERNUMBER", resource)
	} else if shown != "" {
		ch.tellStep("AppDial2", event.OutgoingLine)
	}
	for _, v := range w.o.Vars {
		if err := ch.Assign(v[0], v[1]); err != nil {
			ch.Warn(err.Error())
		}
	}
	if w.ch != nil { // who has sent the call there
		ch.SetVar("FORWARDERNAME", w.ch.Name())
	}
	if w.o.AccountCode != "" {
		ch.SetAccountCode(w.o.AccountCode)
		ch.SetPeerAccount(w.o.AccountCode) // whoever it will be with, too
	}
	if !w.o.Party && (w.o.CallerID.Num != "" || w.o.CallerID.Name != "") {
		if !w.o.Bare || w.o.Bridge == nil { // of whom somebody asks aside nothing is known before he answers
			ch.SetCallerID(w.o.CallerID)
			ch.locked(func() { ch.ani = w.o.CallerID.Num })
		}
		ch.SetConnected(w.o.CallerID)
	}
	ch.recordStep()
	w.ch = ch
	if w.o.Before != nil && !w.o.Before(ch) {
		ch.End(CauseNormal)
		return errors.New("the subroutine before the call ended it")
	}
	return nil
}

// partyOf has a channel that nobody has seen yet be one that another one dials.
func (c *Channel) partyOf(by *Channel) {
	at := by.View()
	c.linkedID, c.language = at.LinkedID, at.Language
	c.SetMusicClass(at.MusicClass)
	by.mu.Lock()
	by.vars.InheritTo(&c.vars)
	by.mu.Unlock()
}

// wait is for the answer.
func (w *originating) wait() Originated {
	wait := Wait{Kinds: AnyKind}
	until := time.Now().Add(cmp.Or(w.o.Timeout, 30*time.Second))
	for {
		if w.o.Timeout >= 0 {
			wait.For = max(time.Until(until), 1)
		}
		e, why := w.ch.Await(wait)
		if why == TimedOut {
			w.end(CauseNoAnswer, "NOANSWER")
			return w.failed(OriginateNoAnswer)
		}
		if reason, over := w.event(e); over && reason == OriginateAnswered {
			return w.answered()
		} else if over {
			return w.failed(reason)
		}
	}
}

// event takes what the leg tells; over when that settles it.
func (w *originating) event(e Event) (reason OriginateReason, over bool) {
	ch := w.ch
	switch e.Kind {
	case EventAnswered:
		return OriginateAnswered, true
	case EventRinging:
		ch.Rings(e)
		TellDialState(nil, ch, "RINGING")
	case EventProceeding:
		TellDialState(nil, ch, "PROCEEDING")
	case EventProgress:
		TellDialState(nil, ch, "PROGRESS")
		if w.o.Progress != nil {
			w.o.Progress(ch)
		}
		return OriginateAnswered, w.o.Early && w.o.App == ""
	case EventIdentity:
		if _, half := ch.leg.(Paired); half || w.o.CallerID.Num == "" {
			ch.Identify()
		}
	case EventBusy:
		w.end(e.Cause, "BUSY")
		return OriginateBusy, !w.followNext()
	case EventCongestion:
		w.end(e.Cause, "CONGESTION")
		return OriginateCongestion, !w.followNext()
	case EventHungUp:
		w.end(e.Cause, e.Cause.DialStatus())
		return OriginateFailed, !w.followNext()
	case EventForward:
		if w.o.Firm {
			w.end(CauseNormal, "CANCEL")
			return OriginateFailed, true
		}
		return OriginateFailed, !w.forward(ForwardTargets(e.Text))
	default:
		ch.Handle(e)
	}
	return OriginateFailed, false
}

// forward follows a 3xx to the first of its targets that can be called; false when none
// can. Those behind it are for when it fails.
func (w *originating) forward(targets []string) bool {
	w.end(CauseNormal, "CANCEL")
	return w.follow(targets)
}

func (w *originating) followNext() bool { return !w.ch.Loops() && w.follow(w.next) }

func (w *originating) follow(targets []string) bool {
	for i, target := range targets {
		tech, resource, ok := strings.Cut(target, "/")
		if ok && w.ch.MayDial(0) && w.request(tech, resource) == nil {
			w.next = targets[i+1:]
			return true
		}
	}
	return false
}

// end closes the channel of a call that was not taken.
// Differs: of what nobody takes in time Asterisk tells no DialEnd; here each DialBegin has one.
func (w *originating) end(cause Cause, status string) {
	w.ch.Gone()
	TellDialEnd(nil, w.ch, status, "")
	if cause != CauseNone {
		w.ch.SetCause(cause)
	}
	w.ch.trace.Verdict("%s was called and did not answer (cause %d, %s).", w.ch.Name(), cause, cause.Text())
	w.ch.End(cause)
}

// answered starts what the far end reaches.
func (w *originating) answered() Originated {
	ch := w.ch
	ch.MarkAnswered()
	TellDialEnd(nil, ch, "ANSWER", "")
	if w.o.Then != nil && !w.o.Then(ch) {
		ch.End(CauseNormal)
		return Originated{Reason: OriginateHungUp, Err: errors.New("the call ended before it reached anything")}
	}
	if w.o.Bridge != nil {
		if !ch.Seat(w.o.Bridge, w.o.Member) {
			ch.End(CauseNormal)
			return Originated{Reason: OriginateHungUp, Err: ErrNoPlace}
		}
		return Originated{Reason: OriginateAnswered, Channel: ch}
	}
	if w.o.App != "" {
		ch.only = &single{w.o.App, w.o.Data} // which is no call yet, as in Asterisk
		ch.Show(4, "pbx.c", "Launching %s(%s) on %s", w.o.App, w.o.Data, ch.Name())
		ch.Enter(ch.View().At)
	} else {
		w.core.countCall(ch)
		ch.Enter(w.goal())
	}
	return Originated{Reason: OriginateAnswered, Channel: ch}
}

// goal is where the far end goes. Asterisk has who names no priority go on behind the place at which
// the channel is already, of which it replaces what is named.
func (w *originating) goal() dialplan.Location {
	to, own := w.o.At, w.ch.View().At
	if to.Priority != 0 {
		return to
	}
	return dialplan.Location{Context: cmp.Or(to.Context, own.Context), Exten: cmp.Or(to.Exten, own.Exten), Priority: own.Priority + 1}
}

func (w *originating) failed(reason OriginateReason) Originated {
	w.core.originateFailed(w.o, reason)
	return Originated{Reason: reason, Err: errors.New("the call was not answered")}
}

// originateFailed runs "failed", on a channel of no phone.
func (c *Core) originateFailed(o Originate, reason OriginateReason) {
	if o.App != "" || o.Bridge != nil || o.Quiet || !c.Plan().Exists(o.At.Context, "failed", QueryFor(nil)) {
		return
	}
	leg := &phantomLeg{name: "OutgoingSpoolFailed", resource: "OutgoingSpoolFailed", done: func() {}}
	vars := append([][2]string{{"REASON", strconv.Itoa(int(reason))}}, o.Vars...)
	c.Incoming(NewCall{Tech: "OutgoingSpoolFailed", Leg: leg, Context: o.At.Context, Exten: "failed", CallerID: o.CallerID,
		AccountCode: o.AccountCode, Vars: vars, Trace: c.cfg.Book.Open(leg.name)})
}
