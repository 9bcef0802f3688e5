package ami

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// The manager interface over HTTP: a session is known by its cookie, a request is one
// action, and WaitEvent fetches the events.

const cookieName = "mansession_id"

// maxWebSessions bounds those that strangers open.
const maxWebSessions = 500

// Web serves one of the forms: "rawman", "mxml" or "manager".
func (s *Server) Web(form string) http.Handler {
	types := map[string]string{"rawman": "text/plain", "mxml": "text/xml", "manager": "text/html"}
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
		if o == nil {
			http.Error(w, "there are too many sessions", http.StatusServiceUnavailable)
			return
		}
		m := &message{}
		for name, values := range r.Form {
			for _, v := range values {
				m.headers = append(m.headers, header{name, v})
			}
		}
		text := o.one(m)
		w.Header().Set("Cache-Control", "no-cache, no-store")
		w.Header().Set("Content-Type", types[form])
		w.Header().Set("Set-Cookie", fmt.Sprintf(`%s="%s"; Version=1; Max-Age=%d; HttpOnly; SameSite=Strict`, cookieName, id, int(c.HTTPTimeout.Seconds())))
		w.Header().Set("Pragma", "SuppressEvents")
		fmt.Fprint(w, render(form, text))
	})
}

// webSession is that of a request's cookie, or a new one; nil when there are too many.
func (s *Server) webSession(r *http.Request) (o *session, id string) {
	if c, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		o = s.web[strings.Trim(c.Value, `"`)]
		s.mu.Unlock()
		if o != nil && !o.ended() {
			return o, strings.Trim(c.Value, `"`)
		}
	}
	s.mu.Lock()
	full := len(s.web) >= maxWebSessions
	s.mu.Unlock()
	if full {
		return nil, ""
	}
	remote, _ := netip.ParseAddrPort(r.RemoteAddr)
	o = s.newSession(nil, netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()))
	o.asked = time.Now()
	var b [16]byte
	rand.Read(b[:])
	id = hex.EncodeToString(b[:])
	s.mu.Lock()
	s.web[id] = o
	s.mu.Unlock()
	go s.expire(id, o)
	return o, id
}

// expire ends a session that asks nothing for httptimeout; one that never logged in goes
// after authtimeout.
func (s *Server) expire(id string, o *session) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for on := true; on; {
		select {
		case <-o.gone:
			on = false
		case <-tick.C:
			limit := s.Config().HTTPTimeout
			if o.account() == nil {
				limit = min(limit, s.Config().AuthTimeout)
			}
			o.working.Lock() // a request that waits is no idle session
			on = time.Since(o.asked) < limit
			o.working.Unlock()
		}
	}
	o.end()
	s.forget(o)
	s.mu.Lock()
	delete(s.web, id)
	s.mu.Unlock()
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

// render writes responses and events in a form.
func render(form, text string) string {
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
	b.WriteString(pageHead)
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
