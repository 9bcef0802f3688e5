package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"time"
)

// Soon is how long before its end a certificate is told of.
const Soon = 21 * 24 * time.Hour

// Term is from when until when the certificate of two files is good; an error when they cannot be
// read, or are none that belong together. key "" is in the file of the certificate.
func Term(cert, key string) (from, end time.Time, err error) {
	if key == "" {
		key = cert
	}
	leaf, err := readCertificate(cert)
	if err == nil {
		_, err = tls.LoadX509KeyPair(cert, key)
	}
	if err != nil {
		return from, end, err
	}
	return leaf.NotBefore, leaf.NotAfter, nil
}

// certificates looks at each that the configuration names: there, readable, with its key, and in time.
func (e *examination) certificates() {
	if len(e.in.Certs) == 0 {
		e.say("certificates", OK, "", "none is named")
		return
	}
	for _, c := range e.in.Certs {
		e.certificate(c)
	}
}

func (e *examination) certificate(c Certificate) {
	key := c.Key
	if key == "" {
		key = c.Cert
	}
	for _, f := range []string{c.Cert, key} {
		if !e.exists(f) {
			e.say("certificates", Fail, "", "%s%s: %s is not there", c.What, at(c.Pos), f)
			return
		}
		if ok, blocked := e.may(f, mayRead); !ok {
			e.say("certificates", Fail, e.asOwner(blocked), "%s%s: user '%s' cannot read %s: %s", c.What, at(c.Pos), e.user.name, f, e.whose(blocked))
			return
		}
	}
	from, end, err := Term(e.path(c.Cert), e.path(key))
	if err != nil {
		e.say("certificates", Fail, "", "%s%s: %s: %v", c.What, at(c.Pos), c.Cert, err)
		return
	}
	now := e.m.Now()
	switch left := end.Sub(now); {
	case now.Before(from):
		e.say("certificates", Fail, "look at the clock", "%s%s: %s begins on %s only", c.What, at(c.Pos), c.Cert, from.Format(time.DateOnly))
	case left <= 0:
		e.say("certificates", Fail, "renew it, then: obelisk -rx 'sip reload'", "%s%s: %s has expired on %s", c.What, at(c.Pos), c.Cert, end.Format(time.DateOnly))
	case left < Soon:
		e.say("certificates", Warn, "renew it, then: obelisk -rx 'sip reload'", "%s%s: %s expires in %s, on %s", c.What, at(c.Pos), c.Cert, days(left), end.Format(time.DateOnly))
	default:
		e.say("certificates", OK, "", "%s: %s is good for %s", c.What, c.Cert, days(left))
	}
	if st, err := os.Stat(e.path(key)); err == nil && st.Mode().Perm()&0o004 != 0 {
		e.say("certificates", Warn, "chmod o-r "+key, "%s%s: everybody on this machine can read the key in %s", c.What, at(c.Pos), key)
	}
}

// readCertificate is the first one of a file.
func readCertificate(path string) (*x509.Certificate, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			return nil, errors.New("it has no certificate")
		}
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
}
