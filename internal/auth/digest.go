// Package auth has digest authentication for both sides (RFC 2617 and its RFC 2069
// form, RFC 8760, AKA of RFC 3310 and 4169) and access lists (permit, deny).
package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Digest is a parsed Digest challenge or credential: parameter names in lower
// case, quotes removed.
type Digest map[string]string

// ParseDigest reads the value of WWW-Authenticate, Proxy-Authenticate,
// Authorization or Proxy-Authorization. ok is false for another scheme.
func ParseDigest(value string) (d Digest, ok bool) {
	rest, ok := digestParams(value)
	if !ok {
		return nil, false
	}
	d = make(Digest, usualParams)
	for rest != "" {
		var name, v string
		if name, v, rest, ok = nextParam(rest); !ok {
			break
		}
		if _, again := d[name]; !again {
			d[name] = v
		}
	}
	return d, len(d) > 0
}

// usualParams is how many credentials have.
const usualParams = 12

// DigestUser is whose credentials a value is, and for which realm: what ParseDigest has under these
// names.
func DigestUser(value string) (user, realm string, ok bool) {
	rest, more := digestParams(value)
	var hasUser, hasRealm bool
	for more && rest != "" {
		var name, v string
		if name, v, rest, more = nextParam(rest); !more {
			break
		}
		ok = true
		switch {
		case name == "username" && !hasUser:
			user, hasUser = v, true
		case name == "realm" && !hasRealm:
			realm, hasRealm = v, true
		}
	}
	return user, realm, ok
}

// digestParams is what follows the scheme; ok is false for another one.
func digestParams(value string) (params string, ok bool) {
	value = strings.TrimSpace(value)
	if len(value) < 6 || !strings.EqualFold(value[:6], "digest") {
		return "", false
	}
	return value[6:], true
}

// nextParam reads one; ok is false where there is none any more.
func nextParam(params string) (name, value, rest string, ok bool) {
	rest = strings.TrimLeft(params, ", \t\r\n")
	eq := strings.IndexByte(rest, '=')
	if eq < 0 {
		return "", "", "", false
	}
	name, rest = strings.ToLower(strings.TrimSpace(rest[:eq])), strings.TrimLeft(rest[eq+1:], " \t")
	if strings.HasPrefix(rest, `"`) {
		value, rest = quoted(rest)
	} else if i := strings.IndexByte(rest, ','); i >= 0 {
		value, rest = strings.TrimSpace(rest[:i]), rest[i+1:]
	} else {
		value, rest = strings.TrimSpace(rest), ""
	}
	return name, value, rest, true
}

// quoted reads a quoted string with backslash escapes.
func quoted(s string) (value, rest string) {
	if end := strings.IndexAny(s[1:], "\"\\") + 1; end > 0 && s[end] == '"' { // without an escape
		return s[1:end], s[end+1:]
	}
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

// Verify says whether the credential proves knowledge of ha1 for the nonce. The
// digest URI is taken as given. qop says that one was offered: without, as in
// chan_sip, the RFC 2069 form is computed, whatever the other side did.
func (d Digest) Verify(a Algorithm, ha1, nonce, method string, qop bool) bool {
	return equal(d["response"], d.response(a, ha1, nonce, method, qop))
}

func (d Digest) response(a Algorithm, ha1, nonce, method string, qop bool) string {
	ha2 := a.hash(method, d["uri"])
	if qop && d["qop"] != "" {
		return a.hash(ha1, nonce, d["nc"], d["cnonce"], d["qop"], ha2)
	}
	return a.hash(ha1, nonce, ha2)
}

// Info writes the value of Authentication-Info, which proves that we know ha1 too
// (RFC 2617 section 3.2.3); "" where the credential has no qop.
func (d Digest) Info(a Algorithm, ha1 string) string {
	if d["qop"] == "" {
		return ""
	}
	return fmt.Sprintf(`qop=%s, rspauth="%s", cnonce="%s", nc=%s`, d["qop"], d.response(a, ha1, d["nonce"], "", true), escape(d["cnonce"]),
		d["nc"])
}

// Count is the nonce-count, 0 without one.
func (d Digest) Count() uint32 {
	n, _ := strconv.ParseUint(d["nc"], 16, 32)
	return uint32(n)
}

func equal(got, want string) bool {
	return subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(got))) == 1
}

// Nonce is eight random hexadecimal digits, chan_sip's form.
func Nonce() string {
	var b [4]byte
	rand.Read(b[:]) // never fails
	var out [8]byte
	hex.Encode(out[:], b[:])
	return string(out[:])
}

// Challenge asks for credentials.
type Challenge struct {
	Realm, Nonce, Opaque string
	Algorithm            Algorithm
	Stale                bool
	QOP                  bool // offer qop="auth"
}

// String is the value of WWW-Authenticate or Proxy-Authenticate.
func (c Challenge) String() string {
	qop, opaque, stale := "", "", ""
	if c.QOP {
		qop = `, qop="auth"`
	}
	if c.Opaque != "" {
		opaque = `, opaque="` + c.Opaque + `"`
	}
	if c.Stale {
		stale = ", stale=true"
	}
	return "Digest algorithm=" + c.Algorithm.String() + `, realm="` + escape(c.Realm) + `", nonce="` + c.Nonce + `"` + qop + opaque + stale
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func escape(s string) string { return quoting.Replace(s) }

// Credentials answer a challenge.
type Credentials struct {
	User     string
	Password string
	HA1      [Hashes]string // by algorithm; used instead of the password where set (md5secret)
}

// Can says whether there is a password, or what stands for it with an algorithm.
func (c *Credentials) Can(a Algorithm) bool {
	return c.Password != "" || int(a) < Hashes && c.HA1[a] != "" || c.HA1 == [Hashes]string{}
}

// Usable says whether the challenge is one we can answer. One without a nonce is answered
// as if it were empty, as chan_sip does.
func (d Digest) Usable() bool {
	a, ok := ParseAlgorithm(d["algorithm"])
	return ok && !a.AKA() && (d["qop"] == "" || d.offersAuth())
}

// offersAuth says whether "auth" is among the qops of a challenge.
func (d Digest) offersAuth() bool {
	for _, q := range strings.Split(d["qop"], ",") {
		if strings.EqualFold(strings.TrimSpace(q), "auth") {
			return true
		}
	}
	return false
}

// Answer writes the value of Authorization or Proxy-Authorization for a usable
// challenge. nc counts the uses of the nonce; it is written when the challenge
// offered a qop.
func (c Credentials) Answer(ch Digest, method, uri string, nc int) string {
	if domain := ch["domain"]; domain != "" && !strings.Contains(domain, " ") {
		uri = "sip:" + strings.TrimPrefix(domain, "sip:")
	}
	a, _ := ParseAlgorithm(ch["algorithm"])
	ha1 := ""
	if int(a) < Hashes {
		ha1 = c.HA1[a]
	}
	if ha1 == "" {
		ha1 = a.HA1(c.User, ch["realm"], c.Password)
	}
	d, tail := Digest{"uri": uri}, ""
	if ch["qop"] != "" {
		d["qop"], d["cnonce"], d["nc"] = "auth", Nonce(), fmt.Sprintf("%08x", nc)
		tail = fmt.Sprintf(`, qop=auth, cnonce="%s", nc=%s`, d["cnonce"], d["nc"])
	}
	if o := ch["opaque"]; o != "" {
		tail = fmt.Sprintf(`, opaque="%s"`, escape(o)) + tail
	}
	return fmt.Sprintf(`Digest username="%s", realm="%s", algorithm=%s, uri="%s", nonce="%s", response="%s"%s`,
		escape(c.User), escape(ch["realm"]), a, escape(uri), escape(ch["nonce"]), d.response(a, ha1, ch["nonce"], method, true), tail)
}
