package app

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

const controlPlaybackUsage = `ControlPlayback(file[,ms[,forward[,rewind[,stop[,pause[,restart[,{o(ms)}]]]]]]])
  keys by which the listener goes on (#) and back (*) by so many milliseconds (3000), ends it, pauses it, begins anew
  o(ms)  where it begins; file:end for its end
  CPLAYBACKSTATUS is SUCCESS, USERSTOPPED, REMOTESTOPPED or ERROR; CPLAYBACKOFFSET is where it has
  stopped in milliseconds, -1 for the end; CPLAYBACKSTOPKEY`

// controlPlayback plays a file that the listener and the manager steer.
func (p player) controlPlayback(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 8), make([]string, 8)...)
	if args == "" {
		c.Warn("ControlPlayback requires an argument (filename)")
		return dialplan.End
	}
	k := prompt.Control{Skip: 3 * time.Second, Stop: padKeys(f[4]), Pause: padKeys(f[5]), Restart: padKeys(f[6])}
	if ms := atoi(f[1]); ms != 0 {
		k.Skip = time.Duration(ms) * time.Millisecond
	}
	taken := k.Stop + k.Pause + k.Restart
	k.Forward = orFree(padKeys(f[2]), "#", taken+padKeys(f[3]))
	k.Rewind = orFree(padKeys(f[3]), "*", taken+k.Forward)
	name, fromEnd := cutEnd(word(f, 0))
	offset := 0
	if o := dialplan.ParseOptions(f[7], "o"); o.Has('o') {
		offset = atoi(o.Arg('o'))
	}
	if k.From = time.Duration(offset) * time.Millisecond; fromEnd {
		k.From = min(k.From, -time.Millisecond)
	}
	h, err := p.Control(c, name, k)
	status, at := "SUCCESS", h.At.Milliseconds()
	switch {
	case err != nil:
		c.Warn("ControlPlayback: " + err.Error())
		status, at = "ERROR", -1
	case h.Key != 0:
		status = "USERSTOPPED"
		c.SetVar("CPLAYBACKSTOPKEY", string(h.Key))
	case h.Order == pbx.PlayStop:
		status = "REMOTESTOPPED"
	case h.Whole:
		at = -1
	case c.Gone():
		status = "ERROR"
	}
	c.SetVar("CPLAYBACKSTATUS", status)
	c.SetVar("CPLAYBACKOFFSET", strconv.FormatInt(at, 10))
	return dialplan.Continue
}

// atoi reads the whole number with which a text begins, 0 for none.
func atoi(text string) int {
	n, _ := seconds(text)
	return int(min(max(n, -1<<31), 1<<31-1))
}

// padKeys are keys of a telephone, or none.
func padKeys(text string) string {
	if text == "" || strings.IndexByte("0123456789*#", text[0]) < 0 {
		return ""
	}
	return text
}

// orFree is the keys, else the usual one unless it means something else.
func orFree(keys, usual, taken string) string {
	if keys == "" && !strings.Contains(taken, usual) {
		return usual
	}
	return keys
}

// cutEnd reads "file:end".
func cutEnd(name string) (file string, end bool) {
	if n := len(name) - len(":end"); n > 0 && strings.EqualFold(name[n:], ":end") {
		return name[:n], true
	}
	return name, false
}
