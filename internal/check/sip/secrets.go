package sip

import (
	"regexp"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

var hex32 = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// secrets reports an endpoint whose secret is guessed, or that has none.
func (j *judge) secrets(p *sipconf.Peer, s *config.Section) {
	md5, hashed := s.Lookup("md5secret")
	plain, both := s.Lookup("secret")
	if hashed && !hex32.MatchString(md5.Value) {
		j.once("sip-md5secret", md5.Pos, `echo -n "name:asterisk:password" | md5sum`, "md5secret of '%s' is no MD5 sum: it has 32 "+
			"hexadecimal digits, and this never fits; whoever knows the text cannot log in by it", p.Name)
	}
	if hashed && both && plain.Value != "" {
		j.once("sip-md5secret-twice", plain.Pos, "one of them", "'%s' has md5secret (%s) and secret: md5secret counts, and secret has no effect",
			p.Name, md5.Pos)
	}
	if j.d.UDPBind.Addr().IsLoopback() {
		return
	}
	guarded := p.ACL.Any()
	switch lower := strings.ToLower(p.Secret); {
	case p.Secret != "" && (lower == strings.ToLower(p.Name) || lower == strings.ToLower(p.DefaultUser) || look.Guessable(lower)):
		j.once("sip-secret-guessable", p.Line("secret"), "a long random one",
			"the secret of '%s' is one that is guessed first: scanners find it within minutes, and call at your expense", p.Name)
	case p.Secret != "" && repeats(lower, strings.ToLower(p.Name)):
		j.once("sip-secret-guessable", p.Line("secret"), "a long random one", "the secret of '%s' is made of its name: such are guessed first",
			p.Name)
	case p.Secret != "" && lower == strings.ToLower(p.Name+p.Name):
		j.once("sip-secret-guessable", p.Line("secret"), "a long random one", "the secret of '%s' is its name twice: such are guessed first",
			p.Name)
	case p.Secret != "" && len(p.Secret) < 6:
		j.SayOnceAs(unless(guarded), "sip-secret-short", p.Line("secret"), "a long random one, or permit and deny",
			"the secret of '%s' is short enough to be guessed", p.Name)
	case !p.Secured() && p.Dynamic && guarded:
		j.SayOnceAs(config.Note, "sip-no-secret", p.Pos, "a secret",
			"'%s' has no secret: whoever is in the networks that permit names may register and call as it, without a password", p.Name)
	case !p.Secured() && p.Dynamic:
		j.once("sip-no-secret", p.Pos, "a secret, or permit and deny",
			"'%s' has no secret: anybody may register and call as it, without a password", p.Name)
	}
}

// unless is a warning, and a note where an access list keeps strangers out.
func unless(guarded bool) config.Severity {
	if guarded {
		return config.Note
	}
	return config.Warning
}

// repeats says whether a secret is a name with a digit or two, twice the name or the name
// backwards.
func repeats(secret, name string) bool {
	if len(name) < 3 {
		return false
	}
	back := []byte(name)
	for a, b := 0, len(back)-1; a < b; a, b = a+1, b-1 {
		back[a], back[b] = back[b], back[a]
	}
	rest := strings.ReplaceAll(secret, name, "")
	return secret == string(back) || rest != secret && (len(rest) <= 2 || look.Word(rest))
}

// shared tells of phones that have one secret: by a line of a template, or each with a line of its own.
func (j *judge) shared() {
	first, lines := map[string]*sipconf.Peer{}, map[config.Pos]bool{}
	for _, p := range j.d.Peers {
		if p.Secret == "" || !p.Dynamic || look.Guessable(strings.ToLower(p.Secret)) {
			continue
		}
		old := first[p.Secret]
		switch line := p.Line("secret"); {
		case old == nil:
			first[p.Secret] = p
		case old.Line("secret") == line && line != p.Pos && line != old.Pos && !lines[line]:
			lines[line] = true
			j.Say("sip-secret-shared", line, "one for each", "'%s' and '%s' have one secret, that of their template: who has one phone, or its "+
				"file, calls as any other", old.Name, p.Name)
		case old.Line("secret") != line:
			j.SayAs(config.Note, "sip-secret-shared", p.Line("secret"), "one for each",
				"'%s' has the secret of '%s' (%s): who knows one of the two phones calls as the other", p.Name, old.Name, old.Line("secret"))
		}
	}
}
