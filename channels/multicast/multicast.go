// Package multicast is the technology MulticastRTP: RTP to a group of phones that listen to one
// address, for paging. Nothing is called and nothing comes back.
//
//	MulticastRTP/basic/239.1.1.1:5000
//	MulticastRTP/linksys/239.1.1.1:5000/224.168.168.168:6061
//
// both with options behind a further slash: c(codec), i(address of the interface), l(0 or 1: whether
// this host hears it), t(hops).
package multicast

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// Tech makes channels to groups.
type Tech struct{ media *media.Engine }

// New makes the technology.
func New(m *media.Engine) *Tech { return &Tech{m} }

// Name implements pbx.Tech.
func (t *Tech) Name() string { return "MulticastRTP" }

// target is what a dial string says.
type target struct {
	linksys bool
	group   netip.AddrPort // where RTP goes
	control netip.AddrPort // of Linksys phones
	codec   media.Codec    // NoCodec: what the caller has
	bind    netip.Addr     // of the interface; the zero value: any
	hops    int            // 0: as the system has it
	loop    bool
}

// ParseError is a dial string that cannot be used.
type ParseError struct{ Text, Why string }

func (e *ParseError) Error() string { return "MulticastRTP/" + e.Text + ": " + e.Why }

// parse reads what follows "MulticastRTP/".
func parse(text string) (t target, err error) {
	bad := func(format string, args ...any) (target, error) {
		return target{}, &ParseError{text, fmt.Sprintf(format, args...)}
	}
	f := append(strings.SplitN(text, "/", 4), "", "", "", "")
	t.loop = true
	switch strings.ToLower(f[0]) {
	case "basic":
	case "linksys":
		t.linksys = true
	default:
		return bad("there is no type '%s': it is basic or linksys", f[0])
	}
	if t.group, err = netip.ParseAddrPort(f[1]); err != nil || t.group.Port() == 0 {
		return bad("'%s' is no address with a port", f[1])
	}
	control, options := f[2], f[3]
	if t.linksys {
		if t.control, err = netip.ParseAddrPort(control); err != nil || t.control.Port() == 0 || !t.control.Addr().Unmap().Is4() ||
			!t.group.Addr().Unmap().Is4() {
			return bad("linksys takes an IPv4 group and control address, each with a port")
		}
	} else if control != "" {
		return bad("basic takes no control address; options stand behind a second slash: basic/%s//%s", f[1], control)
	}
	for options != "" {
		letter := options[0]
		value, rest, ok := strings.Cut(options[1:], ")")
		if !ok || !strings.HasPrefix(value, "(") {
			return bad("option '%c' takes a value in brackets", letter)
		}
		if why := t.option(letter, value[1:]); why != "" {
			return bad("%s", why)
		}
		options = rest
	}
	return t, nil
}

// option takes one; it says what is wrong with it, "" for nothing.
func (t *target) option(letter byte, value string) (why string) {
	var err error
	switch letter {
	case 'c':
		c, known := media.CodecByName(value)
		if i := c.Info(); !known || !i.Audio() || !i.Static || !c.Convertible() {
			return "'" + value + "' is no codec that phones know by its number: ulaw, alaw, g722, gsm"
		}
		t.codec = c
	case 'i':
		if t.bind, err = netip.ParseAddr(value); err != nil {
			return "'" + value + "' is no address of an interface"
		}
	case 'l':
		t.loop = value != "0"
	case 't':
		if t.hops, err = strconv.Atoi(value); err != nil || t.hops < 1 || t.hops > 255 {
			return "'" + value + "' is no number of hops, 1 to 255"
		}
	default:
		return "there is no option '" + string(letter) + "'"
	}
	return ""
}

// Request implements pbx.Tech.
func (t *Tech) Request(r pbx.Request) (pbx.Leg, error) {
	to, err := parse(r.Resource)
	if err != nil {
		return nil, &pbx.RequestError{Cause: pbx.CauseInvalidNumber, Why: err.Error()}
	}
	if to.codec == media.NoCodec {
		to.codec = media.ULaw
		for _, c := range r.Codecs {
			if i := c.Info(); i.Audio() && i.Static && c.Convertible() && c != media.ComfortNoise {
				to.codec = c
				break
			}
		}
	}
	bind := to.bind
	if !bind.IsValid() {
		bind = netip.IPv4Unspecified()
		if to.group.Addr().Is6() && !to.group.Addr().Is4In6() {
			bind = netip.IPv6Unspecified()
		}
	}
	stream, err := t.media.Open(bind, r.Near())
	if err != nil {
		return nil, &pbx.RequestError{Cause: pbx.CauseCongestion, Why: err.Error()}
	}
	return &leg{to: to, stream: stream}, nil
}

// leg is the channel to a group. It implements pbx.Leg.
type leg struct {
	to     target
	stream *media.Stream

	mu    sync.Mutex // guards all below
	ch    *pbx.Channel
	begun bool
	ended bool
}

// Call implements pbx.Leg: there is nobody who would have to answer.
func (l *leg) Call(pbx.CallInfo) {
	p := l.to.codec.Info().Payload
	l.stream.Negotiate(media.Params{Remote: l.to.group, Formats: []media.Format{{Codec: l.to.codec, Recv: p, Send: p}},
		Multicast: &media.Multicast{Hops: l.to.hops, Loop: l.to.loop}})
	l.mu.Lock()
	l.begun = true
	ch := l.ch
	l.mu.Unlock()
	if l.to.linksys {
		l.control(linksysStart)
	}
	if ch != nil {
		ch.Post(pbx.Event{Kind: pbx.EventAnswered})
	}
}

// control tells Linksys phones that a page begins or ends.
func (l *leg) control(command uint32) {
	if err := tellPhones(l.to, command, time.Now()); err != nil {
		l.mu.Lock()
		ch := l.ch
		l.mu.Unlock()
		if ch != nil {
			ch.Trace().Note("MulticastRTP: the phones are not told: %v", err)
		}
	}
}

// Hangup implements pbx.Leg.
func (l *leg) Hangup(pbx.Cause) {
	l.mu.Lock()
	tells := l.to.linksys && l.begun && !l.ended
	again := l.ended
	l.ended = true
	l.mu.Unlock()
	if tells {
		l.control(linksysStop)
	}
	if !again {
		l.stream.Close()
	}
}

// Bind implements pbx.Leg.
func (l *leg) Bind(c *pbx.Channel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ch = c
}

// The rest implements pbx.Leg.
func (l *leg) Resource() string        { return l.to.group.String() }
func (l *leg) Rebind(c *pbx.Channel)   { l.Bind(c) }
func (l *leg) Indicate(pbx.Indication) {}
func (l *leg) Answer()                 {}
func (l *leg) Stream() *media.Stream   { return l.stream }
func (l *leg) Codecs() []media.Codec   { return []media.Codec{l.to.codec} }
func (l *leg) Restrict([]media.Codec)  {}
