package console

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The form of a hashed secret is that of argon2's own tools: $argon2id$v=19$m=65536,t=3,p=4$salt$key.
const hashPrefix = "$argon2id$"

// Bounds of what a hash may cost: who writes console.conf may not stop the switchboard by it.
const (
	mostMemory  = 256 << 10 // KiB
	mostPasses  = 16
	mostThreads = 16
)

func hashed(secret string) bool { return strings.HasPrefix(secret, hashPrefix) }

// hash is a secret of argon2id (RFC 9106).
type hash struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

// readHash reads the text of one; false when it is none, or costs too much.
func readHash(text string) (h hash, ok bool) {
	f := strings.Split(text, "$")
	if len(f) != 6 || f[1] != "argon2id" || f[2] != "v=19" {
		return h, false
	}
	if _, err := fmt.Sscanf(f[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil {
		return h, false
	}
	var errs [2]error
	h.salt, errs[0] = base64.RawStdEncoding.DecodeString(f[4])
	h.key, errs[1] = base64.RawStdEncoding.DecodeString(f[5])
	ok = errs[0] == nil && errs[1] == nil && len(h.salt) >= 8 && len(h.key) >= 16 && len(h.key) <= 64 &&
		h.memory >= 8 && h.memory <= mostMemory && h.passes >= 1 && h.passes <= mostPasses && h.threads >= 1 && h.threads <= mostThreads
	return h, ok
}

func readable(text string) bool {
	_, ok := readHash(text)
	return ok
}

// matches says whether a password is the one of a secret. It takes as long for a wrong one.
func matches(secret, password string) bool {
	if !hashed(secret) {
		return subtle.ConstantTimeCompare([]byte(secret), []byte(password)) == 1
	}
	h, ok := readHash(secret)
	if !ok {
		return false
	}
	return subtle.ConstantTimeCompare(h.key, argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, uint32(len(h.key)))) == 1
}
