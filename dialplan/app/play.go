package app

import (
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
	if strings.Contains(options, "skip") && c.View().State != pbx.StateUp {
		return dialplan.Continue
	}
	if !strings.Contains(options, "noanswer") {
		c.Answer()
	}
	status := "SUCCESS"
	for _, name := range strings.Split(word(f, 0), "&") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if err := p.one(c, name); err != nil {
			c.Warn("Playback: " + err.Error())
			status = "FAILED"
		}
		if c.Gone() {
			break
		}
	}
	c.SetVar("PLAYBACKSTATUS", status)
	return after(c)
}

var errNoAudio = errors.New("a message has no audio")

// one plays a file to its end or the end of the call.
func (p player) one(c *pbx.Channel, name string) error {
	file, data, err := p.lib.Find(name, c.View().Language)
	if err != nil {
		return err
	}
	samples, err := media.Decode(file, data)
	if err != nil {
		return err
	}
	s := c.Leg().Stream()
	if s == nil {
		return errNoAudio
	}
	c.Trace().Note("playing %s", file)
	c.BeforeMedia()
	done := make(chan bool, 1)
	s.Play(media.NewClip(samples), func(ok bool) { done <- ok })
	for {
		select {
		case <-done:
			return nil
		case e := <-c.Queue():
			if !c.Handle(e) {
				s.StopPlay()
				<-done
				return nil
			}
		}
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
	for !c.Gone() {
		e := <-c.Queue()
		if e.Kind == pbx.EventDigit && e.Digit == '#' {
			break
		}
		c.Handle(e)
	}
	return after(c)
}
