package access

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

const privacyUsage = `PrivacyManager([attempts[,digits[,options[,context]]]])
  a caller without a number is asked for one, of ten digits at least, three times at most
  context  in which what he types has to be an extension
  PRIVACYMGRSTATUS is SUCCESS or FAILED`

func (m *Module) privacy(c *pbx.Channel, args string) dialplan.Result {
	const status = "PRIVACYMGRSTATUS"
	if c.View().CallerID.Num != "" {
		c.Show(3, "app_privacy.c", "CallerID number present: Skipping")
		return dialplan.Continue
	}
	c.Answer()
	f := append(dialplan.SplitArgs(args, 4), make([]string, 4)...)
	tries, digits := count(c, f[0], attempts), count(c, f[1], 10)
	c.Idle(time.Second)
	m.List(c, []string{"privacy-unident"}, prompt.How{})
	for ; tries > 0 && !c.Gone(); tries-- {
		m.List(c, []string{"privacy-prompt"}, prompt.How{})
		typed := m.Digits(c, prompt.Ask{Most: 29, Ends: "#", First: 5 * time.Second, Next: 3200 * time.Millisecond}).Digits
		if len(typed) < digits || f[3] != "" && !c.Machine().Plan().Exists(f[3], typed, dialplan.Query{Now: c.Query().Now}) {
			m.List(c, []string{"privacy-incorrect"}, prompt.How{})
			continue
		}
		m.List(c, []string{"privacy-thankyou"}, prompt.How{})
		id := c.View().CallerID
		id.Num, id.Name, id.Private, id.Pres, id.NamePres = typed, "Privacy Manager", false, "", ""
		c.SetCallerID(id)
		c.Show(3, "app_privacy.c", "Changed Caller*ID number to '%s'", typed)
		c.SetVar(status, "SUCCESS")
		return dialplan.Continue
	}
	c.SetVar(status, "FAILED")
	return dialplan.Continue
}

// count reads a number of things, more than none.
func count(c *pbx.Channel, text string, usual int) int {
	if text = strings.TrimSpace(text); text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		c.Warn("PrivacyManager: '" + text + "' is no number")
		return usual
	}
	return n
}

const zapatellerUsage = `Zapateller([answer[,nocallerid]])
  plays the three tones of a number that is not in service
  answer      answer first
  nocallerid  only to callers without a number
  ZAPATELLERSTATUS is NOTHING, ANSWERED or ZAPPED`

func zapateller(c *pbx.Channel, args string) dialplan.Result {
	const status = "ZAPATELLERSTATUS"
	options := strings.ToLower(strings.ReplaceAll(args, " ", ""))
	has := func(word string) bool { return strings.Contains(","+options+",", ","+word+",") }
	c.SetVar(status, "NOTHING")
	if c.View().State != pbx.StateUp {
		if has("answer") {
			c.Answer()
			c.SetVar(status, "ANSWERED")
		}
		c.Idle(500 * time.Millisecond)
	}
	if has("nocallerid") && c.View().CallerID.Num != "" {
		return left(c)
	}
	c.BeforeMedia()
	c.PlayTone(outOfService)
	c.Idle(1990 * time.Millisecond)
	c.StopTone()
	c.SetVar(status, "ZAPPED")
	return left(c)
}
