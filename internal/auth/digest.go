// Package auth has digest authentication (RFC 2617, RFC 2069 form) for both
// sides and access lists (permit, deny).
package auth

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
)

// Digest is a parsed Digest challenge or credential: parameter names in lower
// case, quotes removed.
type Digest map[string]string

// ParseDigest reads the value of WWW-Authenticate, Proxy-Authenticate,
// Authorization or Proxy-Authorization. ok is false for another scheme.
func ParseDigest(value string) (d Digest, ok bool) {
	value = strings.TrimSpace(value)
	if len(value) < 6 || !strings.EqualFold(value[:6], "digest") {
		return nil, false
	}
	d = Digest{}
	for rest := value[6:]; rest != ""; {
		var name, v string
		rest = strings.TrimLeft(rest, ", \t\r\n")
		eq := strings.IndexByte(rest, '=')
		if eq < 0 {
			break
		}
		name, rest = strings.ToLower(strings.TrimSpace(rest[:eq])), strings.TrimLeft(rest[eq+1:], " \t")
		if strings.HasPrefix(rest, `"`) {
			v, rest = quoted(rest)
		} else if i := strings.IndexByte(rest, ','); i >= 0 {
			v, rest = strings.TrimSpace(rest[:i]), rest[i+1:]
		} else {
			v, rest = strings.TrimSpace(rest), ""
		}
		if _, again := d[name]; !again {
			d[name] = v
		}
	}
	return d, len(d) > 0
}

// quoted reads a quoted string with backslash escapes.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

// HA1 is MD5(user:realm:password) in hexadecimal.
func HA1(user, realm, password string) string { return hash(user + ":" + realm + ":" + password) }

func hash(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Verify says whether the credential proves knowledge of ha1 for the nonce.
// As in chan_sip the RFC 2069 form is computed, since no qop was offered, and
// the digest URI is taken as given.
func (d Digest) Verify(ha1, nonce, method string) bool {
	want := hash(ha1 + ":" + nonce + ":" + hash(method+":"+d["uri"]))
	return subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(d["response"]))) == 1
}

// Nonce is eight random hexadecimal digits, chan_sip's form.
func Nonce() string {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Challenge writes the value of WWW-Authenticate.
func Challenge(realm, nonce string, stale bool) string {
	s := fmt.Sprintf(`Digest algorithm=MD5, realm="%s", nonce="%s"`, escape(realm), nonce)
	if stale {
		s += ", stale=true"
	}
	return s
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func escape(s string) string { return quoting.Replace(s) }

// Credentials answer a challenge.
type Credentials struct {
	User     string
	Password string
	HA1      string // used instead of the password when set (md5secret)
}

// Usable says whether the challenge has an algorithm we can answer.
func (d Digest) Usable() bool {
	a := d["algorithm"]
	return d["nonce"] != "" && (a == "" || strings.EqualFold(a, "MD5"))
}

// Answer writes the value of Authorization or Proxy-Authorization. nc counts
// the uses of the nonce; it is written when the challenge offered a qop.
func (c Credentials) Answer(ch Digest, method, uri string, nc int) string {
	if domain := ch["domain"]; domain != "" && !strings.Contains(domain, " ") {
		uri = "sip:" + strings.TrimPrefix(domain, "sip:")
	}
	ha1 := c.HA1
	if ha1 == "" {
		ha1 = HA1(c.User, ch["realm"], c.Password)
	}
	ha2 := hash(method + ":" + uri)
	var tail, response string
	if ch["qop"] != "" {
		cnonce, count := Nonce(), fmt.Sprintf("%08x", nc)
		response = hash(ha1 + ":" + ch["nonce"] + ":" + count + ":" + cnonce + ":auth:" + ha2)
		tail = fmt.Sprintf(`, qop=auth, cnonce="%s", nc=%s`, cnonce, count)
	} else {
		response = hash(ha1 + ":" + ch["nonce"] + ":" + ha2)
	}
	if o := ch["opaque"]; o != "" {
		tail = fmt.Sprintf(`, opaque="%s"`, escape(o)) + tail
	}
	return fmt.Sprintf(`Digest username="%s", realm="%s", algorithm=MD5, uri="%s", nonce="%s", response="%s"%s`,
		escape(c.User), escape(ch["realm"]), escape(uri), escape(ch["nonce"]), response, tail)
}
