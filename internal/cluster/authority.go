package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"time"
)

// Certificates of nodes are good for as long; their authority too.
const validity = 10 * 365 * 24 * time.Hour

// InitAuthority makes the authority of a cluster in a folder (ca.crt, ca.key), or takes the one
// that is there, and a certificate with its key for each node that has none (NODE.crt,
// NODE.key). It returns the files that it has written.
func InitAuthority(folder string, nodes []string) (written []string, err error) {
	for _, node := range nodes {
		if err := setNode(&Config{}, node); err != nil || node == "" || node == "ca" {
			return nil, fmt.Errorf("'%s' is no name of a node", node)
		}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	file := func(name string) string { return filepath.Join(folder, name) }
	if _, err := os.Stat(file("ca.crt")); errors.Is(err, os.ErrNotExist) {
		if err := issue(file("ca"), "Obelisk cluster", nil); err != nil {
			return nil, err
		}
		written = append(written, file("ca.crt"), file("ca.key"))
	}
	ca, err := tls.LoadX509KeyPair(file("ca.crt"), file("ca.key"))
	if err != nil {
		return written, err
	}
	for _, node := range nodes {
		if _, err := os.Stat(file(node + ".crt")); err == nil {
			continue
		}
		if err := issue(file(node), node, &ca); err != nil {
			return written, err
		}
		written = append(written, file(node+".crt"), file(node+".key"))
	}
	return written, nil
}

// issue writes a certificate and its key: one that signs itself where ca is nil.
func issue(base, name string, ca *tls.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	c := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true}
	parent, signer := c, any(key)
	if ca == nil {
		c.IsCA, c.KeyUsage, c.ExtKeyUsage, c.DNSNames = true, x509.KeyUsageCertSign, nil, nil
	} else {
		parent, signer = ca.Leaf, ca.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(base+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(base+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// certificates reads what cluster.conf names.
func (c *Config) certificates() (own tls.Certificate, pool *x509.CertPool, err error) {
	text, err := os.ReadFile(c.CA)
	if err != nil {
		return own, nil, err
	}
	pool = x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return own, nil, fmt.Errorf("%s has no certificate", c.CA)
	}
	if own, err = tls.LoadX509KeyPair(c.Cert, c.Key); err != nil {
		return own, nil, err
	}
	return own, pool, signedBy(pool, []*x509.Certificate{own.Leaf})
}

// signedBy says what is wrong with a certificate that a node shows.
func signedBy(pool *x509.CertPool, list []*x509.Certificate) error {
	if len(list) == 0 {
		return errors.New("no certificate was shown")
	}
	rest := x509.NewCertPool()
	for _, c := range list[1:] {
		rest.AddCert(c)
	}
	_, err := list[0].Verify(x509.VerifyOptions{Roots: pool, Intermediates: rest, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}

// tlsConfig shows our certificate and wants one of the same authority: both ways.
func (c *Config) tlsConfig() (*tls.Config, error) {
	own, pool, err := c.certificates()
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own}, RootCAs: pool, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert,
		// A node is reached by its address, whatever name it has: that the authority has signed
		// it is what counts.
		InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error { return signedBy(pool, s.PeerCertificates) }}, nil
}

// NameOf is the node that a certificate names; "" where none was shown.
func NameOf(s *tls.ConnectionState) string {
	if len(s.PeerCertificates) == 0 {
		return ""
	}
	return s.PeerCertificates[0].Subject.CommonName
}

// siptls has SIP of other nodes come over TLS: "" where it cannot, which is told.
func (m *Module) siptls(c *Config, log func(string)) string {
	if !c.TLS() || m.house.SIPTLS == nil {
		return ""
	}
	at := c.SIPTLS
	for _, other := range []netip.Addr{c.SIP.Addr(), c.Listen.Addr()} {
		if !at.IsValid() && other.IsValid() && !other.IsUnspecified() {
			at = netip.AddrPortFrom(other, SIPPort)
		}
	}
	conf, err := c.tlsConfig()
	switch {
	case err != nil:
	case !at.IsValid():
		err = errors.New("set 'siptls' to an address of this machine")
	case conf.Certificates[0].Leaf.Subject.CommonName != c.Node:
		err = fmt.Errorf("%s is of node '%s'", c.Cert, conf.Certificates[0].Leaf.Subject.CommonName)
	default:
		err = m.house.SIPTLS(conf, at)
	}
	if err != nil {
		log("no SIP over TLS between nodes: " + err.Error())
		return ""
	}
	return at.String()
}
