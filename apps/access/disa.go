package access

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

const disaUsage = `DISA(password|file[,context[,caller[,mailbox[,{n p}]]]])
  password  digits, ended by #; no-password for a dial tone at once
  file      lines of password[,context[,caller[,mailbox]]]; # and ; begin comments
  context   in which the caller dials (disa)
  caller    "Name" <number> that he has then
  mailbox   with new messages in it the dial tone is dialrecall
  n  do not answer
  p  # ends the number
  what was typed is the account code of the call`

// disa is one caller's way in.
type disa struct {
	c                        *pbx.Channel
	password                 string
	context, caller, mailbox string
	options                  dialplan.Options
	account                  string // the password that was typed
}

// disa gives a dial tone, after the password where there is one.
func (m *Module) disa(c *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		c.Warn("DISA requires an argument (passcode/passcode file)")
		return dialplan.End
	}
	f := append(dialplan.SplitArgs(args, 5), make([]string, 5)...)
	d := &disa{c: c, password: f[0], context: f[1], caller: f[2], mailbox: f[3], options: dialplan.ParseOptions(f[4], "np")}
	if !d.options.Has('n') {
		c.Answer()
	}
	d.tone(d.mailbox)
	defer c.StopTone()
	typed := false
	if !strings.EqualFold(d.password, "no-password") {
		pass, came := d.typedPassword()
		if !came || !d.allows(pass) {
			return d.reorder()
		}
		d.account = pass[:min(len(pass), 19)]
		typed = true
		d.tone(d.mailbox)
	}
	exten, came := d.typedNumber(typed)
	if c.Gone() {
		return dialplan.End
	}
	if !came && !typed || !d.goes(exten) {
		return d.reorder()
	}
	return dialplan.Continue
}

// tone plays the dial tone, another one where there are new messages.
func (d *disa) tone(mailbox string) {
	t := d.c.Tone("dial")
	if mailbox != "" && d.c.Core().MailboxesOf(strings.Split(mailbox, "&")).New > 0 {
		if recall := d.c.Tone("dialrecall"); recall != nil {
			t = recall
		}
	}
	if t == nil {
		t, _ = media.ParseTone("350+440")
	}
	d.c.BeforeMedia()
	d.c.PlayTone(t)
}

// mostTyped bounds what is typed.
const mostTyped = 79

// typedPassword reads up to #.
func (d *disa) typedPassword() (pass string, ended bool) {
	next, wait, _ := d.c.Timeouts()
	for len(pass) <= mostTyped {
		key := d.c.WaitDigit(wait)
		d.c.StopTone()
		switch key {
		case 0:
			return pass, false
		case '#':
			return pass, true
		}
		pass += string(key)
		wait = next
	}
	return pass, false
}

// allows compares a password. Where a file has it, its line may say more.
func (d *disa) allows(pass string) bool {
	if number(d.password) {
		return d.told(pass == d.password)
	}
	list, err := lines(d.c, d.password)
	if err != nil {
		d.c.Warn("DISA password file " + d.password + " not found on chan " + d.c.Name() + ": " + err.Error())
		return false
	}
	for _, line := range list {
		if line[0] == '#' || line[0] == ';' {
			continue
		}
		f := append(dialplan.SplitArgs(line, 5), make([]string, 5)...)
		if number(f[0]) && f[0] == pass {
			d.context, d.caller, d.mailbox = f[1], f[2], f[3]
			return true
		}
	}
	return d.told(false)
}

// told says in the log that a password was wrong, but not which one it was.
func (d *disa) told(right bool) bool {
	if !right {
		d.c.Warn("DISA on chan " + d.c.Name() + " got bad password")
	}
	return right
}

// number says whether a text begins with one, and is a password rather than the name of a file.
func number(text string) bool {
	text = strings.TrimLeft(strings.TrimSpace(text), "+-")
	return text != "" && text[0] >= '0' && text[0] <= '9'
}

// in is the context in which the caller dials.
func (d *disa) in() string {
	if d.context == "" {
		return "disa"
	}
	return d.context
}

// typedNumber reads digits while they may be the beginning of an extension; begun says that keys
// were typed before. False: none came.
func (d *disa) typedNumber(begun bool) (exten string, came bool) {
	plan, q := d.c.Machine().Plan(), d.c.Query()
	next, wait, _ := d.c.Timeouts()
	if begun {
		wait = next
	}
	ignored := false
	for len(exten) < mostTyped {
		key := d.c.WaitDigit(wait)
		if key == 0 {
			return exten, exten != ""
		}
		if exten == "" {
			d.c.StopTone()
		}
		wait = next
		if key == '#' && (exten != "" || !plan.MatchMore(d.in(), "#", q) && !plan.Exists(d.in(), "#", q)) {
			return exten, true
		}
		if key == '#' && d.options.Has('p') {
			return exten, true
		}
		exten += string(key)
		switch {
		case plan.Ignores(d.in(), exten):
			d.tone("")
			ignored = true
		case ignored:
			d.c.StopTone()
			ignored = false
		}
		if !plan.MatchMore(d.in(), exten, q) {
			return exten, true
		}
	}
	return exten, true
}

// goes sends the caller to the extension, or to "i"; false where there is neither.
func (d *disa) goes(exten string) bool {
	c, plan := d.c, d.c.Machine().Plan()
	if !plan.Exists(d.in(), exten, c.Query()) {
		c.SetVar("INVALID_EXTEN", exten)
		if exten = "i"; !plan.Exists(d.in(), exten, c.Query()) {
			return false
		}
	}
	c.StopTone()
	if f := c.Core().Func("CALLERID"); d.caller != "" && f != nil {
		if err := f.Write(c, "all", d.caller); err != nil {
			c.Warn("DISA: " + err.Error())
		}
	}
	if d.account != "" {
		c.SetAccountCode(d.account)
	}
	if !d.options.Has('n') {
		c.Records().Disable(false)
	}
	c.Records().Reset(false, time.Now())
	c.Machine().Goto(dialplan.Location{Context: d.in(), Exten: exten, Priority: 1})
	return true
}

// reorder refuses the caller, and ends the call in ten seconds.
func (d *disa) reorder() dialplan.Result {
	if d.c.Gone() {
		return dialplan.End
	}
	return d.c.Core().App("Congestion").Exec(d.c, "10")
}
