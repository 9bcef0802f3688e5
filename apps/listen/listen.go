// Package listen has applications that hear what a caller says without understanding it: whether he
// is silent, talks, presses keys, or is a machine.
package listen

import (
	"sync/atomic"

	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher and pbx.Configured.
type Module struct {
	player *prompt.Player
	amd    atomic.Pointer[settings]
	keys   stores
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
)

// New makes the module.
func New(lib *sounds.Library) *Module {
	m := &Module{player: &prompt.Player{Lib: lib}}
	usual := usualSettings
	m.amd.Store(&usual)
	return m
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_amd" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Answering Machine Detection, silence and talk" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	for _, a := range []pbx.App{
		{Name: "WaitForSilence", Synopsis: "Wait until the caller is silent", Usage: waitUsage("Silence", "SILENCE"), Exec: waitFor(silence)},
		{Name: "WaitForNoise", Synopsis: "Wait until the caller makes a sound", Usage: waitUsage("Noise", "NOISE"), Exec: waitFor(noise)},
		{Name: "BackgroundDetect", Synopsis: "Play a file until the caller has said something", Usage: backgroundUsage, Exec: m.background},
		{Name: "AMD", Synopsis: "Tell a person from a machine", Usage: amdUsage, Exec: m.detect},
		{Name: "StoreDTMF", Module: "app_dtmfstore", Synopsis: "Keep the keys of a channel in a variable", Usage: storeUsage, Exec: m.keys.exec},
		{Name: "WaitForTone", Module: "res_tonedetect", Synopsis: "Wait for a tone", Usage: toneUsage, Exec: waitForTone},
		{Name: "ToneScan", Module: "res_tonedetect", Synopsis: "Tell what a line says by its tones", Usage: scanUsage, Exec: toneScan},
	} {
		core.RegisterApp(a)
	}
	core.RegisterFunc(talkDetect())
	core.RegisterFunc(toneDetect())
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	s, diags := readSettings(src.File("amd.conf"))
	return &next{m, s}, diags
}

// next is an amd.conf that is not in force yet.
type next struct {
	m *Module
	s settings
}

// Changes implements pbx.Next.
func (n *next) Changes() []string {
	if *n.m.amd.Load() == n.s {
		return nil
	}
	return []string{"amd.conf changes"}
}

// Commit implements pbx.Next.
func (n *next) Commit() { n.m.amd.Store(&n.s) }

// Discard implements pbx.Next.
func (n *next) Discard() {}
