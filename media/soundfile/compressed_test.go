package soundfile

import (
	"os"
	"path/filepath"
	"testing"
)

// Half a second of 1 kHz, of two channels at 16 kHz; Opus is 48 kHz always.
func TestCompressed(t *testing.T) {
	for name, rate := range map[string]int{"tone.mp3": 16000, "tone.ogg": 16000, "tone.opus": 48000} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		must(t, err)
		clip, err := Decode(name, data)
		must(t, err)
		if clip.Rate != rate || len(clip.PCM) < rate*15/32 || len(clip.PCM) > rate*3/4 {
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

// Opus in Ogg has either extension, ends with its last sample, and is as loud as its head says.
func TestOpus(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "tone.opus"))
	must(t, err)
	clip, err := Decode("tone.ogg", data)
	must(t, err)
	if len(clip.PCM) != 24000 {
		t.Errorf("%d samples of 24000", len(clip.PCM))
	}
	for _, cut := range []int{100, 400, len(data) - 10} {
		if c, err := Decode("tone.opus", data[:cut]); err == nil && len(c.PCM) >= 24000 {
			t.Errorf("%d octets of it are whole", cut)
		}
	}
}

func FuzzCompressed(f *testing.F) {
	for _, name := range []string{"tone.mp3", "tone.ogg", "tone.opus"} {
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
