package soundfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"

	"obelisk/media"
	"obelisk/media/coder"
)

// Clip is a whole file of sound in memory: 16 bit samples of one channel.
type Clip struct {
	Rate int // Hz
	PCM  []int16
}

// Source plays it. The samples are shared by all sources of a clip.
func (c Clip) Source() *media.Clip { return media.NewClipAt(c.Rate, c.PCM) }

// At is the clip at another rate in Hz.
func (c Clip) At(rate int) Clip { return Clip{rate, coder.Resample(c.PCM, c.Rate, rate)} }

// Decode turns the bytes of a file into samples, at the rate that the file has. The format is
// told by the name's extension, as in Asterisk; a RIFF/WAVE is what its header says: 16 or 8 bit,
// A-law, mu-law or GSM, of one channel or two, which become one; so do those of MP3 and Ogg. A file whose writer died is read
// as far as it goes.
func Decode(name string, data []byte) (Clip, error) {
	ext := strings.TrimPrefix(path.Ext(name), ".")
	var clip Clip
	var err error
	switch f := ByName(ext); {
	case compressed[strings.ToLower(ext)] != nil:
		clip, err = guarded(compressed[strings.ToLower(ext)], data)
	case f == nil:
		err = fmt.Errorf("'.%s' is not a format that can be played", ext)
	case f.head == nil:
		if clip = f.decode(data); len(clip.PCM) < len(data)/f.bytes*f.frame {
			err = errors.New("it is broken")
		}
	case f.head == auHeader{}:
		clip, err = decodeAU(data)
	default:
		clip, err = decodeRIFF(data)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return clip, err
}

// decode is the data of a format.
func (f *Format) decode(data []byte) Clip {
	n := len(data) / f.bytes * f.frame
	pcm := make([]int16, n)
	return Clip{f.Rate, pcm[:f.newCoder().Decode(pcm, data)]}
}

func decodeRIFF(data []byte) (Clip, error) {
	l, err := readRIFF(data, int64(len(data)))
	if err != nil {
		return Clip{}, err
	}
	data = data[l.start : l.start+l.size]
	var pcm []int16
	switch l.codec {
	case "pcm16":
		pcm = make([]int16, len(data)/2)
		linear16{}.Decode(pcm, data)
	case "pcm8":
		for _, b := range data {
			pcm = append(pcm, (int16(b)-128)<<8)
		}
	case "alaw":
		pcm = ByName("alaw").decode(data).PCM
	case "ulaw":
		pcm = ByName("ulaw").decode(data).PCM
	case "gsm":
		pcm = ByName("wav49").decode(data).PCM
	}
	if l.channels == 2 {
		for i := range len(pcm) / 2 {
			pcm[i] = int16((int(pcm[2*i]) + int(pcm[2*i+1])) / 2)
		}
		pcm = pcm[:len(pcm)/2]
	}
	return Clip{l.rate, pcm}, nil
}

// decodeAU reads Sun's .snd of mu-law at 8 kHz.
func decodeAU(data []byte) (Clip, error) {
	if len(data) < 24 || string(data[:4]) != ".snd" {
		return Clip{}, errors.New("it is no .snd")
	}
	be := binary.BigEndian
	start, coding, rate, channels := be.Uint32(data[4:]), be.Uint32(data[12:]), be.Uint32(data[16:]), be.Uint32(data[20:])
	if coding != 1 || rate != 8000 || channels != 1 || start < 24 || int64(start) > int64(len(data)) {
		return Clip{}, errors.New("it is not mu-law at 8 kHz")
	}
	return ByName("ulaw").decode(data[start:]), nil
}
