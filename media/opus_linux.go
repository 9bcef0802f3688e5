//go:build amd64 || arm64

package media

import (
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Opus (RFC 6716, RFC 7587) is libopus, loaded when a call first wants it and it is
// installed; without it Opus passes through between two legs that share it. Its
// states live in Go's memory, so nothing has to be freed.
var opusLibrary struct {
	once                                                               sync.Once
	encoderSize, encoderInit, encode, decoderSize, decoderInit, decode uintptr
}

const (
	opusHz          = 16000
	opusVoIP        = 2048 // OPUS_APPLICATION_VOIP
	opusMaxPayload  = 1275
	opusStateChunks = 8 // bytes in an element of a state
)

// loadOpus fills the coder when the library is there.
func loadOpus() {
	l := &opusLibrary
	l.once.Do(func() {
		lib, err := purego.Dlopen("libopus.so.0", purego.RTLD_NOW)
		if err != nil {
			return
		}
		for name, f := range map[string]*uintptr{
			"opus_encoder_get_size": &l.encoderSize, "opus_encoder_init": &l.encoderInit, "opus_encode": &l.encode,
			"opus_decoder_get_size": &l.decoderSize, "opus_decoder_init": &l.decoderInit, "opus_decode": &l.decode,
		} {
			if *f, err = purego.Dlsym(lib, name); err != nil {
				return
			}
		}
		coders[Opus] = coder{opusHz, func() Decoder { return newOpusDecoder() }, func() Encoder { return newOpusEncoder() }}
	})
}

type (
	opusEncoder []uint64
	opusDecoder []uint64
)

func newOpusEncoder() opusEncoder {
	size, _, _ := purego.SyscallN(opusLibrary.encoderSize, 1)
	st := make(opusEncoder, size/opusStateChunks+1)
	purego.SyscallN(opusLibrary.encoderInit, uintptr(unsafe.Pointer(&st[0])), opusHz, 1, opusVoIP)
	return st
}

func newOpusDecoder() opusDecoder {
	size, _, _ := purego.SyscallN(opusLibrary.decoderSize, 1)
	st := make(opusDecoder, size/opusStateChunks+1)
	purego.SyscallN(opusLibrary.decoderInit, uintptr(unsafe.Pointer(&st[0])), opusHz, 1)
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

// Lost implements lossDecoder.
func (st opusDecoder) Lost(dst []int16) int {
	n, _, _ := purego.SyscallN(opusLibrary.decode, uintptr(unsafe.Pointer(&st[0])), 0, 0, uintptr(unsafe.Pointer(&dst[0])), opusHz/50, 0)
	return max(int(int32(n)), 0)
}
