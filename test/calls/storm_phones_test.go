package calls

import (
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// loosePhones is a technology of phones without a protocol: each rings, answers or not, and
// hangs up in its own time. "busy" in a resource is one that never takes a call.
type loosePhones struct {
	core  *pbx.Core
	media *media.Engine

	mu sync.Mutex // guards r
	r  *rand.Rand
}

func (*loosePhones) Name() string { return "Phone" }

// within is a random time.
func (t *loosePhones) within(most time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Duration(t.r.Int64N(int64(most)))
}

func (t *loosePhones) leg(resource string, near *media.Stream) *loosePhone {
	a, b := t.media.Pipe(near)
	return &loosePhone{t: t, resource: resource, stream: a, far: b}
}

func (t *loosePhones) Request(r pbx.Request) (pbx.Leg, error) {
	return t.leg(r.Resource, r.Near()), nil
}

// call has a phone call an extension.
func (t *loosePhones) call(context, exten string) {
	l := t.leg("caller", nil)
	if _, err := t.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: l, Context: context, Exten: exten, CallerID: pbx.CallerID{Num: "7"},
		Trace: t.core.Book().Open()}); err == nil {
		l.in(20*time.Second, pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	}
}

// loosePhone is one of them in a call.
type loosePhone struct {
	t           *loosePhones
	resource    string
	stream, far *media.Stream

	mu    sync.Mutex // guards all below
	ch    *pbx.Channel
	ended bool // by one side or the other
}

// in has the phone tell its channel something within a time, unless the call is over then.
func (l *loosePhone) in(most time.Duration, e pbx.Event) {
	time.AfterFunc(l.t.within(most), func() {
		l.mu.Lock()
		ch, over := l.ch, l.ended
		l.ended = l.ended || e.Kind == pbx.EventHungUp || e.Kind == pbx.EventBusy
		l.mu.Unlock()
		if !over {
			ch.Post(e)
		}
	})
}

func (l *loosePhone) Resource() string { return l.resource }

func (l *loosePhone) Bind(c *pbx.Channel) {
	l.mu.Lock()
	l.ch = c
	over := l.ended
	l.mu.Unlock()
	if over {
		c.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	}
}

func (l *loosePhone) Rebind(c *pbx.Channel) { l.Bind(c) }

func (l *loosePhone) Call(pbx.CallInfo) {
	if strings.Contains(l.resource, "busy") {
		l.in(time.Second, pbx.Event{Kind: pbx.EventBusy, Cause: pbx.CauseBusy})
		return
	}
	l.in(time.Second, pbx.Event{Kind: pbx.EventRinging})
	l.in(5*time.Second, pbx.Event{Kind: pbx.EventAnswered})
	l.in(20*time.Second, pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
}

func (l *loosePhone) Hangup(pbx.Cause) {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.stream.Close()
	l.far.Close()
}

func (l *loosePhone) Stream() *media.Stream { return l.stream }
func (*loosePhone) Indicate(pbx.Indication) {}
func (*loosePhone) Answer()                 {}
func (*loosePhone) Codecs() []media.Codec   { return nil }
func (*loosePhone) Restrict([]media.Codec)  {}
