package sipstack

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// Tag makes a tag as chan_sip's: "as" and eight hexadecimal digits.
func Tag() string { return "as" + Hex8() }

// Hex8 is eight random hexadecimal digits.
func Hex8() string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], rand.Uint32())
	return hex.EncodeToString(b[:])
}

// Hex32 is 32 random hexadecimal digits, the local part of a Call-ID.
func Hex32() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], rand.Uint64())
	return hex.EncodeToString(b[:])
}
