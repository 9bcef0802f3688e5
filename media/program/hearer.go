package program

import (
	"slices"

	"obelisk/media"
	"obelisk/media/coder"
)

// Hearer turns packets that an ear has heard into audio of a format. It is for one goroutine.
type Hearer struct {
	to    Format
	codec media.Codec // of the last packet
	rate  int         // of its samples
	dec   media.Decoder
	rs    *coder.Resampler
	enc   media.Encoder
	raw   []int16
	pcm   []int16
	rest  []int16 // less than a frame that the encoder takes
}

// NewHearer makes one.
func NewHearer(to Format) *Hearer {
	h := &Hearer{to: to}
	if !to.Linear && !to.Through() {
		h.enc = media.NewEncoder(to.Codec)
	}
	return h
}

// longest packet in samples: 120 ms at 48 kHz.
const longest = 5760

// Samples are those of a packet at the format's rate; they are only lent. None: it cannot be decoded.
func (h *Hearer) Samples(codec media.Codec, payload []byte) []int16 {
	if h.dec == nil || h.codec != codec {
		if !codec.Convertible() {
			return nil
		}
		h.codec, h.dec, h.rate, h.rs = codec, media.NewDecoder(codec), SampleRate(codec), nil
		if h.rate != h.to.Rate {
			h.rs = coder.NewResampler(h.rate, h.to.Rate)
		}
		if h.raw == nil {
			h.raw = make([]int16, longest)
		}
	}
	raw := h.raw[:h.dec.Decode(h.raw, payload)]
	if h.rs == nil {
		return raw
	}
	if room := h.rs.Room(len(raw)); cap(h.pcm) < room {
		h.pcm = make([]int16, room)
	}
	return h.pcm[:h.rs.Run(h.pcm[:cap(h.pcm)], raw)]
}

// SampleRate is the rate at which a codec that is converted here is decoded, in Hz.
func SampleRate(c media.Codec) int {
	switch c {
	case media.G722, media.Slin16:
		return 16000
	case media.Opus:
		return coder.OpusHz
	}
	return 8000
}

// Packet appends the audio of a packet.
func (h *Hearer) Packet(dst []byte, codec media.Codec, payload []byte) []byte {
	if codec == h.to.Codec && !h.to.Linear {
		return append(dst, payload...)
	}
	if h.to.Through() {
		return dst
	}
	return h.Write(dst, h.Samples(codec, payload))
}

// Write appends samples of the format's rate.
func (h *Hearer) Write(dst []byte, pcm []int16) []byte {
	if h.to.Linear {
		return Bytes(dst, pcm)
	}
	unit := 1
	switch h.to.Codec {
	case media.GSM:
		unit = 160
	case media.G722:
		unit = 2
	case media.Opus:
		unit = coder.OpusHz / 50
	}
	if len(h.rest) > 0 {
		h.rest = append(h.rest, pcm...)
		pcm = h.rest
	}
	whole := len(pcm) / unit * unit
	for at := 0; at < whole; {
		n := min(whole-at, longest/unit*unit)
		dst = slices.Grow(dst, 2*n)
		dst = dst[:len(dst)+h.enc.Encode(dst[len(dst):cap(dst)], pcm[at:at+n])]
		at += n
	}
	if left := pcm[whole:]; len(left) > 0 || len(h.rest) > 0 {
		h.rest = append(h.rest[:0], left...)
	}
	return dst
}
