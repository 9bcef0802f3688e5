package app

import (
	"cmp"
	"errors"
	"strings"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/sounds"
)

// player has the applications that make sound.
type player struct{ lib *sounds.Library }

func (p player) apps() []pbx.App {
	return []pbx.App{
		{Name: "Playback", Synopsis: "Play files", Usage: "Playback(file[&file...][,skip|noanswer])", Exec: p.playback},
		{Name: "Echo", Synopsis: "Send audio back to the caller; # ends", Usage: "Echo()", Exec: echo},
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
		c.Answer()
	}
	status := "SUCCESS"
	for _, name := range fileList(word(f, 0)) {
		if err := p.one(c, name); err != nil {
			c.Warn("Playback: " + err.Error())
			status = "FAILED"
		}
		if c.Gone() {
			break
		}
	}
	c.SetVar("PLAYBACKSTATUS", status)
	return dialplan.Continue
}

var errNoAudio = errors.New("a message has no audio")

// fileList reads "file&file".
func fileList(text string) (out []string) {
	for _, name := range strings.Split(text, "&") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// one plays a file to its end or the end of the call.
func (p player) one(c *pbx.Channel, name string) error {
	_, err := p.until(c, name, "", func(byte) bool { return false })
	return err
}

// until plays a file until its end, the end of the call, or a digit that stops it, which
// it returns. Digits typed ahead count.
func (p player) until(c *pbx.Channel, name, language string, stops func(digit byte) bool) (digit byte, err error) {
	if d := c.TypedAhead(stops); d != 0 {
		return d, nil
	}
	file, data, err := p.lib.Find(name, cmp.Or(language, c.View().Language))
	if err != nil {
		return 0, err
	}
	samples, err := media.Decode(file, data)
	if err != nil {
		return 0, err
	}
	s := c.Leg().Stream()
	if s == nil {
		return 0, errNoAudio
	}
	c.Trace().Note("playing %s", file)
	c.Show(3, "file.c", "<%s> Playing '%s' (language '%s')", c.Name(), name, cmp.Or(language, c.View().Language))
	c.BeforeMedia()
	done := make(chan struct{})
	s.Play(media.NewClip(samples), func(bool) { close(done) })
	for {
		e, why := c.Await(pbx.Wait{Keys: true, Also: done})
		switch {
		case why == pbx.Also:
			return 0, nil
		case why == pbx.Came && !stops(e.Digit):
			c.Handle(e)
			continue
		case why == pbx.Came:
			digit = e.Digit
		}
		s.StopPlay()
		<-done
		return digit, nil
	}
}

func echo(c *pbx.Channel, _ string) dialplan.Result {
	s := c.Leg().Stream()
	if s == nil {
		c.Warn("Echo: " + errNoAudio.Error())
		return dialplan.Continue
	}
	s.Echo()
	defer s.Unbridge()
	for {
		if e, why := c.Await(pbx.Wait{Keys: true}); why != pbx.Came || e.Digit == '#' {
			return after(c)
		}
	}
}
