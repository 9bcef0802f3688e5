package voicemail

import (
	"strings"
)

// login asks who somebody is.
type login struct {
	context string
	box     string // given: only the password is asked for
	prefix  string // in front of what is typed
	silent  bool   // vm-login is not played
	tries   int
}

// Ways in which a login ends.
type loggedIn uint8

const (
	loginRight loggedIn = iota
	loginWrong          // too often, or the call is over
	loginAside          // * leads to extension a
)

// logIn asks for mailbox and password.
func (d *desk) logIn(c call, l login) (b *Box, how loggedIn) {
	s := d.settings()
	prompts := []string{s.Prompts.Login}
	if l.silent {
		prompts = nil
	}
	for try := 1; try <= l.tries; try++ {
		box := l.box
		if box == "" {
			typed, k := c.ask(usual, prompts...)
			if k == gone {
				return nil, loginWrong
			}
			if box, how = l.named(c, typed); how != loginRight {
				return nil, how
			}
		}
		b = d.find(s, l.context, box)
		right, aside := d.secret(c, s, b)
		switch {
		case aside:
			return nil, loginAside
		case right:
			return b, loginRight
		case c.gone():
			return nil, loginWrong
		}
		d.refused(c, l.context, box, b != nil)
		if l.box != "" || try == l.tries {
			c.play("", "vm-incorrect")
		}
		prompts = []string{"vm-incorrect-mailbox"}
	}
	all(c, "vm-goodbye")
	return nil, loginWrong
}

// named is the mailbox that was typed: without a key the caller's own number.
func (l login) named(c call, typed string) (string, loggedIn) {
	switch {
	case typed == "":
		if typed = c.caller().Num; typed == "" {
			c.verbose("Username not entered")
			return "", loginWrong
		}
	case typed[0] == '*':
		if c.exists(c.place().context, "a") {
			return "", loginAside
		}
		typed = ""
	}
	return l.prefix + typed, loginRight
}

// secret asks for the password of a mailbox, also of one that is not there. aside: * leads to
// extension a.
func (d *desk) secret(c call, s *Settings, b *Box) (right, aside bool) {
	if b != nil && (b.Password == "" || b.Password == "-") {
		return true, false
	}
	typed, k := c.ask(usual, s.Prompts.Password)
	switch {
	case k == gone:
		return false, false
	case strings.HasPrefix(typed, "*"):
		return false, c.exists(c.place().context, "a")
	}
	return b != nil && same(strings.TrimPrefix(b.Password, "-"), typed), false
}

// visitor reads the arguments of VoiceMailMain: box[@context],options; older files have the
// options as letters in front of the box.
func visitor(args []string) (box, context string, prefix, silent bool, options string) {
	name := ""
	if len(args) > 0 {
		name = strings.TrimSpace(args[0])
	}
	if len(args) > 1 {
		options = args[1]
	} else {
		for len(name) > 0 && (name[0] == 's' || name[0] == 'p') {
			silent, prefix = silent || name[0] == 's', prefix || name[0] == 'p'
			name = name[1:]
		}
	}
	box, context, _ = strings.Cut(name, "@")
	return box, context, prefix, silent, options
}
