//go:build !linux || !(amd64 || arm64)

package coder

// OpusHz is the sampling rate at which it would be converted.
const OpusHz = 16000

// LoadOpus: here Opus only passes through.
func LoadOpus() bool { return false }

// NewOpusEncoder is not called.
func NewOpusEncoder() Encoder { return nil }

// NewOpusDecoder is not called.
func NewOpusDecoder() Decoder { return nil }
