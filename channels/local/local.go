// Package local is the Local channel technology: Local/exten@context is a
// call into the dialplan. Its two halves, ;1 and ;2, are joined in memory.
package local

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"obelisk/media"
	"obelisk/pbx"
)

// Tech makes Local channels.
type Tech struct {
	core  *pbx.Core
	media *media.Engine
	next  atomic.Uint32

	mu   sync.Mutex
	busy map[string]int // channels of exten@context
}

// New makes the technology.
func New(core *pbx.Core, m *media.Engine) *Tech {
	return &Tech{core: core, media: m, busy: map[string]int{}}
}

// Name implements pbx.Tech.
func (t *Tech) Name() string { return "Local" }

// Request implements pbx.Tech: exten@context, with options after a slash: n keeps the
// channel in the call although both sides could be bridged without it.
func (t *Tech) Request(r pbx.Request) (pbx.Leg, error) {
	dest, options, _ := strings.Cut(r.Resource, "/")
	exten, context, ok := strings.Cut(dest, "@")
	if !ok || context == "" {
		context = "default"
	}
	a, b := t.media.Pipe(r.Near())
	p := &pair{t: t, exten: exten, context: context, request: r, codecs: r.Codecs,
		name: fmt.Sprintf("Local/%s@%s-%08x", exten, context, t.next.Add(1)-1)}
	p.stays.Store(strings.Contains(options, "n"))
	p.one, p.two = &half{p: p, stream: a, suffix: ";1"}, &half{p: p, stream: b, suffix: ";2"}
	return p.one, nil
}

// DeviceState implements pbx.DeviceTeller: of an extension that is there, whether channels
// lead to it. As in Asterisk those count only where the device is written without options.
func (t *Tech) DeviceState(device string) pbx.DeviceState {
	dest, _, _ := strings.Cut(device, "/")
	exten, context, ok := strings.Cut(dest, "@")
	if !ok || !t.core.Plan().Exists(context, exten, pbx.QueryFor(nil)) {
		return pbx.DeviceInvalid
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy[device] > 0 {
		return pbx.DeviceInUse
	}
	return pbx.DeviceNotInUse
}

// count notes a channel more or less to exten@context.
func (t *Tech) count(device string, more int) {
	t.mu.Lock()
	if t.busy[device] += more; t.busy[device] <= 0 {
		delete(t.busy, device)
	}
	t.mu.Unlock()
	t.core.DeviceChanged("Local/" + device)
}

// pair is one Local channel.
type pair struct {
	t              *Tech
	name           string
	exten, context string
	request        pbx.Request
	stays          atomic.Bool // option n
	one, two       *half
	answered       atomic.Bool

	mu     sync.Mutex // guards all below, and the halves' fields
	codecs []media.Codec
	ended  bool
	begun  bool  // ;2 is in the dialplan
	err    error // why there is no ;2
	// diverted is who has sent the call on from behind ;2
	diverted pbx.Redirecting
	// counted says that its extension is in use by it
	counted bool
}

// half is one side. ;1 belongs to whoever dialled, ;2 runs the dialplan.
type half struct {
	p      *pair
	stream *media.Stream
	suffix string
	ch     *pbx.Channel
	far    pbx.CallerID // who is behind the other half
}

func (h *half) other() *half {
	if h == h.p.one {
		return h.p.two
	}
	return h.p.one
}

// tell posts an event to a half's channel.
func (h *half) tell(e pbx.Event) {
	h.p.mu.Lock()
	ch := h.ch
	h.p.mu.Unlock()
	if ch != nil {
		ch.Post(e)
	}
}

// ChannelName gives both halves one number.
func (h *half) ChannelName() string { return h.p.name + h.suffix }

// WantedID is the unique id that ;2 is to have; "" for any.
func (h *half) WantedID() string {
	if h == h.p.two {
		return h.p.request.OtherID
	}
	return ""
}

// Resource implements pbx.Leg.
func (h *half) Resource() string { return h.p.exten + "@" + h.p.context }

// Bind implements pbx.Leg. A half ends with the other one, also where that was first.
func (h *half) Bind(c *pbx.Channel) {
	h.p.mu.Lock()
	first := h == h.p.one && h.ch == nil && !h.p.ended
	h.p.counted = h.p.counted || first
	h.ch = c
	ended := h.p.ended
	h.p.mu.Unlock()
	if ended {
		c.SoftHangup(pbx.CauseNormal)
	}
	if first {
		h.p.t.count(h.Resource(), 1)
		h.p.arrive()
	}
}

// arrive makes the channel of ;2, which waits for ;1 to be called.
func (p *pair) arrive() {
	_, err := p.t.core.Arrive(pbx.NewCall{Tech: "Local", Leg: p.two, Context: p.context, Exten: p.exten, Trace: p.request.Trace,
		Parent: p.one.ch})
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
}

// Rebind implements pbx.Leg.
func (h *half) Rebind(c *pbx.Channel) { h.Bind(c) }

// Stream implements pbx.Leg.
func (h *half) Stream() *media.Stream { return h.stream }

// Codecs implements pbx.Leg.
func (h *half) Codecs() []media.Codec {
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	return h.p.codecs
}

// House implements pbx.Housed.
func (h *half) House() pbx.House { return pbx.House{Context: h.p.context, Exten: h.p.exten} }

// Beyond implements pbx.Detour.
func (h *half) Beyond() *pbx.Channel {
	if h.p.stays.Load() {
		return nil
	}
	o := h.other()
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	return o.ch
}

// First implements pbx.Detour.
func (h *half) First() bool { return h == h.p.one }

// MayGo implements pbx.Kept.
func (h *half) MayGo() { h.p.stays.Store(false) }

// Pair implements pbx.Paired.
func (h *half) Pair() *pbx.Channel {
	o := h.other()
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	return o.ch
}

// Dialler implements pbx.Dialler: who dials ;1 is told what is behind ;2, else ;1 is.
func (h *half) Dialler() *pbx.Channel {
	if h == h.p.one || h.p.request.Caller != nil {
		return h.p.request.Caller
	}
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	return h.p.one.ch
}

// Identity implements pbx.Identified.
func (h *half) Identity() pbx.CallerID {
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	return h.far
}

// Connected implements pbx.ConnectedLine: it is news of who is behind this half.
func (h *half) Connected(id pbx.CallerID) {
	o := h.other()
	h.p.mu.Lock()
	known := o.far == id
	o.far = id
	h.p.mu.Unlock()
	if !known {
		o.tell(pbx.Event{Kind: pbx.EventIdentity})
	}
}

// OfferFax, AnswerFax and EndFax implement pbx.FaxCarrier: the other half asks.
func (h *half) OfferFax(attributes string) {
	h.other().tell(pbx.Event{Kind: pbx.EventFax, Text: attributes})
}

// AnswerFax implements pbx.FaxCarrier.
func (h *half) AnswerFax(attributes string) {
	h.other().tell(pbx.Event{Kind: pbx.EventFaxAnswer, Text: attributes})
}

// EndFax implements pbx.FaxCarrier.
func (h *half) EndFax() { h.other().tell(pbx.Event{Kind: pbx.EventFaxOver}) }

// Restrict implements pbx.Leg: what the far half can take becomes what this
// one offers.
func (h *half) Restrict(to []media.Codec) {
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	if len(to) > 0 {
		h.p.codecs = to
	}
}

// Unready implements pbx.Unready: there may be no such extension.
func (h *half) Unready(caller pbx.CallerID) error {
	p := h.p
	q := pbx.QueryFor(p.request.Caller)
	q.CallerID = caller.Num
	if h == p.one && !p.t.core.Plan().Exists(p.context, p.exten, q) {
		if two := h.Pair(); two != nil && p.two.Pair() != nil {
			one := p.two.Pair()
			for _, name := range [...]string{"DIALEDPEERNUMBER", "FORWARDERNAME"} {
				if value, ok := one.Var(name); ok {
					two.SetVar(name, value)
				}
			}
			p.reached(two, one)
			two.SetCallerID(caller)
			two.SetConnected(one.View().CallerID)
		}
		return &pbx.RequestError{Why: fmt.Sprintf("No such extension/context %s@%s while calling Local channel", p.exten, p.context)}
	}
	return nil
}

// reached gives ;2 what it knows of a call that does not come about: whose it is, and who has sent it here.
func (p *pair) reached(two, one *pbx.Channel) {
	if r := one.Redirecting(); r != nil {
		two.SetRedirecting(*r)
	}
	if c := p.request.Caller; c != nil {
		if ani, ok := c.Fact("ani.num"); ok {
			two.SetFact("ani.num", ani)
		}
	}
}

// Call implements pbx.Leg: ;2 enters the dialplan, once. A half ;2 that has taken the place of a
// phone is nobody to be called.
func (h *half) Call(info pbx.CallInfo) {
	p := h.p
	p.mu.Lock()
	one, two, err := h.ch, p.two.ch, p.err
	begins := h == p.one && err == nil && !p.ended && !p.begun
	p.begun = p.begun || begins
	p.mu.Unlock()
	switch {
	case err != nil:
		h.tell(pbx.Event{Kind: pbx.EventCongestion, Cause: pbx.CauseCongestion})
	case begins:
		two.Called(one, info, p.context, p.exten, !p.stays.Load())
	}
}

// Indicate implements pbx.Leg.
func (h *half) Indicate(i pbx.Indication) {
	switch i {
	case pbx.IndicateProceeding:
		h.other().tell(pbx.Event{Kind: pbx.EventProceeding})
	case pbx.IndicateRinging:
		h.other().tell(pbx.Event{Kind: pbx.EventRinging})
	case pbx.IndicateProgress:
		h.other().tell(pbx.Event{Kind: pbx.EventProgress})
	case pbx.IndicateBusy:
		h.finish(pbx.Event{Kind: pbx.EventBusy})
	case pbx.IndicateCongestion, pbx.IndicateIncomplete:
		h.finish(pbx.Event{Kind: pbx.EventCongestion})
	}
}

// Answer implements pbx.Leg.
func (h *half) Answer() {
	h.p.answered.Store(true)
	h.other().tell(pbx.Event{Kind: pbx.EventAnswered})
}

// Hangup implements pbx.Leg.
func (h *half) Hangup(cause pbx.Cause) {
	if h == h.p.two {
		h.tellStatus()
	}
	if h == h.p.one && h.p.request.Caller != nil && !h.p.answered.Load() && cause != pbx.CauseAnsweredElsewhere && cause != pbx.CauseNormal {
		cause = pbx.CauseNone // who has waited for too long says nothing
	}
	h.finish(pbx.Event{Kind: pbx.EventHungUp, Cause: cause})
}

// tellStatus lets ;1 know what became of the last Dial behind it, and with what cause ;2 ends.
func (h *half) tellStatus() {
	h.p.mu.Lock()
	one, two, over := h.p.one.ch, h.ch, h.p.ended
	h.p.mu.Unlock()
	if one == nil || two == nil || over {
		return
	}
	if status, ok := two.Var("DIALSTATUS"); ok {
		one.SetCause(two.View().Cause)
		one.SetVar("CHANLOCALSTATUS", status)
	}
}

// finish ends both halves, once.
func (h *half) finish(e pbx.Event) {
	h.p.mu.Lock()
	again, counted := h.p.ended, h.p.counted
	h.p.ended = true
	idle := h.p.two.ch
	if h.p.begun {
		idle = nil
	}
	h.p.mu.Unlock()
	if again {
		return
	}
	if idle != nil { // ;1 was never called
		idle.End(pbx.CauseNone)
	}
	if counted {
		h.p.t.count(h.Resource(), -1)
	}
	h.other().tell(e)
	if e.Kind != pbx.EventHungUp {
		h.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: e.Cause})
	}
	h.p.one.stream.Close()
	h.p.two.stream.Close()
}
