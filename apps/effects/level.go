package effects

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"obelisk/dialplan/expr"
	"obelisk/media"
	"obelisk/pbx"
)

const (
	agcUsage = `Set(AGC(rx|tx)=level|on|off): what it says (rx) or hears (tx) is brought to a loudness by itself
  level  1 to 32768; on is 8000, a mean power of 19 dB below the loudest tone
  AGC(rx) is the level, 0.0 for none; empty where neither AGC nor DENOISE is set`
	denoiseUsage = `Set(DENOISE(rx|tx)=on|off): what is no louder than the noise between words is 15 dB softer; words stay as they are
  DENOISE(rx) is 1 or 0; empty where neither AGC nor DENOISE is set`

	usualLevel = 8000  // of AGC(rx)=on
	mostLevel  = 32768 // the loudest there is
)

// agc and denoise are the functions of these names.
func agc() pbx.Func {
	return pbx.Func{Name: "AGC", Synopsis: "Bring a channel to a loudness", Usage: agcUsage,
		Read: func(c *pbx.Channel, args string) (string, error) { return shown(c, args, "agc", "0.0") },
		Write: func(c *pbx.Channel, args, value string) error {
			level := 0
			if n, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
				level = int(n)
			} else if expr.True(value) {
				level = usualLevel
			}
			if level < 0 || level > mostLevel {
				return fmt.Errorf("AGC takes a level of 1 to %d, on or off, not '%s'", mostLevel, value)
			}
			said := ""
			if level > 0 {
				said = strconv.Itoa(level) + ".0"
			}
			return set(c, args, "agc", said, func(s *media.Stream, d media.Direction) { s.SetLevel(d, level) })
		}}
}

func denoise() pbx.Func {
	return pbx.Func{Name: "DENOISE", Synopsis: "Make a channel's noise softer", Usage: denoiseUsage,
		Read: func(c *pbx.Channel, args string) (string, error) { return shown(c, args, "denoise", "0") },
		Write: func(c *pbx.Channel, args, value string) error {
			on, said := expr.True(value), ""
			if on {
				said = "1"
			}
			return set(c, args, "denoise", said, func(s *media.Stream, d media.Direction) { s.SetGate(d, on) })
		}}
}

// set does it to a direction, and notes what was said of it: "" for none.
func set(c *pbx.Channel, args, what, said string, do func(*media.Stream, media.Direction)) error {
	way, err := wayOf(args)
	if err != nil {
		return err
	}
	s, err := stream(c)
	if err != nil {
		return err
	}
	do(s, ways[way])
	c.SetFact(fact(what, way), said)
	return nil
}

// wayOf is what a channel says or hears, by its word.
func wayOf(args string) (way int, err error) {
	switch strings.ToLower(strings.TrimSpace(args)) {
	case "rx":
		return 0, nil
	case "tx":
		return 1, nil
	}
	return 0, errors.New("the direction is rx or tx")
}

func fact(what string, way int) string { return "effects." + what + [2]string{".rx", ".tx"}[way] }

// shown is what one of them is set to: none where another is, and "" where none is.
func shown(c *pbx.Channel, args, what, none string) (string, error) {
	way, err := wayOf(args)
	if err != nil || c == nil {
		return "", err
	}
	if v, _ := c.Fact(fact(what, way)); v != "" {
		return v, nil
	}
	for way := range ways {
		for _, w := range []string{"agc", "denoise"} {
			if v, _ := c.Fact(fact(w, way)); v != "" {
				return none, nil
			}
		}
	}
	return "", nil
}
