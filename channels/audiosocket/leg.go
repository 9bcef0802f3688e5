package audiosocket

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"

	"obelisk/media"
	"obelisk/pbx"
)

// Tech makes the channels.
type Tech struct{ media func() *media.Engine }

// Name implements pbx.Tech.
func (t *Tech) Name() string { return "AudioSocket" }

// Request implements pbx.Tech.
func (t *Tech) Request(r pbx.Request) (pbx.Leg, error) {
	fail := func(cause pbx.Cause, format string, args ...any) (pbx.Leg, error) {
		return nil, &pbx.RequestError{Cause: cause, Why: "AudioSocket: " + fmt.Sprintf(format, args...)}
	}
	parts := append(strings.SplitN(r.Resource, "/", 3), "", "")
	if _, _, err := net.SplitHostPort(parts[0]); err != nil {
		return fail(pbx.CauseNoRoute, "'%s' is not host:port", parts[0])
	}
	id, err := ParseUUID(parts[1])
	if err != nil {
		return fail(pbx.CauseNoRoute, "%v", err)
	}
	rate, ok := readRate(parts[2])
	if !ok {
		return fail(pbx.CauseNotImplemented, "the options '%s' name no rate", parts[2])
	}
	if t.media == nil || t.media() == nil {
		return fail(pbx.CauseCongestion, "there is no media")
	}
	l := &leg{name: fmt.Sprintf("AudioSocket/%s-%s", parts[0], parts[1])}
	l.near, l.far = t.media().Pipe(r.Near())
	l.session = newSession(parts[0], id, rate, l.near.Press)
	return l, nil
}

// readRate reads c(slin16); other codecs are converted into signed linear at 8 kHz.
func readRate(text string) (rate int, ok bool) {
	if text == "" {
		return 0, true
	}
	name, ok := strings.CutPrefix(text, "c(")
	name, _, closed := strings.Cut(name, ")")
	rate, known := rateNamed(name)
	return rate, ok && closed && (known || len(media.CodecsNamed(name)) > 0)
}

// leg implements pbx.Leg.
type leg struct {
	*session
	name      string
	near, far *media.Stream
	ch        atomic.Pointer[pbx.Channel]
}

func (l *leg) ChannelName() string     { return l.name }
func (l *leg) Resource() string        { return l.at }
func (l *leg) Bind(c *pbx.Channel)     { l.ch.Store(c) }
func (l *leg) House() pbx.House        { return pbx.House{Context: "default", Exten: "s"} }
func (l *leg) Indicate(pbx.Indication) {}
func (l *leg) Answer()                 {}
func (l *leg) Stream() *media.Stream   { return l.near }
func (l *leg) Codecs() []media.Codec   { return nil }
func (l *leg) Restrict([]media.Codec)  {}

// Rebind implements pbx.Leg.
func (l *leg) Rebind(c *pbx.Channel) {
	l.Bind(c)
	select {
	case <-l.gone:
		c.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	default:
	}
}

func (l *leg) post(e pbx.Event) {
	if c := l.ch.Load(); c != nil {
		c.Post(e)
	}
}

// Call implements pbx.Leg: it connects, beside the call.
func (l *leg) Call(pbx.CallInfo) { go l.run() }

// run is the connection.
func (l *leg) run() {
	conn, err := l.dial()
	if err != nil {
		l.warn(err)
		l.end()
		l.post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNetwork})
		return
	}
	l.far.OnDigit(l.key)
	tap := l.far.Overhear(media.In, l.hear)
	voice := l.far.Start(l.queue, media.Play{})
	l.post(pbx.Event{Kind: pbx.EventAnswered})
	err = l.serve(conn)
	tap.Stop()
	voice.Stop()
	cause := pbx.CauseNormal
	if err != nil {
		l.warn(err)
		cause = pbx.CauseNetwork
	}
	l.post(pbx.Event{Kind: pbx.EventHungUp, Cause: cause})
}

func (l *leg) warn(err error) {
	if c := l.ch.Load(); c != nil {
		c.Warn("AudioSocket: " + err.Error())
	}
}

// Hangup implements pbx.Leg.
func (l *leg) Hangup(pbx.Cause) {
	l.end()
	l.near.Close()
	l.far.Close()
}
