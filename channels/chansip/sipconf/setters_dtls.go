package sipconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"obelisk/internal/config"
	"obelisk/media"
)

// DTLSOptions are the options dtls... of an endpoint. It never changes once it is settled.
type DTLSOptions struct {
	Enable                   bool
	Fingerprint, Certificate bool // dtlsverify
	Cert, Key                string
	CAFile, CAPath           string
	Cipher                   string
	Setup                    string // active, passive or actpass
	Hash                     string // sha-256 or sha-1
	Auto                     bool   // dtlsautogeneratecert

	KeyPair        tls.Certificate
	OwnFingerprint string // its fingerprint
	Roots          *x509.CertPool
	CipherSuites   []uint16
	SRTPSuite      media.SRTPSuite // encryption_taglen
}

// Enabled says whether an endpoint has DTLS; o may be nil.
func (o *DTLSOptions) Enabled() bool { return o != nil && o.Enable }

// dtls are the endpoint's own, made when the first of them is read.
func (r *optionReader) dtls() *DTLSOptions {
	s := r.rare()
	o := DTLSOptions{Fingerprint: true, Setup: "active", Hash: "sha-256"}
	if s.DTLS != nil {
		o = *s.DTLS // an earlier section of the name may have it
	}
	s.DTLS = &o
	return s.DTLS
}

func setDTLSText(field func(*DTLSOptions) *string) func(*optionReader, string) {
	return func(r *optionReader, v string) { *field(r.dtls()) = v }
}

func setDTLSVerify(r *optionReader, v string) {
	o := r.dtls()
	switch strings.ToLower(v) {
	case "yes":
		o.Fingerprint, o.Certificate = true, true
	case "no":
		o.Fingerprint, o.Certificate = false, false
	case "fingerprint":
		o.Fingerprint, o.Certificate = true, false
	case "certificate":
		o.Fingerprint, o.Certificate = false, true
	default:
		r.bad(v, "yes, no, fingerprint, certificate")
	}
}

func setDTLSSetup(r *optionReader, v string) {
	switch v = strings.ToLower(v); v {
	case "active", "passive", "actpass":
		r.dtls().Setup = v
	default:
		r.bad(v, "active, passive, actpass")
	}
}

func setDTLSHash(r *optionReader, v string) {
	switch v = strings.ToLower(v); v {
	case "sha-256", "sha-1":
		r.dtls().Hash = v
	default:
		r.bad(v, "sha-256, sha-1")
	}
}

// ourCertificate is the one that is made when the first endpoint needs it.
var ourCertificate = sync.OnceValues(MakeCertificate)

// settle reads the files. What is wrong with them costs the endpoint its DTLS: calls are
// refused that want it.
func (o *DTLSOptions) settle(p *Peer, ciphers func(string) ([]uint16, []string), diags *[]config.Diagnostic) {
	if !o.Enabled() {
		return
	}
	fail := func(option string, err error) {
		note(diags, p.Line(option), "'%s' has no DTLS: %s: %v", p.Name, option, err)
		o.Enable = false
	}
	if o.Auto && o.Cert != "" {
		note(diags, p.Line("dtlsautogeneratecert"), "dtlsautogeneratecert has no effect beside dtlscertfile")
	}
	var err error
	if o.Cert == "" {
		o.KeyPair, err = ourCertificate()
	} else {
		key := o.Key
		if key == "" {
			key = o.Cert
		}
		o.KeyPair, err = tls.LoadX509KeyPair(o.Cert, key)
	}
	if err != nil {
		fail("dtlscertfile", err)
		return
	}
	o.OwnFingerprint = Fingerprint(o.Hash, o.KeyPair.Certificate[0])
	if o.SRTPSuite = media.AESCM80; p.ShortTag {
		o.SRTPSuite = media.AESCM32
	}
	if ciphers != nil && o.Cipher != "" {
		list, unknown := ciphers(o.Cipher)
		o.CipherSuites = media.HandshakeSuites(list)
		if len(unknown) > 0 || len(list) > 0 && len(o.CipherSuites) == 0 {
			note(diags, p.Line("dtlscipher"), "dtlscipher: '%s' has suites that are not here; they are left out", o.Cipher)
		}
	}
	if o.Certificate {
		if o.Roots, err = o.authorities(); err != nil {
			fail("dtlscafile", err)
		}
	}
}

// authorities are those of dtlscafile and dtlscapath.
func (o *DTLSOptions) authorities() (*x509.CertPool, error) {
	roots, found := x509.NewCertPool(), false
	files := []string{}
	if o.CAPath != "" {
		files, _ = filepath.Glob(filepath.Join(o.CAPath, "*"))
	}
	if o.CAFile != "" {
		files = append(files, o.CAFile)
	}
	for _, f := range files {
		if pem, err := os.ReadFile(f); err == nil {
			found = roots.AppendCertsFromPEM(pem) || found
		} else if f == o.CAFile {
			return nil, err
		}
	}
	if !found {
		return nil, errors.New("dtlsverify asks for authorities, and dtlscafile and dtlscapath have none")
	}
	return roots, nil
}
