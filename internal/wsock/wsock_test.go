package wsock

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"

	"github.com/gobwas/ws"
)

// pair is a connection of a server and the bare other side of it.
func pair(t *testing.T) (*Conn, net.Conn) {
	a, b := net.Pipe()
	t.Cleanup(func() { a.Close(); b.Close() })
	return newConn(a, nil, ws.StateServerSide), b
}

func masked(fin bool, op ws.OpCode, b string) []byte {
	f := ws.NewFrame(op, fin, []byte(b))
	raw, _ := ws.CompileFrame(ws.MaskFrame(f))
	return raw
}

func TestReadJoinsFragments(t *testing.T) {
	c, far := pair(t)
	go func() {
		far.Write(masked(false, ws.OpText, "one "))
		far.Write(masked(true, ws.OpPing, "ping"))
		f, _ := ws.ReadFrame(far)
		if f.Header.OpCode == ws.OpPong {
			far.Write(masked(false, ws.OpContinuation, string(f.Payload)+" "))
		}
		far.Write(masked(true, ws.OpContinuation, "three"))
		far.Write(masked(true, ws.OpBinary, "\x00\x01"))
		far.Write(masked(true, ws.OpClose, ""))
		io.Copy(io.Discard, far)
	}()
	if text, b, err := c.Read(); !text || string(b) != "one ping three" || err != nil {
		t.Fatalf("%v %q %v", text, b, err)
	}
	if text, b, err := c.Read(); text || len(b) != 2 || err != nil {
		t.Fatalf("%v %q %v", text, b, err)
	}
	if _, _, err := c.Read(); err != io.EOF {
		t.Error(err)
	}
}

func TestReadRefuses(t *testing.T) {
	long := strings.Repeat("x", 200)
	for name, b := range map[string][]byte{
		"unmasked":     ws.MustCompileFrame(ws.NewTextFrame([]byte("x"))),
		"no beginning": masked(true, ws.OpContinuation, "x"),
		"reserved":     {0xf1, 0x80, 0, 0, 0, 0},
		"unknown":      masked(true, 3, "x"),
		"long control": masked(true, ws.OpPing, long),
		"too long":     masked(true, ws.OpText, long),
		"too long in pieces": append(masked(false, ws.OpText, long[:90]),
			masked(true, ws.OpContinuation, long[:90])...),
		"another begins": append(masked(false, ws.OpText, "a"), masked(true, ws.OpText, "b")...),
		"cut":            masked(true, ws.OpText, "abc")[:4],
	} {
		c, far := pair(t)
		c.SetLimit(100)
		go io.Copy(io.Discard, far)
		go func() {
			far.Write(b)
			if name == "cut" {
				far.Close()
			}
		}()
		if _, b, err := c.Read(); err == nil {
			t.Errorf("%s: %q is read", name, b)
		} else if name == "too long" && !errors.Is(err, ErrTooBig) {
			t.Error(err)
		}
	}
}

// Who does not read is not waited for at the end.
func TestCloseDoesNotWait(t *testing.T) {
	c, _ := pair(t)
	go c.Text([]byte("nobody reads this"))
	time.Sleep(10 * time.Millisecond)
	done := make(chan bool)
	go func() { c.Close(Normal); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("it waits")
	}
	if err := c.Text(nil); err == nil {
		t.Error("it is written to after its end")
	}
}

func TestDial(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Wants(r) {
			return
		}
		user, password, _ := r.BasicAuth()
		c, err := Accept(w, r, "media")
		if err != nil {
			return
		}
		c.Text([]byte(r.URL.RequestURI() + " " + user + " " + password + " " + r.Header.Get("X-A")))
		c.Close(Normal)
	}))
	defer server.Close()
	c := &Client{URI: strings.Replace(server.URL, "http", "ws", 1) + "/p", User: "u", Password: "p", Timeout: 5 * time.Second,
		Headers: [][2]string{{"X-A", "b"}}}
	conn, err := c.Dial(context.Background(), "a=1", "media")
	if err != nil {
		t.Fatal(err)
	}
	if _, b, err := conn.Read(); string(b) != "/p?a=1 u p b" || err != nil {
		t.Errorf("%q %v", b, err)
	}
	if _, _, err := conn.Read(); err != io.EOF {
		t.Error(err)
	}
	c.CAFile = "/nowhere"
	if _, err := c.Dial(context.Background(), ""); err == nil {
		t.Error("a file of certificates that is not there")
	}
}

func TestClients(t *testing.T) {
	f, _ := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(
		"[general]\n[a]\nuri=wss://x/\nverify_server_cert=no\n[b]\nuri=http://x\n[c]\nconnection_type=no\nuri=ws://x\n")}}}, "x",
		config.Options{})
	list, diags := ReadClients(f)
	if len(diags) != 3 || len(list) != 2 || !list["a"].SkipCert || list["a"].Tries != 4 {
		t.Errorf("%v %v", list, diags)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(masked(true, ws.OpText, "abc"))
	f.Add(masked(false, ws.OpBinary, "abc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newConn(nowhere{from: bytes.NewReader(b)}, nil, ws.StateServerSide)
		c.SetLimit(1 << 16)
		for range 10 {
			if _, _, err := c.Read(); err != nil {
				return
			}
		}
	})
}

// nowhere is a connection into which everything may be written.
type nowhere struct {
	net.Conn
	from io.Reader
}

func (n nowhere) Read(b []byte) (int, error)     { return n.from.Read(b) }
func (nowhere) Write(b []byte) (int, error)      { return len(b), nil }
func (nowhere) SetWriteDeadline(time.Time) error { return nil }
func (nowhere) Close() error                     { return nil }
