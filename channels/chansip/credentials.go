package chansip

import (
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// credentialsFor keeps the challenges of a dialog or registration and what answers them:
// one for each realm, so that a proxy and the far side behind it can both ask
// (RFC 3261 section 22.3).
type credentialsFor struct {
	named *auth.Credentials // in the dial string or the line; nil: they are chosen by realm
	known []credential
}

// credential answers the challenge of one realm.
type credential struct {
	who    auth.Credentials
	ch     auth.Digest
	header string // Authorization or Proxy-Authorization
	count  int    // requests that it was used for
}

// maxRealms that are remembered for a dialog; a further one takes the place of the oldest.
const maxRealms = 4

// repeatsPerRealm is how often a request is sent again for one realm: once for its
// challenge, and once more where the nonce was stale.
const repeatsPerRealm = 2

// again takes an answer to a request that was repeated so many times. It says whether the
// answer is a challenge that can be met: then the request is to be sent once more. who
// chooses by realm.
func (c *credentialsFor) again(m *sipstack.Message, repeats *int, algorithms []auth.Algorithm, who func(realm string) (auth.Credentials, bool)) bool {
	if m.Status != 401 && m.Status != 407 || !c.learn(m, algorithms, who) || *repeats >= repeatsPerRealm*len(c.known) {
		return false
	}
	*repeats++
	return true
}

// learn takes the challenges of a 401 or 407, of each realm the best one; false when it
// can answer none.
func (c *credentialsFor) learn(m *sipstack.Message, algorithms []auth.Algorithm, who func(realm string) (auth.Credentials, bool)) bool {
	learned := false
	for _, h := range challengeHeaders {
		for offered := challengesOf(m, h[0]); len(offered) > 0; {
			realm := offered[0]["realm"]
			of := offered[:0:0]
			offered = slices.DeleteFunc(offered, func(ch auth.Digest) bool {
				if ch["realm"] != realm {
					return false
				}
				of = append(of, ch)
				return true
			})
			if k, ok := choose(of, algorithms, who); ok {
				k.header = h[1]
				c.put(k)
				learned = true
			}
		}
	}
	return learned
}

// choose finds what answers one of the challenges of a realm.
func choose(offered []auth.Digest, algorithms []auth.Algorithm, who func(realm string) (auth.Credentials, bool)) (credential, bool) {
	for _, a := range answerable(algorithms) {
		ch, ok := auth.Choose(offered, []auth.Algorithm{a})
		if !ok {
			continue
		}
		if w, ok := who(ch["realm"]); ok && w.Can(a) {
			return credential{who: w, ch: ch}, true
		}
	}
	return credential{}, false
}

// put remembers it as the latest, in place of an earlier one for the same realm.
func (c *credentialsFor) put(k credential) {
	c.known = slices.DeleteFunc(c.known, func(o credential) bool { return o.header == k.header && o.ch["realm"] == k.ch["realm"] })
	if len(c.known) == maxRealms {
		c.known = slices.Delete(c.known, 0, 1)
	}
	c.known = append(c.known, k)
}

// latest says which realm asked last, and who answers it.
func (c *credentialsFor) latest() (realm, user string) {
	if len(c.known) == 0 {
		return "", ""
	}
	k := &c.known[len(c.known)-1]
	return k.ch["realm"], k.who.User
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

// challengeHeaders are those of a 401 or 407, and those that answer them. One answer may
// bring both (RFC 3261 section 22.3).
var challengeHeaders = [2][2]string{{"WWW-Authenticate", "Authorization"}, {"Proxy-Authenticate", "Proxy-Authorization"}}

// challengesOf are the challenges in a header.
func challengesOf(m *sipstack.Message, name string) (offered []auth.Digest) {
	for _, v := range m.Headers(name) {
		if ch, ok := auth.ParseDigest(v); ok {
			offered = append(offered, ch)
		}
	}
	return offered
}

// algorithmNames are the algorithms of challenges, for the log.
func algorithmNames(m *sipstack.Message) string {
	var out []string
	for _, ch := range append(challengesOf(m, challengeHeaders[0][0]), challengesOf(m, challengeHeaders[1][0])...) {
		if out = append(out, ch["algorithm"]); ch["algorithm"] == "" {
			out[len(out)-1] = "MD5"
		}
	}
	return strings.Join(out, ", ")
}

// answers writes the credentials for a request.
func (c *credentialsFor) answers(method, uri string) (out []sipstack.Header) {
	if method == "ACK" {
		return nil
	}
	for i := range c.known {
		k := &c.known[i]
		k.count++
		out = append(out, sipstack.Header{Name: k.header, Value: k.who.Answer(k.ch, method, uri, k.count)})
	}
	return out
}

// again says whether an answer to a request of the dialog is a challenge that can be met.
func (g *dialog) again(m *sipstack.Message, repeats *int) bool {
	return g.creds.again(m, repeats, g.endpoint().Reg.Algorithms, g.credentials)
}

// asking is a request on its way, which is sent again for each challenge that can be met.
type asking struct {
	g       *dialog
	sh      *sipstack.Shard
	build   func() *sipstack.Outgoing
	on      func(*sipstack.Message, error)
	repeats int
}

// ask sends the request that build makes; where it is challenged, build makes it anew,
// with credentials, and it is sent again. on gets what else comes back, as from
// Shard.Send; nil: nobody wants to know. A build that returns nil ends it.
func (g *dialog) ask(sh *sipstack.Shard, build func() *sipstack.Outgoing, on func(*sipstack.Message, error)) {
	a := &asking{g: g, sh: sh, build: build, on: on}
	a.send()
}

func (a *asking) send() {
	if o := a.build(); o != nil {
		a.sh.Send(a.g.flow, o, a.g.sendOptions(), a.answered)
	}
}

func (a *asking) answered(m *sipstack.Message, err error) {
	if err == nil && a.g.again(m, &a.repeats) {
		a.send()
	} else if a.on != nil {
		a.on(m, err)
	}
}

// credentials are chosen by the realm of the challenge: auth= of the peer,
// auth= of the file, then the peer's own user and secret.
func (g *dialog) credentials(realm string) (auth.Credentials, bool) {
	lists := [][]sipconf.AuthLine{g.dir.Auth}
	if g.peer != nil {
		lists = [][]sipconf.AuthLine{g.peer.Auth, g.dir.Auth}
	}
	for _, list := range lists {
		for _, a := range list {
			if strings.EqualFold(a.Realm, realm) {
				return auth.Credentials{User: a.User, Password: a.Secret, HA1: [auth.Hashes]string{auth.MD5: a.MD5}}, true
			}
		}
	}
	if g.creds.named != nil {
		return *g.creds.named, true
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
