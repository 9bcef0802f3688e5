package ami

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"obelisk/internal/auth"
)

// The manager interface over HTTP with digest authentication (RFC 2617): every request proves
// who asks, and a session is known by its nonce. A nonce that nobody has used is not kept: it
// says itself when it was made, and that it is ours.

// digestRealm is the one of Asterisk's challenges; manager.conf has no option for it.
const digestRealm = "asterisk"

// WebDigest serves one of the forms, "rawman", "mxml" or "manager", to who answers a challenge.
func (s *Server) WebDigest(form string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.Config()
		w.Header().Set("Cache-Control", "no-cache, no-store")
		switch {
		case !c.Enabled || !c.WebEnabled:
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
			http.Error(w, "501 Not Implemented", http.StatusNotImplemented)
		case crossSite(r): // a browser sends credentials that it knows with requests of any page
			http.Error(w, "403 Permission denied", http.StatusForbidden)
		case r.ParseForm() != nil:
			http.Error(w, "the request cannot be read", http.StatusBadRequest)
		default:
			o, status, stale := s.digestSession(r)
			if o != nil {
				w.Header().Set("Content-Type", contentTypes[form])
				fmt.Fprint(w, render(form, o.one(formMessage(r)), digestHead))
				return
			}
			if status == http.StatusUnauthorized {
				nonce := s.nonce()
				w.Header().Set("WWW-Authenticate", auth.Challenge{Realm: digestRealm, Nonce: nonce, Opaque: nonce, Stale: stale, QOP: true}.String())
			}
			http.Error(w, fmt.Sprint(status, " ", http.StatusText(status)), status)
		}
	})
}

// crossSite says whether a page of another site has a browser send the request.
func crossSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site != "" && site != "same-origin" && site != "none"
}

// digestSession is that of a request's nonce; the first request with one begins it. Without a
// session, status is that of the answer; stale says that only the nonce was wrong.
func (s *Server) digestSession(r *http.Request) (o *session, status int, stale bool) {
	d, ok := readCredentials(r.Header.Get("Authorization"))
	if !ok {
		return nil, http.StatusUnauthorized, false
	}
	remote, _ := netip.ParseAddrPort(r.RemoteAddr)
	o = s.newSession(nil, remote)
	u, event, why := s.judge(d["username"], o.remote.Addr(), proofOf(d, r.Method))
	if event != "" {
		s.admit(o)
		(&act{o: o}).turnAway(event, why, d["username"])
		s.strangers.Remove(o)
		if event == "FailedACL" {
			return nil, http.StatusForbidden, false
		}
		return nil, http.StatusUnauthorized, false
	}
	o.user, o.nonce = u, d["nonce"]
	o, begun := s.byNonce(o, d.Count())
	if begun {
		(&act{o: o}).security("SuccessfulAuth", "Informational", u.Name)
		s.keep(o)
		s.attend()
		o.show("on")
	}
	return o, http.StatusUnauthorized, o == nil
}

// readCredentials reads an Authorization that can be one of ours.
func readCredentials(text string) (d auth.Digest, ok bool) {
	d, ok = auth.ParseDigest(text)
	a, known := auth.ParseAlgorithm(d["algorithm"])
	return d, ok && known && a == auth.MD5 && d["username"] != "" && d["nonce"] != "" && d["response"] != "" &&
		(d["qop"] == "" || d["qop"] == "auth")
}

// proofOf is whether a user knows the secret, by the credentials of a request.
func proofOf(d auth.Digest, method string) proof {
	return func(u *User) (event, why string) {
		if d.Verify(auth.MD5, auth.MD5.HA1(u.Name, digestRealm, u.Secret), d["nonce"], method, true) {
			return "", ""
		}
		return "ChallengeResponseFailed", "failed to authenticate as"
	}
}

// byNonce is the session of its user's nonce: the fresh one where there is none yet and the nonce
// may begin one. It is nil where a request is to have a new nonce: this one is not ours, too old,
// another user's, or count is not above those of the requests before.
func (s *Server) byNonce(fresh *session, count uint32) (o *session, begun bool) {
	made, ours := s.mint(fresh.nonce)
	s.mu.Lock()
	defer s.mu.Unlock()
	o = s.digests[fresh.nonce]
	switch {
	case o == nil:
		if !ours || time.Since(made) > s.Config().AuthTimeout || !made.After(s.spent) || s.closed {
			return nil, false
		}
		fresh.made, fresh.counted = made, count
		s.digests[fresh.nonce] = fresh
		return fresh, true
	case o.ended() || o.user.Name != fresh.user.Name || count <= o.counted:
		return nil, false
	}
	o.counted = count
	return o, false
}

// Parts of a nonce, in bytes: when it was made in microseconds, what no other one has, and what
// only we can write.
const (
	nonceTime = 8
	nonceOwn  = nonceTime + 4
	nonceSize = nonceOwn + 12
)

// nonce is a new one.
func (s *Server) nonce() string {
	var b [nonceOwn]byte
	binary.BigEndian.PutUint64(b[:], uint64(time.Now().UnixMicro()))
	rand.Read(b[nonceTime:])
	return hex.EncodeToString(append(b[:], s.seal(b[:])...))
}

// mint says when a nonce was made; ours is false for one that we did not make.
func (s *Server) mint(nonce string) (made time.Time, ours bool) {
	b, err := hex.DecodeString(nonce)
	if err != nil || len(b) != nonceSize || nonce != hex.EncodeToString(b) || !hmac.Equal(b[nonceOwn:], s.seal(b[:nonceOwn])) {
		return made, false
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b))), true
}

func (s *Server) seal(b []byte) []byte {
	h := hmac.New(sha256.New, s.key[:])
	h.Write([]byte("nonce "))
	h.Write(b)
	return h.Sum(nil)[:nonceSize-nonceOwn]
}

// digestHead begins the page of the form for browsers.
const digestHead = `<title>Asterisk&trade; Manager Interface</title><body bgcolor="#ffffff"><form method="post">
<table align=center bgcolor="#f1f1f1" width="500">
<tr><td colspan="2" bgcolor="#f1f1ff"><h1>Manager Tester</h1></td></tr>
<tr><td colspan="2" bgcolor="#f1f1ff">Action: <input name="action"> Cmd: <input name="command"><br>
	<input type="submit" value="Send request">
</td></tr>
`
