// Package effects changes what a channel says and hears while its call goes on: mute, volume, and
// what a dialplan plays into it from time to time.
package effects

import (
	"errors"
	"strings"
	"sync"

	"obelisk/dialplan/expr"
	"obelisk/media"
	"obelisk/pbx"
)

// Module implements pbx.Furnisher and pbx.Actor.
type Module struct {
	core *pbx.Core

	mu    sync.Mutex // guards the next two
	last  uint64     // number of the newest hook
	hooks map[string]*hook

	volumes volumes
}

var (
	_ pbx.Furnisher = (*Module)(nil)
	_ pbx.Actor     = (*Module)(nil)
)

// New makes the module.
func New() *Module { return &Module{hooks: map[string]*hook{}} }

// Name implements pbx.Module.
func (m *Module) Name() string { return "res_mutestream" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Mute and volume of channels" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	for _, f := range []pbx.Func{
		{Name: "MUTEAUDIO", Synopsis: "Mute a channel", Usage: "Set(MUTEAUDIO(in|out|all)=on|off): what it says, what it hears, both",
			Write: muteAudio},
		{Name: "VOLUME", Synopsis: "Make a channel louder or softer", Usage: volumeUsage, Read: m.loudness, Write: m.volume},
		{Name: "JITTERBUFFER", Synopsis: "Even out the packets that a channel sends", Usage: jitterUsage, Write: jitterBuffer},
		{Name: "PERIODIC_HOOK", Synopsis: "Play into a call from time to time", Usage: hookUsage, Read: m.begin, Write: m.change},
		agc(), denoise(), scramble(), frameDrop(), without("PITCH_SHIFT", "another pitch"),
	} {
		core.RegisterFunc(f)
	}
}

// without is a function that says what it does not do, and costs the call nothing else.
func without(name, what string) pbx.Func {
	return pbx.Func{Name: name, Synopsis: "Has no effect", Usage: "Set(" + name + "(...)=...): there is no " + what +
		" here; the audio stays as it is", Write: func(c *pbx.Channel, _, _ string) error {
		c.Warn(name + ": there is no " + what + " here; the audio stays as it is")
		return nil
	}}
}

// directions by their words in MuteAudio: what the channel says, and what it hears.
var directions = map[string]media.Direction{"in": media.In, "out": media.Out, "all": media.In | media.Out}

// stream is a channel's audio.
func stream(c *pbx.Channel) (*media.Stream, error) {
	if c == nil || c.Leg() == nil || c.Leg().Stream() == nil {
		return nil, errors.New("there is no audio")
	}
	return c.Leg().Stream(), nil
}

func muteAudio(c *pbx.Channel, args, value string) error {
	d, ok := directions[strings.TrimSpace(args)]
	if !ok {
		return errors.New("MUTEAUDIO takes in, out or all, not '" + args + "'")
	}
	s, err := stream(c)
	if err == nil {
		s.Mute(d, expr.True(value))
	}
	return err
}

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	return []pbx.Action{{Name: "MuteAudio", Synopsis: "Mute an audio stream.", Classes: "system", Run: m.actMute}}
}

func (m *Module) actMute(q pbx.Asked) {
	c := m.core.Channel(q.Get("Channel"))
	switch {
	case q.Get("Channel") == "":
		q.Fail("Channel not specified")
	case q.Get("State") == "":
		q.Fail("State not specified")
	case q.Get("Direction") == "":
		q.Fail("Direction not specified")
	case c == nil:
		q.Fail("No such channel")
	case muteAudio(c, q.Get("Direction"), q.Get("State")) != nil:
		q.Fail("Failed to mute/unmute stream")
	default:
		q.OK("")
	}
}
