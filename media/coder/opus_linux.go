//go:build (amd64 || arm64) && !static

package coder

import (
	"unsafe"

	"github.com/ebitengine/purego"
)

// Opus (RFC 6716, RFC 7587) is libopus, loaded when a call first wants it and it is
// installed; without it Opus passes through between two legs that share it. Its
// states live in Go's memory, so nothing has to be freed.
var opusLibrary struct {
	encoderSize, encoderInit, encode, decoderSize, decoderInit, decode uintptr
}

// OpusHz is the sampling rate at which it is converted.
const OpusHz = 16000

const (
	opusVoIP        = 2048 // OPUS_APPLICATION_VOIP
	opusMaxPayload  = 1275
	opusStateChunks = 8 // bytes in an element of a state
)

// LoadOpus says whether the library is there, and makes it ready. It is called once.
func LoadOpus() bool {
	l := &opusLibrary
	lib, err := purego.Dlopen("libopus.so.0", purego.RTLD_NOW)
	if err != nil {
		return false
	}
	for name, f := range map[string]*uintptr{
		"opus_encoder_get_size": &l.encoderSize, "opus_encoder_init": &l.encoderInit, "opus_encode": &l.encode,
		"opus_decoder_get_size": &l.decoderSize, "opus_decoder_init": &l.decoderInit, "opus_decode": &l.decode,
	} {
		if *f, err = purego.Dlsym(lib, name); err != nil {
			return false
		}
	}
	return true
}

type (
	opusEncoder []uint64
	opusDecoder []uint64
)

// NewOpusEncoder is there when LoadOpus was.
func NewOpusEncoder() Encoder {
	size, _, _ := purego.SyscallN(opusLibrary.encoderSize, 1)
	st := make(opusEncoder, size/opusStateChunks+1)
	purego.SyscallN(opusLibrary.encoderInit, uintptr(unsafe.Pointer(&st[0])), OpusHz, 1, opusVoIP)
	return st
}

// NewOpusDecoder is there when LoadOpus was.
func NewOpusDecoder() Decoder {
	size, _, _ := purego.SyscallN(opusLibrary.decoderSize, 1)
	st := make(opusDecoder, size/opusStateChunks+1)
	purego.SyscallN(opusLibrary.decoderInit, uintptr(unsafe.Pointer(&st[0])), OpusHz, 1)
	return st
}

// Encode makes one packet; the samples must be 10, 20, 40 or 60 ms.
func (st opusEncoder) Encode(dst []byte, src []int16) int {
	if len(src) == 0 || len(dst) == 0 {
		return 0
	}
	n, _, _ := purego.SyscallN(opusLibrary.encode, uintptr(unsafe.Pointer(&st[0])), uintptr(unsafe.Pointer(&src[0])), uintptr(len(src)),
		uintptr(unsafe.Pointer(&dst[0])), uintptr(min(len(dst), opusMaxPayload)))
	return max(int(int32(n)), 0)
}

// Decode gives nothing for a packet that is not Opus.
func (st opusDecoder) Decode(dst []int16, src []byte) int {
	if len(src) == 0 || len(dst) == 0 {
		return 0
	}
	n, _, _ := purego.SyscallN(opusLibrary.decode, uintptr(unsafe.Pointer(&st[0])), uintptr(unsafe.Pointer(&src[0])), uintptr(len(src)),
		uintptr(unsafe.Pointer(&dst[0])), uintptr(len(dst)), 0)
	return max(int(int32(n)), 0)
}

// Lost implements LossDecoder.
func (st opusDecoder) Lost(dst []int16) int {
	n, _, _ := purego.SyscallN(opusLibrary.decode, uintptr(unsafe.Pointer(&st[0])), 0, 0, uintptr(unsafe.Pointer(&dst[0])), OpusHz/50, 0)
	return max(int(int32(n)), 0)
}
