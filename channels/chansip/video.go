package chansip

import (
	"slices"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sdp"
	"obelisk/media"
	"obelisk/pbx"
)

// Video (videosupport) passes through: the formats that both sides share, with the
// parameters that they gave (a=fmtp).

// picture is the video of a leg. The fields below stream belong to the shard, but for
// those that the leg's mutex guards.
type picture struct {
	stream *media.Stream
	crypto *crypto
	dir    sdp.Direction
	far    *sdp.Media // of the far side

	// ---- guarded by Leg.mu ----
	formats    []media.Format
	fmtp       map[media.Codec]string // of the far side, or of the other leg's
	refused    bool
	restricted bool
	to         []pbx.VideoFormat // that the other leg takes
}

// videoOf returns the first usable video section and its place, -1 without.
func videoOf(s *sdp.Session) (*sdp.Media, int) {
	for i := range s.Media {
		if m := &s.Media[i]; m.Kind == "video" && m.Usable() {
			return m, i
		}
	}
	return nil, -1
}

// jointVideo restricts our video codecs, in our order, to those the far side offers.
func jointVideo(e *sipconf.Endpoint, m *sdp.Media) (out []media.Format, fmtp map[media.Codec]string) {
	fmtp = map[media.Codec]string{}
	for _, c := range e.Codecs {
		for _, f := range m.Formats {
			if k, ok := codecOf(f); ok && k == c && c.Info().Video {
				out = append(out, media.Format{Codec: c, Recv: f.Payload, Send: f.Payload})
				fmtp[c] = f.FMTP
				break
			}
		}
	}
	return out, fmtp
}

// seeVideo takes the video of a caller's offer; without one that we can carry, or
// without ports, the call goes on in audio alone.
func (l *Leg) seeVideo(s *sdp.Session) {
	m, _ := videoOf(s)
	if m == nil || l.Endpoint().Video == sipconf.VideoNo {
		return
	}
	formats, fmtp := jointVideo(l.Endpoint(), m)
	crypto, why := l.agree(m, nil, false)
	if len(formats) == 0 || why != "" {
		return
	}
	p := &picture{formats: formats, fmtp: fmtp, dir: m.Direction, crypto: crypto}
	stream, err := l.d.cfg.Media.OpenVideo(l.Dir.RTPAddr(l.Flow), l.stream, l.stream)
	if err != nil {
		l.trace.Note("no video: %v", err)
		return
	}
	p.stream = stream
	l.video = p
}

// proposeVideo prepares the video of our offer: what the caller can see, or with
// videosupport=always everything.
func (l *Leg) proposeVideo(r pbx.Request) {
	e, caller := l.Endpoint(), r.Video()
	if e.Video == sipconf.VideoNo || e.Video != sipconf.VideoAlways && len(caller) == 0 {
		return
	}
	p := &picture{fmtp: map[media.Codec]string{}, dir: sdp.SendRecv}
	for _, c := range e.Codecs {
		i := slices.IndexFunc(caller, func(f pbx.VideoFormat) bool { return f.Codec == c })
		if !c.Info().Video || i < 0 && len(caller) > 0 {
			continue
		}
		if i >= 0 {
			p.fmtp[c] = caller[i].FMTP
		}
		p.formats = append(p.formats, media.Format{Codec: c, Recv: c.Info().Payload, Send: c.Info().Payload})
	}
	if len(p.formats) == 0 {
		return
	}
	near := r.NearVideo()
	if near == nil {
		near = l.stream
	}
	stream, err := l.d.cfg.Media.OpenVideo(l.Dir.RTPAddr(l.Flow), near, l.stream)
	if err != nil {
		return
	}
	p.stream = stream
	l.video = p
}

// videoSection is what we write; nil without video.
func (l *Leg) videoSection() *sdp.Media {
	p := l.video
	if p == nil || l.fax != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	formats, fmtp := p.agreed()
	if len(formats) == 0 {
		return nil
	}
	m := &sdp.Media{Kind: "video", Port: int(p.stream.Local().Port()), Proto: "RTP/AVP", Direction: p.dir.Answer()}
	if l.remoteSDP != nil {
		if far, _ := videoOf(l.remoteSDP); far != nil {
			m.Proto = far.Proto
		}
	}
	for _, f := range formats {
		i := f.Codec.Info()
		m.Formats = append(m.Formats, sdp.Format{Payload: f.Recv, Name: i.RTPName, Rate: i.Rate, FMTP: attributesOf(f.Codec, fmtp[f.Codec])})
	}
	p.crypto.describe(m)
	return m
}

// agreed is what both legs take, with the other leg's parameters where they are known.
// The caller holds the leg's mutex.
func (p *picture) agreed() ([]media.Format, map[media.Codec]string) {
	switch {
	case p.refused:
		return nil, nil
	case !p.restricted:
		return p.formats, p.fmtp
	}
	var out []media.Format
	fmtp := map[media.Codec]string{}
	for _, f := range p.formats {
		for _, t := range p.to {
			if t.Codec == f.Codec {
				out = append(out, f)
				fmtp[f.Codec] = t.FMTP
			}
		}
	}
	return out, fmtp
}

// takeVideo puts the video of a far description into effect: its offer, or its answer
// to ours.
func (l *Leg) takeVideo(s *sdp.Session, answer bool) {
	p := l.video
	if p == nil {
		return
	}
	m, _ := videoOf(s)
	if m == nil {
		l.refuseVideo(answer)
		return
	}
	l.mu.Lock()
	formats, _ := p.agreed()
	if answer {
		formats, p.fmtp = answerOf(l.Endpoint(), p.formats, m), map[media.Codec]string{}
		for _, f := range m.Formats {
			if c, ok := codecOf(f); ok && p.fmtp[c] == "" {
				p.fmtp[c] = f.FMTP
			}
		}
		p.formats = formats
	}
	l.mu.Unlock()
	crypto, why := l.agree(m, p.crypto, answer)
	if len(formats) == 0 || why != "" {
		l.refuseVideo(answer)
		return
	}
	p.crypto = crypto
	if !answer {
		p.dir = m.Direction
	}
	p.far = m
	if m.Named() != "" {
		l.resolveMediaHost(m, func() { l.aimVideo(m, formats) })
	}
	p.stream.OnPicture(func() { go l.do(func() { l.tell(pbx.Event{Kind: pbx.EventPicture}) }) })
	l.aimVideo(m, formats)
}

// aimVideo sends the video to the section of the far side.
func (l *Leg) aimVideo(m *sdp.Media, formats []media.Format) {
	x := l.expectation(m.Remote())
	x.Formats, x.MuteSend, x.RTCP, x.SRTP = formats, m.OnHold(), l.scoped(m.RemoteRTCP()), l.video.crypto.protection()
	x.DTLS = l.video.crypto.handshake()
	x.RTCPMux = x.DTLS != nil && m.RTCPMux
	l.video.stream.Negotiate(x)
}

// refuseVideo ends the video: for good when the answer to our offer has none.
func (l *Leg) refuseVideo(forGood bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.video.refused = l.video.refused || forGood
	l.video.stream.Negotiate(media.Params{})
}

// Video implements pbx.Visual.
func (l *Leg) Video() *media.Stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.video == nil || l.video.refused {
		return nil
	}
	return l.video.stream
}

// VideoFormats implements pbx.Visual.
func (l *Leg) VideoFormats() (out []pbx.VideoFormat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.video == nil || l.video.refused {
		return nil
	}
	for _, f := range l.video.formats {
		out = append(out, pbx.VideoFormat{Codec: f.Codec, FMTP: l.video.fmtp[f.Codec]})
	}
	return out
}

// RestrictVideo implements pbx.Visual.
func (l *Leg) RestrictVideo(to []pbx.VideoFormat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.video != nil {
		l.video.restricted, l.video.to = true, to
	}
}

// pictureWanted is what phones send that ask for it in signalling (RFC 5168).
const pictureWanted = `<?xml version="1.0" encoding="utf-8" ?>
<media_control>
 <vc_primitive>
  <to_encoder>
   <picture_fast_update/>
  </to_encoder>
 </vc_primitive>
</media_control>
`

// RequestPicture implements pbx.Visual: it asks in RTCP and, as chan_sip, in an INFO.
func (l *Leg) RequestPicture() {
	l.do(func() {
		if l.state != legUp || l.video == nil || l.video.refused {
			return
		}
		l.video.stream.RequestPicture()
		l.askWith("INFO", "application/media_control+xml", []byte(pictureWanted))
	})
}
