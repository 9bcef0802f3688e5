package soundfile

import (
	"encoding/binary"
	"errors"
	"fmt"

	"obelisk/media"
)

// header is what comes before the data in a format's files.
type header interface {
	// make is the header of a file with so many bytes of data.
	make(f *Format, size int64) []byte
}

// le is the order of RIFF.
var le = binary.LittleEndian

// most is the largest size that a header can tell.
const most = 1<<32 - 1

// wavHeader is RIFF/WAVE of 16 bit samples.
type wavHeader struct{}

func (wavHeader) make(f *Format, size int64) []byte {
	b := riff(size, 36, 16, 1, f.Rate, f.Rate*2, 2, 16)
	return chunk(b, "data", size)
}

// wav49Header is RIFF/WAVE of GSM 06.10 in Microsoft's layout, as Asterisk writes it.
type wav49Header struct{}

func (wav49Header) make(f *Format, size int64) []byte {
	b := riff(size, 52, 20, 49, f.Rate, 1625, 65, 0)
	b = le.AppendUint16(b, 2) // bytes that follow
	b = le.AppendUint16(b, 320)
	b = chunk(b, "fact", 4)
	b = le.AppendUint32(b, uint32(min(f.samples(size), most)))
	return chunk(b, "data", size)
}

// riff begins a file, with its chunk "fmt " up to the bits of a sample.
func riff(size, before int64, format uint32, tag uint16, rate, second int, block, bits uint16) []byte {
	b := le.AppendUint32([]byte("RIFF"), uint32(min(size+before, most)))
	b = append(b, "WAVE"...)
	b = chunk(b, "fmt ", int64(format))
	b = le.AppendUint16(b, tag)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(second))
	b = le.AppendUint16(b, block)
	return le.AppendUint16(b, bits)
}

func chunk(b []byte, name string, size int64) []byte {
	return le.AppendUint32(append(b, name...), uint32(min(size, most)))
}

// auHeader is Sun's .snd with mu-law. Its size stays 0, as Asterisk has it: until the end.
type auHeader struct{}

func (auHeader) make(f *Format, _ int64) []byte {
	b := []byte(".snd")
	for _, v := range [5]uint32{24, 0, 1, uint32(f.Rate), 1} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// layout is what the header of a file that is read says.
type layout struct {
	codec    string // pcm16, pcm8, alaw, ulaw, gsm
	rate     int
	channels int
	start    int64 // of the data
	size     int64 // of the data: by the header, or up to the end where that is nearer
}

var errCut = errors.New("it is cut short")

// readRIFF reads the header of a RIFF/WAVE. b is the beginning of the file or all of it, whole
// the length of the file. A file whose writer died tells a size that is too small, or 0: what
// follows then, and is no chunk, is data.
func readRIFF(b []byte, whole int64) (l layout, err error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return l, errors.New("it is no RIFF/WAVE")
	}
	for at := int64(12); at+8 <= int64(len(b)); {
		size, body := int64(le.Uint32(b[at+4:])), b[at+8:]
		switch string(b[at : at+4]) {
		case "fmt ":
			if size < 16 || len(body) < 16 {
				return l, errCut
			}
			if err := l.format(body); err != nil {
				return l, err
			}
		case "data":
			if l.codec == "" {
				return l, errors.New("its data comes before its format")
			}
			l.start = at + 8
			l.size = min(size, whole-l.start)
			if l.start+size < whole && !chunkAt(b, l.start+size) {
				l.size = whole - l.start
			}
			return l, nil
		}
		at += 8 + size + size&1
	}
	return l, errCut
}

// chunkAt says whether the name of a chunk may stand at a place; beyond b one may.
func chunkAt(b []byte, at int64) bool {
	if at+1+8 > int64(len(b)) {
		return true
	}
	for _, at := range [2]int64{at, at + 1} { // chunks begin at even places, where their writer knew it
		name := b[at : at+4]
		good := true
		for _, c := range name {
			good = good && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == ' ')
		}
		if good {
			return true
		}
	}
	return false
}

// format reads the chunk "fmt ".
func (l *layout) format(b []byte) error {
	tag, bits := le.Uint16(b), le.Uint16(b[14:])
	l.channels, l.rate = int(le.Uint16(b[2:])), int(le.Uint32(b[4:]))
	switch {
	case l.rate < 8000 || l.rate > 192000:
		return fmt.Errorf("its rate of %d Hz is not between 8000 and 192000", l.rate)
	case l.channels < 1 || l.channels > 2:
		return fmt.Errorf("it has %d channels", l.channels)
	case tag == 1 && bits == 16:
		l.codec = "pcm16"
	case tag == 1 && bits == 8:
		l.codec = "pcm8"
	case tag == 6 && bits == 8:
		l.codec = "alaw"
	case tag == 7 && bits == 8:
		l.codec = "ulaw"
	case tag == 49 && l.channels == 1:
		l.codec = "gsm"
	default:
		return fmt.Errorf("its coding (%d, %d bits) is not known", tag, bits)
	}
	return nil
}

// linear16 is 16 bit samples in RIFF's order.
type linear16 struct{}

func little() coding { return linear16{} }

func (linear16) Decode(dst []int16, src []byte) int {
	n := min(len(dst), len(src)/2)
	for i := range n {
		dst[i] = int16(le.Uint16(src[2*i:]))
	}
	return n
}

func (linear16) Encode(dst []byte, src []int16) int {
	n := min(len(dst)/2, len(src))
	for i, v := range src[:n] {
		le.PutUint16(dst[2*i:], uint16(v))
	}
	return 2 * n
}

// gsmWidths are those of the parameters of a frame of GSM 06.10, in their order: eight of the
// filter, then 17 for each of four subframes.
var gsmWidths = func() (w []int) {
	w = append(w, 6, 6, 5, 5, 4, 4, 3, 3)
	for range 4 {
		w = append(w, 7, 2, 2, 6)
		for range 13 {
			w = append(w, 3)
		}
	}
	return w
}()

// msGSM is two frames in 65 bytes: the parameters follow each other from the lowest bit up, and
// without the four bits that begin each of RTP's 33 bytes, where the highest comes first.
type msGSM struct{ pair }

func newMSGSM() coding { return &msGSM{pair{media.NewDecoder(media.GSM), media.NewEncoder(media.GSM)}} }

func (m *msGSM) Decode(dst []int16, src []byte) (n int) {
	for ; len(src) >= 65 && len(dst) >= 320; src, dst = src[65:], dst[320:] {
		var frames [66]byte
		in, bit := src, 0
		for _, f := range [2][]byte{frames[:33], frames[33:]} {
			f[0] = 0xd0
			out := 4
			for _, w := range gsmWidths {
				for k := range w {
					if in[(bit+k)>>3]>>((bit+k)&7)&1 != 0 {
						at := out + w - 1 - k
						f[at>>3] |= 0x80 >> (at & 7)
					}
				}
				bit, out = bit+w, out+w
			}
		}
		n += m.pair.Decode(dst[:320], frames[:])
	}
	return n
}

func (m *msGSM) Encode(dst []byte, src []int16) (n int) {
	for ; len(src) >= 320 && len(dst) >= 65; src, dst = src[320:], dst[65:] {
		var frames [66]byte
		m.pair.Encode(frames[:], src[:320])
		clear(dst[:65])
		bit := 0
		for _, f := range [2][]byte{frames[:33], frames[33:]} {
			in := 4
			for _, w := range gsmWidths {
				for k := range w {
					if at := in + w - 1 - k; f[at>>3]&(0x80>>(at&7)) != 0 {
						dst[(bit+k)>>3] |= 1 << ((bit + k) & 7)
					}
				}
				bit, in = bit+w, in+w
			}
		}
		n += 65
	}
	return n
}
