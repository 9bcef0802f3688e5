package effects

import (
	"errors"
	"strings"

	"obelisk/media"
	"obelisk/pbx"
)

const scrambleUsage = "Set(SCRAMBLE()=rx|tx|both|remove): what it says, what it hears or both cannot be understood\n" +
	"  (low is high and high is low); remove: not any more. Who wants to hear it can make it right again: it keeps nobody out"

// scrambled is the fact that says that a channel is.
const scrambled = "effects.scramble"

// scramblings are the directions by the words of SCRAMBLE.
var scramblings = map[string]media.Direction{"rx": media.In, "tx": media.Out, "both": media.In | media.Out}

// scramble is the function SCRAMBLE. As observed with Asterisk 20.20.1 it can only be written, its argument
// has no meaning, a second one takes the place of the first, and words are in any case.
func scramble() pbx.Func {
	return pbx.Func{Name: "SCRAMBLE", Synopsis: "Make a channel's audio be understood by nobody", Usage: scrambleUsage,
		Write: func(c *pbx.Channel, _, value string) error {
			word := strings.ToLower(strings.TrimSpace(value))
			d := scramblings[word]
			if d == 0 && word != "remove" {
				return errors.New("direction must be either RX, TX, both, or remove")
			}
			s, err := stream(c)
			if err != nil {
				return err
			}
			if was, _ := c.Fact(scrambled); was == "" && d == 0 {
				return errors.New("Cannot remove SCRAMBLE from " + c.Name() + ": SCRAMBLE not currently enabled")
			}
			s.SetScramble(media.In|media.Out, false)
			if c.SetFact(scrambled, ""); d != 0 {
				c.SetFact(scrambled, word)
				s.SetScramble(d, true)
			}
			return nil
		}}
}
