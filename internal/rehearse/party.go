package rehearse

import (
	"sync"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// technology stands in for one whose channels a dialplan dials: its parties do what the
// test says.
type technology struct {
	name  string
	stage *stage
}

func (t technology) Name() string { return t.name }

// DeviceState implements pbx.DeviceTeller.
func (t technology) DeviceState(resource string) pbx.DeviceState {
	if s, ok := t.stage.c.Devices[t.name+"/"+resource]; ok {
		return s
	}
	return pbx.DeviceNotInUse
}

// Request implements pbx.Tech. Who is not mentioned rings and never answers.
func (t technology) Request(r pbx.Request) (pbx.Leg, error) {
	p := party{acts: []act{{kind: pbx.EventRinging}}}
	for _, known := range t.stage.c.Parties {
		if known.dial.MatchString(t.name + "/" + r.Resource) {
			p = known
			break
		}
	}
	if p.refuse != pbx.CauseNone {
		return nil, &pbx.RequestError{Cause: p.refuse, Why: "the test says that it is unavailable"}
	}
	l := t.stage.leg(r.Resource, p, r.Near())
	l.dialler = r.Caller
	return l, nil
}

// leg is one party of a rehearsed call.
type leg struct {
	stage    *stage
	resource string
	party    party
	dialler  *pbx.Channel // nil: nobody
	stream   *media.Stream
	far      *media.Stream // the party's own end of it
	gone     chan struct{}
	once     sync.Once

	mu sync.Mutex // guards ch
	ch *pbx.Channel
}

func (s *stage) leg(resource string, p party, near *media.Stream) *leg {
	a, b := s.media.Pipe(near)
	return &leg{stage: s, resource: resource, party: p, stream: a, far: b, gone: make(chan struct{})}
}

func (l *leg) Resource() string          { return l.resource }
func (l *leg) Stream() *media.Stream     { return l.stream }
func (l *leg) Codecs() []media.Codec     { return []media.Codec{media.ULaw, media.ALaw} }
func (l *leg) Restrict([]media.Codec)    {}
func (l *leg) Rebind(c *pbx.Channel)     { l.Bind(c) }
func (l *leg) Indicate(i pbx.Indication) { l.indicated(i) }
func (l *leg) Dialler() *pbx.Channel     { return l.dialler }
func (l *leg) Answer()                   { l.stage.note(func() { l.stage.answered = true }) }

// Bind implements pbx.Leg.
func (l *leg) Bind(c *pbx.Channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ch = c
}

func (l *leg) post(e pbx.Event) {
	l.mu.Lock()
	ch := l.ch
	l.mu.Unlock()
	if ch != nil {
		ch.Post(e)
	}
}

// indicated ends a caller who is told that his call fails, as a phone does.
func (l *leg) indicated(i pbx.Indication) {
	switch i {
	case pbx.IndicateBusy:
		l.post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseBusy})
	case pbx.IndicateCongestion, pbx.IndicateIncomplete:
		l.post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseCongestion})
	}
}

// Call implements pbx.Leg: the party begins to act.
func (l *leg) Call(pbx.CallInfo) { go l.act() }

func (l *leg) act() {
	begun := time.Now()
	answered := false
	for _, a := range l.party.acts {
		if !l.wait(a.after - time.Since(begun)) {
			return
		}
		if !answered {
			l.heard(a)
		}
		answered = answered || a.kind == pbx.EventAnswered
		if a.kind != pbx.EventDigit {
			l.post(pbx.Event{Kind: a.kind, Cause: a.cause, Text: a.text})
			continue
		}
		for _, key := range []byte(a.keys) {
			l.stream.Press(key) // as from the far end: whoever is bridged gets it too
			if !l.wait(200 * time.Millisecond) {
				return
			}
		}
	}
}

// heard lets HANGUPCAUSE know what the party answers to the call: the cause, in no technology's
// words.
func (l *leg) heard(a act) {
	n := pbx.LegCause{Cause: a.cause}
	switch a.kind {
	case pbx.EventRinging, pbx.EventProgress, pbx.EventAnswered:
		n.Cause = pbx.CauseNormal
	case pbx.EventBusy, pbx.EventCongestion, pbx.EventHungUp:
	default:
		return
	}
	l.mu.Lock()
	ch := l.ch
	l.mu.Unlock()
	if ch != nil {
		n.Channel = ch.Name()
		ch.Heard(n, false)
	}
}

// wait is false when the leg is gone.
func (l *leg) wait(d time.Duration) bool {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-l.gone:
		return false
	case <-t.C:
		return true
	}
}

// Hangup implements pbx.Leg.
func (l *leg) Hangup(pbx.Cause) {
	l.once.Do(func() {
		close(l.gone)
		l.stream.Close()
		l.far.Close()
	})
}
