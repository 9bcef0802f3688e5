// Package milliwatt is the test tone of telephone lines: the application Milliwatt. It is the
// smallest of the modules, and the example of CONTRIBUTING.md.
package milliwatt

import (
	"math"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Module implements pbx.Furnisher.
type Module struct{}

var (
	_ pbx.Furnisher = Module{}
	_ pbx.Described = Module{}
)

// New makes the module.
func New() Module { return Module{} }

// Name implements pbx.Module.
func (Module) Name() string { return "app_milliwatt" }

// Synopsis implements pbx.Described.
func (Module) Synopsis() string { return "Test tone of one milliwatt" }

// Furnish implements pbx.Furnisher.
func (Module) Furnish(core *pbx.Core) {
	core.RegisterApp(pbx.App{Name: "Milliwatt", Synopsis: "Play a tone of one milliwatt until the call ends", Usage: usage, Exec: milliwatt})
}

const usage = "Milliwatt([options])\n  1004 Hz at 0 dBm0, on a channel that is up or not.\n" +
	"  o  1000 Hz, which repeats every eight samples, as in old exchanges; the channel is answered\n" +
	"  m  9 s of the tone and 1 s of silence in turn"

// milliwatt plays until the channel is hung up or goes elsewhere.
func milliwatt(c *pbx.Channel, options string) dialplan.Result {
	t := &tone{hz: 1004}
	switch {
	case strings.Contains(options, "o"):
		t.hz = 1000
		c.Answer()
	case strings.Contains(options, "m"):
		t.sounds, t.pauses = 9*rate, rate
	}
	c.BeforeMedia()
	if s := c.Leg().Stream(); s != nil {
		defer s.Play(t, nil).Stop()
	}
	c.WaitHangup()
	return dialplan.Continue
}

const (
	rate = 8000 // samples each second
	// peak of a sine of 0 dBm0 in 16 bit: G.711 u-law overloads at 3.17 dBm0 with 8159*4
	// (ITU-T G.711 table 2a).
	peak = 22657
)

// tone implements media.Source. Its samples lie half way between those of a sine that begins
// at 0, so that 1000 Hz comes to the eight words of the digital milliwatt (ITU-T G.711 table 5).
type tone struct {
	hz             int
	sounds, pauses int // samples of each in turn; 0: it never pauses
	at             int
}

// Frame implements media.Source.
func (t *tone) Frame(dst []int16) int {
	for i := range dst {
		dst[i] = 0
		if t.sounds == 0 || t.at%(t.sounds+t.pauses) < t.sounds {
			dst[i] = int16(math.Round(peak * math.Sin(2*math.Pi*(float64(t.at*t.hz%rate)+float64(t.hz)/2)/rate)))
		}
		t.at++
	}
	return len(dst)
}
