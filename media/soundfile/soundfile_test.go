package soundfile

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"obelisk/media"
)

// tone is n samples of a sine.
func tone(hz float64, rate, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return pcm
}

// share is how much of a signal is one frequency, 0 to 1.
func share(pcm []int16, hz float64, rate int) float64 {
	var re, im, all float64
	for i, v := range pcm {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		re += float64(v) * math.Cos(w)
		im += float64(v) * math.Sin(w)
		all += float64(v) * float64(v)
	}
	return 2 * (re*re + im*im) / float64(len(pcm)) / max(all, 1)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write makes a file of samples, in pieces of odd lengths.
func write(t testing.TB, w *Writer, pcm []int16) {
	t.Helper()
	for i := 1; len(pcm) > 0; i++ {
		n := min(i*37%1000+1, len(pcm))
		must(t, w.Write(pcm[:n]))
		pcm = pcm[n:]
	}
	must(t, w.Close())
}

func TestEachFormatIsReadAsItWasWritten(t *testing.T) {
	for _, f := range Formats {
		path := filepath.Join(t.TempDir(), "x."+f.Extension())
		pcm := tone(440, f.Rate, f.Rate*2+13)
		w, err := Create(path, f)
		must(t, err)
		write(t, w, pcm)
		data, err := os.ReadFile(path)
		must(t, err)
		clip, err := Decode(path, data)
		must(t, err)
		if want := (len(pcm) + f.frame - 1) / f.frame * f.frame; clip.Rate != f.Rate || len(clip.PCM) != want {
			t.Errorf("%s: %d samples at %d Hz, want %d at %d", f.Name, len(clip.PCM), clip.Rate, want, f.Rate)
		}
		if f.codec == 0 && !slices.Equal(clip.PCM, pcm) {
			t.Errorf("%s: other samples", f.Name)
		}
		if s := share(clip.PCM, 440, f.Rate); s < 0.97 {
			t.Errorf("%s: %.3f of it is the tone", f.Name, s)
		}
	}
}

// The same samples, written by Asterisk 20.
func TestFilesAreAsterisksToTheByte(t *testing.T) {
	in, err := os.ReadFile("testdata/asterisk/in.sln")
	must(t, err)
	clip, err := Decode("in.sln", in)
	must(t, err)
	for _, ext := range []string{"wav", "WAV", "gsm", "ulaw", "alaw", "au"} {
		want, err := os.ReadFile("testdata/asterisk/out." + ext)
		must(t, err)
		f := ByName(ext)
		path := filepath.Join(t.TempDir(), "x."+ext)
		w, err := Create(path, f)
		must(t, err)
		write(t, w, clip.PCM[:len(clip.PCM)/f.frame*f.frame]) // it leaves out what does not fill a frame
		got, err := os.ReadFile(path)
		must(t, err)
		if f.codec == media.ULaw { // halfway between two codes either is right
			for i := range min(len(got), len(want)) {
				if d := int(got[i]) - int(want[i]); d == 1 || d == -1 {
					got[i] = want[i]
				}
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d; they differ at %d", ext, len(got), len(want), differAt(got, want))
		}
	}
	for ext, rate := range map[string]int{"wav": 8000, "WAV": 8000, "gsm": 8000, "ulaw": 8000, "alaw": 8000, "au": 8000, "g722": 16000,
		"sln16": 16000, "wav16": 16000, "sln48": 48000} {
		data, err := os.ReadFile("testdata/asterisk/out." + ext)
		must(t, err)
		clip, err := Decode("out."+ext, data)
		must(t, err)
		if s := share(clip.PCM[rate/50:], 440, rate); clip.Rate != rate || s < 0.97 {
			t.Errorf("%s: %d Hz, %.3f of it is the tone", ext, clip.Rate, s)
		}
	}
}

func differAt(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func TestAppendGoesOnWithEachFormat(t *testing.T) {
	for _, f := range Formats {
		path := filepath.Join(t.TempDir(), "x."+f.Extension())
		n := f.Rate / f.frame * f.frame
		pcm := tone(440, f.Rate, n)
		for i := range 3 {
			w, err := Append(path, f)
			must(t, err)
			if w.Samples() != int64(i*n) {
				t.Errorf("%s: %d samples are there", f.Name, w.Samples())
			}
			write(t, w, pcm)
		}
		data, _ := os.ReadFile(path)
		clip, err := Decode(path, data)
		must(t, err)
		if len(clip.PCM) != 3*n || f.codec == 0 && !slices.Equal(clip.PCM[2*n:], pcm) {
			t.Errorf("%s: %d samples, want %d", f.Name, len(clip.PCM), 3*n)
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"a.wav": "hello", "b.WAV": "RIFF....WAVE", "c.au": ".snx....................",
		"d.wav16": string(wavHeader{}.make(ByName("wav"), 0))} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if _, err := Append(path, ByName(strings.TrimPrefix(filepath.Ext(name), "."))); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadFile(path); string(left) != text {
			t.Errorf("%s was changed", name)
		}
	}
}

// What a writer that was killed leaves is read whole, and gone on with.
func TestWriterThatDiesLeavesAFile(t *testing.T) {
	for _, f := range Formats {
		path := filepath.Join(t.TempDir(), "x."+f.Extension())
		w, err := Create(path, f)
		must(t, err)
		pcm := tone(440, f.Rate, f.Rate*5/2/f.frame*f.frame)
		for rest := pcm; len(rest) > 0; {
			n := min(960, len(rest))
			must(t, w.Write(rest[:n]))
			rest = rest[n:]
		}
		whole := func(after string) {
			data, _ := os.ReadFile(path)
			clip, err := Decode(path, data)
			must(t, err)
			if len(clip.PCM) != len(pcm) {
				t.Errorf("%s, %s: %d samples, want %d", f.Name, after, len(clip.PCM), len(pcm))
			}
			if l, err := readRIFF(data, int64(len(data))); err == nil {
				if told := int64(le.Uint32(data[l.start-4:])); told < l.size/2 {
					t.Errorf("%s, %s: the header tells of %d of %d bytes", f.Name, after, told, l.size)
				}
			}
		}
		whole("killed")
		again, err := Append(path, f)
		must(t, err)
		must(t, again.Close())
		whole("appended to")
	}
}

func TestFullDiskLosesNothing(t *testing.T) {
	w := &Writer{format: ByName("sln"), coder: little()}
	var err error
	if w.f, err = os.OpenFile("/dev/full", os.O_RDWR, 0); err != nil {
		t.Skip("no /dev/full")
	}
	must(t, w.Write([]int16{1, 2, 3}))
	for range 3 {
		if w.Write([]int16{4, 5, 6}) == nil || w.Close() == nil {
			t.Fatal("a full disk takes all")
		}
	}
	w.f.Close()
	path := filepath.Join(t.TempDir(), "x.sln")
	w.f, err = os.Create(path)
	must(t, err)
	must(t, w.Write([]int16{4, 5, 6}))
	must(t, w.Close())
	data, _ := os.ReadFile(path)
	if clip, _ := Decode(path, data); !slices.Equal(clip.PCM, []int16{1, 2, 3, 4, 5, 6}) {
		t.Errorf("%v", clip.PCM)
	}
}

func TestWAVsOfOthers(t *testing.T) {
	head := func(tag, channels uint16, rate int, bits uint16, extra string) []byte {
		b := riff(0, 36, 16, tag, rate, 0, 0, bits)
		le.PutUint16(b[22:], channels)
		return append(append(b, extra...), "data\x04\x00\x00\x00"...)
	}
	for _, c := range []struct {
		name string
		data []byte
		want Clip
	}{
		{"stereo", append(head(1, 2, 44100, 16, ""), 10, 0, 20, 0), Clip{44100, []int16{15}}},
		{"8 bit", append(head(1, 1, 8000, 8, ""), 128, 0, 255, 129), Clip{8000, []int16{0, -32768, 127 << 8, 256}}},
		{"a chunk between", append(head(1, 1, 16000, 16, "LIST\x03\x00\x00\x00abc\x00"), 1, 0, 2, 0), Clip{16000, []int16{1, 2}}},
		{"a chunk after", append(head(1, 1, 16000, 16, ""), "\x01\x00\x02\x00LIST\x00\x00\x00\x00"...), Clip{16000, []int16{1, 2}}},
		{"mu-law", append(head(7, 1, 8000, 8, ""), 0xff, 0xff, 0xff, 0xff), Clip{8000, make([]int16, 4)}},
	} {
		if got, err := Decode("x.wav", c.data); err != nil || got.Rate != c.want.Rate || !slices.Equal(got.PCM, c.want.PCM) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	for name, data := range map[string][]byte{"x.wav": head(1, 3, 8000, 16, ""), "y.wav": head(2, 1, 8000, 4, ""),
		"z.wav": head(1, 1, 100, 16, ""), "x.xyz": nil, "w.wav": []byte("RIFFxxxxWAVEfmt \xff\xff\xff\xff"), "x.gsm": make([]byte, 66)} {
		if _, err := Decode(name, data); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNamesOfFormats(t *testing.T) {
	for name, want := range map[string]string{"wav": "wav", "WAV": "wav49", "wav49": "wav49", "Wav": "wav", "ulaw": "pcm", "ul": "pcm",
		"ULAW": "pcm", "raw": "sln", "slin": "sln", "sln48": "sln48", "al": "alaw"} {
		if f := ByName(name); f == nil || f.Name != want {
			t.Errorf("%s: %v", name, f)
		}
	}
	if ByName("ogg") != nil || ByName("") != nil {
		t.Error("ogg is known")
	}
}

func FuzzDecode(f *testing.F) {
	for i := range Extensions {
		f.Add(uint8(i), []byte(
			"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x04\x00\x00\x00\x01\x02\x03\x04"))
	}
	for _, ext := range []string{"wav", "WAV", "gsm", "g722"} {
		data, _ := os.ReadFile("testdata/asterisk/out." + ext)
		f.Add(uint8(slices.Index(Extensions, "."+ext)), data[:min(len(data), 200)])
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		clip, err := Decode("x"+Extensions[int(which)%len(Extensions)], data)
		if err == nil && (clip.Rate < 8000 || clip.Rate > 192000) {
			t.Errorf("%d Hz", clip.Rate)
		}
	})
}

// Whatever stands in a file, going on with it is refused or makes one that is read.
func FuzzAppend(f *testing.F) {
	dir := f.TempDir()
	for i, format := range Formats {
		head := []byte{}
		if format.head != nil {
			head = format.head.make(format, 10)
		}
		f.Add(uint8(i), append(head, "some audio"...))
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		format := Formats[int(which)%len(Formats)]
		path := filepath.Join(dir, "x."+format.Extension())
		must(t, os.WriteFile(path, data, 0o600))
		w, err := Append(path, format)
		if err != nil {
			return
		}
		before := w.Samples()
		must(t, w.Write(make([]int16, 320)))
		must(t, w.Close())
		data, _ = os.ReadFile(path)
		clip, err := Decode(path, data)
		if format.codec == media.GSM && err != nil {
			return // not each 33 bytes are a frame
		}
		if err != nil || int64(len(clip.PCM)) < before+320 {
			t.Errorf("%d samples after %d: %v", len(clip.PCM), before, err)
		}
	})
}
