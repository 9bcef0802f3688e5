package chansip

import (
	"strconv"
	"strings"

	"obelisk/channels/chansip/sipconf"
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
	dtls   *dtlsPart // in place of all that; nil: keys are in SDP
}

// secured says whether a section is to be encrypted: its profile says so or, as chan_sip has
// it, the keys that it brings ("RTP/AVP" of phones to which encryption is an offer).
func secured(m *sdp.Media) bool { return m.Secured() || len(m.Crypto) > 0 }

// cryptoLine reads "tag suite inline:key[|lifetime][|mki:length] [parameters]". Lines
// with a suite or parameters that we do not have, or that are not as RFC 4568 has them, are
// no lines of ours.
func cryptoLine(line string) (tag string, suite media.SRTPSuite, key media.SRTPKey, ok bool) {
	f := strings.Fields(line)
	if len(f) < 3 || !digits(f[0], 9) {
		return "", "", key, false
	}
	suite = media.SRTPSuite(strings.ToUpper(f[1]))
	text, inline := strings.CutPrefix(strings.TrimSuffix(f[2], ";"), "inline:")
	text, more, given := strings.Cut(text, "|")
	key, err := media.ParseSRTPKey(text)
	for _, p := range f[3:] { // what changes the transform
		if strings.HasPrefix(p, "UNENCRYPTED") || strings.HasPrefix(p, "UNAUTHENTICATED") || strings.HasPrefix(p, "FEC") {
			return "", "", key, false
		}
	}
	return f[0], suite, key, inline && err == nil && (suite == media.AESCM80 || suite == media.AESCM32) && (!given || usableKey(more))
}

// usableKey judges "[lifetime][|mki:length]" behind a key. As chan_sip we have one key, the
// first, and take one that lives for 2^20 packets at least.
func usableKey(text string) bool {
	lifetime, mki, two := strings.Cut(text, "|")
	if !two && strings.Contains(lifetime, ":") {
		lifetime, mki, two = "", lifetime, true
	} else if !lives(lifetime) {
		return false
	}
	if !two {
		return true
	}
	id, length, ok := strings.Cut(mki, ":")
	return ok && id == "1" && digits(length, 3)
}

// lives says whether a lifetime, "2^48" or a number of packets, is long enough.
func lives(lifetime string) bool {
	const least = 20 // as a power of 2
	if power, ok := strings.CutPrefix(lifetime, "2^"); ok {
		n, err := strconv.Atoi(power)
		return err == nil && n >= least
	}
	n, err := strconv.ParseUint(lifetime, 10, 64)
	return err == nil && n >= 1<<least
}

// digits says whether a text is a number of up to so many digits.
func digits(s string, most int) bool {
	return s != "" && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// agree judges the crypto lines of a section of the far side, an offer or an answer to
// ours; own is our part so far, next from then on. It changes nothing. The words are why
// the section cannot be used, "" when it can: chan_sip's rules, encryption=yes wants it
// and everybody may offer it.
func (l *Leg) agree(m *sdp.Media, own *crypto, answer bool) (next *crypto, why string) {
	if l.Dir.NoSRTP && (secured(m) || l.wantsSRTP() || l.wantsDTLS()) {
		return nil, noSRTP
	}
	if part, why, by := l.agreeDTLS(m, own, answer); by {
		return part, why
	}
	switch {
	case secured(m) && !(answer && own == nil && !m.Secured()):
		if answer && own == nil {
			return nil, "SRTP was answered, and not offered"
		}
	case l.wantsSRTP():
		return nil, "encryption=yes, and plain RTP was offered"
	case answer && own != nil:
		return nil, "SRTP was offered, and plain RTP was answered"
	default:
		return nil, ""
	}
	for _, line := range m.Crypto {
		tag, suite, key, ok := cryptoLine(line)
		if !ok {
			continue
		}
		if answer && (tag != own.tag || suite != own.suite) {
			continue
		}
		next = &crypto{tag: tag, suite: suite, remote: key}
		if own != nil && own.dtls == nil {
			next.local = own.local
		} else {
			next.local = media.NewSRTPKey()
		}
		return next, ""
	}
	return nil, "SRTP without a crypto line that can be used"
}

// noSRTP is why such calls do not come about, as in chan_sip.
const noSRTP = "it needs SRTP, and modules.conf has noload => res_srtp.so"

// wantsSRTP says whether the media must be SRTP with keys in SDP: what the caller asks for
// (secure_bridge_media) goes before encryption of the endpoint.
func (l *Leg) wantsSRTP() bool {
	if l.srtpAsked != nil {
		return *l.srtpAsked
	}
	return l.Peer != nil && l.Peer.Encryption
}

// wantsDTLS says whether it must be SRTP with keys of a handshake.
func (l *Leg) wantsDTLS() bool { return l.Peer != nil && l.Peer.DTLS.Enabled() }

// offerCrypto prepares what our offer says.
func (l *Leg) offerCrypto() {
	if !l.wantsSRTP() && !l.wantsDTLS() {
		return
	}
	mine := []**crypto{&l.crypto}
	if l.video != nil {
		mine = append(mine, &l.video.crypto)
	}
	if l.rtt != nil {
		mine = append(mine, &l.rtt.crypto)
	}
	for _, own := range mine {
		if *own != nil {
			continue
		}
		if l.wantsDTLS() {
			*own = &crypto{dtls: &dtlsPart{options: l.Peer.DTLS, setup: l.Peer.DTLS.Setup, plain: l.Peer.ForceAVP}}
		} else {
			*own = &crypto{local: media.NewSRTPKey(), tag: "1", suite: srtpSuite(l.Peer)}
		}
	}
}

func srtpSuite(p *sipconf.Peer) media.SRTPSuite {
	if p != nil && p.ShortTag {
		return media.AESCM32
	}
	return media.AESCM80
}

// describe writes our line into a section.
func (c *crypto) describe(m *sdp.Media) {
	if c == nil {
		return
	}
	if c.dtls != nil {
		c.dtls.describe(m)
		return
	}
	if !m.Secured() {
		m.Proto = strings.Replace(m.Proto, "/AVP", "/SAVP", 1)
	}
	m.Crypto = []string{c.tag + " " + string(c.suite) + " inline:" + c.local.String()}
}

// protection is what the stream needs to know.
func (c *crypto) protection() *media.SRTP {
	if c == nil || c.dtls != nil {
		return nil
	}
	return &media.SRTP{Suite: c.suite, Local: c.local, Remote: c.remote}
}
