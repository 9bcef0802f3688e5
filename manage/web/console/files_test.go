package console

import (
	"bytes"
	"fmt"
	"math"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

var nopLog = zerolog.Nop()

// send posts a form as the page of a file does.
func (d *desk) send(path string, fields ...string) (int, string) {
	d.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		w.WriteField(fields[i], fields[i+1])
	}
	w.Close()
	r, _ := http.NewRequest("POST", d.url+path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return d.read(d.http.Do(r))
}

const sipConf = "[general]\nallow=ulaw\n</textarea><script>alert(1)</script>\n"

// A file is looked at, changed, checked, written and put back; nothing is written before.
func TestFiles(t *testing.T) {
	o := &office{files: map[string]string{"sip.conf": sipConf}}
	_, d := served(t, o)
	d.login("boss", "the boss's secret")
	status, body := d.get("/file/sip.conf")
	if status != 200 || strings.Contains(body, "<script>alert") || !strings.Contains(body, "allow=ulaw\n&lt;/textarea&gt;") ||
		!strings.Contains(body, "line 2") {
		t.Fatalf("%d %s", status, body)
	}
	was := Sum([]byte(sipConf))
	next := "[general]\r\nallow=alaw\r\n"
	if status, body = d.send("/file/sip.conf", "act", "look", "was", was, "text", next); status != 200 ||
		!strings.Contains(body, `<tr class="gone">`) || o.files["sip.conf"] != sipConf {
		t.Errorf("looked at: %d %s", status, body)
	}
	if status, body = d.send("/file/sip.conf", "act", "save", "was", was, "text", "broken"); status != 422 ||
		!strings.Contains(body, "sip.conf:7: it is broken") || o.files["sip.conf"] != sipConf {
		t.Errorf("broken: %d %s", status, body)
	}
	if status, _ = d.send("/file/sip.conf", "act", "save", "was", "another", "text", next); status != 409 || o.files["sip.conf"] != sipConf {
		t.Errorf("changed meanwhile: %d", status)
	}
	if status, _ = d.send("/file/sip.conf", "act", "apply", "was", was, "text", next); status != 200 ||
		o.files["sip.conf"] != "[general]\nallow=alaw\n" {
		t.Errorf("written: %d %q", status, o.files["sip.conf"])
	}
	if status, body = d.get("/file/sip.conf/version/1"); status != 200 || !strings.Contains(body, "Put back") ||
		strings.Contains(body, "<script>alert") {
		t.Errorf("a version: %d %s", status, body)
	}
	if status, _ = d.post("/file/sip.conf/version/1", "act", "save", "was", was); status != 409 {
		t.Errorf("put back over another's change: %d", status)
	}
	if status, _ = d.post("/file/sip.conf/version/1", "act", "save", "was", Sum([]byte(o.files["sip.conf"]))); status != 200 ||
		o.files["sip.conf"] != sipConf {
		t.Errorf("put back: %d %q", status, o.files["sip.conf"])
	}
	all := strings.Join(o.done, "\n")
	for _, want := range []string{"boss logged in", "boss was not let write sip.conf", "boss wrote sip.conf",
		"boss reloaded the configuration"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not noted: %s", want, all)
		}
	}
}

// A file that is not there yet is begun, by whoever may change files.
func TestNewFile(t *testing.T) {
	o := &office{files: map[string]string{"sip.conf": "a\n"}}
	_, d := served(t, o)
	d.login("boss", "the boss's secret")
	if status, body := d.get("/file?name=fresh"); status != 200 || !strings.Contains(body, "It is not there yet") ||
		!strings.Contains(body, `name="was" value="`+Sum(nil)+`"`) {
		t.Fatalf("%d %s", status, body)
	}
	if status, _ := d.send("/file/fresh.conf", "act", "save", "was", "", "text", "[a]\n"); status != 409 || o.files["fresh.conf"] != "" {
		t.Errorf("over another's: %d", status)
	}
	status, body := d.send("/file/fresh.conf", "act", "save", "was", Sum(nil), "text", "[a]\n")
	if status != 200 || o.files["fresh.conf"] != "[a]\n" || strings.Contains(body, "It is not there yet") {
		t.Errorf("begun: %d %q", status, o.files)
	}
	for _, path := range []string{"/file?name=", "/file?name=../../etc/passwd", "/file?name=%0d%0aSet-Cookie:x",
		"/file?name=//example.org/x"} {
		if status, body := d.get(path); status != 404 || strings.Contains(body, "root:") {
			t.Errorf("%s: %d", path, status)
		}
	}
	d.login("reception", "hang up please")
	if status, _ := d.get("/file?name=fresh"); status != 403 {
		t.Errorf("an operator: %d", status)
	}
}

// Names that lead elsewhere, texts that are none, and texts that are too long.
func TestFilesAttacked(t *testing.T) {
	o := &office{files: map[string]string{"sip.conf": "a\n"}}
	_, d := served(t, o)
	d.login("boss", "the boss's secret")
	for _, path := range []string{"/file/..%2fetc%2fpasswd", "/file/%2e%2e", "/file/sip.conf%00", "/file//etc/passwd",
		"/file/sip.conf/version/x", "/file/sip.conf/version/99999999999999999999", "/static/..%2fconsole.go", "/static/../config.go",
		"/static/"} {
		if status, body := d.get(path); status != 404 || strings.Contains(body, "root:") {
			t.Errorf("%s: %d", path, status)
		}
	}
	was := Sum([]byte("a\n"))
	for what, c := range map[string]struct {
		text   string
		status int
	}{"long": {strings.Repeat("x", mostText+1), 413}, "not UTF-8": {"\xff", 400}, "a zero": {"a\x00b", 400}} {
		if status, _ := d.send("/file/sip.conf", "act", "save", "was", was, "text", c.text); status != c.status || o.files["sip.conf"] != "a\n" {
			t.Errorf("%s: %d", what, status)
		}
	}
}

// Who may not change files does not see their secrets either.
func TestFilesAreForAdministrators(t *testing.T) {
	for user, password := range map[string]string{"guest": "only looking", "reception": "hang up please"} {
		o := &office{files: map[string]string{"sip.conf": "secret=x\n"}, kept: map[string][]Version{"sip.conf": {{Text: []byte("secret=y")}}}}
		_, d := served(t, o)
		d.login(user, password)
		for _, path := range []string{"/file/sip.conf", "/file/sip.conf/version/1"} {
			if status, body := d.get(path); status != 403 || strings.Contains(body, "secret=") {
				t.Errorf("%s reads %s: %d", user, path, status)
			}
		}
		for _, path := range []string{"/file/sip.conf", "/file/sip.conf/version/1", "/files/reload", "/phone/desk/sync", "/dialplan/rehearse"} {
			if status, _ := d.post(path, "act", "save"); status != 403 {
				t.Errorf("%s: %s: %d", user, path, status)
			}
		}
		if _, body := d.get("/system"); strings.Contains(body, "a line of the log") {
			t.Errorf("%s reads the log", user)
		}
		if _, body := d.get("/find?q=secret"); strings.Contains(body, "secret=x") {
			t.Errorf("%s finds secrets", user)
		}
	}
}

// A page has nothing that the Content-Security-Policy forbids.
func TestPagesHaveNoCodeOfTheirOwn(t *testing.T) {
	o := &office{files: map[string]string{"sip.conf": "a\n"}, calls: []Call{{ID: "C-1"}},
		story: map[string]Story{"C-1": {Call: Call{ID: "C-1"},
			Media:   []Media{{Channel: "SIP/<b>-1", Samples: []Sample{{Here: 1, Jitter: time.Millisecond}, {}}}},
			Entries: []Entry{{Arrow: "out", Leg: "B", Text: "<i>"}}}}}
	_, d := served(t, o)
	d.login("boss", "the boss's secret")
	inline := regexp.MustCompile(`(?i)<[a-z]+[^>]*\s(style|on[a-z]+)\s*=|<style|<script>|javascript:|https?://[a-z]`)
	for _, path := range []string{"/", "/calls", "/call/C-1", "/phones", "/phone/desk", "/trunks", "/office", "/dialplan?number=1",
		"/numbers", "/softphone", "/files", "/file/sip.conf", "/system", "/find?q=%3Cb%3E"} {
		status, body := d.get(path)
		if at := inline.FindString(body); status != 200 || at != "" || strings.Contains(body, "<b>-1") || strings.Contains(body, "<i>") {
			t.Errorf("%s: %d %s", path, status, at)
		}
	}
}

// Both texts are in their difference, in order.
func FuzzDifference(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nx\nc\n")
	f.Add("", "a\n")
	f.Add("a\na\nb\na\n", "a\nb\na\na\na\n")
	f.Fuzz(func(t *testing.T, old, new string) {
		var a, b []string
		for _, l := range shortest(lines(old), lines(new)) {
			if l.Old > 0 {
				a = append(a, l.Text)
			}
			if l.New > 0 {
				b = append(b, l.Text)
			}
		}
		if strings.Join(a, "\n") != strings.Join(lines(old), "\n") || strings.Join(b, "\n") != strings.Join(lines(new), "\n") {
			t.Errorf("%q and %q: %q and %q", old, new, a, b)
		}
		for _, h := range difference(old, new) {
			for i, l := range h.Lines[1:] {
				if p := h.Lines[i]; l.Old != 0 && p.Old != 0 && l.Old != p.Old+1 {
					t.Errorf("%q and %q: %v", old, new, h)
				}
			}
		}
	})
}

func TestDifference(t *testing.T) {
	var old, new strings.Builder
	for i := range 100 {
		fmt.Fprintln(&old, i)
		if i == 50 {
			fmt.Fprintln(&new, "x")
		} else if i != 90 {
			fmt.Fprintln(&new, i)
		}
	}
	h := difference(old.String(), new.String())
	if len(h) != 2 || len(h[0].Lines) != 2*beside+2 || len(h[1].Lines) != 2*beside+1 || h[0].Lines[beside].Kind() != "gone" ||
		h[0].Lines[beside].Old != 51 {
		t.Errorf("%+v", h)
	}
}

// Static files are sent packed to who takes that, once.
func TestAssets(t *testing.T) {
	_, d := served(t, &office{})
	ask := func(path string, header ...string) *http.Response {
		r, _ := http.NewRequest("GET", d.url+path, nil)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		a, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a
	}
	for name, x := range assets {
		a := ask(x.address, "Accept-Encoding", "br, gzip;q=0.5")
		if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
			(a.Header.Get("Content-Encoding") == "gzip") != (x.packed != nil) {
			t.Errorf("%s: %v", name, a.Header)
		}
		if a := ask(x.address, "Accept-Encoding", "gzip;q=0"); a.Header.Get("Content-Encoding") != "" || a.ContentLength != int64(len(x.text)) {
			t.Errorf("%s, not packed: %v", name, a.Header)
		}
		if a := ask("/static/"+name, "If-None-Match", a.Header.Get("ETag")); a.StatusCode != 304 || a.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s again: %d", name, a.StatusCode)
		}
	}
	if a := ask("/static/style.css?v=00"); a.Header.Get("Cache-Control") != "no-cache" {
		t.Error("a version that is none is kept for good")
	}
}

// Pictures of figures: gaps stay gaps, and the same figures are in a table.
func TestFigures(t *testing.T) {
	begin := time.Date(2026, 1, 2, 0, 0, 0, 0, time.Local)
	line := timeline{begin: begin, end: begin.Add(3 * time.Hour), step: time.Hour}
	one, three := Hour{At: begin, Calls: 4, Answered: 3, Failed: 1, Peak: 2}, Hour{At: begin.Add(2 * time.Hour), Answered: 1, Peak: 5}
	one.Setups[0], one.Setups[4] = 1, 1
	charts := figures(languages["en"], line, line.gather([]Hour{one, three}))
	if got := charts[0].Top(); got != 4 {
		t.Errorf("top %v", got)
	}
	if got := charts[0].Rows(); len(got) != 2 || got[0][0] != "00:00" || got[0][1] != "3" || got[1][0] != "02:00" {
		t.Errorf("%v", got)
	}
	if svg := string(charts[2].SVG()); strings.Count(svg, "M") < 3 || strings.Contains(svg, "NaN") {
		t.Error(svg)
	}
	if half := one.setup(.5); half != 0.05 {
		t.Errorf("half within %v", half)
	}
	if x := (&Hour{}).setup(.5); !math.IsNaN(x) {
		t.Errorf("of nothing: %v", x)
	}
	for x, want := range map[float64]string{0: "0", 12: "12", 0.123: "0.12", 3.14159: "3.1", 250.7: "251", math.NaN(): "–"} {
		if got := number(x, ""); got != want {
			t.Errorf("%v: %s", x, got)
		}
	}
	for x, want := range map[float64]float64{0: 1, 1: 1, 3: 3, 220: 250, 51: 60, 0.02: 0.02, 0.035: 0.04} {
		if got := nice(x); math.Abs(got-want) > 1e-9 {
			t.Errorf("above %v: %v", x, got)
		}
	}
}
