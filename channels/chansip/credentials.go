package chansip

import (
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// credentialsFor keeps the challenge of a dialog or registration and what
// answers it.
type credentialsFor struct {
	who    auth.Credentials
	ch     auth.Digest
	header string // Authorization or Proxy-Authorization
	count  int
	given  bool // who was named in the dial string
}

// learn takes a 401 or 407; false when nothing can answer it.
func (c *credentialsFor) learn(g *dialog, m *sipstack.Message) bool {
	offered, reply := challengesOf(m)
	for _, a := range answerable(g.endpoint().Reg.Algorithms) {
		ch, ok := auth.Choose(offered, []auth.Algorithm{a})
		if !ok {
			continue
		}
		if who, ok := g.credentials(ch["realm"]); ok && who.Can(a) {
			*c = credentialsFor{who: who, ch: ch, header: reply, given: c.given}
			return true
		}
	}
	return false
}

// answerable are the algorithms that we answer: those of auth_algorithms and no other,
// or, where there is no such line, all, the strongest first.
func answerable(configured []auth.Algorithm) []auth.Algorithm {
	if configured == nil {
		return strongest
	}
	return configured
}

var strongest = []auth.Algorithm{auth.SHA512256, auth.SHA256, auth.MD5}

// challengesOf are the challenges of a 401 or 407, and the header that answers them.
func challengesOf(m *sipstack.Message) (offered []auth.Digest, reply string) {
	name, reply := "WWW-Authenticate", "Authorization"
	if m.Status == 407 {
		name, reply = "Proxy-Authenticate", "Proxy-Authorization"
	}
	for _, v := range m.Headers(name) {
		if ch, ok := auth.ParseDigest(v); ok {
			offered = append(offered, ch)
		}
	}
	return offered, reply
}

// algorithmNames are the algorithms of challenges, for the log.
func algorithmNames(offered []auth.Digest) string {
	var out []string
	for _, ch := range offered {
		if out = append(out, ch["algorithm"]); ch["algorithm"] == "" {
			out[len(out)-1] = "MD5"
		}
	}
	return strings.Join(out, ", ")
}

// reuse writes the credentials for a further request of the dialog.
func (c *credentialsFor) reuse(method, uri string) (sipstack.Header, bool) {
	if c.ch == nil || method == "ACK" {
		return sipstack.Header{}, false
	}
	c.count++
	return sipstack.Header{Name: c.header, Value: c.who.Answer(c.ch, method, uri, c.count)}, true
}

// credentials are chosen by the realm of the challenge: auth= of the peer,
// auth= of the file, then the peer's own user and secret.
func (g *dialog) credentials(realm string) (auth.Credentials, bool) {
	lists := [][]authLine{g.dir.Auth}
	if g.peer != nil {
		lists = [][]authLine{g.peer.Auth, g.dir.Auth}
	}
	for _, list := range lists {
		for _, a := range list {
			if strings.EqualFold(a.Realm, realm) {
				return auth.Credentials{User: a.User, Password: a.Secret, HA1: [auth.Hashes]string{auth.MD5: a.MD5}}, true
			}
		}
	}
	if g.creds.given {
		return g.creds.who, true
	}
	if g.peer == nil {
		return auth.Credentials{}, false
	}
	c := auth.Credentials{User: g.peer.DefaultUser, Password: g.peer.RemoteSecret, HA1: g.peer.HA1}
	if c.Password == "" {
		c.Password = g.peer.Secret
	}
	return c, c.User != ""
}
