package sipstack

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// Tag makes a tag as chan_sip's: "as" and eight hexadecimal digits.
func Tag() string { return withHex("as", 4) }

// Hex8 is eight random hexadecimal digits.
func Hex8() string { return withHex("", 4) }

// withHex is a short prefix and up to eight random bytes, as hexadecimal digits.
func withHex(prefix string, bytes int) string {
	var raw [8]byte
	var out [32]byte
	binary.NativeEndian.PutUint64(raw[:], rand.Uint64())
	n := copy(out[:], prefix)
	n += hex.Encode(out[n:], raw[:bytes])
	return string(out[:n])
}

// Hex32 is 32 random hexadecimal digits, the local part of a Call-ID.
func Hex32() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], rand.Uint64())
	var out [32]byte
	hex.Encode(out[:], b[:])
	return string(out[:])
}
