package sipstack

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// Tag makes a tag as chan_sip's: "as" and eight hexadecimal digits.
func Tag() string { return withHex8("as") }

// Hex8 is eight random hexadecimal digits.
func Hex8() string { return withHex8("") }

// withHex8 is a short prefix and eight random hexadecimal digits.
func withHex8(prefix string) string {
	var raw [4]byte
	var out [24]byte
	binary.BigEndian.PutUint32(raw[:], rand.Uint32())
	n := copy(out[:], prefix)
	n += hex.Encode(out[n:], raw[:])
	return string(out[:n])
}

// Hex32 is 32 random hexadecimal digits, the local part of a Call-ID.
func Hex32() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], rand.Uint64())
	return hex.EncodeToString(b[:])
}
