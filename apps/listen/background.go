package listen

import (
	"strconv"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/hear"
)

const backgroundUsage = `BackgroundDetect(file[,silence[,min[,max[,time]]]])
  milliseconds of silence after which talk is over (1000), its shortest (100) and longest, and how
  long talk is looked for: until the file ends
  TALK_DETECTED is how long it was; the call goes on at talk, if that is here, or at what is dialled`

// background plays a file, and ends it when the caller has said something, or dials.
func (m *Module) background(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 5), make([]string, 5)...)
	if args == "" {
		c.Warn("BackgroundDetect requires an argument (filename)")
		return dialplan.End
	}
	ms := func(i, usual int) time.Duration {
		n, ok := count(f[i], 1, usual)
		if !ok {
			n = usual
		}
		return time.Duration(n) * time.Millisecond
	}
	t := talk{silence: ms(1, 1000), least: ms(2, 100), most: ms(3, 0)}
	c.Answer()
	l, err := hear.Listen(c, media.In)
	if err != nil {
		c.Warn(err.Error())
		return dialplan.End
	}
	defer l.Close()
	voice, done, err := m.player.Start(c, f[0])
	if err != nil {
		c.Warn("BackgroundDetect: " + err.Error())
		return dialplan.Continue
	}
	defer voice.Stop()
	return until(c, l, &t, done, ms(4, 0))
}

// underway is how old what is heard may be when it comes: what was said while the file played is
// judged, too.
const underway = 200 * time.Millisecond

// until listens while a file plays.
func until(c *pbx.Channel, l *hear.Listener, t *talk, done <-chan struct{}, limit time.Duration) dialplan.Result {
	plan, context, begun := c.Machine().Plan(), c.View().At.Context, time.Now()
	m := hear.NewMeter(l.Rate(), 0)
	var ended time.Time
	for {
		select {
		case <-done:
			ended, done = time.Now(), nil
		default:
		}
		if !ended.IsZero() && time.Since(ended) >= underway {
			return dialplan.Continue
		}
		pcm, e, why := l.Next(pbx.Wait{Keys: true, For: 100 * time.Millisecond})
		switch {
		case why == pbx.TimedOut:
		case why == pbx.Came:
			if exten := string(e.Digit); plan.Exists(context, exten, c.Query()) || plan.CanMatch(context, exten, c.Query()) {
				return dialplan.Pressed(e.Digit)
			}
		case why != pbx.Also:
			return dialplan.End
		case limit == 0 || time.Since(begun) < limit:
			m.Add(pcm, func() bool { return !t.judge(m) })
			if t.found == 0 {
				continue
			}
			c.SetVar("TALK_DETECTED", strconv.FormatInt(t.found.Milliseconds(), 10))
			if plan.Exists(context, "talk", c.Query()) {
				c.Machine().Goto(dialplan.Location{Context: context, Exten: "talk", Priority: 1})
			}
			return dialplan.Continue
		}
	}
}

// talk is what somebody says between two silences.
type talk struct {
	silence, least, most time.Duration // most 0: however long
	begun                bool
	lasts                time.Duration // since it began
	found                time.Duration // how long it was, when it is over
}

// judge looks at a frame that the meter has taken, and says whether talk is over.
func (t *talk) judge(m *hear.Meter) bool {
	if t.begun {
		t.lasts += hear.Frame
	}
	switch quiet := m.Silent() > t.silence; {
	case !quiet && !t.begun: // also a pause before the first word, as in Asterisk
		t.begun, t.lasts = true, hear.Frame
	case quiet && t.begun:
		t.begun = false
		if d := max(t.lasts-t.silence, 0); d > t.least && (t.most == 0 || d < t.most) {
			t.found = d
			return true
		}
	}
	return false
}
