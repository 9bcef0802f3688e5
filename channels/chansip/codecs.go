package chansip

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/printable"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/media"
	"obelisk/pbx"
)

// codecOf finds the codec of an offered format, of who is not known for another packing.
func codecOf(f sdp.Format) (media.Codec, bool) { return codecFor(new(sipconf.Endpoint), f) }

// codecFor finds the codec of an offered format.
func codecFor(e *sipconf.Endpoint, f sdp.Format) (media.Codec, bool) {
	if e.G726AAL2 && strings.EqualFold(f.Name, media.G726.Info().RTPName) {
		return media.G726AAL2, true
	}
	if f.Name == "" {
		return media.CodecByStatic(f.Payload)
	}
	return media.CodecByRTPMap(f.Name, f.Rate)
}

// audioOf returns the first usable audio section and its place.
func audioOf(s *sdp.Session) (*sdp.Media, int) {
	for i := range s.Media {
		if m := &s.Media[i]; m.Kind == "audio" && m.Usable() {
			return m, i
		}
	}
	return nil, 0
}

// jointFormats restricts our codecs, in our order, to those the far side offers. The
// payload numbers are the far side's. It is empty when no audio is shared.
func jointFormats(e *sipconf.Endpoint, m *sdp.Media) []media.Format {
	var out []media.Format
	for _, c := range e.Codecs {
		if !c.Info().Audio() {
			continue
		}
		for _, f := range m.Formats {
			if k, ok := codecFor(e, f); ok && k == c {
				out = append(out, media.Format{Codec: c, Recv: f.Payload, Send: f.Payload})
				break
			}
		}
		if e.PreferredOnly && len(out) > 0 {
			break
		}
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, telephoneEvents(e, m, out[0].Codec)...)
}

// telephoneEvents is telephone-event, when both sides want it: by the clock of the audio where it is
// offered so (RFC 4733 section 2.1), else by that of 8 kHz, which all have.
func telephoneEvents(e *sipconf.Endpoint, m *sdp.Media, audio media.Codec) (out []media.Format) {
	if e.DTMF != sipconf.DTMFRFC2833 && e.DTMF != sipconf.DTMFAuto {
		return nil
	}
	usual := media.TelephoneEvent.Info()
	for _, f := range m.Formats {
		if !strings.EqualFold(f.Name, usual.RTPName) || f.Rate != usual.Rate && f.Rate != audio.Info().Rate {
			continue
		}
		if out == nil || f.Rate == audio.Info().Rate {
			out = []media.Format{{Codec: media.TelephoneEvent, Recv: f.Payload, Send: f.Payload}}
		}
	}
	return out
}

// eventRate is the clock of a section's telephone events in that payload type.
func eventRate(m *sdp.Media, payload uint8) int {
	usual := media.TelephoneEvent.Info()
	for _, f := range m.Formats {
		if f.Payload == payload && f.Rate > 0 && strings.EqualFold(f.Name, usual.RTPName) {
			return f.Rate
		}
	}
	return usual.Rate
}

// offeredFormats lists what we offer: the caller's best codec first when the peer
// allows it, then the peer's order, all that can be carried to the caller. ownOrder is ignore_requested_pref.
func offeredFormats(e *sipconf.Endpoint, caller []media.Codec, ownOrder bool) []media.Format {
	var out []media.Format
	add := func(c media.Codec) {
		for _, f := range out {
			if f.Codec == c {
				return
			}
		}
		out = append(out, media.Format{Codec: c, Recv: c.Info().Payload, Send: c.Info().Payload})
	}
	if len(caller) > 0 && !ownOrder && slices.Contains(e.Codecs, caller[0]) {
		add(caller[0])
	}
	for _, c := range e.Codecs {
		if c.Info().Audio() && reachable(c, caller) {
			add(c)
		}
	}
	if len(out) > 0 && (e.DTMF == sipconf.DTMFRFC2833 || e.DTMF == sipconf.DTMFAuto) {
		add(media.TelephoneEvent)
	}
	return out
}

// reachable says whether audio can be carried between a codec and one of a
// list; an empty list is no restriction.
func reachable(c media.Codec, list []media.Codec) bool {
	for _, x := range list {
		if media.Translatable(c, x) {
			return true
		}
	}
	return len(list) == 0
}

// limited drops the formats that cannot be carried to the codecs of the other
// leg; when none is left all stay. Opus comes behind what the other leg has too: a browser
// that prefers it speaks G.711 with a desk phone, and nothing is translated.
func limited(f []media.Format, to []media.Codec) []media.Format {
	var out []media.Format
	audio := false
	for _, x := range f {
		if x.Codec == media.TelephoneEvent || reachable(x.Codec, to) {
			out = append(out, x)
			audio = audio || x.Codec != media.TelephoneEvent
		}
	}
	if !audio {
		return f
	}
	if opus := out[0]; opus.Codec == media.Opus && !slices.Contains(to, media.Opus) {
		for i, x := range out {
			if slices.Contains(to, x.Codec) {
				copy(out[1:i+1], out[:i])
				out[0] = x
				break
			}
		}
	}
	return out
}

// scoped is an address of a description, on the link that the call is on.
func (l *Leg) scoped(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(sipstack.Scoped(a.Addr(), l.Flow), a.Port())
}

// take puts a far description into effect on the stream.
func (l *Leg) take(m *sdp.Media, formats []media.Format) {
	l.formats, l.far = formats, m
	l.setCodecs(formats)
	if m.Named() != "" {
		l.resolveMediaHost(m, func() {
			l.take(m, l.formats)
			l.publishFar()
		})
	}
	remote := l.scoped(m.Remote())
	if l.direct != nil {
		l.direct.addr = remote
	}
	e := l.Endpoint()
	dtmf := l.dtmf()
	i := slices.IndexFunc(formats, func(f media.Format) bool { return f.Codec == media.TelephoneEvent })
	events, rate := i >= 0, 0
	if events {
		rate = eventRate(m, formats[i].Send)
	}
	if dtmf == sipconf.DTMFInfo || dtmf == sipconf.DTMFShortInfo {
		l.stream.OnSendDigit(func(d byte) { go l.do(func() { l.sendInfo(d, dtmf == sipconf.DTMFShortInfo) }) })
	} else if l.keys != nil {
		l.stream.OnSendDigit(nil)
	}
	if e.RTPTimeout > 0 {
		l.stream.OnSilence(func(after time.Duration) { go l.do(func() { l.rtpTimedOut(after) }) })
	}
	timeout, keepalive := e.RTPTimeout, e.RTPKeepalive
	if l.elsewhereTo() != nil || m.Port == 0 && !l.held {
		timeout, keepalive = 0, 0 // nor does silence say anything where the call is in pictures or text
	}
	l.stream.OnStranger(func(from netip.AddrPort) { go l.do(func() { l.strange(from, remote) }) })
	p := l.expectation(remote)
	p.Timeout, p.HoldTimeout, p.Keepalive = timeout, e.RTPHoldTimeout, keepalive
	p.Formats, p.MuteSend, p.Inband, p.Ptime = formats, m.OnHold(), dtmf == sipconf.DTMFInband || dtmf == sipconf.DTMFAuto && !events,
		l.ptime(m)
	p.Jitter, p.RTCP, p.RTCPMux = jitterBuffer(&l.Dir.General), l.scoped(m.RemoteRTCP()), (e.RTCPMux || l.crypto.handshake() != nil) &&
		m.RTCPMux
	if p.FaxTone = e.FaxDetect.Tone && !l.faxLed; p.FaxTone {
		l.stream.OnFaxTone(func() { go l.do(func() { l.leadFax("CNG detection", "FAX CNG detected but no fax extension") }) })
	}
	p.EventRate, p.RelaxKeys = rate, l.Dir.RelaxDTMF
	p.ICE, p.SRTP, p.DTLS = l.iceWith(m), l.crypto.protection(), l.crypto.handshake()
	if p.ICE.Pwd != "" {
		l.stream.OnConsentLost(func() { go l.do(l.unwanted) })
	}
	like := l.packetsNow(&p)
	l.mu.Lock()
	l.packets = like
	l.mu.Unlock()
	l.stream.Negotiate(p)
	l.watchNeed()
	if l.Dir.DirectSetup {
		l.publishFar()
	}
}

// rtpTimedOut ends a call whose far side sends no RTP any more.
func (l *Leg) rtpTimedOut(after time.Duration) {
	if l.state != legUp {
		return
	}
	name := l.resource
	if l.ch != nil {
		name = l.ch.Name()
	}
	l.d.log.Warn().Ctx(l.trace.Context()).Msgf("Disconnecting call '%s' for lack of RTP activity in %d seconds", name, int(after.Seconds()))
	l.trace.Note("%s sent no RTP for %s (%s)", l.resource, after, l.optionLine("rtptimeout"))
	l.timedOut("RTPTimeout")
	l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseChannel})
	l.end(pbx.CauseChannel)
}

// unwanted ends a call whose far side did ICE and is not there any more, as a page that was closed.
func (l *Leg) unwanted() {
	if l.state == legUp {
		l.giveUp("ICE: neither checks nor media for 30 s, the far side is gone")
	}
}

// giveUp ends a call that has no media any more, with the reason in BYE (RFC 3326).
func (l *Leg) giveUp(reason string) {
	name := l.resource
	if l.ch != nil {
		name = l.ch.Name()
	}
	l.d.log.Warn().Ctx(l.trace.Context()).Msgf("Disconnecting call '%s': %s", name, reason)
	l.trace.Note("%s: %s", l.resource, reason)
	l.why = `SIP;cause=488;text="` + printable.Line(strings.ReplaceAll(reason, `"`, "'")) + `"`
	l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseChannel})
	l.end(pbx.CauseChannel)
}

// optionLine is where an option that the two kinds of sections share was written.
func (l *Leg) optionLine(option string) config.Pos {
	if l.Peer != nil {
		return l.Peer.Line(option)
	}
	return l.Dir.OptionLine(option)
}

// jitterBuffer of legs between two phones: nil without jbforce.
func jitterBuffer(g *sipconf.General) *media.Jitter {
	if !g.JitterEnable || !g.JitterForce {
		return nil
	}
	return &g.Jitter
}

// ptime is the packet length to send in milliseconds: what the far side asks for
// with autoframing, else what allow= gives for the first codec, else 0.
func (l *Leg) ptime(m *sdp.Media) int {
	e := l.Endpoint()
	if e.Autoframing && m.Ptime > 0 {
		return m.Ptime
	}
	if len(l.formats) == 0 {
		return 0
	}
	return e.Ptime[l.formats[0].Codec]
}

// answerOf matches the far side's answer to our offer: what we receive carries
// our numbers, what we send the far side's.
func answerOf(e *sipconf.Endpoint, offer []media.Format, m *sdp.Media) []media.Format {
	var out []media.Format
	audio := false
	for _, f := range m.Formats {
		c, ok := codecFor(e, f)
		if !ok {
			continue
		}
		for _, o := range offer {
			if o.Codec == c {
				out = append(out, media.Format{Codec: c, Recv: o.Recv, Send: f.Payload})
				audio = audio || c != media.TelephoneEvent
				break
			}
		}
	}
	if !audio {
		return nil
	}
	return out
}

// rtpName is the name of a codec in our SDP.
func rtpName(e *sipconf.Endpoint, c media.Codec) string {
	if e.G726AAL2 && c == media.G726AAL2 {
		c = media.G726
	}
	return c.Info().RTPName
}
