package features

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"
)

// parse reads a text as features.conf.
func parse(t *testing.T, text string) (*settings, string) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"features.conf": {Data: []byte(text)}}}, "features.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, diags := read(f)
	var out []string
	for _, d := range diags {
		out = append(out, d.Text)
	}
	return s, strings.Join(out, "\n")
}

func TestRead(t *testing.T) {
	s, wrong := parse(t, `[general]
featuredigittimeout = 700
transferdigittimeout = 5
atxferdropcall = yes
atxfercomplete = *9
[featuremap]
blindxfer = #1
[applicationmap]
one => *71,self,UserEvent,"self,who: ${X}",music
two => *72,peer/both,UserEvent(peer,who: ${X})
three => *73,callee,Playback,beep
[many]
one => *1
two =>
`)
	if wrong != "" {
		t.Error(wrong)
	}
	if s.digitWait != 700*time.Millisecond || s.transferWait != 5*time.Second || !s.dropCall || s.complete != "*9" || s.abort != "*1" {
		t.Errorf("%+v", s)
	}
	if s.builtin["blindxfer"] != "#1" || s.builtin["disconnect"] != "*" || s.builtin["atxfer"] != "" {
		t.Errorf("%v", s.builtin)
	}
	for name, want := range map[string]item{
		"one":   {code: "*71", self: true, app: "UserEvent", args: "self,who: ${X}", music: "music"},
		"two":   {code: "*72", app: "UserEvent", args: "peer,who: ${X}"},
		"three": {code: "*73", app: "Playback", args: "beep"},
	} {
		if s.apps[name] != want {
			t.Errorf("%s: %+v, want %+v", name, s.apps[name], want)
		}
	}
	if g := s.groups["many"]; len(g) != 2 || g[0].code != "*1" || g[1].code != "" {
		t.Errorf("%v", g)
	}
}

func TestMistakes(t *testing.T) {
	_, wrong := parse(t, `[general]
featuredigittimeout = soon
nothing = 1
[featuremap]
blindxfr = #1
atxfer = hello
[applicationmap]
a => *7,self
b => *7,both,NoOp
c => x,self,NoOp
[group]
z => *1
`)
	for _, want := range []string{"featuredigittimeout", "'nothing'", "blindxfr", "'hello'", "a: it takes", "not on 'both'", "c: 'x'",
		"no 'z' in"} {
		if !strings.Contains(wrong, want) {
			t.Errorf("nothing is said of %s: %s", want, wrong)
		}
	}
}
