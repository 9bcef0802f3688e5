package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"time"
)

// soon is how long before its end a certificate is told of.
const soon = 21 * 24 * time.Hour

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
			e.say("certificates", Fail, e.asOwner(blocked), "%s%s: user '%s' cannot read %s: %s", c.What, at(c.Pos), e.user.name, f,
				e.whose(blocked))
			return
		}
	}
	leaf, err := readCertificate(e.path(c.Cert))
	if err == nil {
		_, err = tls.LoadX509KeyPair(e.path(c.Cert), e.path(key))
	}
	if err != nil {
		e.say("certificates", Fail, "", "%s%s: %s: %v", c.What, at(c.Pos), c.Cert, err)
		return
	}
	now := e.m.Now()
	switch left := leaf.NotAfter.Sub(now); {
	case now.Before(leaf.NotBefore):
		e.say("certificates", Fail, "look at the clock", "%s%s: %s begins on %s only", c.What, at(c.Pos), c.Cert,
			leaf.NotBefore.Format(time.DateOnly))
	case left <= 0:
		e.say("certificates", Fail, "renew it, then: obelisk -rx 'sip reload'", "%s%s: %s has expired on %s", c.What, at(c.Pos), c.Cert,
			leaf.NotAfter.Format(time.DateOnly))
	case left < soon:
		e.say("certificates", Warn, "renew it, then: obelisk -rx 'sip reload'", "%s%s: %s expires in %s, on %s", c.What, at(c.Pos), c.Cert,
			days(left), leaf.NotAfter.Format(time.DateOnly))
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
