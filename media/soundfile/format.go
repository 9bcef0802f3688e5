// Package soundfile reads and writes files of sound in the formats of Asterisk: prompts,
// recordings, messages. It owns files and what waits to be written; it may import media for the
// codecs, and nothing else of the house.
package soundfile

import (
	"strings"

	"obelisk/media"
)

// Format is a kind of file: 16 bit audio of one channel at one rate, in a codec, with or without
// a header.
type Format struct {
	Name       string   // Asterisk's, as "core show file formats" has it
	Extensions []string // without a dot; the first is that of files that are written
	Rate       int      // Hz
	codec      media.Codec
	frame      int // samples that are coded together
	bytes      int // what they become
	head       header
	coder      func() coding // nil: the codec's
}

// coding is both directions of a codec in a file.
type coding interface {
	media.Decoder
	media.Encoder
}

// Formats are all that can be read and written here, best first for playing to a narrow channel.
var Formats = func() []*Format {
	raw := func(name string, rate int, extensions ...string) *Format {
		return &Format{Name: name, Extensions: append([]string{name}, extensions...), Rate: rate, frame: 1, bytes: 2, coder: little}
	}
	return []*Format{
		raw("sln", 8000, "slin", "raw"),
		raw("sln12", 12000), raw("sln16", 16000), raw("sln24", 24000), raw("sln32", 32000),
		raw("sln44", 44100), raw("sln48", 48000), raw("sln96", 96000), raw("sln192", 192000),
		{Name: "g722", Extensions: []string{"g722"}, Rate: 16000, codec: media.G722, frame: 2, bytes: 1},
		{Name: "pcm", Extensions: []string{"ulaw", "ul", "pcm", "mu", "ulw"}, Rate: 8000, codec: media.ULaw, frame: 1, bytes: 1},
		{Name: "alaw", Extensions: []string{"alaw", "al", "alw"}, Rate: 8000, codec: media.ALaw, frame: 1, bytes: 1},
		{Name: "au", Extensions: []string{"au"}, Rate: 8000, codec: media.ULaw, frame: 1, bytes: 1, head: auHeader{}},
		{Name: "wav", Extensions: []string{"wav"}, Rate: 8000, frame: 1, bytes: 2, head: wavHeader{}, coder: little},
		{Name: "wav16", Extensions: []string{"wav16"}, Rate: 16000, frame: 1, bytes: 2, head: wavHeader{}, coder: little},
		{Name: "gsm", Extensions: []string{"gsm"}, Rate: 8000, codec: media.GSM, frame: 160, bytes: 33},
		{Name: "wav49", Extensions: []string{"WAV", "wav49"}, Rate: 8000, codec: media.GSM, frame: 320, bytes: 65, head: wav49Header{},
			coder: newMSGSM},
	}
}()

// Extensions are those of files that can be read, each with its dot, best first.
var Extensions = func() (out []string) {
	for _, f := range Formats {
		for _, e := range f.Extensions {
			out = append(out, "."+e)
		}
	}
	return append(out, ".ogg", ".opus", ".mp3")
}()

// ByName finds a format by its name or an extension. "WAV" is wav49 and "wav" is not; else the
// case does not matter. nil: there is none.
func ByName(name string) *Format {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, f := range Formats {
			if same(f.Name, name) {
				return f
			}
			for _, e := range f.Extensions {
				if same(e, name) {
					return f
				}
			}
		}
	}
	return nil
}

// Extension is that of the files that are written, without a dot.
func (f *Format) Extension() string { return f.Extensions[0] }

// Media names what the audio is in the file, as Asterisk does: "ulaw", "slin16".
func (f *Format) Media() string {
	switch {
	case f.coder == nil || f.codec == media.GSM:
		return f.codec.String()
	case f.Rate == 8000:
		return "slin"
	case f.head != nil:
		return "slin" + strings.TrimPrefix(f.Name, "wav")
	}
	return "slin" + strings.TrimPrefix(f.Name, "sln")
}

// samples is the playing time of so many bytes of data.
func (f *Format) samples(size int64) int64 { return size / int64(f.bytes) * int64(f.frame) }

func (f *Format) newCoder() coding {
	if f.coder != nil {
		return f.coder()
	}
	return pair{media.NewDecoder(f.codec), media.NewEncoder(f.codec)}
}

type pair struct {
	media.Decoder
	media.Encoder
}
