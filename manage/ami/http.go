package ami

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/crowd"
)

// The manager interface over HTTP: a session is known by its cookie, a request is one
// action, and WaitEvent fetches the events.

const cookieName = "mansession_id"

// contentTypes of the forms.
var contentTypes = map[string]string{"rawman": "text/plain", "mxml": "text/xml", "manager": "text/html"}

// Web serves one of the forms: "rawman", "mxml" or "manager".
func (s *Server) Web(form string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.Config()
		if !c.Enabled || !c.WebEnabled {
			http.NotFound(w, r)
			return
		}
		if r.ParseForm() != nil {
			http.Error(w, "the request cannot be read", http.StatusBadRequest)
			return
		}
		o, id := s.webSession(r)
		text := o.one(formMessage(r))
		s.strangers.Remove(o)
		id = cmp.Or(o.cookie, id)
		w.Header().Set("Cache-Control", "no-cache, no-store")
		w.Header().Set("Content-Type", contentTypes[form])
		w.Header().Set("Set-Cookie", fmt.Sprintf(`%s="%s"; Version=1; Max-Age=%d; HttpOnly; SameSite=Strict`, cookieName, id,
			int(c.HTTPTimeout.Seconds())))
		w.Header().Set("Pragma", "SuppressEvents")
		fmt.Fprint(w, render(form, text, pageHead))
	})
}

// formMessage is the action that a request asks for.
func formMessage(r *http.Request) *message {
	m := &message{}
	for name, values := range r.Form {
		for _, v := range values {
			m.headers = append(m.headers, header{name, v})
		}
	}
	return m
}

// webSession is that of a request's cookie. Who has not logged in has none that is kept: it
// ends with the request, and what an MD5 login has to answer follows from the cookie.
func (s *Server) webSession(r *http.Request) (o *session, id string) {
	if c, err := r.Cookie(cookieName); err == nil {
		id = strings.Trim(c.Value, `"`)
		s.mu.Lock()
		o = s.web[id]
		s.mu.Unlock()
		if o != nil && !o.ended() {
			return o, id
		}
	}
	if b, err := hex.DecodeString(id); err != nil || len(b) != 16 {
		id = newCookie()
	}
	remote, _ := netip.ParseAddrPort(r.RemoteAddr)
	o = s.newSession(nil, remote)
	o.challenges = []string{s.challenge(id, 0), s.challenge(id, 1)}
	s.admit(o)
	return o, id
}

func newCookie() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// challenge is the one of a cookie in this span of authtimeout, or that before.
func (s *Server) challenge(cookie string, before int64) string {
	span := time.Now().Unix()/int64(s.Config().AuthTimeout.Seconds()) - before
	h := hmac.New(sha256.New, s.key[:])
	fmt.Fprintf(h, "%s %d", cookie, span)
	return strconv.Itoa(int(binary.BigEndian.Uint32(h.Sum(nil)) >> 1))
}

// enroll makes the session of a request that has logged in one for those that follow, under a
// cookie that nobody knew before.
func (s *Server) enroll(o *session) {
	o.cookie = newCookie()
	s.mu.Lock()
	s.web[o.cookie] = o
	s.mu.Unlock()
	s.keep(o)
}

// keep has a session of HTTP stay until httptimeout. With more of them than httpsessionlimit, of
// cookies and of nonces each, the oldest of the source that has most makes room.
func (s *Server) keep(o *session) {
	c := s.Config()
	if gone, full := s.companions(o).Add(o.remote.Addr(), o, crowd.Limits{All: c.HTTPSessionLimit, Source: c.HTTPSourceLimit}); full {
		gone.end()
		if o.cookie != "" && s.visitors.Tells() {
			s.rooms.Log.Warn().Msgf("manager interface: too many sessions over HTTP, one of %s ends (httpsessionlimit, httpsessionsourcelimit)",
				gone.remote.Addr())
		}
	}
	s.join(o)
	go s.expire(o)
}

// companions are the sessions that one makes room for: those of cookies, or of nonces.
func (s *Server) companions(o *session) *crowd.Crowd[*session] {
	if o.nonce != "" {
		return &s.digesters
	}
	return &s.visitors
}

// expire ends a session that asks nothing for httptimeout.
func (s *Server) expire(o *session) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for on := true; on; {
		select {
		case <-o.gone:
			on = false
		case <-tick.C:
			o.working.Lock() // a request that waits is no idle session
			on = time.Since(o.asked) < s.Config().HTTPTimeout
			o.working.Unlock()
		}
	}
	o.end()
	s.companions(o).Remove(o)
	s.forget(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.web, o.cookie)
	delete(s.digests, o.nonce)
	if o.made.After(s.spent) {
		s.spent = o.made
	}
}

// ended says whether the session is over.
func (o *session) ended() bool {
	select {
	case <-o.gone:
		return true
	default:
		return false
	}
}

// one runs one request; requests of a session run one after the other.
func (o *session) one(m *message) string {
	o.working.Lock()
	defer o.working.Unlock()
	o.hold()
	a := &act{o: o, m: m, id: m.get("ActionID")}
	a.perform()
	o.release()
	o.asked = time.Now()
	if a.bye {
		o.end()
	}
	return a.out.String()
}

// render writes responses and events in a form; head begins the page of "manager".
func render(form, text, head string) string {
	var b strings.Builder
	blocks := strings.Split(strings.TrimSuffix(text, "\r\n\r\n"), "\r\n\r\n")
	switch form {
	case "rawman":
		return text
	case "mxml":
		b.WriteString("<ajax-response>\n")
		for _, block := range blocks {
			b.WriteString("<response type='object' id='unknown'><generic")
			each(block, func(name, value string) { fmt.Fprintf(&b, " %s='%s'", attribute(name), html.EscapeString(value)) })
			b.WriteString(" /></response>\n")
		}
		b.WriteString("</ajax-response>\n")
		return b.String()
	}
	b.WriteString(head)
	for _, block := range blocks {
		each(block, func(name, value string) {
			fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td></tr>\n", html.EscapeString(name), html.EscapeString(value))
		})
		b.WriteString("<tr><td colspan=\"2\"><hr></td></tr>\n")
	}
	b.WriteString("</table></body>\n")
	return b.String()
}

// each visits the lines of a block; a name that repeats gets a number.
func each(block string, f func(name, value string)) {
	seen := map[string]int{}
	for _, l := range strings.Split(block, "\r\n") {
		name, value, _ := strings.Cut(l, ": ")
		if seen[name]++; seen[name] > 1 {
			f(fmt.Sprintf("%s-%d", name, seen[name]), value)
		} else if name != "" {
			f(name, value)
		}
	}
}

// attribute is a name as one of XML.
func attribute(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, lower(name))
}

const pageHead = `<title>Asterisk&trade; Manager Interface</title><body bgcolor="#ffffff"><table align=center bgcolor="#f1f1f1" width="500">
<tr><td colspan="2" bgcolor="#f1f1ff"><h1>Manager Tester</h1></td></tr>
<tr><td colspan="2" bgcolor="#f1f1ff"><form action="manager" method="post">
	Action: <select name="action">
		<option value="">-----&gt;</option>
		<option value="login">login</option>
		<option value="command">Command</option>
		<option value="waitevent">waitevent</option>
		<option value="listcommands">listcommands</option>
	</select>
	or <input name="action"><br/>
	CLI Command <input name="command"><br>
	user <input name="username"> pass <input type="password" name="secret"><br>
	<input type="submit">
</form>
</td></tr>
`
