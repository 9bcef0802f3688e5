package chansip

import (
	"crypto/rand"
	"fmt"
	"net/netip"

	"obelisk/internal/sdp"
	"obelisk/media"
)

// describeTransport adds to our audio section what icesupport and rtcp_mux ask
// for: offered where we offer, answered where the far side offered it.
func (l *Leg) describeTransport(m *sdp.Media, host netip.Addr) {
	far := l.farAudio()
	m.RTCPMux = l.Endpoint().RTCPMux && (far == nil || far.RTCPMux)
	if l.takePart(far); l.ice.Pwd == "" {
		return
	}
	m.Ufrag, m.Pwd = l.ice.Ufrag, l.ice.Pwd
	const typeHost, anyAddress = 126 << 24, 65535 << 8 // RFC 8445 section 5.1.2.1
	components := 2
	if dtls := l.crypto != nil && l.crypto.dtls != nil; far != nil && (m.RTCPMux || dtls && far.RTCPMux) {
		components = 1
	}
	for c := range components {
		m.Candidates = append(m.Candidates, fmt.Sprintf("1 %d UDP %d %s %d typ host", c+1, typeHost+anyAddress+256-(c+1), host, m.Port+c))
	}
}

// farAudio is the far side's audio section, nil while there is none.
func (l *Leg) farAudio() *sdp.Media {
	if l.remoteSDP == nil {
		return nil
	}
	m, _ := audioOf(l.remoteSDP)
	return m
}

// takePart makes our credentials, unless the far side wants no ICE; far is nil
// when we offer.
func (l *Leg) takePart(far *sdp.Media) {
	switch {
	case !l.Endpoint().ICE || far != nil && far.Ufrag == "":
		l.ice = media.ICE{}
	case l.ice.Pwd == "":
		l.ice = media.ICE{Ufrag: rand.Text()[:8], Pwd: rand.Text()}
	}
}

// iceWith is our credentials with the far side's.
func (l *Leg) iceWith(m *sdp.Media) media.ICE {
	l.takePart(m)
	ice := l.ice
	ice.FarUfrag = m.Ufrag
	return ice
}
