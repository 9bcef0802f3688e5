package web

import (
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"obelisk/internal/auth"
	"obelisk/internal/config"

	"github.com/rs/zerolog"
)

const pathsConf = `[general]
prefix=pbx
enable_static=yes
enable_status=yes
redirect = / /pbx/static/a.html
redirect=/old /pbx/new
redirect=nowhere
[/pbx/manager]
type=restriction
deny=0.0.0.0/0
permit=192.0.2.1
[/pbx/manager/deep]
type = restriction
permit=192.0.2.0/24
deny=192.0.2.1
[/pbx/ari]
type=restriction
acl=office,nosuch
[/pbx/metrics]
type=restriction
acl=office
[/pbx/bad]
type=restriction
permit=x
[/pbx/open]
deny=0.0.0.0/0
`

// Paths that http.conf gives away, restricts and redirects, as Asterisk 20 answers them; what is written
// wrong lets nobody in.
func TestPaths(t *testing.T) {
	f, err := config.Load(config.FS{FS: fstest.MapFS{"http.conf": {Data: []byte(pathsConf)}}}, "http.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	office := auth.ACL{{Net: netip.MustParsePrefix("0.0.0.0/0")}, {Allow: true, Net: netip.MustParsePrefix("192.0.2.1/32")}}
	c, diags := ReadConfig(f, map[string]auth.ACL{"office": office})
	var told []string
	for _, d := range diags {
		told = append(told, d.Text)
	}
	for _, want := range []string{"'nowhere' is not a valid value of 'redirect'",
		"there is no list 'nosuch' in acl.conf; nobody gets at '/pbx/ari'",
		"nobody gets at '/pbx/bad'", "section [/pbx/open] of http.conf has no type=restriction"} {
		if !strings.Contains(strings.Join(told, "\n"), want) {
			t.Errorf("nothing is told of: %s\n%s", want, strings.Join(told, "\n"))
		}
	}
	c.StaticFolder, c.ServerName = t.TempDir(), "PBX <1>"
	for name, text := range map[string]string{"a.html": "<p>", "sub/b.css": "p {}", "../secret": "s"} {
		path := filepath.Join(c.StaticFolder, filepath.Clean(name))
		os.MkdirAll(filepath.Dir(path), 0o755)
		os.WriteFile(path, []byte(text), 0o644)
	}
	s := New(zerolog.Nop())
	defer s.Close()
	s.Handle("/manager/", status(c))
	s.Handle("/metrics", status(c))
	s.Handle("/bad", status(c))
	s.Handle("/ari", status(c))
	s.Handle("/open", status(c))
	s.Listen(c)
	for _, r := range []struct {
		method, path, from string
		code               int
		says               string
	}{
		{"GET", "/pbx/static/a.html", "192.0.2.9", 200, "<p>"},
		{"GET", "/pbx/static/sub/b.css", "192.0.2.9", 200, "p {}"},
		{"GET", "/pbx/static/sub", "192.0.2.9", 403, ""},
		{"GET", "/pbx/static/", "192.0.2.9", 403, ""},
		{"GET", "/pbx/static", "192.0.2.9", 403, ""},
		{"GET", "/pbx/static/nix", "192.0.2.9", 404, ""},
		{"GET", "/pbx/static/%2e%2e/secret", "192.0.2.9", 403, ""},
		{"GET", "/pbx/static/..%2fsecret", "192.0.2.9", 403, ""},
		{"POST", "/pbx/static/a.html", "192.0.2.9", 405, ""},
		{"GET", "/pbx/httpstatus", "192.0.2.9", 200, "PBX &lt;1&gt;"},
		{"GET", "/", "192.0.2.9", 302, "/pbx/static/a.html"},
		{"GET", "/old", "192.0.2.9", 302, "/pbx/new"},
		{"GET", "/older", "192.0.2.9", 404, ""},
		{"GET", "/pbx/manager/", "192.0.2.1", 200, ""},
		{"GET", "/pbx/manager/x", "192.0.2.9", 403, ""},
		{"GET", "/pbx/managers", "192.0.2.9", 403, ""},
		{"GET", "/pbx/manager/deep", "192.0.2.1", 403, ""},
		{"GET", "/pbx/manager/x", "2001:db8::1", 200, ""}, // rules of IPv4 say nothing about it
		{"GET", "/pbx/ari", "192.0.2.1", 403, ""},
		{"GET", "/pbx/metrics", "192.0.2.1", 200, ""},
		{"GET", "/pbx/metrics", "192.0.2.9", 403, ""},
		{"GET", "/pbx/%6detrics", "192.0.2.9", 403, ""},
		{"GET", "/pbx/bad", "192.0.2.1", 403, ""},
		{"GET", "/pbx/open", "192.0.2.9", 200, ""},
	} {
		q := httptest.NewRequest(r.method, r.path, nil)
		q.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(r.from), 4000).String()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, q)
		if got := w.Body.String() + w.Header().Get("Location"); w.Code != r.code || !strings.Contains(got, r.says) ||
			strings.Contains(got, "secret\n") {
			t.Errorf("%s %s of %s: %d %q, want %d %q", r.method, r.path, r.from, w.Code, got, r.code, r.says)
		}
	}
}
