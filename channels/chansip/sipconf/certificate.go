package sipconf

import (
	"crypto/x509"
	"math/big"

	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	_ "crypto/sha256"
	"fmt"
	"strings"
	"time"

	stdcrypto "crypto"
	"crypto/tls"

	_ "crypto/sha512"

	_ "crypto/sha1"
)

// MakeCertificate makes one that nobody signs but itself: what SDP says of it is enough.
func MakeCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	text := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(10, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, text, text, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// Fingerprint is a certificate's as SDP has it (RFC 8122 section 5).
func Fingerprint(hash string, der []byte) string {
	h := FingerprintHashes[hash].New()
	h.Write(der)
	return hash + " " + strings.ReplaceAll(fmt.Sprintf("% X", h.Sum(nil)), " ", ":")
}

var FingerprintHashes = map[string]stdcrypto.Hash{"sha-1": stdcrypto.SHA1, "sha-256": stdcrypto.SHA256, "sha-384": stdcrypto.SHA384,
	"sha-512": stdcrypto.SHA512}
