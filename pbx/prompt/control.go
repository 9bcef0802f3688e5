package prompt

import (
	"strings"
	"time"

	"obelisk/pbx"
)

// Control is how a listener steers a prompt: keys, each any of a text.
type Control struct {
	Language                              string
	Forward, Rewind, Stop, Pause, Restart string
	Skip                                  time.Duration // 0: three seconds
	From                                  time.Duration // where it begins; below 0: counted from its end
}

// Control plays a prompt that the listener steers. What it returns is the key or order that ended
// it; who hangs up in a pause ends it where it stood.
func (p *Player) Control(c *pbx.Channel, name string, k Control) (Heard, error) {
	t, err := p.open(c, name, k.Language)
	if err != nil {
		return Heard{}, err
	}
	t.from(k.From)
	stops := Keys(k.Stop + k.Pause + k.Restart)
	for {
		h := Heard{Key: c.TypedAhead(stops)}
		if h.Key == 0 {
			if h, err = p.run(c, t, How{Stops: stops, Forward: k.Forward, Rewind: k.Rewind, Skip: k.Skip}); err != nil {
				return h, err
			}
		}
		switch {
		case h.Order == pbx.PlayRestart, h.Key != 0 && strings.IndexByte(k.Restart, h.Key) >= 0:
			t.from(0)
		case h.Order == pbx.PlayPause, h.Key != 0 && strings.IndexByte(k.Pause, h.Key) >= 0:
			if stopped := paused(c, k); stopped.Stopped() || c.Gone() {
				stopped.At = t.at()
				return stopped, nil
			}
		default:
			return h, nil
		}
	}
}

// paused waits until the listener goes on, or ends it with what it returns.
func paused(c *pbx.Channel, k Control) (h Heard) {
	for {
		e, why := c.Await(pbx.Wait{Keys: true, Kinds: pbx.Kinds(pbx.EventPlay)})
		switch {
		case why != pbx.Came:
			return Heard{}
		case e.Kind == pbx.EventPlay && e.Text == pbx.PlayPause, e.Kind == pbx.EventDigit && strings.IndexByte(k.Pause, e.Digit) >= 0:
			return Heard{}
		case e.Kind == pbx.EventPlay && e.Text == pbx.PlayStop:
			return Heard{Order: e.Text}
		case e.Kind == pbx.EventDigit && strings.IndexByte(k.Stop, e.Digit) >= 0:
			return Heard{Key: e.Digit}
		}
	}
}
