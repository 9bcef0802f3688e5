package console

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/argon2"
)

// office is a switchboard of which everything is told by the test.
type office struct {
	mu    sync.Mutex
	calls []Call
	story map[string]Story
	done  []string
	fault error
	files map[string]string
	kept  map[string][]Version
	hours []Hour
}

func (o *office) Base() string { return "" }
func (o *office) Calls() []Call {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Call(nil), o.calls...)
}
func (o *office) Past(int) []Call { return []Call{{ID: "C-9", Verdict: "answered, 3 s", Over: true}} }
func (o *office) Story(id string) (Story, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s, ok := o.story[id]
	return s, ok
}
func (o *office) set(calls ...Call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls = calls
}
func (o *office) Phones() []Phone {
	return []Phone{{Name: "desk", Address: "192.0.2.1:5060", Status: "OK (3 ms)", Registered: true}}
}
func (o *office) Phone(name string) (PhoneStory, bool) {
	return PhoneStory{Name: name, Settings: [][2]string{{"Context", "office"}}, Checks: []Check{{State: CheckBad, Key: "ring.absent"}},
			Refusal: Refusal{At: time.Unix(1, 0), Event: "FailedACL", From: "UDP/192.0.2.7"}, Lamps: []Lamp{{"10", "office", "Idle", 2}}},
		name == "desk"
}
func (o *office) CheckSync(name string) error { return o.fault }
func (o *office) Media(string) []Media {
	return []Media{{Channel: "SIP/desk-1", Here: Ear{Lost: 7}}}
}
func (o *office) Trunks() []Trunk {
	return []Trunk{{Host: "sip.example.net", User: "49", State: "Registered"}}
}
func (o *office) Contexts() []string { return []string{"office", "outside"} }
func (o *office) Explain(number, context, caller string) (string, bool) {
	return number + "@" + context + " for " + caller + " <b>", number != "9"
}
func (o *office) Boards() []Board {
	return []Board{{Name: "queues", Columns: []string{"queue", "callers"}, Rows: [][]string{{"<i>support", "0"}}},
		{Name: "parking", Columns: []string{"lot"}}}
}
func (o *office) Export(w io.Writer, id, kind string) error {
	if _, ok := o.Story(id); !ok || kind != "text" {
		return errors.New("not there")
	}
	_, err := io.WriteString(w, "story of "+id)
	return err
}
func (o *office) Facts() []Facts { return []Facts{{"system.about", [][2]string{{"Version", "1"}}}} }
func (o *office) Hangup(id string) bool {
	_, ok := o.Story(id)
	return ok
}
func (o *office) Findings() ([]Finding, error) {
	return []Finding{{File: "sip.conf", Line: 2, Severity: "warning", Code: "x", Message: "<x>"}}, nil
}
func (o *office) Reload() ([]string, error) { return []string{"sip.conf: + [a]"}, o.fault }
func (o *office) Deeds(int) []Deed          { return []Deed{{User: "boss", What: "reloaded"}} }
func (o *office) Log(n int, call string) []LogLine {
	return []LogLine{{Level: "WARNING", Text: "a line of the log"}}
}
func (o *office) Rehearse(w io.Writer) (bool, error) {
	io.WriteString(w, "1 of 1")
	return true, o.fault
}
func (o *office) Pulse() Pulse { return Pulse{Calls: 1, Minutes: []int{0, 2}, LastHour: 2} }
func (o *office) Alarms() []Alarm {
	return []Alarm{{Key: "alarm.files", Args: []any{3}, Link: "/files"}}
}
func (o *office) Hours(time.Time) []Hour { return o.hours }
func (o *office) Files() (out []File, err error) {
	for name, text := range o.files {
		out = append(out, File{Name: name, Size: int64(len(text))})
	}
	return out, nil
}
func (o *office) Text(name string) ([]byte, error) {
	text, ok := o.files[name]
	if !ok && name == "fresh.conf" {
		return nil, ErrNew
	}
	if !ok {
		return nil, ErrNoFile
	}
	return []byte(text), nil
}
func (o *office) Try(name string, text []byte) ([]Finding, *Finding, error) {
	if strings.Contains(string(text), "broken") {
		f := Finding{File: name, Line: 7, Severity: "error", Message: "it is broken"}
		return []Finding{f}, &f, nil
	}
	return nil, nil, nil
}
func (o *office) Save(name string, text []byte, was, user string) error {
	if _, broken, _ := o.Try(name, text); broken != nil {
		return &BrokenError{*broken}
	}
	if o.kept == nil {
		o.kept = map[string][]Version{}
	}
	o.kept[name] = append(o.kept[name], Version{ID: int64(len(o.kept[name]) + 1), User: user, Note: "version.console",
		Text: []byte(o.files[name])})
	o.files[name] = string(text)
	return nil
}
func (o *office) Versions(name string) ([]Version, error) { return o.kept[name], nil }
func (o *office) Version(name string, id int64) (Version, error) {
	if id < 1 || int(id) > len(o.kept[name]) {
		return Version{}, ErrNoFile
	}
	return o.kept[name][id-1], nil
}
func (o *office) Audit(user, from, what string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = append(o.done, user+" "+what)
}

// desk is a browser at a console.
type desk struct {
	t    *testing.T
	url  string
	http *http.Client
}

const users = "[general]\nenabled=yes\n[boss]\nsecret=the boss's secret\nrole=administrator\n[reception]\nsecret=hang up please\n" +
	"role=operator\n[guest]\nsecret=only looking\n"

func configOf(t *testing.T, text string) (Config, []config.Diagnostic) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"console.conf": {Data: []byte(text)}}}, "console.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ReadConfig(f)
}

func served(t *testing.T, o *office) (*Console, *desk) {
	c := New(o, zerolog.Nop())
	conf, diags := configOf(t, users)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	c.Configure(conf)
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	jar, _ := cookiejar.New(nil)
	return c, &desk{t, s.URL, &http.Client{Jar: jar}}
}

func (d *desk) read(r *http.Response, err error) (int, string) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Body.Close()
	var b strings.Builder
	bufio.NewReader(r.Body).WriteTo(&b)
	return r.StatusCode, b.String()
}

func (d *desk) get(path string) (int, string) {
	d.t.Helper()
	return d.read(d.http.Get(d.url + path))
}

func (d *desk) post(path string, fields ...string) (int, string) {
	d.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return d.read(d.http.PostForm(d.url+path, form))
}

func (d *desk) login(user, password string) {
	d.t.Helper()
	if status, body := d.post("/login", "user", user, "password", password); status != 200 || strings.Contains(body, `type="password"`) {
		d.t.Fatalf("%s is not let in: %d", user, status)
	}
}

// Every page wants a login, and shows what there is; texts from outside stay texts.
func TestPages(t *testing.T) {
	o := &office{calls: []Call{{ID: "C-1", From: `<script>alert(1)</script>`, To: "600", State: "up", At: "Echo() in,600,2",
		Parties: []string{"SIP/desk-1"}, Begun: time.Now()}},
		story: map[string]Story{"C-1": {Call: Call{ID: "C-1", From: "100", To: "600", State: "up"}, Legs: []string{"A: abc@x"},
			Entries: []Entry{{Arrow: "in", Leg: "A", Peer: "192.0.2.1:5060", Text: "INVITE sip:600@x"}, {Text: "600@in:1 Answer()"}}}}}
	_, d := served(t, o)
	for _, path := range []string{"/", "/calls", "/call/C-1", "/phones", "/phone/desk", "/trunks", "/system", "/office", "/dialplan",
		"/files", "/softphone", "/call/C-1/text", "/numbers", "/numbers.json", "/find?q=a", "/file/sip.conf", "/heard?call=a"} {
		if _, body := d.get(path); !strings.Contains(body, `type="password"`) {
			t.Errorf("%s is open", path)
		}
	}
	if status, _ := d.get("/live?page=now"); status != 401 {
		t.Errorf("live: %d", status)
	}
	d.login("guest", "only looking")
	for path, want := range map[string]string{"/": "&lt;script&gt;alert(1)&lt;/script&gt;", "/calls": "answered, 3 s",
		"/call/C-1": "INVITE sip:600@x", "/phones": "192.0.2.1:5060", "/phone/desk": "not registered", "/numbers": "Time to the answer",
		"/numbers.json": "null", "/find?q=desk": "192.0.2.1", "/heard?call=x": `"here":7`, "/trunks": "sip.example.net", "/system": "Version",
		"/office": `<td data-label="Queue">&lt;i&gt;support</td>`, "/softphone": "transport=ws", "/files": "&lt;x&gt;", "/dialplan": "outside",
		"/dialplan?number=600&context=office&caller=1": "600@office for 1 &lt;b&gt;", "/call/C-1/text": "story of C-1"} {
		if status, body := d.get(path); status != 200 || !strings.Contains(body, want) || strings.Contains(body, "<script>alert") {
			t.Errorf("%s: %d, no %q in %s", path, status, want, body)
		}
	}
	for _, path := range []string{"/call/C-7", "/phone/nobody", "/call/C-7/text", "/call/C-1/doc"} {
		if status, _ := d.get(path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	d.post("/logout")
	if _, body := d.get("/"); !strings.Contains(body, `type="password"`) {
		t.Error("still inside after the logout")
	}
}

// What each role may do, and that it is noted.
func TestRoles(t *testing.T) {
	for _, c := range []struct {
		user, password string
		hangup, reload int
	}{{"guest", "only looking", 403, 403}, {"reception", "hang up please", 200, 403}, {"boss", "the boss's secret", 200, 200}} {
		o := &office{story: map[string]Story{"C-1": {Call: Call{ID: "C-1"}}}}
		_, d := served(t, o)
		d.login(c.user, c.password)
		if status, _ := d.post("/call/C-1/hangup"); status != c.hangup {
			t.Errorf("%s hangs up: %d", c.user, status)
		}
		if status, _ := d.post("/files/reload"); status != c.reload {
			t.Errorf("%s reloads: %d", c.user, status)
		}
		want := 1
		for _, status := range []int{c.hangup, c.reload} {
			if status == 200 {
				want++
			}
		}
		if len(o.done) != want {
			t.Errorf("%s: noted %q", c.user, o.done)
		}
		if c.reload == 200 {
			o.fault = fmt.Errorf("sip.conf:7: no such option")
			if _, body := d.post("/files/reload"); !strings.Contains(body, "sip.conf:7") {
				t.Error("the reason of a refused reload is not told")
			}
		}
	}
}

// A page of another site cannot act, and passwords cannot be tried out.
func TestAttacks(t *testing.T) {
	o := &office{story: map[string]Story{"C-1": {Call: Call{ID: "C-1"}}}}
	c, d := served(t, o)
	d.login("boss", "the boss's secret")
	for _, header := range [][2]string{{"Origin", "https://evil.test"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		r, _ := http.NewRequest("POST", d.url+"/call/C-1/hangup", nil)
		r.Header.Set(header[0], header[1])
		if status, _ := d.read(d.http.Do(r)); status != 403 {
			t.Errorf("%v: %d", header, status)
		}
	}
	for to, want := range map[string]string{"/phones": "/phones", "//evil.test/": "/", "https://evil.test": "/", `/\evil.test`: "/",
		"": "/"} {
		if got := local(to); got != want {
			t.Errorf("%q: %q", to, got)
		}
	}
	now := time.Now()
	c.sessions.now = func() time.Time { return now }
	for i := range freeFailures {
		if status, _ := d.post("/login", "user", "boss", "password", "guess"); status != 401 {
			t.Fatalf("guess %d: %d", i, status)
		}
	}
	if status, _ := d.post("/login", "user", "boss", "password", "the boss's secret"); status != 429 {
		t.Errorf("one more guess at once: %d", status)
	}
	now = now.Add(longestPause)
	d.login("boss", "the boss's secret")
}

// Where the console is served from.
func TestDoors(t *testing.T) {
	for name, c := range map[string]struct {
		conf, from string
		status     int
	}{
		"this machine":               {users, "127.0.0.1:9", 200},
		"this machine, IPv6":         {users, "[::1]:9", 200},
		"another one":                {users, "192.0.2.9:9", 403},
		"another one, not encrypted": {users + "[general](+)\nremote=yes\n", "192.0.2.9:9", 403},
		"another one, told twice":    {users + "[general](+)\nremote=yes\nplain=yes\n", "192.0.2.9:9", 200},
		"nobody may":                 {"[general]\nenabled=yes\n", "127.0.0.1:9", 404},
		"off":                        {users + "[general](+)\nenabled=no\n", "127.0.0.1:9", 404},
	} {
		k := New(&office{}, zerolog.Nop())
		conf, _ := configOf(t, c.conf)
		k.Configure(conf)
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/login", nil)
		r.RemoteAddr = c.from
		if k.ServeHTTP(w, r); w.Code != c.status {
			t.Errorf("%s: %d, want %d", name, w.Code, c.status)
		}
	}
}

// What console.conf may say, and what is wrong with it.
func TestConfig(t *testing.T) {
	salt := make([]byte, 16)
	rand.Read(salt)
	enc := base64.RawStdEncoding.EncodeToString
	hash := "$argon2id$v=19$m=64,t=1,p=1$" + enc(salt) + "$" + enc(argon2.IDKey([]byte("long enough"), salt, 1, 64, 1, 32))
	for text, want := range map[string]string{
		"[a]\nsecret=long enough\n":                          "",
		"[a]\nsecret=" + hash + "\n":                         "",
		"[a]\nsecret=$argon2id$v=19$m=9999999,t=1,p=1$x$y\n": "cannot be read",
		"[a]\nrole=viewer\n":                                 "has no secret",
		"[a]\nsecret=short\n":                                "easily guessed",
		"[a]\nsecret=long enough\nrole=king\n":               "no role",
		"[a]\nsecret=long enough\ncolour=red\n":              "unknown option 'colour'",
		"[a]\nsecret=long enough\n[b]\nsecret=long enough\n[a]\nsecret=even longer\n": "a second [a] is not read",
		"[general]\nport=1\n":          "unknown option 'port'",
		"[general]\nenabled=perhaps\n": "'perhaps' is not a valid value of 'enabled'",
		"[general]\nremote=perhaps\n":  "'perhaps' is not a valid value of 'remote'",
	} {
		c, diags := configOf(t, text)
		if want == "" && (len(diags) > 0 || len(c.Users) != 1 || !matches(c.Users[0].Secret, "long enough") ||
			matches(c.Users[0].Secret, "long enoug")) {
			t.Errorf("%q: %v %v", text, c, diags)
		}
		if want != "" && (len(diags) != 1 || !strings.Contains(diags[0].Text, want)) {
			t.Errorf("%q: %v", text, diags)
		}
	}
}

// A word that is neither yes nor no does not take the console away.
func TestConfigKeepsWhatItHad(t *testing.T) {
	if c, _ := configOf(t, "[general]\nenabled=perhaps\nremote=perhaps\n[a]\nsecret=long enough\n"); !c.Served() || c.Remote {
		t.Errorf("%+v", c)
	}
}

// Each language has the texts of English and no others.
func TestWords(t *testing.T) {
	for lang, w := range languages {
		for k := range languages["en"].texts {
			if w.texts[k] == "" {
				t.Errorf("%s lacks %s", lang, k)
			}
		}
		for k := range w.texts {
			if languages["en"].texts[k] == "" {
				t.Errorf("%s has %s, which nothing shows", lang, k)
			}
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Language", "fr, de-AT;q=0.8, en;q=0.5")
	if got := wordsFor(r).T("nav.now"); got != "Jetzt" {
		t.Errorf("%q", got)
	}
}

// Sessions and sources are bounded, and sessions run out.
func TestSessions(t *testing.T) {
	now := time.Unix(0, 0)
	s := newSessions(func() time.Time { return now })
	first := s.open("a")
	for range mostSessions {
		now = now.Add(time.Second)
		s.open("b")
	}
	if s.user(first) != "" || len(s.byID) > mostSessions {
		t.Errorf("%d sessions", len(s.byID))
	}
	id := s.open("c")
	now = now.Add(sessionIdle + time.Second)
	if s.user(id) != "" {
		t.Error("a session that rested")
	}
}

// Guesses of a source count one after the other, also side by side and from all addresses of a
// subscriber. The time of a refusal does not tell which names there are.
func TestGuesses(t *testing.T) {
	s := newSessions(func() time.Time { return time.Unix(0, 0) })
	here, beside := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	wrong := func() bool { return false }
	begun, goOn := make(chan bool), make(chan bool)
	ended := make(chan bool)
	go func() {
		s.try(here, func() bool { begun <- true; <-goOn; return false })
		close(ended)
	}()
	<-begun
	if tried, _ := s.try(beside, wrong); tried {
		t.Error("a second password while the first is looked at")
	}
	close(goOn)
	<-ended
	for range freeFailures - 1 {
		s.try(beside, wrong)
	}
	if tried, _ := s.try(here, wrong); tried {
		t.Error("another address of a source that has to wait")
	}
	if tried, good := s.try(netip.MustParseAddr("192.0.2.1"), func() bool { return true }); !tried || !good {
		t.Error("another source has to wait")
	}
	c := Config{Users: []User{{Secret: "plain"}, {Secret: hashPrefix + "x"}}}
	if got := c.decoy(); !hashed(got) {
		t.Errorf("a name that is not there is held against %q", got)
	}
}

// What others wrote is what VENDOR.md says.
func TestVendored(t *testing.T) {
	b, err := staticFiles.ReadFile("static/jssip.js")
	if err != nil {
		t.Fatal(err)
	}
	list, err := staticFiles.ReadFile("static/VENDOR.md")
	if err != nil || !strings.Contains(string(list), fmt.Sprintf("%x", sha256.Sum256(b))) {
		t.Errorf("jssip.js is another one: %v", err)
	}
}

func FuzzHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if h, ok := readHash(text); ok && (h.memory > mostMemory || h.passes > mostPasses || h.threads > mostThreads || len(h.salt) < 8) {
			t.Errorf("%q is taken", text)
		}
	})
}
