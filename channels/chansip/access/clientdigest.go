package access

import (
	"slices"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// ClientCredentials keeps the challenges of a dialog or registration and what answers them:
// one for each realm, so that a proxy and the far side behind it can both ask
// (RFC 3261 section 22.3).
type ClientCredentials struct {
	Named *auth.Credentials // in the dial string or the line; nil: they are chosen by realm
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

// Retry takes an answer to a request that was repeated so many times. It says whether the
// answer is a challenge that can be met: then the request is to be sent once more. who
// chooses by realm.
func (c *ClientCredentials) Retry(m *sipstack.Message, repeats *int, algorithms []auth.Algorithm,
	who func(realm string) (auth.Credentials, bool)) bool {
	if m.Status != 401 && m.Status != 407 || !c.Learn(m, algorithms, who) || *repeats >= repeatsPerRealm*len(c.known) {
		return false
	}
	*repeats++
	return true
}

// Learn takes the challenges of a 401 or 407, of each realm the best one; false when it
// can answer none.
func (c *ClientCredentials) Learn(m *sipstack.Message, algorithms []auth.Algorithm, who func(realm string) (auth.Credentials, bool)) bool {
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
func (c *ClientCredentials) put(k credential) {
	c.known = slices.DeleteFunc(c.known, func(o credential) bool { return o.header == k.header && o.ch["realm"] == k.ch["realm"] })
	if len(c.known) == maxRealms {
		c.known = slices.Delete(c.known, 0, 1)
	}
	c.known = append(c.known, k)
}

// Latest says which realm asked last, and who answers it.
func (c *ClientCredentials) Latest() (realm, user string) {
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

// AlgorithmNames are the algorithms of challenges, for the log.
func AlgorithmNames(m *sipstack.Message) string {
	var out []string
	for _, ch := range append(challengesOf(m, challengeHeaders[0][0]), challengesOf(m, challengeHeaders[1][0])...) {
		if out = append(out, ch["algorithm"]); ch["algorithm"] == "" {
			out[len(out)-1] = "MD5"
		}
	}
	return strings.Join(out, ", ")
}

// Headers writes the credentials for a request.
func (c *ClientCredentials) Headers(method, uri string) (out []sipstack.Header) {
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
