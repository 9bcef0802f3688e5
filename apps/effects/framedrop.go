package effects

import (
	"strings"

	"obelisk/media"
	"obelisk/pbx"
)

const dropUsage = `Set(FRAME_DROP(RX|TX)=VOICE): what the channel says, or hears, is silence, until it is set again
  Of the kinds of Asterisk only VOICE is dropped; others are told of, and pass`

// kindsOfFrames that pass here though Asterisk drops them.
const kindsOfFrames = " DTMF_BEGIN DTMF_END VIDEO CONTROL TEXT TEXT_DATA IMAGE HTML CNG MODEM RING RINGING ANSWER BUSY CONGESTION FLASH " +
	"PROGRESS PROCEEDING HOLD UNHOLD VIDUPDATE CONNECTED_LINE REDIRECTING "

// frameDrop is FRAME_DROP. As observed with Asterisk 20.20.1 it can only be written, a second one takes the place of
// the first, whatever its direction, and a direction or kind that there is not changes nothing.
func frameDrop() pbx.Func {
	return pbx.Func{Name: "FRAME_DROP", Synopsis: "Drop what comes from a channel or goes to it", Usage: dropUsage,
		Write: func(c *pbx.Channel, args, value string) error {
			d := map[string]media.Direction{"RX": media.In, "TX": media.Out}[strings.ToUpper(strings.TrimSpace(args))]
			if d == 0 {
				return nil
			}
			s, err := stream(c)
			if err != nil {
				return err
			}
			voice := false
			for kind := range strings.FieldsFuncSeq(strings.ToUpper(value), func(r rune) bool { return strings.ContainsRune(",& ", r) }) {
				if voice = voice || kind == "VOICE"; strings.Contains(kindsOfFrames, " "+kind+" ") {
					c.Warn("FRAME_DROP: " + kind + " is not dropped here")
				}
			}
			if s.Mute(media.In|media.Out, false); voice {
				s.Mute(d, true)
			}
			return nil
		}}
}
