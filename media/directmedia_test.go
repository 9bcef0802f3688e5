package media

import (
	"slices"
	"testing"
)

type deafSink struct{}

func (deafSink) Rate() int   { return 8000 }
func (deafSink) Put([]int16) {}
func (deafSink) End()        {}

// A stream says whether its packets are needed here, and tells of each change.
func TestNeeded(t *testing.T) {
	e := engine(t, Config{})
	s, err := e.Open(loopback, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var told []bool
	s.OnNeeded(func() { told = append(told, s.Needed()) })
	keys, err := NewKeyTable(map[string]int{"*1": 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		what string
		do   func()
		want bool
	}{
		{"keys", func() { s.Gate(keys, func(int) {}) }, true}, {"other keys", func() { s.Gate(keys, func(int) {}) }, true},
		{"no keys", func() { s.Gate(nil, nil) }, false}, {"louder", func() { s.SetGain(In, 6) }, true},
		{"and muted", func() { s.Mute(Out, true) }, true}, {"as loud", func() { s.SetGain(In, 0) }, true},
		{"not muted", func() { s.Mute(Out, false) }, false}, {"heard", func() { s.Tap(In, deafSink{}) }, true},
		{"handed over", func() { s.HandOver(s) }, true},
	} {
		step.do()
		done := make(chan struct{})
		s.Then(func() { close(done) })
		if <-done; s.Needed() != step.want {
			t.Errorf("%s: needed %v", step.what, s.Needed())
		}
	}
	if want := []bool{true, false, true, false, true, false, true}; !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
}
