package moh

import (
	"encoding/binary"

	"obelisk/media/coder"
)

// format is what a program writes: its rate in Hz, the bytes of a frame of 20 ms, and how they become
// samples.
type format struct {
	rate, bytes int
	decoder     func() coder.Decoder // its state is of one life of the program
}

// formats by Asterisk's names.
var formats = map[string]format{
	"ulaw": {8000, 160, func() coder.Decoder { return coder.ULaw{} }},
	"alaw": {8000, 160, func() coder.Decoder { return coder.ALaw{} }},
	"gsm":  {8000, 33, func() coder.Decoder { return coder.NewGSM() }},
	"g722": {16000, 160, func() coder.Decoder { return coder.NewG722() }},

	"slin": linear(8000), "slin12": linear(12000), "slin16": linear(16000), "slin24": linear(24000), "slin32": linear(32000), "slin44": linear(44100),
	"slin48": linear(48000), "slin96": linear(96000), "slin192": linear(192000),
}

// linear is signed linear of a rate.
func linear(rate int) format {
	return format{rate, 2 * rate / 50, func() coder.Decoder { return native{} }}
}

// native is linear as programs write it, the low byte first. It implements coder.Decoder.
type native struct{}

// Decode implements coder.Decoder.
func (native) Decode(dst []int16, src []byte) int {
	n := min(len(dst), len(src)/2)
	for i := range n {
		dst[i] = int16(binary.LittleEndian.Uint16(src[2*i:]))
	}
	return n
}

// heard is the rate in Hz at which it is kept: more than a wide channel can hear is not.
func (f format) heard() int {
	if f.rate == narrow {
		return narrow
	}
	return wide
}
