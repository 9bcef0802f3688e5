package app

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/rehearse"
	"obelisk/manage/ami/wording"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// Answer waits for the first audio of who called, for half a second at most; with a delay that
// long, and not at all with i.
func TestAnswerWaits(t *testing.T) {
	for name, c := range map[string]struct {
		args  string
		heard time.Duration // 0: nothing
		key   time.Duration
		waits time.Duration
		left  string // of keys
	}{
		"silence":          {"", 0, 0, 500 * time.Millisecond, ""},
		"audio":            {"", 100 * time.Millisecond, 0, 100 * time.Millisecond, ""},
		"a key":            {"", 0, 200 * time.Millisecond, 200 * time.Millisecond, "5"},
		"a short delay":    {"200", 100 * time.Millisecond, 0, 500 * time.Millisecond, ""},
		"a delay":          {"800", 100 * time.Millisecond, 200 * time.Millisecond, 800 * time.Millisecond, "5"},
		"a negative delay": {"-1", 100 * time.Millisecond, 0, 100 * time.Millisecond, ""},
		"at once":          {",i", 0, 0, 0, ""},
		"a word":           {",nocdr", 0, 0, 500 * time.Millisecond, ""},
	} {
		t.Run(name, func(t *testing.T) {
			plan := "[in]\nexten => s,1,Answer(" + c.args + ")\nsame => n,Set(GLOBAL(T)=${EPOCH})\nsame => n,NoOp(now)\nsame => " +
				"n,Read(K,,1,,,1)\nsame => n,Set(GLOBAL(K)=${K})\n"
			onBoard(t, plan, func(t *testing.T, b *rehearse.Board) {
				p := newPhone(b)
				began, waited := time.Now(), time.Duration(0)
				defer b.Core.Listen(func(e event.Event) {
					n := wording.Event(e)
					if n.Name == "Newexten" && n.Field("AppData") == "now" {
						waited = time.Since(began)
					}
				})()
				p.calls(t, b, "s")
				if c.heard > 0 {
					time.AfterFunc(c.heard, p.Speak)
				}
				if c.key > 0 {
					time.AfterFunc(c.key, func() { p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: '5'}) })
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if got := waited.Round(20 * time.Millisecond); got != c.waits {
					t.Errorf("it waits %v, want %v", waited, c.waits)
				}
				if got := global(b, "K"); got != c.left {
					t.Errorf("keys left: %q, want %q", got, c.left)
				}
			})
		})
	}
}
