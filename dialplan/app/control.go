package app

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

// callControl: answering, ending and telling the caller how it goes.
var callControl = []pbx.App{
	{Name: "Answer", Synopsis: "Answer a channel if ringing", Usage: "Answer([delay[,i]])\n  waits until audio comes, half a second at " +
		"most; with a delay of milliseconds that long, and at least half a second\n  i  does not wait", Exec: answer},
	{Name: "Hangup", Synopsis: "Hang up the calling channel", Usage: "Hangup([cause number or name])", Exec: hangup},
	{Name: "Ringing", Synopsis: "Indicate ringing", Usage: "Ringing()", Exec: indicate(pbx.IndicateRinging)},
	{Name: "Progress", Synopsis: "Indicate progress with early media", Usage: "Progress()", Exec: indicate(pbx.IndicateProgress)},
	{Name: "Proceeding", Synopsis: "Indicate proceeding", Usage: "Proceeding()", Exec: indicate(pbx.IndicateProceeding)},
	{Name: "Busy", Synopsis: "Indicate busy", Usage: "Busy([seconds])", Exec: refuse(pbx.IndicateBusy, pbx.CauseBusy, "busy")},
	{Name: "Congestion", Synopsis: "Indicate congestion", Usage: "Congestion([seconds])",
		Exec: refuse(pbx.IndicateCongestion, pbx.CauseCongestion, "congestion")},
	{Name: "Playtones", Synopsis: "Play a tone while the dialplan goes on",
		Usage: "Playtones(name or list)\n  a name of indications.conf, or a list such as 440+480/2000,0/4000", Exec: playTones},
	{Name: "StopPlaytones", Synopsis: "End it", Usage: "StopPlaytones()", Exec: stopTones},
	{Name: "HangupCauseClear", Synopsis: "Forget why dialled channels ended", Usage: "HangupCauseClear()",
		Exec: func(c *pbx.Channel, _ string) dialplan.Result {
			c.ForgetLegCauses()
			return dialplan.Continue
		}},
	{Name: "Wait", Synopsis: "Wait for a time", Usage: "Wait(seconds)", Exec: wait},
}

func answer(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	if word(f, 1) == "i" {
		c.Answer()
		return after(c)
	}
	ms, _ := strconv.Atoi(strings.TrimSpace(word(f, 0)))
	c.AnswerHeard(time.Duration(ms) * time.Millisecond)
	return after(c)
}

func hangup(c *pbx.Channel, args string) dialplan.Result {
	if args = strings.TrimSpace(args); args != "" {
		if cause, ok := pbx.ParseCause(args); ok {
			c.HangupHere(cause)
			return dialplan.End
		}
		c.Warn("Invalid cause given to Hangup(): \"" + args + "\"")
	}
	cause := pbx.CauseNone // one that is known already stays
	if c.View().Cause == pbx.CauseNone {
		cause = pbx.CauseNormal
	}
	c.HangupHere(cause)
	return dialplan.End
}

func indicate(i pbx.Indication) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, _ string) dialplan.Result {
		c.Indicate(i)
		return dialplan.Continue
	}
}

// refuse sends the final answer to an unanswered caller, or plays the tone to
// an answered one, and ends the call after the time given.
func refuse(i pbx.Indication, cause pbx.Cause, tone string) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, args string) dialplan.Result {
		if c.View().State == pbx.StateUp {
			c.PlayTone(c.Tone(tone))
		} else {
			c.Refuse(i, cause)
		}
		if s, ok := dialplan.Seconds(args); ok && s > 0 {
			c.Sleep(s)
		} else {
			c.WaitHangup()
		}
		c.HangupHere(pbx.CauseNone)
		return dialplan.End
	}
}

func playTones(c *pbx.Channel, args string) dialplan.Result {
	args = strings.ReplaceAll(args, `\,`, ",") // written as in an application of an application
	tone := c.Tone(strings.TrimSpace(args))
	if tone == nil {
		var err error
		if tone, err = media.ParseTone(args); err != nil {
			c.Warn("Playtones: '" + args + "' is no tone: " + err.Error())
			return dialplan.End
		}
	}
	c.BeforeMedia()
	c.PlayTone(tone)
	return after(c)
}

func stopTones(c *pbx.Channel, _ string) dialplan.Result {
	c.StopTone()
	return dialplan.Continue
}

func wait(c *pbx.Channel, args string) dialplan.Result {
	d, ok := dialplan.Seconds(args)
	if !ok && strings.TrimSpace(args) != "" {
		c.Warn("Wait: '" + args + "' is not a time")
	}
	if d <= 0 {
		return dialplan.Continue
	}
	c.Idle(d)
	return after(c)
}
