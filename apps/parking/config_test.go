package parking

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"
)

func reading(t testing.TB, text string) (*settings, string) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{file: {Data: []byte(text)}}}, file, config.Options{})
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

// There is always a lot "default", from 701 to 750; without a file it has no extensions.
func TestDefaultLot(t *testing.T) {
	none, _ := read(nil)
	with, diags := reading(t, "[two]\nparkpos = 5-6\n")
	for _, s := range []*settings{none, with} {
		if r := s.named("default"); r == nil || (r.ext == "700") != (s == with) || r.first != 701 || r.last != 750 ||
			r.context != "parkedcalls" || r.time != 45*time.Second || !r.toOrigin {
			t.Errorf("%+v", r)
		}
	}
	if two := with.named("two"); two.ext != "" || two.first != 5 || two.last != 6 || diags != "" {
		t.Errorf("%+v %s", two, diags)
	}
}

func TestReadLot(t *testing.T) {
	s, diags := reading(t, `[general]
parkeddynamic = yes
[default]
parkext => 700
parkpos => 0701-0720
context => lot
parkingtime => 30
findslot => next
comebacktoorigin = no
comebackcontext = back
comebackdialtime = 9
courtesytone = beep
parkedplay = both
parkedcalltransfers = caller
parkedcallreparking = callee
parkedcallhangup = both
parkedcallrecording = caller
parkedmusicclass = loud
parkinghints = yes
parkext_exclusive = yes
`)
	r := *s.named("default")
	r.pos = config.Pos{}
	want := rules{name: "default", ext: "700", exclusive: true, hints: true, first: 701, last: 720, context: "lot", time: 30 * time.Second,
		next: true, comeback: "back", dialTime: 9, courtesy: "beep", play: caller | callee, transfers: caller, reparking: callee,
		hangup: caller | callee, recording: caller, music: "loud"}
	if r != want || !s.dynamic || diags != "" {
		t.Errorf("%+v\n%s", r, diags)
	}
	if got := r.letters(); got != "thx" {
		t.Errorf("letters %q", got)
	}
}

// What is wrong is said, and costs the line.
func TestReadMistakes(t *testing.T) {
	_, diags := reading(t, "[general]\nfoo = 1\n[default]\nparkpos = 701-70x\nparkingtime = soon\nfindslot = last\nparkedplay = nobody\n"+
		"parkpoz = 1-2\n[two]\nparkpos = 9-8\n[three]\nparkpos = 1-99999\n")
	for _, want := range []string{"unknown option 'foo'", "701-720", "parkingtime", "first or next", "no, caller, callee or both",
		"did you mean 'parkpos'", "before the first", "10000 spaces"} {
		if !strings.Contains(diags, want) {
			t.Errorf("nothing says %q:\n%s", want, diags)
		}
	}
}

// Two lots may share a parkext that is not exclusive, and no other extension.
func TestOverlaps(t *testing.T) {
	s, diags := reading(t, "[default]\nparkext=700\nparkpos=701-703\n[two]\nparkext=700\nparkpos=703-704\n[three]\nparkext=700\n"+
		"parkext_exclusive=yes\nparkpos=708-709\n[four]\nparkext=800\ncontext=other\nparkpos=701-702\n")
	if n := strings.Count(diags, "\n") + 1; n != 2 || !strings.Contains(diags, "extension 703") || !strings.Contains(diags, "extension 700") {
		t.Errorf("%s", diags)
	}
	var got []string
	for _, x := range stepsOf(s.lots) {
		got = append(got, fmt.Sprintf("%s@%s %s(%s)", x.Exten, x.Context, x.App, x.Args))
	}
	for _, want := range []string{"700@parkedcalls Park()", "703@parkedcalls ParkedCall(default,703)", "704@parkedcalls ParkedCall(two,704)",
		"708@parkedcalls ParkedCall(three,708)", "800@other Park()"} {
		if !slices.Contains(got, want) {
			t.Errorf("there is no %s in %q", want, got)
		}
	}
}

// The space that is asked for, or the next one that is free after it; the first one, or the next after the last that was given.
func TestFind(t *testing.T) {
	for _, x := range []struct {
		next  bool
		taken []int
		last  int
		r     request
		want  int
	}{
		{want: 701}, {taken: []int{701}, want: 702}, {taken: []int{701, 702, 703}, want: 0},
		{next: true, last: 701, want: 702}, {next: true, last: 703, want: 701}, {next: true, last: 701, taken: []int{702, 703}, want: 701},
		{r: request{space: "702"}, want: 702}, {r: request{space: "702"}, taken: []int{702}, want: 703},
		{r: request{space: "703"}, taken: []int{703}, want: 701}, {r: request{space: "799"}, want: 701}, {r: request{space: "abc"}, want: 0},
		{r: request{random: true}, taken: []int{701, 703}, want: 702},
	} {
		l := newLot(&rules{first: 701, last: 703, next: x.next})
		if x.last != 0 {
			l.last = x.last
		}
		for _, n := range x.taken {
			l.calls[n] = &parked{}
		}
		if got := l.find(x.r, nil); got != x.want {
			t.Errorf("%+v: %d", x, got)
		}
	}
}

func TestDialString(t *testing.T) {
	for name, want := range map[string]string{"SIP/a-0000001f": "SIP/a", "SIP/a-b-00000001": "SIP/a-b",
		"Local/700@x-00000001;2": "Local/700@x", "x": "x"} {
		if got := dialString(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestCheckPark(t *testing.T) {
	for args, want := range map[string]string{"": "", "default,rs": "", "default,t(x)": "t takes seconds", "default,q": "q",
		"default,${X}": ""} {
		if got := strings.Join(checkPark(args), "; "); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", args, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("[default]\nparkpos = 1-2\nparkext = 1\n[x]\nparkpos=2-1\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := config.Load(config.FS{FS: fstest.MapFS{file: {Data: []byte(text)}}}, file, config.Options{})
		if err != nil {
			return
		}
		s, _ := read(file)
		if s.named(defaultLot) == nil {
			t.Error("there is no lot default")
		}
		stepsOf(s.lots)
	})
}
