package ari

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// right says whether a password is the user's.
func (u *User) right(password string) bool {
	if !u.Crypt {
		a, b := sha256.Sum256([]byte(u.Password)), sha256.Sum256([]byte(password))
		return subtle.ConstantTimeCompare(a[:], b[:]) == 1
	}
	if len(password) > mostPassword {
		return false
	}
	d, err := decodeHash(u.Password)
	return err == nil && d.Match(password)
}

// mostPassword is how long one may be: hashing takes its time.
const mostPassword = 256

// knownHash says whether a text is a hash that can be checked.
func knownHash(text string) bool {
	_, err := decodeHash(text)
	return err == nil
}

type digest interface{ Match(password string) bool }

func decodeHash(text string) (digest, error) {
	d, err := crypt.NewDefaultDecoder()
	if err != nil {
		return nil, err
	}
	return d.Decode(strings.TrimSpace(text))
}

// hashed is a password as "ari mkpasswd" writes it: SHA-512 of crypt(3).
func hashed(password string) (string, error) {
	h, err := shacrypt.New(shacrypt.WithVariant(shacrypt.VariantSHA512), shacrypt.WithIterations(5000))
	if err != nil {
		return "", err
	}
	d, err := h.Hash(password)
	if err != nil {
		return "", err
	}
	return d.Encode(), nil
}
