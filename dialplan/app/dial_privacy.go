package app

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/pbx/record"
)

// Dial's privacy (P) and screening (p): who calls says his name first, and who is called hears it
// and decides by a key while he is asked. With P the decision is kept in the astdb, family "privacy", for the next
// time; N leaves out who has a number, n(1) deletes the name after the call.

// privacy is how far that is for a call.
type privacy struct {
	key   string // of the astdb, "" without P or without a number
	intro string // prompt with the caller's name
	asks  bool   // who is called is asked
	named bool   // the caller has a number, under which his name is kept
}

// verdicts are what the astdb keeps, and the DIALSTATUS of a caller who is not put through.
var verdicts = map[string]string{"deny": "NOANSWER", "kill": "DONTCALL", "torture": "TORTURE"}

// mayCall is before anybody is called: "" to go on, or what DIALSTATUS is. gone says that the
// caller has hung up.
func (d *dialing) mayCall() (status string, gone bool) {
	if !d.opt.Has('P') && !d.opt.Has('p') {
		return "", false
	}
	number := d.c.View().CallerID.Num
	if number == "" {
		number = "NOCALLERID_" + d.c.View().At.Exten + d.c.Name()
	} else {
		d.privacy.named = true
		if d.opt.Has('P') {
			d.privacy.key = d.privacyFamily() + "/" + number
		}
		if d.opt.Has('N') {
			return "", false
		}
		said := strings.ToLower(d.stored())
		if status := verdicts[said]; status != "" || said == "allow" {
			return status, false
		}
	}
	d.privacy.asks = true
	d.privacy.intro = "priv-callerintros/" + strings.Map(inFileName, number)
	return "", !d.introduced()
}

// inFileName keeps a text from naming another folder.
func inFileName(r rune) rune {
	if r == '/' || r < ' ' {
		return '='
	}
	return r
}

// privacyFamily is whose decisions count: P(family), or the extension.
func (d *dialing) privacyFamily() string {
	if family := d.opt.Arg('P'); family != "" {
		return family
	}
	return d.c.View().At.Exten
}

// stored is what the astdb keeps of the caller, "" for nothing.
func (d *dialing) stored() (value string) {
	if f := d.c.Core().Func("DB"); f != nil && d.privacy.key != "" {
		was, set := d.c.Var("DB_RESULT")
		value, _ = f.Value(d.c, "privacy/"+d.privacy.key)
		if now, _ := d.c.Var("DB_RESULT"); set && now != was {
			d.c.SetVar("DB_RESULT", was)
		}
	}
	return value
}

// How long a caller may speak, and how much silence ends it.
const (
	introTime    = 4 * time.Second
	introSilence = 2 * time.Second
	introTail    = 200 * time.Millisecond // of it that stays
)

// introduced has the caller say his name, unless that is there from an earlier call; false when
// he has hung up.
func (d *dialing) introduced() bool {
	if d.privacy.named && d.Has(d.c, d.privacy.intro) {
		return true
	}
	d.c.AnswerHeard(0)
	d.List(d.c, []string{"priv-recordintro", "beep"}, prompt.How{})
	if path := d.soundPath(d.privacy.intro); filepath.IsAbs(path) && !d.c.Gone() { // else there is no folder of sounds
		r := record.Run(d.c, record.Job{Path: path, Formats: []string{"sln"}, Limit: introTime, Silence: introSilence, Ends: prompt.Keys("#"),
			Trim: func(r record.Result) time.Duration { return max(r.Trailing-introTail, 0) }})
		switch {
		case r.Err != nil:
			d.c.Warn("Dial: " + r.Err.Error())
		case r.Why == record.ByKey || r.Why == record.BySilence:
			d.List(d.c, []string{"auth-thankyou"}, prompt.How{})
		}
	}
	if d.c.Gone() {
		d.forgetIntro()
		return false
	}
	d.List(d.c, []string{"vm-dialout"}, prompt.How{})
	return !d.c.Gone()
}

func (d *dialing) forgetIntro() { os.Remove(d.soundPath(d.privacy.intro) + ".sln") }

// keyTail is how long a key may still be pressed that has decided: the caller is not to hear it.
const keyTail = 200 * time.Millisecond

// screening asks who has answered; false when he does not want the call, with what DIALSTATUS
// is then.
func (d *dialing) screening(l *dialLeg) (status string, wanted bool) {
	if !d.privacy.asks {
		return "", true
	}
	if ringer := d.opt.Has('r') || d.opt.Has('R'); ringer && !d.ringing {
		d.ring()
	}
	var key byte
	besides(d.c, l.ch, func() bool { key = d.choice(l.ch); return true })
	if n, _ := strconv.Atoi(d.opt.Arg('n')); n == 1 || key == '1' && (!d.privacy.named || d.opt.Has('n')) {
		defer d.forgetIntro()
	}
	d.c.Sleep(keyTail)
	if kept := map[byte]string{'1': "allow", '2': "deny", '3': "torture", '4': "kill", '5': "allow"}[key]; kept != "" && d.privacy.key != "" {
		if err := d.c.WriteFunction("DB", "privacy/"+d.privacy.key, kept); err != nil {
			d.c.Warn("Dial: " + err.Error())
		}
	}
	switch key {
	case '1':
		return "", true
	case '2', '5':
		return "NOANSWER", false
	case '3':
		return "TORTURE", false
	case '4':
		return "DONTCALL", false
	}
	d.c.Trace().Note("%s has not said whether he wants the call", l.ch.Name())
	return "ANSWER", false
}

// choice is the key that decides, 0 for none in three tries. It runs on the callee's goroutine.
func (d *dialing) choice(callee *pbx.Channel) byte {
	most, options := byte('4'), []string{"screen-callee-options"}
	if d.opt.Has('P') {
		most = '5'
		if options = append([]string{"priv-callee-options"}, options...); !d.opt.Has('p') {
			options = options[:1]
		}
	}
	valid := func(key byte) bool { return key >= '1' && key <= most }
	for range 3 {
		for _, name := range append([]string{"priv-callpending", d.privacy.intro}, options...) {
			h, err := d.Play(callee, name, prompt.How{Stops: prompt.AnyKey})
			if err != nil {
				callee.Warn(err.Error())
			}
			if valid(h.Key) {
				return h.Key
			}
			if callee.Gone() {
				return 0
			}
		}
		if key, _ := d.List(callee, []string{"vm-sorry"}, prompt.How{Stops: prompt.AnyKey}); valid(key) {
			return key
		}
	}
	return 0
}
