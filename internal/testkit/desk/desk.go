// Package desk has one call into an application, in virtual time, from a phone without a network:
// a test says what the application does, and what the phone does meanwhile.
package desk

import (
	"net"
	"net/netip"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// Phone is the caller.
type Phone struct{ *handset.Handset }

// Call implements pbx.Leg.
func (Phone) Call(pbx.CallInfo) {}

// Press presses keys.
func (p Phone) Press(keys string) {
	for _, k := range []byte(keys) {
		p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: k})
	}
}

// HangUp ends the call.
func (p Phone) HangUp() { p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal}) }

// Speak has the caller speak: a square wave of a level, for a time.
func (p Phone) Speak(level int16, d time.Duration) {
	pcm := make([]int16, int(d/time.Millisecond)*8)
	for i := range pcm {
		pcm[i] = level
		if i/8%2 == 1 {
			pcm[i] = -level
		}
	}
	p.Far().Play(media.NewClip(pcm), func(bool) {})
	time.Sleep(d)
}

// Call runs f as an application of a call that is answered already, in a bubble of virtual time,
// and meanwhile on the phone's side.
func Call(t *testing.T, f func(c *pbx.Channel), meanwhile func(p Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		engine, err := media.New(media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, net.ErrClosed }})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		core := pbx.NewCore(pbx.Config{Log: zerolog.New(t.Output()), Book: trace.NewBook(10)})
		core.RegisterApp(pbx.App{Name: "Run", Exec: func(c *pbx.Channel, _ string) dialplan.Result {
			c.MarkAnswered()
			f(c)
			return dialplan.End
		}})
		file, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte("[in]\nexten => s,1,Run()\n")}}}, "x", config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		plan, _ := dialplan.Compile(file, nil)
		core.SetPlan(plan)
		p := Phone{handset.New(engine, "desk")}
		if _, err := core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: "s", Trace: core.Book().Open()}); err != nil {
			t.Fatal(err)
		}
		meanwhile(p)
		time.Sleep(time.Minute)
	})
}
