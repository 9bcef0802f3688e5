package chansip

import (
	"strings"

	"obelisk/internal/sdp"
	"obelisk/media"
)

// crypto is a leg's part in SDES (RFC 4568): our key, and the line of the far side
// that we go by.
type crypto struct {
	local  media.SRTPKey
	tag    string
	suite  media.SRTPSuite
	remote media.SRTPKey
}

// secured says whether a section is to be encrypted.
func secured(m *sdp.Media) bool { return m.Proto == "RTP/SAVP" || m.Proto == "RTP/SAVPF" }

// cryptoLine reads "tag suite inline:key[|lifetime][|mki:length] [parameters]". Lines
// with a suite or parameters that we do not have are no lines of ours.
func cryptoLine(line string) (tag string, suite media.SRTPSuite, key media.SRTPKey, ok bool) {
	f := strings.Fields(line)
	if len(f) < 3 {
		return "", "", key, false
	}
	suite = media.SRTPSuite(strings.ToUpper(f[1]))
	text, inline := strings.CutPrefix(f[2], "inline:")
	text, _, _ = strings.Cut(text, "|")
	key, err := media.ParseSRTPKey(text)
	for _, p := range f[3:] { // what changes the transform
		if strings.HasPrefix(p, "UNENCRYPTED") || strings.HasPrefix(p, "UNAUTHENTICATED") || strings.HasPrefix(p, "FEC") {
			return "", "", key, false
		}
	}
	return f[0], suite, key, inline && err == nil && (suite == media.AESCM80 || suite == media.AESCM32)
}

// agree takes the far side's crypto line. The words are why the section cannot be used,
// "" when it can: chan_sip's rules, encryption=yes wants it and everybody may offer it.
func (l *Leg) agree(m *sdp.Media) (why string) {
	if !secured(m) {
		if l.peer != nil && l.peer.Encryption {
			return "encryption=yes, and plain RTP was offered"
		}
		l.crypto = nil
		return ""
	}
	first := l.outbound && l.state != legUp // an answer to our offer
	if first && l.crypto == nil {
		return "SRTP was answered, and not offered"
	}
	for _, line := range m.Crypto {
		tag, suite, key, ok := cryptoLine(line)
		if !ok {
			continue
		}
		if first && (tag != l.crypto.tag || suite != l.crypto.suite) {
			continue
		}
		if l.crypto == nil {
			l.crypto = &crypto{local: media.NewSRTPKey()}
		}
		l.crypto.tag, l.crypto.suite, l.crypto.remote = tag, suite, key
		return ""
	}
	return "SRTP without a crypto line that can be used"
}

// offerCrypto prepares what our offer says.
func (l *Leg) offerCrypto() {
	if l.peer == nil || !l.peer.Encryption || l.crypto != nil {
		return
	}
	l.crypto = &crypto{local: media.NewSRTPKey(), tag: "1", suite: l.peer.suite()}
}

func (p *Peer) suite() media.SRTPSuite {
	if p.ShortTag {
		return media.AESCM32
	}
	return media.AESCM80
}

// describeCrypto writes our line into a section.
func (l *Leg) describeCrypto(m *sdp.Media) {
	if l.crypto == nil {
		return
	}
	if !secured(m) {
		m.Proto = "RTP/SAVP"
	}
	m.Crypto = []string{l.crypto.tag + " " + string(l.crypto.suite) + " inline:" + l.crypto.local.String()}
}

// protection is what the stream needs to know.
func (l *Leg) protection() *media.SRTP {
	if l.crypto == nil {
		return nil
	}
	return &media.SRTP{Suite: l.crypto.suite, Local: l.crypto.local, Remote: l.crypto.remote}
}
