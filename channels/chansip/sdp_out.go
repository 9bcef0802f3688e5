package chansip

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"

	"obelisk/internal/sdp"
	"obelisk/media"
)

// describe writes our SDP with the given audio formats and direction: as many sections
// as the far side knows of (RFC 3264 section 8). The version grows when the text
// changes.
func (l *Leg) describe(formats []media.Format, dir sdp.Direction) []byte {
	me := l.Dir.Advertised(l.mediaFlow())
	conn := l.stream.Local().Addr()
	if conn.IsUnspecified() || me != l.Flow.Local {
		conn = me.Addr()
	}
	if l.Dir.MediaAddress.IsValid() {
		conn = l.Dir.MediaAddress
	}
	if l.descID == 0 {
		l.descID = rand.Uint32()>>1 + 1
		l.descVersion = l.descID
	}
	main := l.faxSection()
	if main == nil {
		main = l.audioSection(formats, dir, conn)
	}
	if to := l.elsewhereTo(); to != nil && main.Kind == "audio" {
		conn, main.Port = to.addr.Addr(), int(to.addr.Port())
	}
	d := sdp.Description{Owner: l.Dir.SDPOwner, Session: l.Dir.SDPSession, ID: l.descID, Version: l.descVersion, Origin: me.Addr(),
		Conn:    conn,
		ICELite: l.ice.Pwd != ""}
	video := l.videoSection()
	d.Media = l.sections(main, video, l.textSection())
	if l.remoteSDP != nil && main.Mid != "" && slices.Contains(l.remoteSDP.Bundle, main.Mid) {
		d.Bundle = main.Mid // a picture has a port of its own
	}
	if slices.Contains(d.Media, video) {
		d.Bandwidth = l.Endpoint().MaxCallBitrate
	}
	text := d.Bytes()
	if l.said != nil && !bytes.Equal(text, l.said) {
		l.descVersion++
		d.Version = l.descVersion
		text = d.Bytes()
	}
	l.said, l.saidFormats, l.restate = text, formats, false
	return text
}

// repeatDescription is what a session refresh says: our last description to the letter
// (RFC 4028 section 7.4), unless there is something new to say.
func (l *Leg) repeatDescription() []byte {
	if l.said == nil || l.restate {
		return l.describeAgain()
	}
	return l.said
}

// describeAgain writes our side as it is.
func (l *Leg) describeAgain() []byte {
	dir := sdp.SendRecv
	if far := l.farAudio(); far != nil {
		dir = far.Direction.Answer()
	}
	return l.describe(l.formats, dir)
}

// sections puts our sections where the far side has its own; what we do not carry is
// refused. video and text may be nil.
func (l *Leg) sections(main, video, text *sdp.Media) (out []*sdp.Media) {
	if l.remoteSDP == nil {
		out = append(out, main)
		for _, m := range []*sdp.Media{video, text} {
			if m != nil {
				out = append(out, m)
			}
		}
		return out
	}
	at := l.mainAt()
	_, videoAt := videoOf(l.remoteSDP)
	_, textAt := textOf(l.remoteSDP)
	for i := range l.remoteSDP.Media {
		mid := l.remoteSDP.Media[i].Mid
		switch {
		case i == at:
			main.Mid = mid
			out = append(out, main)
		case i == videoAt && video != nil:
			video.Mid = mid
			out = append(out, video)
		case i == textAt && text != nil:
			text.Mid = mid
			out = append(out, text)
		default:
			out = append(out, l.remoteSDP.Media[i].Refused())
		}
	}
	return out
}

// mainAt is the place of the far side's section that ours answers: audio, or the image of a
// fax that the call is in, or comes back from; -1 while it wants neither.
func (l *Leg) mainAt() int {
	if m, at := audioOf(l.remoteSDP); m != nil {
		return at
	}
	if m, at := imageOf(l.remoteSDP); m != nil && (l.faxSection() != nil || l.far != nil && l.far.Kind == "image") {
		return at
	}
	return -1
}

// carriesCall says whether a description has audio, or the image of a fax.
func carriesCall(s *sdp.Session) bool {
	audio, _ := audioOf(s)
	image, _ := imageOf(s)
	return audio != nil || image != nil
}

// audioSection is in the far side's profile where that is known.
func (l *Leg) audioSection(formats []media.Format, dir sdp.Direction, conn netip.Addr) *sdp.Media {
	m := &sdp.Media{Kind: "audio", Port: int(l.stream.Local().Port()), Proto: "RTP/AVP", Direction: dir}
	if l.Peer != nil && l.Peer.AVPF {
		m.Proto = "RTP/AVPF"
	}
	far := l.farAudio()
	if far != nil {
		m.Proto = far.Proto
	}
	if to := l.elsewhereTo(); to != nil {
		formats = to.formats
	}
	m.Formats = make([]sdp.Format, 0, len(formats))
	for _, f := range formats {
		i := f.Codec.Info()
		rate := i.Rate
		if far != nil && f.Codec == media.TelephoneEvent {
			rate = eventRate(far, f.Recv)
		}
		m.Formats = append(m.Formats, sdp.Format{Payload: f.Recv, Name: rtpName(l.Endpoint(), f.Codec), Rate: rate, FMTP: i.FMTP})
		if m.Ptime == 0 && f.Codec != media.TelephoneEvent {
			m.Ptime = cmp.Or(l.Endpoint().Ptime[f.Codec], f.Codec.UsualPtime())
		}
	}
	l.describeTransport(m, conn)
	l.crypto.describe(m)
	return m
}
