package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"

	"github.com/rs/zerolog"
)

func read(t *testing.T, text string) (Config, []config.Diagnostic) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"http.conf": {Data: []byte(text)}}}, "http.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return ReadConfig(f, nil)
}

// servername is the header Server of every answer, also of one about nothing; an empty one has none.
func TestServerName(t *testing.T) {
	for text, want := range map[string][]string{"[general]\nservername=Peabody\n": {"Peabody"}, "[general]\nservername=\n": nil} {
		c, _ := read(t, text)
		s := New(zerolog.Nop())
		s.Listen(c)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/nothing", nil))
		if got := w.Header()["Server"]; !c.Named || w.Code != 404 || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %d %q", text, w.Code, got)
		}
		s.Close()
	}
}

func TestConfig(t *testing.T) {
	at := netip.MustParseAddrPort
	for text, want := range map[string]Config{
		"[general]\n": {Bind: at("0.0.0.0:8088"), TLSBind: at("0.0.0.0:8089"), Sessions: 100, SourceSessions: 50},
		"[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=8000\nprefix=asterisk\nsessionlimit=7\n": {Enabled: true,
			Bind: at("127.0.0.1:8000"), TLSBind: at("127.0.0.1:8089"), Prefix: "/asterisk", Sessions: 7, SourceSessions: 50},
		"[general]\nbindaddr=::1\ntlsenable=yes\ntlsbindaddr=[::1]:9000\ntlscertfile=/c\n": {TLSEnabled: true, Bind: at("[::1]:8088"),
			TLSBind: at("[::1]:9000"), Cert: "/c", Key: "/c", Sessions: 100, SourceSessions: 50},
		"[general]\ntlsbindaddr=127.0.0.2\ntlscertfile=/c\ntlsprivatekey=/k\n": {Bind: at("0.0.0.0:8088"), TLSBind: at("127.0.0.2:8089"),
			Cert: "/c", Key: "/k", Sessions: 100, SourceSessions: 50},
		"[general]\nenabled=no\ntlsenable=yes\n": {TLSEnabled: true, Bind: at("0.0.0.0:8088"), TLSBind: at("0.0.0.0:8089"), Sessions: 100,
			SourceSessions: 50},
	} {
		got, diags := read(t, text)
		told := strings.Index(text, "tlscertfile")
		if told < 0 { // the line that asks for it
			told = strings.Index(text, "tlsenable")
		}
		if line := max(1, 1+strings.Count(text[:max(0, told)], "\n")); got.CertPos.Line != line {
			t.Errorf("%q: the certificate is in line %d", text, got.CertPos.Line)
		}
		if got.BindPos, got.TLSPos, got.CertPos = want.BindPos, want.TLSPos, want.CertPos; !reflect.DeepEqual(got, want) || len(diags) != 0 {
			t.Errorf("%q:\n%+v\n%+v %v", text, got, want, diags)
		}
	}
	for text, want := range map[string]string{
		"bindaddr=x":    "http.conf:2: WARNING: 'x' is not a valid value of 'bindaddr'",
		"bindport=0":    "http.conf:2: WARNING: '0' is not a valid value of 'bindport'",
		"tlsbindaddr=x": "http.conf:1: WARNING: tlsbindaddr 'x' is not an address",
		"static=yes":    "http.conf:2: WARNING: option 'static' of http.conf is not supported yet",
	} {
		if _, diags := read(t, "[general]\n"+text+"\n"); len(diags) != 1 || !strings.HasPrefix(diags[0].String(), want) {
			t.Errorf("%q: %v", text, diags)
		}
	}
}

// More connections that say nothing than sessionlimit: the oldest go, and who asks
// is served.
func TestSilentConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	c := Config{Enabled: true, Bind: addr, Prefix: "/pre", Sessions: 3}
	s := New(zerolog.Nop())
	defer s.Close()
	s.Listen(c)
	s.Handle("/x", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }))
	var silent []net.Conn
	for range 8 {
		c, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "GET /pre/x HTTP/1.1\r\n")
		silent = append(silent, c)
		time.Sleep(10 * time.Millisecond)
	}
	for i, c := range silent {
		c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		_, err := c.Read(make([]byte, 1))
		if closed := err != nil && !errors.Is(err, os.ErrDeadlineExceeded); closed != (i < 5) {
			t.Errorf("connection %d: %v", i, err)
		}
	}
	r, err := http.Get("http://" + addr.String() + "/pre/x")
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(r.Body); string(b) != "here" {
		t.Errorf("%s", b)
	}
}

// Connections that asked once and then stay make room too, and a body that does not end
// is no request.
func TestIdleConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	conf := Config{Enabled: true, Bind: netip.MustParseAddrPort(addr), Sessions: 10, SourceSessions: 3}
	s := New(zerolog.Nop())
	s.Listen(conf)
	defer s.Close()
	asked := make(chan string, 10)
	s.Handle("/x", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked <- string(b)
	}))
	open := func(text, want string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		fmt.Fprint(c, text)
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if line, _ := bufio.NewReader(c).ReadString('\n'); want != "" && !strings.Contains(line, want) {
			t.Fatalf("%q: %q", text, line)
		}
	}
	for range 4 {
		open("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b", "200")
	}
	for i := 0; s.Refused() == 0; i++ { // the last becomes idle a little after its answer
		if i == 1000 {
			t.Fatal("four idle connections of one source stay, of three")
		}
		time.Sleep(10 * time.Millisecond)
	}
	open("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n"+strings.Repeat("a", 1<<20+1), "400")
	if len(asked) != 4 {
		t.Error("half a body is a request")
	}
}

// The prefix and the limits of a reading hold for the requests that follow.
func TestPrefixChanges(t *testing.T) {
	s := New(zerolog.Nop())
	s.ServeHealth(func() string { return "" })
	for _, prefix := range []string{"", "/pbx", "/other", ""} {
		s.Listen(Config{Prefix: prefix, Sessions: 5, SourceSessions: 2})
		for _, p := range []string{"", "/pbx", "/other"} {
			status, _ := get(s, p+"/healthz", "", "")
			if (status == 200) != (p == prefix) {
				t.Errorf("prefix %q: %s/healthz is answered %d", prefix, p, status)
			}
		}
		if l := s.now.Load().limits; l.All != 5 || l.Source != 2 {
			t.Errorf("%+v", l)
		}
	}
}
