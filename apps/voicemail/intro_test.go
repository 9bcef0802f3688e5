package voicemail

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"obelisk/apps/voicemail/spool"
)

// What is told of the messages, language by language.
func TestIntroAsRecorded(t *testing.T) {
	text, err := os.ReadFile("testdata/intro.txt")
	if err != nil {
		t.Fatal(err)
	}
	d, _ := office(t, "", "")
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 4 || f[0] == "#" {
			continue
		}
		v := visitOf(d, newFake(d))
		v.setLanguage(f[0])
		fresh, _ := strconv.Atoi(f[1])
		old, _ := strconv.Atoi(f[2])
		v.counts = spool.Counts{New: fresh, Old: old}
		if got, want := strings.Join(v.introWords(), " "), strings.Join(f[3:], " "); got != want {
			t.Errorf("%s %d %d: %s\n want %s", f[0], fresh, old, got, want)
		}
	}
}
