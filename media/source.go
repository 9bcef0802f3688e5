package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"
)

// Source is audio: 16 bit samples of one channel.
type Source interface {
	// Frame fills dst and returns how many samples it wrote; fewer than
	// len(dst) ends the source. It runs on the loop and must not block.
	Frame(dst []int16) int
}

// Rated is a source with a rate of its own; without it a source has 8000 Hz. What listens is
// given what it can hear of it.
type Rated interface {
	Rate() int // Hz, 8000 to 192000; it does not change
}

// Seeker is a source whose place can be changed. It is called on the loop, as Frame.
type Seeker interface {
	Len() int     // samples in all
	SeekTo(n int) // 0 to Len
}

// rateOf is a source's rate in Hz.
func rateOf(src Source) int {
	if r, ok := src.(Rated); ok {
		return min(max(r.Rate(), narrow), 192000)
	}
	return narrow
}

// Clip is decoded audio in memory, played once. It is a Seeker.
type Clip struct {
	rate    int
	samples []int16
	at      int
}

// NewClip makes a source of samples at 8 kHz.
func NewClip(samples []int16) *Clip { return NewClipAt(narrow, samples) }

// NewClipAt makes a source of samples of a rate in Hz. They may be shared by many clips.
func NewClipAt(rate int, samples []int16) *Clip { return &Clip{rate: rate, samples: samples} }

// Rate implements Rated.
func (c *Clip) Rate() int { return c.rate }

// Len implements Seeker.
func (c *Clip) Len() int { return len(c.samples) }

// SeekTo implements Seeker.
func (c *Clip) SeekTo(n int) { c.at = min(max(n, 0), len(c.samples)) }

// Frame implements Source.
func (c *Clip) Frame(dst []int16) int {
	n := copy(dst, c.samples[c.at:])
	c.at += n
	return n
}

// FileExtensions lists the prompt formats that can be played, best first.
var FileExtensions = []string{".sln", ".sln16", ".g722", ".ulaw", ".ul", ".pcm", ".alaw", ".al", ".wav", ".gsm"}

// Decode turns the bytes of a prompt file into samples at 8 kHz. The format is
// told by the name's extension, as in Asterisk.
func Decode(name string, data []byte) ([]int16, error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".ulaw", ".ul", ".pcm", ".mu":
		return expand(data, &ulawToLinear), nil
	case ".alaw", ".al":
		return expand(data, &alawToLinear), nil
	case ".sln", ".raw":
		return linear(data), nil
	case ".sln16":
		return narrowed(linear(data)), nil
	case ".g722":
		pcm := make([]int16, 2*len(data))
		return narrowed(pcm[:newG722().Decode(pcm, data)]), nil
	case ".gsm":
		pcm := make([]int16, len(data)/gsmBytes*gsmSamples)
		return pcm[:newGSM().Decode(pcm, data)], nil
	case ".wav":
		return decodeWAV(data)
	}
	return nil, fmt.Errorf("'%s' is not a format that can be played", path.Ext(name))
}

func expand(data []byte, table *[256]int16) []int16 {
	out := make([]int16, len(data))
	for i, b := range data {
		out[i] = table[b]
	}
	return out
}

// narrow brings 16 kHz to 8.
func narrowed(pcm []int16) []int16 {
	out := make([]int16, len(pcm)/2+1)
	return out[:newResampler(16000, 8000).Run(out, pcm)]
}

func linear(data []byte) []int16 {
	out := make([]int16, len(data)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return out
}

var errWAV = errors.New("not a WAV file of 16 bit mono at 8 kHz")

// decodeWAV reads RIFF/WAVE, PCM, 8000 Hz, 16 bit, one channel: what Asterisk
// calls wav.
func decodeWAV(data []byte) ([]int16, error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, errWAV
	}
	good := false
	for at := 12; at+8 <= len(data); {
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		size = min(max(size, 0), len(body))
		switch string(data[at : at+4]) {
		case "fmt ":
			if size < 16 || binary.LittleEndian.Uint16(body) != 1 || binary.LittleEndian.Uint16(body[2:]) != 1 ||
				binary.LittleEndian.Uint32(body[4:]) != 8000 || binary.LittleEndian.Uint16(body[14:]) != 16 {
				return nil, errWAV
			}
			good = true
		case "data":
			if !good {
				return nil, errWAV
			}
			return linear(body[:size]), nil
		}
		at += 8 + size + size&1
	}
	return nil, errWAV
}
