package ami

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/auth"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// Events go to who may read their class and wants it, past his filters.
func TestEvents(t *testing.T) {
	inWorld(t, func(w *world) {
		all, low := w.loggedIn("admin"), w.loggedIn("low")
		w.core.Tell(pbx.News{Name: "Newexten", Class: "dialplan"})
		w.core.Tell(pbx.News{Name: "Newexten", Class: "call"}) // kept back by the filter of low
		w.core.Tell(pbx.News{Name: "Other", Class: "call", Fields: []pbx.Field{{Name: "A", Value: "1"}}})
		if got := all.read(time.Millisecond); fields(got, "Event") != "SuccessfulAuth Newexten Newexten Other" ||
			fields(got, "Privilege") != "security,all dialplan,all call,all call,all" {
			t.Errorf("admin hears %s", got)
		}
		if got := low.read(time.Millisecond); got != "Event: Other\r\nPrivilege: call,all\r\nA: 1\r\n\r\n" {
			t.Errorf("low hears %q", got)
		}
		all.rows([][2]string{{"Events\nEventMask: user", "Response: Success\nEvents: On"},
			{"Filter\nOperation: Add\nMatchCriteria: name(UserEvent),header(Kind),method(starts_with)\nFilter: good",
				"Response: Success\nMessage: Success"},
			{"UserEvent\nUserEvent: Mine\nKind: bad", "Response: Success\nMessage: Event Sent"},
			{"UserEvent\nUserEvent: Mine\nKind: good one\nActionID: 3",
				"Response: Success\nActionID: 3\nMessage: Event Sent\n\nEvent: UserEvent\nPrivilege: user,all\nUserEvent: Mine\n" +
					"Kind: good one\nActionID: 3"},
			{"Events\nEventMask: nonsense", "Response: Success\nEvents: Off"}, {"Events\nEventMask: user", "Response: Success\nEvents: On"}})
		all.refused([][2]string{
			{"Events", "Invalid event mask"}, {"Filter\nOperation: Remove", "Unknown operation"},
			{"Filter\nOperation: Add\nFilter: [", "Filter did not compile.  Check the syntax of the filter given."},
			{"Filter\nOperation: Add\nMatchCriteria: method(odd)\nFilter: x",
				"Filter was formatted incorrectly.  Check the syntax of the filter given."},
		})
		conf := *w.srv.Config()
		conf.Disabled = map[string]bool{"other": true}
		conf.TimestampEvents = true
		w.srv.SetConfig(conf)
		low.read(time.Second)
		w.core.Tell(pbx.News{Name: "Other", Class: "call"})
		w.core.Tell(pbx.News{Name: "Cdr", Class: "cdr"}) // cdr_manager.conf is off
		w.core.Tell(pbx.News{Name: "Third", Class: "call"})
		if got := low.read(time.Millisecond); !strings.HasPrefix(got, "Event: Third\r\nPrivilege: call,all\r\nTimestamp: 9466848") {
			t.Errorf("low hears %q", got)
		}
		low.ask("Action: Logoff")
		all.ask("Action: Logoff")
		synctest.Wait()
		if w.core.Heard() {
			t.Error("the switchboard tells its news although nobody is there")
		}
	})
}

// Of an event about several channels each field says whose it is.
func TestEventOfSeveral(t *testing.T) {
	ann := &pbx.Snapshot{Name: "A", State: pbx.StateUp, CallerID: event.Party{Num: "1"}, UniqueID: "u", LinkedID: "l",
		Vars: [][2]string{{"V", "x"}}}
	n := pbx.News{Name: "E", Class: "call", Dest: ann, Bridge: &pbx.Bridging{ID: "b", Channels: 2},
		Parts: []pbx.Part{{Prefix: "Orig", Chan: ann},
			{Prefix: "Second", Bridge: &pbx.Bridging{ID: "c"}}, {Fields: []pbx.Field{{Name: "F", Value: "1"}}}}}
	got := eventText(&n, ClassCall, false, -1)
	for _, want := range []string{"Event: E\r\nPrivilege: call,all\r\nBridgeUniqueid: b\r\n", "\r\nBridgeNumChannels: 2\r\n",
		"\r\nDestChannel: A\r\nDestChannelState: 6\r\nDestChannelStateDesc: Up\r\nDestCallerIDNum: 1\r\nDestCallerIDName: <unknown>\r\n",
		"\r\nDestLanguage: en\r\n", "\r\nDestPriority: 1\r\nDestUniqueid: u\r\nDestLinkedid: l\r\nDestChanVariable: V=x\r\n", "\r\n" +
			"OrigChannel: A\r\n", "\r\nSecondBridgeUniqueid: c\r\n", "\r\nF: 1\r\n\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

// Who does not take what it is sent within writetimeout is left; what waits for it has a bound.
func TestSlowReader(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.loggedIn("admin")
		p.conn.SetReadDeadline(time.Now()) // it stops reading
		synctest.Wait()
		w.core.Tell(pbx.News{Name: "E", Class: "call"})
		time.Sleep(time.Second)
		if list := w.srv.Sessions(); len(list) != 0 {
			t.Errorf("%+v is there still", list)
		}
		near, far := net.Pipe()
		defer far.Close()
		o := w.srv.newSession(near, netip.AddrPort{})
		part := strings.Repeat("x", maxQueued/4)
		for range 4 {
			o.say(part)
		}
		if o.ended() {
			t.Error("it is cut within the bound")
		}
		o.say("x")
		if _, _, _, cut, _ := w.srv.Counts(); cut != 1 || !o.ended() || o.take() != "" {
			t.Errorf("%d were cut", cut)
		}
	})
}

// web asks over HTTP, with a cookie, and returns the answer and the cookie that it gives.
func (w *world) web(form, cookie, query string) (text, next string) {
	r := httptest.NewRequest("GET", "/"+form+"?"+query, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookieName+"="+cookie)
	}
	answer := httptest.NewRecorder()
	w.srv.Web(form).ServeHTTP(answer, r)
	_, next, _ = strings.Cut(answer.Header().Get("Set-Cookie"), `="`)
	next, _, _ = strings.Cut(next, `"`)
	return answer.Body.String(), next
}

// Sessions over HTTP.
func TestWeb(t *testing.T) {
	inWorld(t, func(w *world) {
		r := httptest.NewRecorder()
		w.srv.Web("rawman").ServeHTTP(r, httptest.NewRequest("GET", "/rawman?action=ping", nil))
		if r.Code != http.StatusNotFound {
			t.Errorf("it answers %d though webenabled is off", r.Code)
		}
		conf := *w.srv.Config()
		conf.Enabled, conf.WebEnabled = true, true
		w.srv.SetConfig(conf)
		if got, _ := w.web("rawman", "", "action=ping"); got != "Response: Error\r\nMessage: Permission denied\r\n\r\n" {
			t.Errorf("a stranger: %q", got)
		}
		got, cookie := w.web("rawman", "", "action=login&username=admin&secret=secret")
		if got != "Response: Success\r\nMessage: Authentication accepted\r\n\r\n" {
			t.Fatalf("login: %q", got)
		}
		if got, same := w.web("rawman", cookie, "action=ping"); !strings.HasPrefix(got, "Response: Success\r\nPing: Pong\r\n") ||
			same != cookie {
			t.Errorf("ping: %q, cookie %s, then %s", got, cookie, same)
		}
		if got, _ := w.web("mxml", cookie,
			"action=getvar&variable="+url.QueryEscape("CALLERID(<a>)")); got != "<ajax-response>\n<response type='object' id='unknown'><generic "+
			"response='Success' variable='CALLERID(&lt;a&gt;)' value='' /></response>\n</ajax-response>\n" {
			t.Errorf("XML: %s", got)
		}
		if got, _ := w.web("manager", cookie, "action=logoff"); !strings.Contains(got,
			"<tr><td>Message</td><td>Thanks for all the fish.</td></tr>") {
			t.Errorf("page: %s", got)
		}
		if got, _ := w.web("rawman", cookie, "action=ping"); !strings.Contains(got, "Permission denied") {
			t.Errorf("after the logoff: %q", got)
		}
	})
}

// WaitEvent fetches what came, or waits for it; who asks for nothing for httptimeout is forgotten.
func TestWaitEvent(t *testing.T) {
	inWorld(t, func(w *world) {
		conf := *w.srv.Config()
		conf.Enabled, conf.WebEnabled = true, true
		w.srv.SetConfig(conf)
		_, cookie := w.web("rawman", "", "action=login&username=low&secret=low")
		w.core.Tell(pbx.News{Name: "One", Class: "call"})
		got, _ := w.web("rawman", cookie, "action=waitevent&timeout=10&actionid=5")
		if fields(got, "Response", "Event", "ActionID") != "Success 5 One WaitEventComplete 5" {
			t.Errorf("what has come: %q", got)
		}
		begun := time.Now()
		// Within a second: a session looks every second whether it is idle, and virtual time stands
		// still while it waits for the request.
		time.AfterFunc(300*time.Millisecond, func() { w.core.Tell(pbx.News{Name: "Two", Class: "call"}) })
		if got, _ := w.web("rawman", cookie, "action=waitevent&timeout=10"); fields(got, "Event") != "Two WaitEventComplete" ||
			time.Since(begun) != 300*time.Millisecond {
			t.Errorf("what comes: %q after %v", got, time.Since(begun))
		}
		if len(w.srv.Sessions()) != 1 {
			t.Errorf("%d sessions", len(w.srv.Sessions()))
		}
		time.Sleep(conf.HTTPTimeout + 2*time.Second)
		if len(w.srv.Sessions()) != 0 {
			t.Error("an idle session stays")
		}
		p := w.loggedIn("low")
		time.AfterFunc(2*time.Second, func() { w.core.Tell(pbx.News{Name: "Three", Class: "call"}) })
		p.ask("Action: WaitEvent")
		if got := p.read(5 * time.Second); fields(got, "Event", "Message") != "Waiting for Event completed. Three WaitEventComplete" {
			t.Errorf("over TCP: %q", got)
		}
		p.ask("Action: WaitEvent\nTimeout: 4")
		if got := p.read(3900 * time.Millisecond); got != "" {
			t.Errorf("it does not wait: %q", got)
		}
		if got := p.read(100 * time.Millisecond); fields(got, "Event") != "WaitEventComplete" {
			t.Errorf("nothing comes: %q", got)
		}
	})
}

// manager.conf: what it says, and what is said of what it says wrongly.
func TestConfig(t *testing.T) {
	c, problems := ReadConfig(parsed(t, `[general]
enabled = yes
webenabled=yes
port=5039
bindaddr=127.0.0.1
tlsenable=yes
tlsbindaddr=[::1]:6000
tlscertfile=/c.pem
allowmultiplelogin=no
displayconnects=no
timestampevents=yes
authtimeout=5
authlimit=7
httptimeout=9
channelvars=A, B
disabledevents=Newexten,VarSet
debug=on
[ann]
secret=s
deny=0.0.0.0/0
permit=192.0.2.0/24
acl=office
read=call,system
write=all
writetimeout=500
setvar=A=1
eventfilter=Event: Dial
eventfilter(action(exclude),name(VarSet))=
displayconnects=yes
`), map[string]auth.ACL{"office": {}})
	if len(problems) != 0 {
		t.Errorf("%v", problems)
	}
	u := c.Users["ann"]
	if !c.Enabled || !c.WebEnabled || c.Bind.String() != "127.0.0.1:5039" || !c.TLSEnabled || c.TLSBind.String() != "[::1]:6000" ||
		c.Cert != "/c.pem" || c.Key != "/c.pem" || c.AllowMultiple || c.DisplayConnects || !c.TimestampEvents ||
		c.AuthTimeout != 5*time.Second || c.AuthLimit != 7 || c.HTTPTimeout != 9*time.Second || strings.Join(c.ChannelVars, "") != "AB" ||
		!c.Disabled["varset"] || strings.Join(c.Names, "") != "ann" {
		t.Errorf("%+v", c)
	}
	if u.Read != ClassCall|ClassSystem || !u.Write.All() || u.WriteTimeout != 500*time.Millisecond || u.AllowMultiple || !u.DisplayConnects ||
		len(u.SetVars) != 1 || len(u.Filters) != 2 || u.Read.String() != "system,call,all" {
		t.Errorf("%+v", u)
	}
	_, problems = ReadConfig(parsed(t, `[general]
enabled=perhaps
port=70000
bindaddr=nowhere
nonsense=1
[ann]
read=calls
permit=x
acl=none
writetimeout=5
eventfilter=[
eventfilter(method(odd))=x
nonsense=1
`), nil)
	want := []string{"x.conf:2: WARNING: 'perhaps' of 'enabled' is neither yes nor no",
		"x.conf:3: WARNING: '70000' is not a valid value of 'port' (1 to 65535)", "x.conf:4: WARNING: 'nowhere' of 'bindaddr' is no address",
		"x.conf:5: WARNING: unknown option 'nonsense' in [general]", "x.conf:7: WARNING: unknown class 'calls' (did you mean 'call'?)",
		"x.conf:8: ", "x.conf:9: WARNING: there is no list 'none' in acl.conf: nobody may log in as 'ann'",
		"x.conf:10: WARNING: writetimeout takes milliseconds, at least 100", "x.conf:11: WARNING: eventfilter: ",
		"x.conf:12: WARNING: eventfilter(method(odd)): it is not formed as a filter is",
		"x.conf:13: WARNING: unknown option 'nonsense' of manager user 'ann'",
		"x.conf:6: WARNING: manager user 'ann' has no secret: it cannot log in"}
	for i, p := range problems {
		if i >= len(want) || !strings.HasPrefix(p.String(), want[i]) {
			t.Errorf("%s", p)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems, want %d", len(problems), len(want))
	}
	if c, problems := ReadConfig(nil, nil); c.Enabled || c.Bind.Port() != 5038 || problems != nil {
		t.Errorf("without a file: %+v %v", c, problems)
	}
}

// What filters let through.
func TestFilters(t *testing.T) {
	const event = "Event: Newexten\r\nPrivilege: dialplan,all\r\nChannel: SIP/a-1\r\n\r\n"
	for _, c := range []struct {
		filters [][2]string // criteria, text
		passes  bool
	}{
		{nil, true}, {[][2]string{
			{"", "Event: Newexten"}}, true}, {[][2]string{{"", "Event: Other"}}, false}, {[][2]string{{"", "!Event: Newexten"}}, false},
		{[][2]string{{"", "!Event: Other"}}, true},
		{[][2]string{
			{"", "Event: N"}, {"", "!Channel: SIP/a"}}, false}, {[][2]string{{"(action(exclude),name(Newexten))", ""}}, false},
		{[][2]string{{"(action(exclude),name(Other))", ""}}, true},
		{[][2]string{
			{"(header(Channel),method(exact))", "SIP/a-1"}}, true}, {[][2]string{{"(header(Channel),method(exact))", "SIP/a"}}, false},
		{[][2]string{{"(header(Channel),method(starts_with))", "SIP/"}}, true},
		{[][2]string{
			{"(header(Channel),method(ends_with))", "-1"}}, true}, {[][2]string{{"(header(Channel),method(contains))", "/a-"}}, true},
		{[][2]string{{"(header(None))", ""}}, false}, {[][2]string{{"(header(Channel),method(none))", ""}}, true},
		{[][2]string{{"(header(Channel),method(regex))", "^SIP/.-1$"}}, true},
	} {
		var list []filter
		for _, f := range c.filters {
			read, err := parseFilter(f[0], f[1])
			if err != nil {
				t.Fatal(f, err)
			}
			list = append(list, read)
		}
		if got := passes(list, "Newexten", event); got != c.passes {
			t.Errorf("%v lets it through: %v", c.filters, got)
		}
	}
	for _, f := range [][2]string{{"", ""}, {"(method(odd))", "x"}, {"(header(A),method(contains))", ""}, {"(name(A),method(none))", "x"},
		{"(name(A)", "x"}} {
		if _, err := parseFilter(f[0], f[1]); !errors.Is(err, errFilterForm) {
			t.Errorf("%v is taken: %v", f, err)
		}
	}
}
