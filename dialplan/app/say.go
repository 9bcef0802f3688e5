package app

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/dialplan/say"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// sayers: applications that say a value with prompts, by the grammar of the channel's language.
func (p player) sayers() []pbx.App {
	const interrupts = "\n  with SAY_DTMF_INTERRUPT=true a digit interrupts and begins an extension"
	return []pbx.App{
		{Name: "SayDigits", Synopsis: "Say digits", Usage: "SayDigits(digits)" + interrupts, Exec: p.say(say.Voice.Digits)},
		{Name: "SayAlpha", Synopsis: "Spell a text", Usage: "SayAlpha(text)" + interrupts,
			Exec: p.say(func(v say.Voice, text string) []string { return v.Alpha(text, say.CaseNone) })},
		{Name: "SayAlphaCase", Synopsis: "Spell a text, and tell capitals from small letters",
			Usage: "SayAlphaCase({a|l|n|u},text)\n  a  tell of each letter\n  l  of small ones\n  u  of capitals\n  n  of none" + interrupts,
			Exec:  p.sayAlphaCase},
		{Name: "SayPhonetic", Synopsis: "Spell a text as alpha, bravo", Usage: "SayPhonetic(text)" + interrupts,
			Exec: p.say(say.Voice.Phonetic)},
		{Name: "SayNumber", Synopsis: "Say a number", Usage: "SayNumber(number[,gender])\n  gender  f, m, n or c (common), where the " +
			"language knows any" + interrupts, Exec: p.sayNumber("SayNumber", say.Voice.Number)},
		{Name: "SayOrdinal", Synopsis: "Say which one in a row, in English", Usage: "SayOrdinal(number[,gender])" + interrupts,
			Exec: p.sayNumber("SayOrdinal", func(v say.Voice, n int, _ string) []string { return v.Rank(n) })},
		{Name: "SayMoney", Synopsis: "Say an amount of dollars, in English", Usage: "SayMoney(dollars[.cents])" + interrupts,
			Exec: p.sayMoney},
		{Name: "SayUnixTime", Synopsis: "Say a moment", Usage: sayUnixTimeUsage("SayUnixTime") + interrupts, Exec: p.sayUnixTime},
		{Name: "DateTime", Synopsis: "Say a moment", Usage: sayUnixTimeUsage("DateTime") + interrupts, Exec: p.sayUnixTime},
		{Name: "SayCountedNoun", Synopsis: "Say what is counted, by its number", Usage: "SayCountedNoun(number,prompt)\n  plays the prompt, " +
			"with s appended for more than one; in ru, ua and pl x1 for 2 to 4 and x2 for more", Exec: p.sayCountedNoun},
		{Name: "SayCountedAdj", Synopsis: "Say an adjective to what is counted", Usage: "SayCountedAdj(number,prompt[,gender])\n  plays the " +
			"prompt; in ru, ua and pl with the gender appended for one, x for more", Exec: p.sayCountedAdj},
	}
}

func sayUnixTimeUsage(name string) string {
	return name + "([seconds since 1970[,zone[,format[,j]]]])\n" +
		"  format: A weekday, B month, m month as a number, d day, Y year, I hour of 12, H hour of 24 (k without oh),\n" +
		"  M minute (N with hundred for 0), P a.m. or p.m., S second, R is HM, T is HMS, Q and q the day as seen from today,\n" +
		"  'prompt'; without one it is the language's usual format\n" +
		"  j  a digit interrupts and begins an extension"
}

// interrupted says whether digits interrupt what is said.
func interrupted(c *pbx.Channel) bool {
	return expr.True(c.Variable("SAY_DTMF_INTERRUPT"))
}

// said plays prompts. A digit ends them when it may, and is the beginning of an extension; a
// prompt that is not there ends them with an error.
func (p player) said(c *pbx.Channel, names []string, interrupts bool) (dialplan.Result, error) {
	how := prompt.How{}
	if interrupts {
		how.Stops = prompt.AnyKey
	}
	for _, name := range names {
		h, err := p.Play(c, name, how)
		switch {
		case err != nil:
			c.Warn("Unable to play message " + name + ": " + err.Error())
			return dialplan.End, err
		case h.Key != 0:
			return dialplan.Pressed(h.Key), nil
		case c.Gone():
			return dialplan.End, nil
		}
	}
	return after(c), nil
}

// say says a text whole.
func (p player) say(names func(say.Voice, string) []string) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, args string) dialplan.Result {
		r, _ := p.said(c, names(p.Voice(c, ""), args), interrupted(c))
		return r
	}
}

// sayMoney ends the call without an amount, as Asterisk does.
func (p player) sayMoney(c *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		c.Warn("SayMoney requires an argument (dollars)")
		return dialplan.End
	}
	return p.say(say.Voice.Money)(c, args)
}

func (p player) sayAlphaCase(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	if len(f[0]) != 1 || !strings.Contains("alnu", f[0]) {
		c.Warn("SayAlphaCase takes one of a, l, n and u, and a text")
		return dialplan.Continue
	}
	r, _ := p.said(c, p.Voice(c, "").Alpha(f[1], say.Case(f[0][0])), interrupted(c))
	return r
}

// number reads a whole number of 32 bits.
func number(text string) (int, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	return int(n), err == nil
}

func (p player) sayNumber(app string, names func(v say.Voice, n int, gender string) []string) func(*pbx.Channel, string) dialplan.Result {
	return func(c *pbx.Channel, args string) dialplan.Result {
		f := append(dialplan.SplitArgs(args, 3), "", "")
		n, ok := number(f[0])
		switch {
		case args == "":
			c.Warn(app + " requires an argument (number)")
			return dialplan.End
		case !ok:
			c.Warn("argument '" + f[0] + "' to " + app + " could not be parsed as a number.")
			return dialplan.Continue
		case f[1] != "" && (len(f[1]) != 1 || !strings.ContainsAny(f[1], "fFmMcCnN")):
			c.Warn(app + " gender option is either 'f', 'm', 'c' or 'n'")
			return dialplan.End
		}
		list := names(p.Voice(c, ""), n, strings.ToLower(f[1]))
		if list == nil && n != 0 {
			c.Warn("We were unable to say the number " + f[0] + ", is it too large?")
		}
		interrupts := interrupted(c)
		r, err := p.said(c, list, interrupts)
		if err != nil && !interrupts {
			return dialplan.Continue
		}
		return r
	}
}

func (p player) sayUnixTime(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 4), "", "", "", "")
	now := time.Now()
	t := now
	if n, ok := seconds(f[0]); ok {
		t = time.Unix(n, 0)
	}
	c.AnswerHeard(0)
	list, err := p.Voice(c, "").Date(t.In(dialplan.Zone(f[1])), now, f[2])
	if err != nil {
		c.Warn(err.Error())
	}
	r, _ := p.said(c, list, strings.Contains(f[3], "j") || interrupted(c))
	return r
}

// seconds reads the whole number with which a text begins.
func seconds(text string) (n int64, ok bool) {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && strings.ContainsAny(text[:1], "+-")) {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	return n, err == nil
}

func (p player) sayCountedNoun(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 3)
	n, ok := number(word(f, 0))
	if len(f) != 2 || !ok {
		c.Warn("SayCountedNoun requires a number and a prompt")
		return dialplan.End
	}
	r, _ := p.said(c, []string{p.Voice(c, "").CountedNoun(n, word(f, 1))}, false)
	return r
}

func (p player) sayCountedAdj(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 3)
	n, ok := number(word(f, 0))
	if len(f) < 2 || !ok {
		c.Warn("SayCountedAdj requires a number and a prompt")
		return dialplan.End
	}
	r, _ := p.said(c, []string{p.Voice(c, "").CountedAdjective(n, word(f, 1), word(f, 2))}, false)
	return r
}

// sayFiles is SAYFILES: the prompts that are said, for Playback and the like.
func (p player) sayFiles() pbx.Func {
	return pbx.Func{Name: "SAYFILES", Synopsis: "The prompts of a text, joined by &",
		Usage: "SAYFILES(text[,alpha|digits|money|number|ordinal|phonetic])", Read: func(c *pbx.Channel, args string) (string, error) {
			f := append(dialplan.SplitArgs(args, 2), "", "")
			language := "en"
			if c != nil {
				language = c.View().Language
			}
			v := say.Voice{Language: language, Has: func(name string) bool { return p.Lib.Has(name, language) }}
			english := say.Voice{Language: "en"}
			n, ok := number(f[0])
			var list []string
			switch f[1] {
			case "", "alpha":
				list = v.Alpha(f[0], say.CaseNone)
			case "phonetic":
				list = v.Phonetic(f[0])
			case "digits":
				list = v.Digits(f[0])
			case "money":
				list = v.Money(f[0])
			case "number", "ordinal":
				if !ok {
					return "", errors.New("Invalid numeric argument: " + f[0])
				}
				if list = english.Number(n, ""); f[1] == "ordinal" {
					list = english.Rank(n)
				}
			default:
				return "", errors.New("Invalid say type specified: " + f[1])
			}
			return strings.Join(list, "&"), nil
		}}
}
