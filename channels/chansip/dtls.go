package chansip

import (
	"context"
	_ "crypto/sha1" // fingerprints
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"errors"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sdp"
	"obelisk/media"
)

// dtlsPart is a leg's part in DTLS-SRTP (RFC 5763).
type dtlsPart struct {
	options *sipconf.DTLSOptions
	plain   bool     // RTP/SAVP in place of UDP/TLS/RTP/SAVP in an offer (force_avp)
	setup   string   // what we write: active, passive, or actpass in an offer
	far     []string // fingerprints of the far side; nil before its SDP has come
	mux     bool     // it has RTCP on the RTP port
	told    func(error)
}

// agreeDTLS judges a section as agree does; by says whether it decides.
func (l *Leg) agreeDTLS(m *sdp.Media, own *crypto, answer bool) (next *crypto, why string, by bool) {
	offered := answer && own != nil && own.dtls != nil
	switch {
	case l.Peer == nil || !l.Peer.DTLS.Enabled():
		return nil, "", false
	case secured(m) && len(m.Fingerprints) > 0:
	case offered:
		return nil, "DTLS was offered, and not answered", true
	default:
		return nil, "", false
	}
	if answer && !offered {
		return nil, "DTLS was answered, and not offered", true
	}
	if !m.RTCPMux {
		l.trace.Note("%s does not have RTCP on the RTP port: it gets none with DTLS", l.resource)
	}
	part := &dtlsPart{options: l.Peer.DTLS, far: m.Fingerprints, mux: m.RTCPMux, setup: setupAnswer(l.Peer.DTLS, m.Setup)}
	if own != nil && own.dtls != nil && own.dtls.far != nil && m.Setup == "actpass" { // again, as it was
		part.setup = own.dtls.setup
	}
	if part.setup == "" {
		return nil, "a=setup:" + m.Setup + " wants no DTLS", true
	}
	part.told = l.shaken
	return &crypto{dtls: part}, "", true
}

// shaken notes how a handshake has ended; it may be called from anywhere. Without keys the call ends:
// nobody would hear anything.
func (l *Leg) shaken(err error) {
	switch {
	case err == nil:
		l.trace.Note("%s: DTLS: keys are agreed", l.resource)
	case !errors.Is(err, context.Canceled):
		l.do(func() { l.unkeyed(err) })
	}
}

// unkeyed ends a call whose handshake has failed.
func (l *Leg) unkeyed(err error) {
	if l.state != legEnded {
		l.giveUp("DTLS: no keys were agreed: " + err.Error())
	}
}

// setupAnswer is our a=setup for that of the far side (RFC 5763 section 5); "" for none.
func setupAnswer(o *sipconf.DTLSOptions, far string) string {
	switch far {
	case "active":
		return "passive"
	case "passive":
		return "active"
	case "actpass", "":
		if o.Setup == "passive" {
			return "passive"
		}
		return "active"
	}
	return ""
}

// describe writes our part into a section.
func (p *dtlsPart) describe(m *sdp.Media) {
	if !m.Secured() {
		m.Proto = strings.Replace(m.Proto, "RTP/AVP", "RTP/SAVP", 1)
		if !p.plain {
			m.Proto = "UDP/TLS/" + m.Proto
		}
	}
	m.RTCPMux = p.far == nil || p.mux
	m.Setup, m.Fingerprints = p.setup, []string{p.options.OwnFingerprint}
}

// handshake is what the stream needs to know; nil without DTLS.
func (c *crypto) handshake() *media.DTLS {
	if c == nil || c.dtls == nil || c.dtls.far == nil {
		return nil
	}
	p := c.dtls
	return &media.DTLS{ID: p.setup + " " + strings.Join(p.far, " "), Client: p.setup == "active", Certificate: p.options.KeyPair,
		Verify: p.verify, Suites: p.options.CipherSuites, Suite: p.options.SRTPSuite, Told: p.told}
}

var errNoCertificate = errors.New("the far side has shown no certificate")

// verify judges the far side's certificates by dtlsverify.
func (p *dtlsPart) verify(chain [][]byte) error {
	if len(chain) == 0 {
		return errNoCertificate
	}
	if p.options.Fingerprint && !p.named(chain[0]) {
		return errors.New("the certificate has another fingerprint than the SDP says")
	}
	if !p.options.Certificate {
		return nil
	}
	cert, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return err
	}
	between := x509.NewCertPool()
	for _, der := range chain[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(c)
		}
	}
	_, err = cert.Verify(x509.VerifyOptions{Roots: p.options.Roots, Intermediates: between,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}

// named says whether the far SDP has the certificate's fingerprint.
func (p *dtlsPart) named(der []byte) bool {
	for _, f := range p.far {
		hash, _, _ := strings.Cut(strings.ToLower(f), " ")
		if sipconf.FingerprintHashes[hash] != 0 && strings.EqualFold(sipconf.Fingerprint(hash, der), strings.Join(strings.Fields(f), " ")) {
			return true
		}
	}
	return false
}
