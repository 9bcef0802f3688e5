package prompt

import (
	"strings"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// Ask asks for digits.
type Ask struct {
	Prompts  []string
	Tone     media.Tone // in place of prompts, until the first key; nil: none
	Language string     // of the prompts; "": the channel's
	Most     int        // digits; 0: any number of them
	Ends     string     // keys that end it and are not among the digits
	// First is how long it waits for the first key after the prompts, Next how long between two;
	// 0: as long as the channel's TIMEOUT(response) and TIMEOUT(digit).
	First, Next time.Duration
}

// Answer is what was typed.
type Answer struct {
	Digits string
	End    byte // the key that ended it, of Ask.Ends; 0: none did
	Why    Why
}

// Why digits have an end.
type Why uint8

const (
	Enough   Why = iota // there are as many as were asked for
	Ended               // by a key
	TimedOut            // nothing came for too long
	HungUp              // or the channel is sent elsewhere
	Missing             // the last prompt, with which it asks, is not there
)

// Digits plays the prompts and reads digits. A key that is pressed meanwhile ends the prompts,
// and is the first one; keys typed ahead count.
func (p *Player) Digits(c *pbx.Channel, ask Ask) (a Answer) {
	digit, response, _ := c.Timeouts()
	first, next := or(ask.First, response), or(ask.Next, digit)
	key, err := p.asked(c, ask)
	if err != nil {
		return Answer{Why: Missing}
	}
	for {
		if key == 0 {
			key = c.WaitDigit(first)
			c.StopTone()
		}
		switch {
		case key == 0 && c.Gone():
			a.Why = HungUp
			return a
		case key == 0:
			a.Why = TimedOut
			return a
		case strings.IndexByte(ask.Ends, key) >= 0:
			a.End, a.Why = key, Ended
			return a
		}
		if a.Digits += string(key); ask.Most > 0 && len(a.Digits) >= ask.Most || len(a.Digits) >= mostDigits {
			return a
		}
		key, first = 0, next
	}
}

// mostDigits are read, however many were asked for.
const mostDigits = 255

// asked plays what it asks with and returns the key that ended it.
func (p *Player) asked(c *pbx.Channel, ask Ask) (key byte, err error) {
	if ask.Tone != nil {
		c.BeforeMedia()
		c.PlayTone(ask.Tone)
		return 0, nil
	}
	for i, name := range ask.Prompts {
		h, err := p.Play(c, name, How{Language: ask.Language, Stops: AnyKey})
		if err != nil {
			if c.Warn(err.Error()); i == len(ask.Prompts)-1 {
				return 0, err
			}
		}
		if h.Key != 0 || c.Gone() {
			return h.Key, nil
		}
	}
	return 0, nil
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
