package app

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/trace"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// The parts of WaitForCondition's arguments.
func TestCondition(t *testing.T) {
	for args, want := range map[string]struct {
		expression string
		limit      time.Duration
		ok         bool
	}{
		`#,#["#{X}" = "1"],10`:   {`$["${X}" = "1"]`, 10 * time.Second, true},
		`@,@[1 & @[2]],0.5,0.25`: {`$[1 & $[2]]`, 500 * time.Millisecond, true},
		`#,#[1]`:                 {`$[1]`, 0, true},
		`$,$[1]`:                 {},
		`#,@[1]`:                 {},
		`#;#[1]`:                 {},
		`#,#[1`:                  {},
		`#,#[1],x`:               {},
		``:                       {},
	} {
		expression, limit, _, ok := condition(args)
		if expression != want.expression || limit != want.limit || ok != want.ok {
			t.Errorf("%q: %q %v %v", args, expression, limit, ok)
		}
	}
}

// A word wakes all who wait for it, and nobody who does not.
func TestSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(1)})
		Register(core, &sounds.Library{})
		c := core.Bare(dialplan.Location{Context: "c", Exten: "s", Priority: 1})
		if core.App("Signal").Exec(c, "x,y"); c.Variable("SIGNALSTATUS") != "FAILURE" {
			t.Error("a signal that nobody waits for was sent")
		}
		s := &signals{waiting: map[string][]*waiter{}}
		a, b := &waiter{woken: make(chan struct{})}, &waiter{woken: make(chan struct{})}
		s.waiting["x"], s.waiting["z"] = []*waiter{a}, []*waiter{b}
		s.send(c, "x,some, payload")
		select {
		case <-a.woken:
		default:
			t.Error("who waits is not woken")
		}
		if a.payload != "some, payload" || c.Variable("SIGNALSTATUS") != "SUCCESS" {
			t.Errorf("payload %q, status %q", a.payload, c.Variable("SIGNALSTATUS"))
		}
		if s.forget("z", b); len(s.waiting) != 0 {
			t.Errorf("%v wait", s.waiting)
		}
	})
}
