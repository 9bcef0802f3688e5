// Package unicast is the channel technology UnicastRTP: audio as RTP to and from a program at an address,
// without signalling. UnicastRTP/host:port[/c(codec)] is answered at once.
package unicast

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// Tech makes the channels.
type Tech struct {
	media *media.Engine
	next  atomic.Uint64
}

// New makes the technology.
func New(m *media.Engine) *Tech { return &Tech{media: m} }

// Name implements pbx.Tech.
func (t *Tech) Name() string { return "UnicastRTP" }

// lookupPatience is how long the name of a host may be looked up.
const lookupPatience = 2 * time.Second

// Request implements pbx.Tech.
func (t *Tech) Request(r pbx.Request) (pbx.Leg, error) {
	at, options, _ := strings.Cut(r.Resource, "/")
	remote, err := resolve(at)
	if err != nil {
		return nil, &pbx.RequestError{Cause: pbx.CauseNoRoute, Why: err.Error()}
	}
	codec := media.ULaw
	if len(r.Codecs) > 0 {
		codec = r.Codecs[0]
	}
	if name, ok := option(options, 'c'); ok {
		if codec, ok = media.CodecByName(name); !ok {
			return nil, &pbx.RequestError{Cause: pbx.CauseNotImplemented, Why: "there is no codec '" + name + "'"}
		}
	}
	local, err := localFor(remote)
	if err != nil {
		return nil, &pbx.RequestError{Cause: pbx.CauseNoRoute, Why: err.Error()}
	}
	s, err := t.media.Open(local, r.Near())
	if err != nil {
		return nil, &pbx.RequestError{Cause: pbx.CauseCongestion, Why: err.Error()}
	}
	info := codec.Info()
	s.Negotiate(media.Params{Remote: remote, Host: remote.Addr(), Symmetric: true,
		Formats: []media.Format{{Codec: codec, Recv: info.Payload, Send: info.Payload}}})
	return &leg{name: fmt.Sprintf("UnicastRTP/%s-0x%x", at, t.next.Add(1)), at: at, stream: s, codec: codec}, nil
}

// resolve reads host:port.
func resolve(at string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddrPort(at); err == nil && a.Port() > 0 {
		return a, nil
	}
	host, text, err := net.SplitHostPort(at)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("'%s' is not host:port", at)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return netip.AddrPort{}, fmt.Errorf("'%s' is not a port", text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupPatience)
	defer cancel()
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if len(list) == 0 {
		return netip.AddrPort{}, fmt.Errorf("'%s' has no address", host)
	}
	return netip.AddrPortFrom(list[0].Unmap(), uint16(port)), nil
}

// localFor is the address of ours from which packets to an address go.
func localFor(remote netip.AddrPort) (netip.Addr, error) {
	c, err := net.Dial("udp", remote.String())
	if err != nil {
		return netip.Addr{}, err
	}
	defer c.Close()
	a, err := netip.ParseAddrPort(c.LocalAddr().String())
	return a.Addr().WithZone(""), err
}

// option is the argument of an option: c(ulaw).
func option(text string, letter byte) (string, bool) {
	at := strings.Index(text, string(letter)+"(")
	if at < 0 {
		return "", false
	}
	value, _, ok := strings.Cut(text[at+2:], ")")
	return value, ok
}

// leg implements pbx.Leg.
type leg struct {
	name, at string
	stream   *media.Stream
	codec    media.Codec
	ch       atomic.Pointer[pbx.Channel]
	over     atomic.Bool
}

func (l *leg) ChannelName() string     { return l.name }
func (l *leg) Resource() string        { return l.at }
func (l *leg) Bind(c *pbx.Channel)     { l.ch.Store(c) }
func (l *leg) Indicate(pbx.Indication) {}
func (l *leg) Answer()                 {}
func (l *leg) Stream() *media.Stream   { return l.stream }
func (l *leg) Codecs() []media.Codec   { return []media.Codec{l.codec} }
func (l *leg) Restrict([]media.Codec)  {}

// Rebind implements pbx.Leg.
func (l *leg) Rebind(c *pbx.Channel) {
	if l.Bind(c); l.over.Load() {
		c.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	}
}

// House implements pbx.Housed: a program reads from these where to send.
func (l *leg) House() pbx.House {
	a := l.stream.Local()
	return pbx.House{Context: "default", Exten: "s", Vars: [][2]string{{"UNICASTRTP_LOCAL_ADDRESS", a.Addr().String()},
		{"UNICASTRTP_LOCAL_PORT", strconv.Itoa(int(a.Port()))}}}
}

// Call implements pbx.Leg: nobody has to answer.
func (l *leg) Call(pbx.CallInfo) {
	if c := l.ch.Load(); c != nil {
		c.Post(pbx.Event{Kind: pbx.EventAnswered})
	}
}

// Hangup implements pbx.Leg.
func (l *leg) Hangup(pbx.Cause) {
	if !l.over.Swap(true) {
		l.stream.Close()
	}
}
