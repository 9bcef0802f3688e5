// Package program is audio as programs have it: bytes of a format that stands for itself, without
// packets. A Hearer makes such bytes of what a stream hears; a Queue plays what a program has sent, in
// its time, and knows which sample has left.
package program

import (
	"encoding/binary"
	"strings"

	"obelisk/media"
)

// Format is how the samples of a program are written.
type Format struct {
	Name   string      // Asterisk's
	Codec  media.Codec // NoCodec for linear samples of a rate that no codec has
	Rate   int         // Hz
	Frame  int         // bytes of 20 ms; 0 where packets have no fixed length
	Linear bool        // 16 bit, low byte first
}

// Through says whether packets pass as they are, because nothing here can decode them.
func (f Format) Through() bool { return !f.Linear && !f.Codec.Convertible() }

// linear are the rates of Asterisk's names for linear samples.
var linear = map[string]int{"": 8000, "12": 12000, "16": 16000, "24": 24000, "32": 32000, "44": 44100, "48": 48000, "96": 96000,
	"192": 192000}

// Named is a format by Asterisk's name: slin, slin16, ulaw, g722 ...
func Named(name string) (Format, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if suffix, ok := strings.CutPrefix(name, "slin"); ok {
		rate, known := linear[suffix]
		return Linear(rate), known
	}
	c, ok := media.CodecByName(name)
	if !ok || !c.Info().Audio() {
		return Format{}, false
	}
	f := Format{Name: c.String(), Codec: c, Rate: c.Info().Rate}
	switch c {
	case media.ULaw, media.ALaw:
		f.Frame = 160
	case media.G722:
		f.Rate, f.Frame = 16000, 160
	case media.GSM:
		f.Frame = 33
	case media.G729:
		f.Frame = 20
	case media.G726, media.G726AAL2, media.ADPCM:
		f.Frame = 80
	}
	return f, true
}

// Linear is the format of linear samples of a rate in Hz.
func Linear(rate int) Format {
	f := Format{Name: "slin", Rate: rate, Frame: rate / 50 * 2, Linear: true}
	for suffix, hz := range linear {
		if hz == rate {
			f.Name += suffix
		}
	}
	return f
}

// Samples reads linear samples; what is left of an odd number of bytes is lost.
func Samples(dst []int16, b []byte) []int16 {
	for i := 0; i+1 < len(b); i += 2 {
		dst = append(dst, int16(binary.LittleEndian.Uint16(b[i:])))
	}
	return dst
}

// Bytes writes them.
func Bytes(dst []byte, pcm []int16) []byte {
	for _, x := range pcm {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(x))
	}
	return dst
}

// Reader turns bytes of a format into samples of its rate. What is less than a sample waits for more.
type Reader struct {
	f    Format
	dec  media.Decoder
	pcm  []int16
	rest []byte
}

// NewReader makes one; the format must not be one of packets that pass.
func NewReader(f Format) *Reader {
	r := &Reader{f: f}
	if !f.Linear {
		r.dec = media.NewDecoder(f.Codec)
	}
	return r
}

// Read returns the samples, which are only lent.
func (r *Reader) Read(b []byte) []int16 {
	unit := 1
	switch {
	case r.f.Linear:
		unit = 2
	case r.f.Codec == media.GSM:
		unit = r.f.Frame
	}
	if len(r.rest) > 0 {
		b = append(r.rest, b...)
	}
	whole := len(b) / unit * unit
	r.pcm = r.pcm[:0]
	if r.f.Linear {
		r.pcm = Samples(r.pcm, b[:whole])
	} else {
		if room := whole*320/max(r.f.Frame, 1) + 320; cap(r.pcm) < room {
			r.pcm = make([]int16, room)
		}
		r.pcm = r.pcm[:cap(r.pcm)]
		r.pcm = r.pcm[:r.dec.Decode(r.pcm, b[:whole])]
	}
	r.rest = append(r.rest[:0], b[whole:]...)
	return r.pcm
}

// Forget drops what waits for more.
func (r *Reader) Forget() { r.rest = r.rest[:0] }
