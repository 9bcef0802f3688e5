package listen

import (
	"fmt"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/hear"
)

const amdUsage = `AMD([initialSilence[,greeting[,afterGreetingSilence[,total[,minWord[,betweenWords[,words[,level[,maxWord[,file]]]]]]]]]])
  milliseconds, but for words and level; without one it is that of amd.conf
  file     is played meanwhile
  AMDSTATUS is HUMAN, MACHINE, NOTSURE or HANGUP
  AMDCAUSE is INITIALSILENCE, HUMAN, LONGGREETING, MAXWORDS, MAXWORDLENGTH, TOOLONG or NOAUDIODATA, with what was measured`

// detect tells a person, who says a few words and waits, from a machine.
func (m *Module) detect(c *pbx.Channel, args string) dialplan.Result {
	s := *m.amd.Load()
	s.override(dialplan.SplitArgs(args, 10))
	c.Show(3, "app_amd.c", "AMD: initialSilence [%d] greeting [%d] afterGreetingSilence [%d] totalAnalysisTime [%d] minimumWordLength "+
		"[%d] betweenWordsSilence [%d] maximumNumberOfWords [%d] silenceThreshold [%d] maximumWordLength [%d] ",
		s.InitialSilence, s.Greeting, s.AfterGreeting, s.Total, s.MinWord, s.BetweenWords, s.Words, s.Level, s.MaxWord)
	l, err := hear.Listen(c, media.In)
	if err != nil {
		c.Warn("AMD: " + err.Error())
		c.SetVar("AMDSTATUS", "")
		c.SetVar("AMDCAUSE", "")
		return dialplan.Continue
	}
	defer l.Close()
	if s.File != "" {
		if voice, _, err := m.player.Start(c, s.File); err != nil {
			c.Warn("AMD: " + err.Error())
		} else {
			defer voice.Stop()
		}
	}
	v := watch(c, l, &judge{settings: s})
	c.Show(3, "app_amd.c", "AMD: Channel [%s]. %s: %s", c.Name(), v.status, v.cause)
	c.SetVar("AMDSTATUS", v.status)
	c.SetVar("AMDCAUSE", v.cause)
	return dialplan.Continue
}

// verdict of a judge; the status is "" while there is none.
type verdict struct{ status, cause string }

// late is how long after they were spoken samples may come.
const late = 250 * time.Millisecond

// watch listens until the judge knows, or the time is over.
func watch(c *pbx.Channel, l *hear.Listener, j *judge) (v verdict) {
	end := time.Now().Add(time.Duration(j.Total)*time.Millisecond + late)
	m := hear.NewMeter(l.Rate(), j.Level)
	for {
		pcm, _, why := l.Next(pbx.Wait{Keys: true, For: max(time.Until(end), 1)})
		switch {
		case why == pbx.Came:
			continue
		case why == pbx.TimedOut || !time.Now().Before(end):
			if !l.Heard() {
				return verdict{"NOTSURE", fmt.Sprintf("NOAUDIODATA-%d", j.total)}
			}
			return verdict{"NOTSURE", fmt.Sprintf("TOOLONG-%d", j.total)}
		case why != pbx.Also:
			return verdict{status: "HANGUP"}
		case !l.Heard():
			continue // the silence of who does not send yet says nothing
		}
		m.Add(pcm, func() bool { v = j.frame(m.Silent()); return v.status == "" })
		if v.status != "" {
			return v
		}
	}
}

// judge counts words and pauses, in milliseconds.
type judge struct {
	settings
	total       int
	greeted     bool // a word has begun
	inPause     bool
	silent      int // now
	voice, word int // in all, in this word
	words       int
}

// frameTime is that of a frame in milliseconds.
const frameTime = int(hear.Frame / time.Millisecond)

// frame judges the next frame. silent is for how long it is silent by now, 0 where it is not.
func (j *judge) frame(silent time.Duration) verdict {
	if j.total += frameTime; j.total >= j.Total {
		return verdict{"NOTSURE", fmt.Sprintf("TOOLONG-%d", j.total)}
	}
	if silent > 0 {
		return j.pause(int(silent / time.Millisecond))
	}
	return j.sound()
}

func (j *judge) pause(silent int) verdict {
	j.silent = silent
	if silent >= j.BetweenWords {
		j.inPause, j.word = true, 0
	}
	switch {
	case !j.greeted && silent >= j.InitialSilence:
		return verdict{"MACHINE", fmt.Sprintf("INITIALSILENCE-%d-%d", silent, j.InitialSilence)}
	case j.greeted && silent >= j.AfterGreeting:
		return verdict{"HUMAN", fmt.Sprintf("HUMAN-%d-%d", silent, j.AfterGreeting)}
	}
	return verdict{}
}

func (j *judge) sound() verdict {
	j.word += frameTime
	j.voice += frameTime
	if j.word >= j.MinWord && j.inPause {
		j.words++
		j.inPause = false
	}
	switch {
	case j.word >= j.MaxWord:
		return verdict{"MACHINE", fmt.Sprintf("MAXWORDLENGTH-%d", j.word)}
	case j.words > j.Words:
		return verdict{"MACHINE", fmt.Sprintf("MAXWORDS-%d-%d", j.words, j.Words)}
	case j.greeted && j.voice >= j.Greeting:
		return verdict{"MACHINE", fmt.Sprintf("LONGGREETING-%d-%d", j.voice, j.Greeting)}
	}
	if j.voice >= j.MinWord {
		j.silent = 0
	}
	j.greeted = j.greeted || j.word >= j.MinWord
	return verdict{}
}
