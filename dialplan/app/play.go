package app

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// player has the applications that make sound.
type player struct{ *prompt.Player }

func (p player) apps() []pbx.App {
	return []pbx.App{
		{Name: "Playback", Synopsis: "Play files", Usage: "Playback(file[&file...][,skip|noanswer])", Exec: p.playback},
		{Name: "ControlPlayback", Synopsis: "Play a file that the listener steers", Usage: controlPlaybackUsage, Exec: p.controlPlayback},
		{Name: "Echo", Synopsis: "Send audio back to the caller; # ends", Usage: "Echo()", Exec: echo},
		{Name: "StreamEcho", Module: "app_stream_echo", Synopsis: "Send audio and video back to the caller; # ends",
			Usage: streamEchoUsage, Exec: streamEcho},
	}
}

// playback plays files one after the other; a missing one is reported and
// left out.
func (p player) playback(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	options := word(f, 1)
	if args == "" {
		c.Warn("Playback requires an argument (filename)")
		return dialplan.End
	}
	if strings.Contains(options, "skip") && c.View().State != pbx.StateUp {
		c.SetVar("PLAYBACKSTATUS", "SUCCESS")
		return dialplan.Continue
	}
	if !strings.Contains(options, "noanswer") {
		c.AnswerHeard(0)
	}
	status := "SUCCESS"
	if word(f, 0) == "" {
		c.Warn("Playback: there is no file to play in '" + args + "'")
		status = "FAILED"
	}
	for _, name := range prompt.Files(word(f, 0)) {
		h, err := p.Play(c, name, prompt.How{})
		if err != nil {
			c.Warn("Playback: " + err.Error())
			status = "FAILED"
		}
		if h.Stopped() || c.Gone() {
			break
		}
	}
	c.SetVar("PLAYBACKSTATUS", status)
	return dialplan.Continue
}

const streamEchoUsage = "StreamEcho([num[,type]])\n  As Echo: each stream comes back once. No more streams are offered (num above 1)"

// streamEcho is StreamEcho. As observed with Asterisk 20.20.1 a number that is none ends the call.
func streamEcho(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	if n := word(f, 0); n != "" {
		more, err := strconv.ParseUint(n, 10, 16)
		if err != nil {
			c.Warn("Failed to parse the first parameter '" + n + "' into a greater than or equal to zero")
			return dialplan.End
		}
		if more > 1 {
			c.Warn("StreamEcho: no more streams are offered here; each that there is comes back once")
		}
	}
	return echo(c, "")
}

func echo(c *pbx.Channel, _ string) dialplan.Result {
	s := c.Leg().Stream()
	if s == nil {
		c.Warn("Echo: " + prompt.ErrNoAudio.Error())
		return dialplan.Continue
	}
	s.Echo()
	defer func() { c.Leg().Stream().Unbridge() }() // of the leg that is there then: a transfer puts another one in its place
	for {
		if e, why := c.Await(pbx.Wait{Keys: true}); why != pbx.Came || e.Digit == '#' {
			return after(c)
		}
	}
}
