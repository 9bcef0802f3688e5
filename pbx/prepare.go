package pbx

import (
	"errors"
	"time"
)

// A channel that does something before it is called, and while it is: a program has made it, may put
// it into a bridge, and has it called when it likes.

// later is what becomes of its call.
type later struct {
	resource string
	caller   *Channel    // whose call it is; nil: the switchboard's
	timer    *time.Timer // for the answer; nil: it waits as long as it takes
	over     bool        // it was answered, or was not
}

// ErrCalled is a channel that was called already, or is none that Prepare has made.
var ErrCalled = errors.New("the channel is none that waits to be called")

// Prepare makes the channel of a call that is begun later (BeginCall). Its application (App, Data)
// runs at once. Timeout, Early, Then, At and Bridge have no meaning.
func (c *Core) Prepare(o Originate) (*Channel, error) {
	switch {
	case c.Refusing():
		return nil, ErrStopping
	case c.taken(o.ID) || c.taken(o.OtherID):
		return nil, errTaken
	}
	if o.ID != "" && o.OtherID == "" {
		o.OtherID = o.ID + ";2"
	}
	w := &originating{core: c, o: o, later: true}
	if err := w.make(o.Tech, o.Resource); err != nil {
		return nil, err
	}
	ch := w.ch
	ch.only = &single{o.App, o.Data}
	at := ch.View().At
	if at.Exten == "" {
		at.Exten = "s"
	}
	ch.Enter(at)
	return ch, nil
}

// BeginCall calls the far end of a channel that Prepare has made, for a caller (nil: the switchboard)
// and with a limit for its answer, 0 for none. It is for the channel's worker.
func (c *Channel) BeginCall(caller *Channel, limit time.Duration) error {
	l := c.later
	if l == nil || l.over || l.resource == "" {
		return ErrCalled
	}
	info := CallInfo{Dialled: l.resource, MaxForwards: c.MaxForwards()}
	if caller != nil {
		info.CallerID, info.ANI = caller.View().CallerID, caller.ANI()
		c.SetConnected(info.CallerID)
		c.SetLinkedID(caller.View().LinkedID)
	}
	if err := Callable(c, info.CallerID); err != nil {
		return err
	}
	resource := l.resource
	l.caller, l.resource = caller, ""
	c.leg.Call(info)
	TellDialBegin(caller, c, resource)
	c.trace.Note("%s is called", c.Name())
	if limit > 0 {
		l.timer = time.AfterFunc(limit, func() { c.unanswered() })
	}
	return nil
}

// unanswered ends a channel whose far end does not answer in time.
func (c *Channel) unanswered() {
	if c.View().State == StateUp {
		return
	}
	c.TellSoftHangup(32)
	c.hangup(CauseNoAnswer, true)
}

// dialling takes in what the far end of such a channel tells.
func (c *Channel) dialling(e Event) {
	l := c.later
	if l == nil || l.over {
		return
	}
	switch e.Kind {
	case EventRinging:
		c.Rings(e)
		TellDialState(l.caller, c, "RINGING")
	case EventProgress:
		TellDialState(l.caller, c, "PROGRESS")
	case EventProceeding:
		TellDialState(l.caller, c, "PROCEEDING")
	case EventAnswered:
		l.end()
		c.MarkAnswered()
		TellDialEnd(l.caller, c, "ANSWER", "")
	case EventBusy, EventCongestion:
		l.end()
		status, cause := "BUSY", CauseBusy
		if e.Kind == EventCongestion {
			status, cause = "CONGESTION", CauseCongestion
		}
		if e.Cause != CauseNone {
			cause = e.Cause
		}
		TellDialEnd(l.caller, c, status, "")
		c.hangup(cause, false)
	}
}

func (l *later) end() {
	if l.over = true; l.timer != nil {
		l.timer.Stop()
	}
}

// Waits says whether Prepare has made the channel and it was not called yet.
func (c *Channel) Waits() bool { return c.later != nil && c.View().State == StateDown }
