package chansip

import (
	"slices"

	"obelisk/channels/chansip/body"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/media"
)

// agreement is what an offer or an answer of the far side comes to. It is judged first,
// which changes nothing, and put in force once it is accepted.
type agreement struct {
	session *sdp.Session
	audio   *sdp.Media // with port 0 where there is none for the time
	others  bool       // there is none, and the call goes on with what else there is
	formats []media.Format
	crypto  *crypto
}

// judgeOffer judges the description in a request of the far side in the call; false when
// it cannot be used.
func (l *Leg) judgeOffer(text []byte) (a agreement, ok bool) {
	s, err := sdp.Parse(text)
	if err != nil {
		return a, false
	}
	a, why := l.judge(s)
	if why == "" {
		return a, true
	}
	if a.audio = pausedAudio(s); a.audio != nil && l.exchange.agreed() {
		return agreement{session: s, audio: a.audio, formats: l.formats, crypto: l.crypto}, true
	}
	l.trace.Note("%s: %s", l.resource, why)
	return a, false
}

// pausedAudio is the audio section of a description that wants none for the time (port
// 0) and nothing in its place; nil in any other.
func pausedAudio(s *sdp.Session) (audio *sdp.Media) {
	for i := range s.Media {
		switch m := &s.Media[i]; {
		case m.Kind == "audio" && m.Port == 0 && audio == nil:
			audio = m
		case m.Kind != "video" && m.Kind != "text" && m.Port != 0:
			return nil
		}
	}
	return audio
}

// unpaused is a description with its paused audio in its place again, as an offer of ours
// asks for it.
func unpaused(s *sdp.Session) *sdp.Session {
	if s == nil || carriesCall(s) {
		return s
	}
	at := slices.IndexFunc(s.Media, func(m sdp.Media) bool { return m.Kind == "audio" })
	if at < 0 {
		return s
	}
	again := *s
	again.Media = slices.Clone(s.Media)
	again.Media[at].Port = discardPort
	return &again
}

// discardPort stands for one that is not known yet.
const discardPort = 9

// takeOffer puts an offer of the far side in the call in force.
func (l *Leg) takeOffer(a agreement) {
	l.exchangeTo(exchangeSettled)
	l.remoteSDP, l.crypto = a.session, a.crypto
	l.faxOver()
	l.hold(!a.others && a.audio.OnHold())
	if l.direct != nil {
		l.direct.addr = l.scoped(a.audio.Remote())
		l.turn()
	}
	l.take(a.audio, l.agreed(a.formats))
	l.takeVideo(a.session, false)
	l.takeText(a.session, false)
	l.publishFar()
}

// readAnswer judges the far side's answer to our offer, and puts it in force; false when
// it cannot be used, and everything stays as it was.
func (l *Leg) readAnswer(m *sipstack.Message, offer []media.Format) bool {
	s := body.ParsedSDP(m)
	return s != nil && l.useAnswer(m, s, offer)
}

// useAnswer is readAnswer for a description that came with a message, or before it.
func (l *Leg) useAnswer(m *sipstack.Message, s *sdp.Session, offer []media.Format) bool {
	audio, _ := audioOf(s)
	if audio == nil {
		if audio = l.othersAlone(s, offer); audio == nil {
			return false
		}
	}
	f := answerOf(l.Endpoint(), offer, audio)
	if f == nil {
		return false
	}
	crypto, why := l.agree(audio, l.crypto, true)
	if why != "" {
		l.trace.Note("%s: %s", l.resource, why)
		return false
	}
	l.exchangeTo(exchangeSettled)
	l.crypto = crypto
	if l.NAT.AutoComedia && l.natDetectedIn(m) {
		l.symmetric = true
	}
	l.proxied = l.proxied || relayed(m) && l.through == nil
	if len(s.Media) > 1 || l.remoteSDP != nil {
		l.remoteSDP = s // its sections stay where they are
	}
	l.take(audio, f)
	l.takeVideo(s, true)
	l.takeText(s, true)
	return true
}

// othersAlone stands for the audio of an answer that takes our video or text and not our audio,
// which it refuses (port 0) or leaves out, as some devices write it: it is as offered, and nothing
// of it is sent. nil for any other answer.
func (l *Leg) othersAlone(s *sdp.Session, offer []media.Format) *sdp.Media {
	video, _ := videoOf(s)
	text, _ := textOf(s)
	if l.crypto != nil || (video == nil || l.video == nil) && (text == nil || l.rtt == nil) {
		return nil
	}
	m := &sdp.Media{Kind: "audio", Proto: "RTP/AVP", Addr: s.Addr, Direction: sdp.SendRecv}
	for _, f := range offer {
		i := f.Codec.Info()
		m.Formats = append(m.Formats, sdp.Format{Payload: f.Send, Name: i.RTPName, Rate: i.Rate})
	}
	return m
}

// reoffered is what we offer in a call that is up and asks for an offer (RFC 3261 section
// 14.2): what is in use comes first, by its number (RFC 3264 section 8.3.2), then all else
// that the call may use.
func (l *Leg) reoffered() []media.Format {
	all := offeredFormats(l.Endpoint(), nil, false)
	var out []media.Format
	inUse := func(c media.Codec) bool {
		return slices.ContainsFunc(out, func(f media.Format) bool { return f.Codec == c })
	}
	for _, f := range l.formats {
		if f.Codec != media.TelephoneEvent && !inUse(f.Codec) {
			out = append(out, f)
		}
	}
	taken := func(n uint8) bool {
		is := func(f media.Format) bool { return f.Recv == n }
		return slices.ContainsFunc(out, is) || slices.ContainsFunc(l.formats, is)
	}
	for _, f := range all {
		if inUse(f.Codec) {
			continue
		}
		if i := slices.IndexFunc(l.formats, func(now media.Format) bool { return now.Codec == f.Codec }); i >= 0 {
			f = l.formats[i] // telephone-event
		} else if taken(f.Recv) {
			const first, last = 96, 127 // RFC 3551 section 3
			n := uint8(first)
			for n < last && taken(n) {
				n++
			}
			f.Recv, f.Send = n, n
		}
		out = append(out, f)
	}
	return l.agreed(out)
}
