// Package coder is the arithmetic of audio: samples to payload and back for each codec that is
// converted here, other sampling rates (Resampler), and what stands in for lost audio (Concealer).
// Samples are 16 bit, signed, one channel. It knows no packets and no calls.
package coder

import "encoding/binary"

type (
	// Decoder turns payload into samples and returns how many; it keeps state from packet to
	// packet. What dst has no room for is lost.
	Decoder interface {
		Decode(dst []int16, src []byte) int
	}
	// Encoder turns samples into payload and returns how many bytes; it keeps state from packet
	// to packet. src has whole frames of the codec.
	Encoder interface {
		Encode(dst []byte, src []int16) int
	}
	// LossDecoder makes up 20 ms of lost audio itself.
	LossDecoder interface {
		Lost(dst []int16) int
	}
)

// Linear is L16 (RFC 3551 section 4.5.11), in network order.
type Linear struct{}

// Decode implements Decoder.
func (Linear) Decode(dst []int16, src []byte) int {
	n := min(len(dst), len(src)/2)
	for i := range n {
		dst[i] = int16(binary.BigEndian.Uint16(src[2*i:]))
	}
	return n
}

// Encode implements Encoder.
func (Linear) Encode(dst []byte, src []int16) int {
	n := min(len(dst)/2, len(src))
	for i, v := range src[:n] {
		binary.BigEndian.PutUint16(dst[2*i:], uint16(v))
	}
	return 2 * n
}
