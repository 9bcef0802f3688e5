package soundfiles

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/media/soundfile"
	"obelisk/sounds"
)

func run(t *testing.T, m *Module, name string, args ...string) (string, bool) {
	t.Helper()
	for _, c := range m.Commands() {
		if c.Name == name {
			var b bytes.Buffer
			ok := c.Run(&b, args)
			return b.String(), ok
		}
	}
	t.Fatalf("there is no command '%s'", name)
	return "", false
}

// tone writes a file of 800 samples in a format.
func tone(t *testing.T, path string) {
	t.Helper()
	pcm := make([]int16, 800)
	for i := range pcm {
		pcm[i] = int16(i%20) * 500
	}
	if err := write(path, soundfile.Clip{Rate: 8000, PCM: pcm}); err != nil {
		t.Fatal(err)
	}
}

func TestConvert(t *testing.T) {
	dir := t.TempDir()
	m := New(&sounds.Library{Dirs: []string{dir}, Extensions: soundfile.Extensions})
	tone(t, filepath.Join(dir, "a.wav"))
	for out, size := range map[string]int64{"b.ulaw": 800, "b.sln16": 3200, "b.gsm": 165, "b.wav": 1644} {
		got, ok := run(t, m, "file convert", "a.wav", out)
		if !ok || !strings.HasPrefix(got, "Converted a.wav to "+out+" in ") {
			t.Errorf("%s: %v %q", out, ok, got)
		}
		if info, err := os.Stat(filepath.Join(dir, out)); err != nil || info.Size() != size {
			t.Errorf("%s: %v %v, want %d bytes", out, info, err, size)
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	dir := t.TempDir()
	m := New(&sounds.Library{Dirs: []string{dir}, Extensions: soundfile.Extensions})
	tone(t, filepath.Join(dir, "a.wav"))
	for want, args := range map[string][2]string{
		"'a' is an invalid filename!\n":         {"a", "b.wav"},
		"Unable to open input file: no.wav\n":   {"no.wav", "b.wav"},
		"Unable to open input file: " + dir:     {dir + "/", "b.wav"},
		"Unable to open output file: b.xyz\n":   {"a.wav", "b.xyz"},
		"Unable to open output file: n/b.wav\n": {"a.wav", "n/b.wav"},
	} {
		if args[0] == dir+"/" { // a folder with an extension
			args[0] = filepath.Join(dir, "d.wav")
			os.Mkdir(args[0], 0o755)
		}
		if got, ok := run(t, m, "file convert", args[0], args[1]); ok || !strings.HasPrefix(got, want) {
			t.Errorf("%q: %v %q, want %q", args, ok, got, want)
		}
	}
}

func TestLists(t *testing.T) {
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "de"), 0o755)
	tone(t, filepath.Join(dir, "de", "greet-me.wav"))
	m := New(&sounds.Library{Dirs: []string{dir}, Extensions: soundfile.Extensions})
	if got, ok := run(t, m, "core show file formats"); !ok || !strings.Contains(got, "gsm        wav49      WAV|wav49           \n") ||
		!strings.Contains(got, "slin16     sln16      sln16               \n") || !strings.HasSuffix(got, "17 file formats registered.\n") {
		t.Errorf("formats: %s", got)
	}
	if got, _ := run(t, m, "core show sounds"); !strings.Contains(got, "\ngreet-me\n") {
		t.Errorf("sounds: %s", got)
	}
	if got, ok := run(t, m, "core show sound", "greet-me"); !ok || !strings.Contains(got, "\tLanguage: de\tFormat: wav\n") {
		t.Errorf("sound: %s", got)
	}
	if got, ok := run(t, m, "core show sound", "nothing"); ok || got != "ERROR: File nothing not found in index\n" {
		t.Errorf("sound: %v %s", ok, got)
	}
}
