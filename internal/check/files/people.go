package files

import (
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// people judges users.conf.
func people(l *look.Look) {
	f := l.File("users.conf")
	if f == nil {
		return
	}
	g := f.Section("general")
	sipFile := l.File("sip.conf")
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		has := func(option string) bool {
			if v, ok := s.Lookup(option); ok {
				b, _ := config.Bool(v.Value)
				return b
			}
			return on(g, option, false)
		}
		switch {
		case !has("hassip") && !has("hasiax") && !has("hasmanager") && !has("hasvoicemail") && !has("hasexten") && !has("registersip"):
			l.Say("users-nothing", s.Pos, "hassip=yes", "[%s] of users.conf is nothing: none of hassip, hasvoicemail, hasexten and hasmanager "+
				"is yes, and it cannot register", s.Name)
		case has("hassip") && s.Get("host")+g.Get("host") == "":
			l.Say("users-host", s.Pos, "host=dynamic", "[%s] of users.conf has no host: the phone cannot register", s.Name)
		case has("hassip") && s.Get("secret")+g.Get("secret") == "":
			l.Say("sip-no-secret", s.Pos, "secret=...", "[%s] of users.conf has no secret: anybody may register and call as it, without a password",
				s.Name)
		}
		if has("hassip") && sipFile.Section(s.Name) != nil {
			l.Say("users-twice", s.Pos, "one of them", "[%s] stands in users.conf and in sip.conf (%s): the two are one endpoint, and the lines "+
				"of sip.conf go over those of here", s.Name, sipFile.Section(s.Name).Pos)
		}
		if has("hasvoicemail") && s.Get("vmsecret") == "" && s.Get("secret") != "" {
			l.SayAs(config.Note, "users-vmsecret", s.Pos, "vmsecret=digits",
				"[%s] has no vmsecret: its secret is the PIN of its mailbox, which can hardly be dialled", s.Name)
		}
		if v, ok := s.Lookup("vmsecret"); ok && (v.Value == s.Name || look.Guessable(v.Value)) {
			l.Say("voicemail-pin-guessable", v.Pos, "a longer one", "the PIN of box %s is one that is guessed first", s.Name)
		}
	}
}
