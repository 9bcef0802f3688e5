package soundfile

import (
	"os"
	"path/filepath"
	"testing"
)

// Half a second of 1 kHz, of two channels at 16 kHz.
func TestCompressed(t *testing.T) {
	for _, name := range []string{"tone.mp3", "tone.ogg"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		must(t, err)
		clip, err := Decode(name, data)
		must(t, err)
		if clip.Rate != 16000 || len(clip.PCM) < 7500 || len(clip.PCM) > 12000 {
			t.Errorf("%s: %d samples at %d Hz", name, len(clip.PCM), clip.Rate)
		}
		if got := share(clip.PCM, 1000, clip.Rate); got < 0.6 { // with the silence that MP3 puts around
			t.Errorf("%s: %.2f of it is the tone", name, got)
		}
		for _, broken := range [][]byte{nil, data[:20], data[:len(data)/2], append([]byte("garbage"), data...), make([]byte, 5000)} {
			Decode(name, broken) // an error, or what there is of it
		}
		if _, err := Decode(name, data[:20]); err == nil {
			t.Errorf("%s: 20 bytes of it are sound", name)
		}
	}
}

func FuzzCompressed(f *testing.F) {
	for _, name := range []string{"tone.mp3", "tone.ogg"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		must(f, err)
		f.Add(data[:700])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 4<<10 {
			Decode("x.mp3", data)
			Decode("x.ogg", data)
		}
	})
}
