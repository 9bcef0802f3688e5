package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"strings"
)

// Algorithm of a digest.
type Algorithm uint8

const (
	// MD5 is that of RFC 2617, the only one that chan_sip knows.
	MD5 Algorithm = iota
	// SHA256 and SHA512256 are those of RFC 8760.
	SHA256
	SHA512256
	// AKAv1 is AKAv1-MD5 (RFC 3310), AKAv2 is AKAv2-MD5 (RFC 4169): the password comes
	// out of a SIM card.
	AKAv1
	AKAv2

	// Hashes is how many of them come with a stored password.
	Hashes = int(SHA512256) + 1
)

var algorithmNames = [...]string{"MD5", "SHA-256", "SHA-512-256", "AKAv1-MD5", "AKAv2-MD5"}

func (a Algorithm) String() string { return algorithmNames[a] }

// AKA says whether the password comes out of a SIM card.
func (a Algorithm) AKA() bool { return a >= AKAv1 }

// ParseAlgorithm reads a name, in any case; no name means MD5.
func ParseAlgorithm(name string) (Algorithm, bool) {
	if name == "" {
		return MD5, true
	}
	for i, n := range algorithmNames {
		if strings.EqualFold(n, name) {
			return Algorithm(i), true
		}
	}
	return MD5, false
}

// Size is the length of the algorithm's sums in hexadecimal digits.
func (a Algorithm) Size() int {
	if a == SHA256 || a == SHA512256 {
		return 2 * sha256.Size
	}
	return 2 * md5.Size
}

// hash is the algorithm's sum, in hexadecimal, of parts with a colon between them.
func (a Algorithm) hash(parts ...string) string {
	var room [256]byte
	text := room[:0]
	for i, p := range parts {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, p...)
	}
	var out [2 * sha256.Size]byte
	switch a {
	case SHA256:
		sum := sha256.Sum256(text)
		return string(out[:hex.Encode(out[:], sum[:])])
	case SHA512256:
		sum := sha512.Sum512_256(text)
		return string(out[:hex.Encode(out[:], sum[:])])
	}
	sum := md5.Sum(text)
	return string(out[:hex.Encode(out[:], sum[:])])
}

// HA1 is the sum of user:realm:password in hexadecimal.
func (a Algorithm) HA1(user, realm, password string) string {
	return a.hash(user, realm, password)
}

// Choose picks the challenge to answer: of the algorithms allowed the first one that
// is offered. It is false when there is none: no other algorithm is ever answered.
func Choose(offered []Digest, allowed []Algorithm) (Digest, bool) {
	for _, a := range allowed {
		for _, d := range offered {
			if got, ok := ParseAlgorithm(d["algorithm"]); ok && got == a && d.Usable() {
				return d, true
			}
		}
	}
	return nil, false
}
