// Package tones speaks the languages of tones that lines and radios have: the digits of MF and
// SF signalling and Morse code.
package tones

import (
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

// Module implements pbx.Furnisher and pbx.Actor.
type Module struct{ core *pbx.Core }

var (
	_ pbx.Furnisher = (*Module)(nil)
	_ pbx.Actor     = (*Module)(nil)
)

// New makes the module.
func New() *Module { return &Module{} }

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_mf" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "MF and SF signalling and Morse code" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	for _, a := range []pbx.App{
		{Name: "SendMF", Synopsis: "Send digits of MF signalling", Usage: sendMFUsage, Exec: sendMF},
		{Name: "ReceiveMF", Synopsis: "Receive digits of MF signalling", Usage: receiveMFUsage, Exec: receiveMF},
		{Name: "SendSF", Synopsis: "Send digits of SF signalling", Usage: sendSFUsage, Exec: sendSF},
		{Name: "ReceiveSF", Synopsis: "Receive digits of SF signalling", Usage: receiveSFUsage, Exec: receiveSF},
		{Name: "Morsecode", Synopsis: "Play a text in Morse code", Usage: morseUsage, Exec: morseCode},
	} {
		core.RegisterApp(a)
	}
}

// play plays steps one after the other, to their end or that of the call.
func play(c *pbx.Channel, list media.Tone) dialplan.Result {
	long := 0
	for i := range list {
		list[i].Once = true
		long += list[i].MS
	}
	if long > 0 {
		c.BeforeMedia()
		c.PlayTone(list)
		c.Idle(time.Duration(long) * time.Millisecond)
		c.StopTone()
	}
	if c.Gone() {
		return dialplan.End
	}
	return dialplan.Continue
}

// mostSteps bounds what is played at a time.
const mostSteps = 10_000

// pause is silence.
func pause(ms int) media.ToneStep { return media.ToneStep{MS: ms} }
