package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

var sendDTMFApp = pbx.App{Name: "SendDTMF", Synopsis: "Press keys", Usage: "SendDTMF(digits[,pause ms[,duration ms[,channel[,a]]]])\n  " +
	"digits: 0-9 * # A-D, w for half a second and W for one\n  the pause between them is 250 ms; each lasts 100 ms, whatever the duration " +
	"says\n  a  answer that channel first", Exec: sendDTMF}

// sendDTMF presses keys on this channel, or on another one.
func sendDTMF(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 5)
	digits, on := word(f, 0), c
	if digits == "" {
		c.Warn("SendDTMF requires an argument")
		return dialplan.Continue
	}
	pause, ok := dialplan.Seconds(word(f, 1))
	if pause /= 1000; !ok || pause <= 0 { // it is in milliseconds
		pause = 250 * time.Millisecond
	}
	if name := word(f, 3); name != "" {
		if on = c.Core().Channel(name); on == nil {
			c.Warn("No such channel: " + name)
			return dialplan.Continue
		}
	}
	if strings.Contains(word(f, 4), "a") && on == c {
		c.AnswerHeard(0)
	}
	if !press(c, on, digits, pause) {
		return after(c)
	}
	return dialplan.Continue
}

// press presses keys on a channel while c, whose goroutine this is, is served; false when one of
// them is gone.
func press(c, on *pbx.Channel, digits string, pause time.Duration) bool {
	for _, d := range []byte(strings.ToUpper(strings.ReplaceAll(digits, "w", " "))) {
		wait := pause + 100*time.Millisecond
		switch {
		case d == ' ':
			wait = 500 * time.Millisecond
		case d == 'W':
			wait = time.Second
		case strings.IndexByte(media.EventDigits, d) < 0:
			c.Warn("'" + string(d) + "' is no key and is left out")
			continue
		case !on.SendDigit(d, false):
			return false
		}
		if !c.Sleep(wait) {
			return false
		}
	}
	return true
}
