package app

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

// keys: applications that wait for what the caller presses.
func (p player) keys() []pbx.App {
	return []pbx.App{
		{Name: "BackGround", Synopsis: "Play files, and take the extension that is dialled meanwhile", Usage: "Background(file[&file...][,{s n m p}[,language[,context]]])\n  s  skip when the channel is not up\n  n  do not answer\n  m  only digits that are an extension of one digit\n  p  no digit interrupts", Exec: p.background},
		{Name: "WaitExten", Synopsis: "Wait for an extension", Usage: "WaitExten([seconds][,m[(class)]])", Exec: waitExten},
		{Name: "Read", Synopsis: "Read digits into a variable", Usage: "Read(variable[,file[&file...][,digits[,{s i n e t(keys)}[,attempts[,seconds]]]]])\n  s  skip when the channel is not up\n  i  the file is a tone of indications.conf\n  n  do not answer\n  e  the terminating keys are the result when they come alone\n  t  keys that end it in place of #; t() for none\n  READSTATUS is OK, TIMEOUT, HANGUP, SKIPPED or ERROR", Exec: p.read},
		{Name: "WaitDigit", Synopsis: "Wait for one digit", Usage: "WaitDigit([seconds[,digits]]): WAITDIGITSTATUS and WAITDIGITRESULT", Exec: waitDigit},
		{Name: "SayDigits", Synopsis: "Say digits", Usage: "SayDigits(digits)", Exec: p.say(sayDigits)},
		{Name: "SayNumber", Synopsis: "Say a number", Usage: "SayNumber(number)", Exec: p.say(sayNumber)},
		{Name: "SayAlpha", Synopsis: "Spell a text", Usage: "SayAlpha(text)", Exec: p.say(sayAlpha)},
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
		c.Answer()
	}
	if context == "" {
		context = c.View().At.Context
	}
	plan := c.Machine().Plan()
	stops := func(d byte) bool {
		return !strings.Contains(options, "p") && (!strings.Contains(options, "m") || plan.Exists(context, string(d), c.Query()))
	}
	c.SetVar("BACKGROUNDSTATUS", "SUCCESS")
	for _, name := range fileList(word(f, 0)) {
		digit, err := p.until(c, name, word(f, 2), stops)
		if err != nil {
			c.Warn("Background: " + err.Error())
			c.SetVar("BACKGROUNDSTATUS", "FAILED")
			break
		}
		if digit != 0 {
			return begun(c, context, digit)
		}
		if c.Gone() {
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
		c.Answer()
	}
	ends := "#"
	if o.Has('t') {
		ends = o.Arg('t')
	}
	attempts := 1
	if n, err := strconv.Atoi(word(f, 4)); err == nil && n > 0 {
		attempts = n
	}
	limit, _ := dialplan.Seconds(word(f, 5))
	var digits string
	for ; attempts > 0 && digits == "" && !c.Gone(); attempts-- {
		if tone := c.Tone(word(f, 1)); o.Has('i') && tone != nil {
			digits, status = toned(c, tone, most, ends, limit)
		} else {
			digits, status = p.digits(c, fileList(word(f, 1)), most, ends, o.Has('e'), limit)
		}
		if status == "ERROR" {
			break
		}
	}
	if c.Gone() {
		status = "HANGUP"
	}
	c.SetVar(name, digits)
	c.SetVar("READSTATUS", status)
	return dialplan.Continue
}

// digits is one attempt of Read.
func (p player) digits(c *pbx.Channel, files []string, most int, ends string, lone bool, limit time.Duration) (typed, status string) {
	wait, next := limit, limit
	if limit == 0 {
		next, wait, _ = c.Timeouts()
	}
	var d byte
	for i, name := range files {
		var err error
		if d, err = p.until(c, name, "", func(byte) bool { return true }); err != nil {
			if c.Warn("Read: " + err.Error()); i == len(files)-1 { // it asks with the last one
				return "", "ERROR"
			}
		}
		if d != 0 || c.Gone() {
			break
		}
	}
	for {
		if d == 0 {
			d = c.WaitDigit(wait)
		}
		switch {
		case d == 0 && typed == "":
			return "", "TIMEOUT"
		case d == 0:
			return typed, "TIMEOUT"
		case strings.IndexByte(ends, d) >= 0:
			if typed == "" && lone {
				typed = ends
			}
			return typed, "OK"
		}
		if typed += string(d); len(typed) >= most {
			return typed, "OK"
		}
		d, wait = 0, next
	}
}

// toned is one attempt of Read with option i: a tone until the first digit.
func toned(c *pbx.Channel, tone media.Tone, most int, ends string, limit time.Duration) (typed, status string) {
	if limit == 0 {
		_, limit, _ = c.Timeouts()
	}
	c.BeforeMedia()
	c.PlayTone(tone)
	defer c.StopTone()
	for len(typed) < most {
		d := c.WaitDigit(limit)
		c.StopTone()
		switch {
		case d == 0:
			return typed, "TIMEOUT"
		case strings.IndexByte(ends, d) >= 0:
			return typed, "OK"
		}
		typed += string(d)
	}
	return typed, "OK"
}

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

// say plays the files that a text is said with. With SAY_DTMF_INTERRUPT=true a digit
// interrupts, as with Background.
func (p player) say(files func(string) []string) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, args string) dialplan.Result {
		text := strings.TrimSpace(args)
		list := files(text)
		if list == nil {
			c.Warn("'" + text + "' cannot be said")
			if text == "" {
				return dialplan.End
			}
			return dialplan.Continue
		}
		c.Answer()
		interrupts := strings.EqualFold(c.Variable("SAY_DTMF_INTERRUPT"), "true")
		for _, name := range list {
			digit, err := p.until(c, name, "", func(byte) bool { return interrupts })
			if err != nil {
				c.Warn(err.Error())
			}
			if digit != 0 {
				return begun(c, c.View().At.Context, digit)
			}
			if c.Gone() {
				break
			}
		}
		return after(c)
	}
}

func sayDigits(text string) []string {
	out := []string{}
	for i := 0; i < len(text); i++ {
		switch d := text[i]; {
		case d >= '0' && d <= '9':
			out = append(out, "digits/"+string(d))
		case d == '*':
			out = append(out, "digits/star")
		case d == '#':
			out = append(out, "digits/pound")
		case d == '-':
			out = append(out, "digits/minus")
		}
	}
	return out
}

// sayNumber is English: no "and".
func sayNumber(text string) []string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > 999_999_999 || n < -999_999_999 {
		return nil
	}
	var out []string
	if n < 0 {
		out, n = append(out, "digits/minus"), -n
	}
	if n == 0 {
		return append(out, "digits/0")
	}
	return append(out, cardinal(n)...)
}

func cardinal(n int64) (out []string) {
	for _, unit := range []struct {
		size int64
		name string
	}{{1_000_000, "million"}, {1000, "thousand"}, {100, "hundred"}} {
		if n >= unit.size {
			out = append(append(out, cardinal(n/unit.size)...), "digits/"+unit.name)
			n %= unit.size
		}
	}
	if n > 20 {
		out = append(out, "digits/"+strconv.FormatInt(n/10*10, 10))
		n %= 10
	}
	if n > 0 {
		out = append(out, "digits/"+strconv.FormatInt(n, 10))
	}
	return out
}

var signs = map[byte]string{' ': "space", '.': "dot", '@': "at", '-': "dash", '/': "slash", '+': "plus", '=': "equals", '!': "exclaimation-point", '*': "asterisk", '$': "dollar"}

func sayAlpha(text string) []string {
	out := []string{}
	for i := 0; i < len(text); i++ {
		switch d := text[i]; {
		case d >= '0' && d <= '9':
			out = append(out, "digits/"+string(d))
		case d|0x20 >= 'a' && d|0x20 <= 'z':
			out = append(out, "letters/"+string(d|0x20))
		case signs[d] != "":
			out = append(out, "letters/"+signs[d])
		}
	}
	return out
}

// sayFiles is SAYFILES: the prompts that are said, for Playback and the like.
var sayFiles = pbx.Func{Name: "SAYFILES", Synopsis: "The prompts of a text, joined by &", Usage: "SAYFILES(text[,alpha|digits|number])", Read: func(_ *pbx.Channel, args string) (string, error) {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	say, ok := map[string]func(string) []string{"": sayAlpha, "alpha": sayAlpha, "digits": sayDigits, "number": sayNumber}[strings.ToLower(strings.TrimSpace(f[1]))]
	if !ok {
		return "", errors.New("it takes alpha, digits or number")
	}
	return strings.Join(say(f[0]), "&"), nil
}}
