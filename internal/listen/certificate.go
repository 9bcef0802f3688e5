package listen

import (
	"crypto/tls"
	"errors"
	"sync/atomic"
)

// Certificate is a certificate with its key, read from files again and again: the pair
// that could be read last is used. The zero value has none.
type Certificate struct {
	pair atomic.Pointer[tls.Certificate]
}

// Load reads the files, which may be the same one; key "" is in the file of cert. On an
// error the pair before is kept.
func (c *Certificate) Load(cert, key string) error {
	if cert == "" {
		return errors.New("there is no tlscertfile")
	}
	if key == "" {
		key = cert
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err == nil {
		c.pair.Store(&pair)
	}
	return err
}

// Loaded says whether there is a pair.
func (c *Certificate) Loaded() bool { return c.pair.Load() != nil }

// Server is for those who serve with it; each handshake takes the pair that is there then.
func (c *Certificate) Server() *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil }}
}
