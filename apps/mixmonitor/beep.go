package mixmonitor

import (
	"time"

	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// beeper beeps into a call from time to time, so that both sides know that it is recorded.
type beeper struct {
	c     *pbx.Channel
	clip  soundfile.Clip
	every time.Duration
	timer *time.Timer
}

// beeping begins, for a recording with option B; nil without it.
func (m *Module) beeping(c *pbx.Channel, every time.Duration) *beeper {
	if every <= 0 {
		return nil
	}
	file, data, err := m.player.Lib.Find("beep", c.View().Language)
	if err != nil {
		c.Warn("MixMonitor: " + err.Error())
		return nil
	}
	clip, err := soundfile.Decode(file, data)
	if err != nil {
		c.Warn("MixMonitor: " + err.Error())
		return nil
	}
	b := &beeper{c: c, clip: clip, every: every}
	b.timer = time.AfterFunc(every, b.beep)
	return b
}

// beep is heard by both sides, and not by the recording.
func (b *beeper) beep() {
	if leg := b.c.Leg(); !b.c.View().Gone && leg != nil && leg.Stream() != nil {
		leg.Stream().Start(b.clip.Source(), media.Play{Mix: true})
		leg.Stream().Start(b.clip.Source(), media.Play{In: true, Mix: true})
		b.timer.Reset(b.every)
	}
}

// stop ends it; nil is none.
func (b *beeper) stop() {
	if b != nil {
		b.timer.Stop()
	}
}
