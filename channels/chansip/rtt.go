package chansip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/media"
	"obelisk/pbx"
)

// Real-time text (textsupport, T.140 by RFC 4103) is text of the call like that of a MESSAGE: what
// is typed goes to the other party by whatever way that one has, to ReceiveText,
// and what is sent to the party goes out as it is typed. allow= has t140, red (redundancy, RFC 2198)
// or both.

// conversation is the real-time text of a leg, owned by its shard but for typed.
type conversation struct {
	stream *media.Stream
	crypto *crypto
	dir    sdp.Direction
	far    *sdp.Media // of the far side
	// formats are what is in use, or was offered; none: the section is refused.
	formats []media.Format
	typed   typed
	pause   sipstack.Timer
	pausing bool // nobody is told until pause fires
}

// typed is what the far side has typed and nobody was told of.
type typed struct {
	mu   sync.Mutex
	text strings.Builder
	lost bool // more came than anybody types
}

const (
	// typedPause is how often others are told of what is typed: a fast typist's keys are told
	// together.
	typedPause = 100 * time.Millisecond
	// typedMost bounds what is kept in such a time.
	typedMost = 4 << 10
)

// textOf returns the first usable section of real-time text and its place, -1 without.
func textOf(s *sdp.Session) (*sdp.Media, int) {
	for i := range s.Media {
		if m := &s.Media[i]; m.Kind == "text" && m.Usable() {
			return m, i
		}
	}
	return nil, -1
}

// textCodecs are those of an endpoint, in its order.
func textCodecs(e *sipconf.Endpoint) (out []media.Codec) {
	if !e.Text {
		return nil
	}
	for _, c := range e.Codecs {
		if c.Info().Text {
			out = append(out, c)
		}
	}
	return out
}

// jointText restricts our formats of text, in our order, to those of the far side, with its numbers.
func jointText(e *sipconf.Endpoint, m *sdp.Media) (out []media.Format) {
	for _, c := range textCodecs(e) {
		for _, f := range m.Formats {
			if k, ok := codecOf(f); ok && k == c {
				out = append(out, media.Format{Codec: c, Recv: f.Payload, Send: f.Payload})
				break
			}
		}
	}
	return out
}

// repeats is the number of the text that a section's redundancy repeats: that of its T.140, else
// what a=fmtp of the redundancy begins with, else ours.
func repeats(m *sdp.Media) uint8 {
	own := media.T140.Info().Payload
	for _, f := range m.Formats {
		switch c, ok := codecOf(f); {
		case ok && c == media.T140:
			return f.Payload
		case ok && c == media.T140Red:
			first, _, _ := strings.Cut(f.FMTP, "/")
			if n, err := strconv.ParseUint(strings.TrimSpace(first), 10, 7); err == nil {
				own = uint8(n)
			}
		}
	}
	return own
}

// openText makes the stream; nil where there are no ports.
func (l *Leg) openText(near *media.Stream) *conversation {
	c := &conversation{dir: sdp.SendRecv}
	stream, err := l.d.cfg.Media.OpenText(l.Dir.RTPAddr(l.Flow), near, l.stream, func(text string) {
		if c.typed.add(text) {
			go l.do(l.tellTyped)
		}
	})
	if err != nil {
		l.trace.Note("no real-time text: %v", err)
		return nil
	}
	c.stream = stream
	return c
}

// add keeps what was typed; true when somebody has to be told, who is not on the way yet.
func (t *typed) add(text string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := t.text.Len() == 0
	if t.text.Len()+len(text) > typedMost {
		t.lost = true
		return false
	}
	t.text.WriteString(text)
	return first
}

// take is all of it.
func (t *typed) take() (text string, lost bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text, lost = t.text.String(), t.lost
	t.text.Reset()
	t.lost = false
	return text, lost
}

// tellTyped tells the channel what was typed, and then nothing for a while.
func (l *Leg) tellTyped() {
	c := l.rtt
	if c == nil || l.state == legEnded || c.pausing {
		return
	}
	text, lost := c.typed.take()
	if text == "" {
		return
	}
	if lost {
		l.trace.Note("%s sends more text than anybody types: some is dropped", l.resource)
	}
	l.tell(pbx.Event{Kind: pbx.EventText, Text: text})
	c.pausing = true
	l.sh.After(&c.pause, typedPause, func() {
		c.pausing = false
		l.tellTyped()
	})
}

// seeText takes the text of a caller's offer, or of an offer in the call; without one that we can
// carry the call goes on without.
func (l *Leg) seeText(s *sdp.Session) {
	m, _ := textOf(s)
	if m == nil || l.rtt != nil {
		return
	}
	formats := jointText(l.Endpoint(), m)
	crypto, why := l.agree(m, nil, false)
	if len(formats) == 0 || why != "" {
		return
	}
	if l.rtt = l.openText(l.stream); l.rtt != nil {
		l.rtt.formats, l.rtt.crypto, l.rtt.dir = formats, crypto, m.Direction
		l.rtt.stream.Withhold(l.withheld)
	}
}

// proposeText prepares the text of our offer: chan_sip offers it to whoever may have it, whatever
// the caller has.
func (l *Leg) proposeText() {
	codecs := textCodecs(l.Endpoint())
	if len(codecs) == 0 {
		return
	}
	if l.rtt = l.openText(l.stream); l.rtt == nil {
		return
	}
	for _, c := range codecs {
		l.rtt.formats = append(l.rtt.formats, media.Format{Codec: c, Recv: c.Info().Payload, Send: c.Info().Payload})
	}
}

// textSection is what we write; nil without text.
func (l *Leg) textSection() *sdp.Media {
	c := l.rtt
	if c == nil || len(c.formats) == 0 || l.fax != nil {
		return nil
	}
	m := &sdp.Media{Kind: "text", Port: int(c.stream.Local().Port()), Proto: "RTP/AVP", Direction: c.dir.Answer()}
	inner := media.T140.Info().Payload
	if c.far != nil {
		m.Proto, inner = c.far.Proto, repeats(c.far)
	} else if l.remoteSDP != nil {
		if far, _ := textOf(l.remoteSDP); far != nil {
			m.Proto, inner = far.Proto, repeats(far)
		}
	}
	for _, f := range c.formats {
		i := f.Codec.Info()
		x := sdp.Format{Payload: f.Recv, Name: i.RTPName, Rate: i.Rate}
		if f.Codec == media.T140Red { // its own text and what two packets before it had (RFC 4103 section 4.2)
			x.FMTP = fmt.Sprintf("%d/%d/%d", inner, inner, inner)
		}
		m.Formats = append(m.Formats, x)
	}
	c.crypto.describe(m)
	return m
}

// takeText puts the text of a far description into effect: its offer, or its answer to ours.
func (l *Leg) takeText(s *sdp.Session, answer bool) {
	if !answer {
		l.seeText(s)
	}
	c := l.rtt
	if c == nil {
		return
	}
	m, _ := textOf(s)
	formats := []media.Format(nil)
	if m != nil {
		if formats = jointText(l.Endpoint(), m); answer {
			formats = answeredText(c.formats, m)
		}
	}
	crypto, why := (*crypto)(nil), ""
	if m != nil {
		crypto, why = l.agree(m, c.crypto, answer)
	}
	if len(formats) == 0 || why != "" {
		c.formats, c.far = nil, nil
		c.stream.Negotiate(media.Params{})
		return
	}
	c.crypto, c.formats, c.far = crypto, formats, m
	if !answer {
		c.dir = m.Direction
	}
	if m.Named() != "" {
		l.resolveMediaHost(m, func() { l.aimText(m) })
	}
	l.aimText(m)
}

// answeredText matches the far side's answer to our offer of text: what we receive carries our
// numbers, what we send the far side's.
func answeredText(offer []media.Format, m *sdp.Media) (out []media.Format) {
	for _, o := range offer {
		for _, f := range m.Formats {
			if c, ok := codecOf(f); ok && c == o.Codec {
				out = append(out, media.Format{Codec: c, Recv: o.Recv, Send: f.Payload})
				break
			}
		}
	}
	return out
}

// aimText sends the text to the section of the far side.
func (l *Leg) aimText(m *sdp.Media) {
	c := l.rtt
	x := l.expectation(m.Remote())
	x.Formats, x.MuteSend, x.RTCP, x.SRTP = slices.Clone(c.formats), m.OnHold(), l.scoped(m.RemoteRTCP()), c.crypto.protection()
	if !slices.ContainsFunc(x.Formats, func(f media.Format) bool { return f.Codec == media.T140 }) {
		n := repeats(m) // what the redundancy is of
		x.Formats = append(x.Formats, media.Format{Codec: media.T140, Recv: n, Send: n})
	}
	x.DTLS = c.crypto.handshake()
	x.RTCPMux = x.DTLS != nil && m.RTCPMux
	c.stream.Negotiate(x)
}

// types says whether text goes to the far side as it is typed.
func (l *Leg) types() bool { return l.rtt != nil && l.rtt.far != nil }
