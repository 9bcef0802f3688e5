package app

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// keys: applications that wait for what the caller presses.
func (p player) keys() []pbx.App {
	return []pbx.App{
		{Name: "BackGround", Synopsis: "Play files, and take the extension that is dialled meanwhile",
			Usage: "Background(file[&file...][,{s n m p}[,language[,context]]])\n  s  skip when the channel is not up\n  n  do not answer\n  m  " +
				"only digits that are an extension of one digit\n  p  no digit interrupts", Exec: p.background},
		{Name: "WaitExten", Synopsis: "Wait for an extension", Usage: "WaitExten([seconds][,m[(class)]])", Exec: waitExten},
		{Name: "Read", Synopsis: "Read digits into a variable", Usage: "Read(variable[,file[&file...][,digits[,{s i n e " +
			"t(keys)}[,attempts[,seconds]]]]])\n  s  skip when the channel is not up\n  i  the file is a tone of indications.conf\n  n  do not " +
			"answer\n  e  the terminating keys are the result when they come alone\n  t  keys that end it in place of #; t() for none\n  " +
			"READSTATUS is OK, TIMEOUT, HANGUP, SKIPPED or ERROR", Exec: p.read},
		{Name: "ReadExten", Synopsis: "Read an extension into a variable", Usage: readExtenUsage, Exec: p.readExten},
		{Name: "WaitDigit", Synopsis: "Wait for one digit", Usage: "WaitDigit([seconds[,digits]]): WAITDIGITSTATUS and WAITDIGITRESULT",
			Exec: waitDigit},
	}
}

// background stops at a digit that may begin an extension.
func (p player) background(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 4)
	options, context := word(f, 1), word(f, 3)
	up := c.View().State == pbx.StateUp
	if args == "" {
		c.Warn("BackGround requires an argument (filename)")
		return dialplan.End
	}
	if strings.Contains(options, "s") && !up {
		c.SetVar("BACKGROUNDSTATUS", "SUCCESS")
		return dialplan.Continue
	}
	if !strings.Contains(options, "n") {
		c.AnswerHeard(0)
	}
	if context == "" {
		context = c.View().At.Context
	}
	plan := c.Machine().Plan()
	stops := func(d byte) bool {
		return !strings.Contains(options, "p") && (!strings.Contains(options, "m") || plan.Exists(context, string(d), c.Query()))
	}
	c.SetVar("BACKGROUNDSTATUS", "SUCCESS")
	for _, name := range prompt.Files(word(f, 0)) {
		h, err := p.Play(c, name, prompt.How{Language: word(f, 2), Stops: stops})
		if err != nil {
			c.Warn("Background: " + err.Error())
			c.SetVar("BACKGROUNDSTATUS", "FAILED")
			break
		}
		if h.Key != 0 {
			return begun(c, context, h.Key)
		}
		if h.Stopped() || c.Gone() {
			break
		}
	}
	return dialplan.Continue
}

// begun goes to the extension that a digit is, or has more digits collected.
func begun(c *pbx.Channel, context string, digit byte) dialplan.Result {
	plan, q := c.Machine().Plan(), c.Query()
	if exten := string(digit); plan.Exists(context, exten, q) && !plan.MatchMore(context, exten, q) {
		c.Machine().Goto(dialplan.Location{Context: context, Exten: exten, Priority: 1})
		return dialplan.Continue
	}
	if context != c.Machine().At().Context {
		c.Machine().Goto(dialplan.Location{Context: context, Exten: c.Machine().At().Exten, Priority: 1})
	}
	return dialplan.Pressed(digit)
}

func waitExten(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	_, limit, _ := c.Timeouts()
	if d, ok := dialplan.Seconds(word(f, 0)); ok && d > 0 {
		limit = d
	}
	if o := dialplan.ParseOptions(word(f, 1), "md"); o.Has('m') {
		c.StartMusic(o.Arg('m'))
		defer c.StopMusic()
	}
	if d := c.WaitDigit(limit); d != 0 {
		return dialplan.Pressed(d)
	}
	if c.Gone() {
		return dialplan.End
	}
	at, q := c.Machine().At(), c.Query()
	if _, ok := c.Machine().Plan().Find(at.Context, at.Exten, at.Priority+1, q); ok {
		return dialplan.Continue
	}
	for _, special := range []string{"t", "e"} {
		if c.Machine().Plan().Exists(at.Context, special, q) {
			if special == "e" {
				c.Raise("RESPONSETIMEOUT")
			} else {
				c.Machine().Goto(dialplan.Location{Context: at.Context, Exten: special, Priority: 1})
			}
			return dialplan.Continue
		}
	}
	c.Warn("Timeout but no rule 't' or 'e' in context '" + at.Context + "'")
	return dialplan.End
}

// read takes digits until there are enough, a key that ends them, or a pause. Digits
// typed ahead count.
func (p player) read(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 6)
	name := word(f, 0)
	if name == "" {
		c.Warn("Invalid! Usage: Read(variable[,filename][,maxdigits][,option][,attempts][,timeout])")
		c.SetVar("READSTATUS", "ERROR")
		return dialplan.Continue
	}
	o := dialplan.ParseOptions(word(f, 3), "sinet")
	most := 255
	if n, err := strconv.Atoi(word(f, 2)); err == nil && n > 0 && n < 255 {
		most = n
	}
	status := "OK"
	switch up := c.View().State == pbx.StateUp; {
	case up:
	case o.Has('s'):
		c.SetVar(name, "")
		c.SetVar("READSTATUS", "SKIPPED")
		return dialplan.Continue
	case !o.Has('n'):
		c.AnswerHeard(0)
	}
	attempts := 1
	if n, err := strconv.Atoi(word(f, 4)); err == nil && n > 0 {
		attempts = n
	}
	limit, _ := dialplan.Seconds(word(f, 5))
	ask := prompt.Ask{Prompts: prompt.Files(word(f, 1)), Most: most, Ends: "#", First: limit, Next: limit}
	if o.Has('t') {
		ask.Ends = o.Arg('t')
	}
	if o.Has('i') {
		if ask.Tone = c.Tone(word(f, 1)); ask.Tone != nil && limit == 0 {
			_, ask.Next, _ = c.Timeouts()
		}
	}
	var digits string
	for ; attempts > 0 && digits == "" && !c.Gone(); attempts-- {
		a := p.Digits(c, ask)
		digits, status = a.Digits, readStatus[a.Why]
		if a.Why == prompt.Missing {
			break
		}
		if a.Why == prompt.Ended && digits == "" && o.Has('e') {
			digits = ask.Ends
		}
	}
	if c.Gone() {
		status = "HANGUP"
	}
	c.SetVar(name, digits)
	c.SetVar("READSTATUS", status)
	return dialplan.Continue
}

// readStatus is READSTATUS by why reading has ended.
var readStatus = map[prompt.Why]string{prompt.Enough: "OK", prompt.Ended: "OK", prompt.TimedOut: "TIMEOUT", prompt.HungUp: "HANGUP",
	prompt.Missing: "ERROR"}

func waitDigit(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	limit, ok := dialplan.Seconds(word(f, 0))
	if !ok {
		c.SetVar("WAITDIGITSTATUS", "ERROR")
		return dialplan.Continue
	}
	wanted := word(f, 1)
	end := time.Now().Add(limit)
	status, result := "TIMEOUT", ""
	for !c.Gone() {
		d := c.WaitDigit(time.Until(end))
		if d == 0 {
			break
		}
		if wanted == "" || strings.IndexByte(wanted, d) >= 0 {
			status, result = "DTMF", string(d)
			break
		}
	}
	if c.Gone() {
		c.SetVar("WAITDIGITSTATUS", "CANCEL")
		return dialplan.End
	}
	if c.SetVar("WAITDIGITSTATUS", status); status == "DTMF" {
		c.SetVar("WAITDIGITRESULT", result)
	}
	return dialplan.Continue
}
