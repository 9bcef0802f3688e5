package app

import (
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

const readExtenUsage = `ReadExten(variable[,file[,context[,{s i n p}[,seconds]]]])
  s  skip when the channel is not up
  i  the file is a tone of indications.conf, or a list of tones
  n  do not answer
  p  # ends the extension
  the variable is the extension, t for nothing in time, i for one that there is not (INVALID_EXTEN)
  READEXTENSTATUS is OK, TIMEOUT, INVALID, SKIP, HANGUP or ERROR`

// readExten reads an extension of a context, and ends as soon as it can be no longer one.
func (p player) readExten(c *pbx.Channel, args string) dialplan.Result {
	const status = "READEXTENSTATUS"
	f := append(dialplan.SplitArgs(args, 5), make([]string, 5)...)
	name, context, o := f[0], f[2], dialplan.ParseOptions(f[3], "sinp")
	if name == "" {
		c.Warn("Usage: ReadExten(variable[,filename[,context[,options[,timeout]]]])")
		c.SetVar(status, "ERROR")
		return dialplan.Continue
	}
	if context == "" {
		context = c.View().At.Context
	}
	switch up := c.View().State == pbx.StateUp; {
	case up:
	case o.Has('s'):
		c.SetVar(name, "")
		c.SetVar(status, "SKIP")
		return dialplan.Continue
	case !o.Has('n'):
		c.Answer()
	}
	next, limit, _ := c.Timeouts()
	if s := atoi(f[4]); s > 0 {
		limit = time.Duration(s) * time.Second
	}
	exten, came := p.typedExten(c, f[1], context, o.Has('i'), o.Has('p'), limit, next)
	value, word := exten, "OK"
	switch {
	case c.Gone():
		c.SetVar(status, "HANGUP")
		return dialplan.End
	case !came:
		value, word = "t", "TIMEOUT"
	case !c.Machine().Plan().Exists(context, exten, c.Query()):
		c.SetVar("INVALID_EXTEN", exten)
		value, word = "i", "INVALID"
	}
	c.SetVar(name, value)
	c.SetVar(status, word)
	return dialplan.Continue
}

// typedExten reads keys while they may be the beginning of an extension. The time for the first
// one begins with the prompt. False: none came.
func (p player) typedExten(c *pbx.Channel, file, context string, tone, pound bool, first, next time.Duration) (exten string, came bool) {
	plan, end := c.Machine().Plan(), time.Now().Add(first)
	key := p.firstKey(c, file, tone)
	for ; len(exten) < 255; key = 0 {
		if key == 0 {
			key = c.WaitDigit(time.Until(end))
			c.StopTone()
		}
		end = time.Now().Add(next)
		switch {
		case key == 0:
			return exten, exten != ""
		case key == '#' && pound:
			return exten, true
		}
		exten += string(key)
		if !plan.MatchMore(context, exten, c.Query()) {
			if key == '#' && !plan.Exists(context, exten, c.Query()) {
				exten = exten[:len(exten)-1]
			}
			return exten, true
		}
	}
	return exten, true
}

// firstKey plays what it asks with, and returns the key that ends it.
func (p player) firstKey(c *pbx.Channel, file string, tone bool) byte {
	if file == "" {
		return 0
	}
	if tone {
		t := c.Tone(file)
		if t == nil && !p.Has(c, file) {
			t, _ = media.ParseTone(file)
		}
		if t != nil {
			c.BeforeMedia()
			c.PlayTone(t)
			return 0
		}
	}
	h, err := p.Play(c, file, prompt.How{Stops: prompt.AnyKey})
	if err != nil {
		c.Warn("ReadExten: " + err.Error())
	}
	return h.Key
}
