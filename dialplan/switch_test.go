package dialplan

import (
	"fmt"
	"strings"
	"testing"
)

// The places that a running Asterisk 16 executes behind Loopback switches.
func TestLoopbackSwitches(t *testing.T) {
	p := planOf(t, `[general]
[globals]
G1=77
[far]
exten => _X.,1,NoOp()
exten => _X.,2,NoOp()
exten => 77,1,Hangup()
[change]
lswitch => Loopback/9${EXTEN:1}@far
[one]
lswitch => Loopback/77@far
[same]
lswitch => Loopback/@far
[some]
lswitch => Loopback/9${EXTEN}@far/_5X
[atload]
switch => Loopback/9${EXTEN}@far
[each]
eswitch => Loopback/${WHERE}@far
[itself]
switch => Loopback/@itself
[own]
switch => Loopback/@far
exten => 12,2,Own()
[nothing]
switch => Nope/x
`)
	vars := loopEnv{map[string]string{"WHERE": "77"}}
	for _, c := range []struct{ context, number, path string }{
		{"change", "123", "923@far:1 923@far:2"},
		{"one", "12", "77@far:1"},
		{"same", "12", "12@far:1 12@far:2"},
		{"some", "52", "952@far:1 952@far:2"},
		{"some", "62", ""},
		{"atload", "12", ""}, // EXTEN is nothing yet when the file is read
		{"each", "5", "77@far:1"},
		{"itself", "1", ""},
		{"own", "12", "12@far:1 12@far:2"},
		{"nothing", "1", ""},
	} {
		var path []string
		m := NewMachine(p, Location{c.context, c.number, 1})
		for {
			s := m.Next(Query{Env: vars})
			if s.Kind != StepRun {
				break
			}
			at := m.At()
			path = append(path, fmt.Sprintf("%s@%s:%d", at.Exten, at.Context, at.Priority))
			r := Continue
			if s.Hit.Priority.App == "Hangup" {
				r = End
			}
			m.Done(r)
		}
		if got := strings.Join(path, " "); got != c.path {
			t.Errorf("%s@%s: %s, want %s", c.number, c.context, got, c.path)
		}
	}
	if !p.MatchMore("same", "1", Query{}) || p.MatchMore("some", "6", Query{}) {
		t.Error("a longer number is not looked for behind the switch")
	}
}

func TestOverrideSwitch(t *testing.T) {
	p := planOf(t, "[general]\noverrideswitch=Loopback/@first\n[first]\nexten => 1,1,First()\n[c]\nexten => 1,1,Own()\nexten => 2,1,Own()\n")
	for number, want := range map[string]string{"1": "First", "2": "Own"} {
		h, ok := p.Find("c", number, 1, Query{})
		if !ok || h.Priority.App != want {
			t.Errorf("%s: %v %v, want %s", number, ok, h.Priority, want)
		}
	}
}
