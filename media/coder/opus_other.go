//go:build !linux || !(amd64 || arm64) || static

package coder

// OpusHz is the sampling rate at which it would be converted.
const OpusHz = 16000

// LoadOpus: here Opus only passes through. The tag static makes a program without a dynamic
// loader, which could not load the library.
func LoadOpus() bool { return false }

// NewOpusEncoder is not called.
func NewOpusEncoder() Encoder { return nil }

// NewOpusDecoder is not called.
func NewOpusDecoder() Decoder { return nil }
