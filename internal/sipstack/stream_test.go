package sipstack

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/rs/zerolog"
)

var anyPort = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}

// streamRig is a stack that listens on all stream transports and answers every
// OPTIONS 200; it trusts those whose branch does not end in "guest", and keeps the
// connections of those that end in "kept".
type streamRig struct {
	*Stack
	t    *testing.T
	tls  *tls.Config // of clients
	http map[Proto]net.Listener
}

func newStreamRig(t *testing.T, cfg Config) *streamRig {
	t.Helper()
	r := &streamRig{t: t, http: map[Proto]net.Listener{}}
	cert, key, err := testkit.Certificate(t.TempDir(), "pbx.example", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pem, _ := os.ReadFile(cert)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	server := &tls.Config{Certificates: []tls.Certificate{pair}}
	r.tls = &tls.Config{RootCAs: roots, ServerName: "pbx.example"}
	cfg.UDP, cfg.TCP, cfg.TLS, cfg.ServerTLS, cfg.Log = anyPort, anyPort, anyPort, server, zerolog.Nop()
	cfg.ClientTLS = func() *tls.Config { return r.tls }
	if cfg.Handler == nil {
		cfg.Handler = &uas{onRequest: func(_ *Shard, tx *ServerTx, m *Message) {
			switch {
			case strings.HasSuffix(m.Via.Branch, "guest"):
			case strings.HasSuffix(m.Via.Branch, "kept"):
				r.Keep(m.Flow)
			default:
				r.Trust(m.Flow)
			}
			tx.Respond(Answer{Status: 200, Reason: "OK"})
		}}
	}
	if r.Stack, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	r.Start()
	t.Cleanup(r.Close)
	for p, conf := range map[Proto]*tls.Config{WS: nil, WSS: server} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if conf != nil {
			l = tls.NewListener(l, conf)
		}
		srv := &http.Server{Handler: r.Stack}
		go srv.Serve(l)
		t.Cleanup(func() { srv.Close() })
		r.http[p] = l
	}
	return r
}

var streamProtos = []Proto{TCP, TLS, WS, WSS}

// client is one connection to the stack.
type client struct {
	net.Conn
	proto Proto
}

// dial opens a connection; reading from it ends after five seconds.
func (r *streamRig) dial(p Proto) client {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c := client{proto: p}
	var err error
	switch p {
	case TCP:
		c.Conn, err = net.Dial("tcp", r.LocalStream(TCP).String())
	case TLS:
		c.Conn, err = tls.Dial("tcp", r.LocalStream(TLS).String(), r.tls)
	default:
		d := ws.Dialer{Protocols: []string{"sip"}, TLSConfig: r.tls}
		c.Conn, _, _, err = d.Dial(ctx, strings.ToLower(p.String())+"://"+r.http[p].Addr().String()+"/ws")
	}
	if err != nil {
		r.t.Fatal(p, err)
	}
	r.t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	return c
}

func (c client) say(text string) error {
	if c.proto == WS || c.proto == WSS {
		return wsutil.WriteClientText(c, []byte(text))
	}
	_, err := fmt.Fprint(c, text)
	return err
}

func (c client) hear() (string, error) {
	if c.proto == WS || c.proto == WSS {
		b, err := wsutil.ReadServerText(c)
		return string(b), err
	}
	b := make([]byte, 4096)
	n, err := c.Read(b)
	return string(b[:n]), err
}

func (c client) served(id string) bool {
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if c.say(c.options(id)) != nil {
		return false
	}
	answer, err := c.hear()
	return err == nil && strings.HasPrefix(answer, "SIP/2.0 200")
}

func (c client) options(id string) string {
	return strings.Replace(req("OPTIONS", id), "/UDP", "/"+c.proto.String(), 1)
}

func each(t *testing.T, f func(t *testing.T, p Proto)) {
	for _, p := range streamProtos {
		t.Run(p.String(), func(t *testing.T) { f(t, p) })
	}
}

func TestStreams(t *testing.T) {
	each(t, func(t *testing.T, p Proto) {
		c := newStreamRig(t, Config{}).dial(p)
		text := c.options("t")
		if p == TCP || p == TLS { // in pieces, after a keep-alive
			c.say("\r\n\r\n" + text[:40])
			time.Sleep(10 * time.Millisecond)
			text = text[40:]
		}
		c.say(text)
		answer, err := c.hear()
		if strings.HasPrefix(answer, "\r\n") { // the keep-alive's own answer
			if answer = answer[2:]; answer == "" {
				answer, err = c.hear()
			}
		}
		if err != nil || !strings.HasPrefix(answer, "SIP/2.0 200 OK") || !strings.Contains(answer, "SIP/2.0/"+p.String()) {
			t.Errorf("%v %q", err, answer)
		}
	})
}

// Tabs are white space for the framing of streams too, and a body is found behind them.
func TestTabsInStreams(t *testing.T) {
	each(t, func(t *testing.T, p Proto) {
		bodies := make(chan string, 2)
		c := newStreamRig(t, Config{Handler: &uas{onRequest: func(_ *Shard, tx *ServerTx, m *Message) {
			bodies <- string(m.Body)
			tx.Respond(Answer{Status: 200, Reason: "OK"})
		}}}).dial(p)
		for i, length := range []string{"Content-Length\t:\t4\t", "l\t:4"} {
			text := strings.Replace(c.options(fmt.Sprint("t", i)), "Content-Length: 0\r\n\r\n", length+"\r\n\r\nbody", 1)
			c.say(strings.NewReplacer(" OPTIONS\r", "\tOPTIONS\r", "Call-ID: ", "Call-ID:\t").Replace(text))
			if answer, err := c.hear(); err != nil || !strings.HasPrefix(answer, "SIP/2.0 200 OK") {
				t.Fatalf("%q: %v %q", length, err, answer)
			}
			if got := <-bodies; got != "body" {
				t.Errorf("%q: body %q", length, got)
			}
		}
	})
}

// A message that says twice how long it is, and differently, ends its connection: what follows it
// there is nobody's. Where each message has its own frame, and where both say the same, it is taken.
func TestTwoLengths(t *testing.T) {
	each(t, func(t *testing.T, p Proto) {
		for _, more := range []string{"l: 0\r\n", "Content-Length: 5\r\n"} {
			c := newStreamRig(t, Config{}).dial(p)
			text := strings.Replace(c.options("t"), "Content-Length: 0\r\n", "Content-Length: 0\r\n"+more, 1)
			cut := p == TCP || p == TLS
			if more[0] == 'C' && cut { // sipgo goes by the last
				text += "body."
			}
			c.say(text + c.options("smuggled"))
			answer, err := c.hear()
			if differ := more[0] == 'C' && cut; !differ {
				if err != nil || !strings.HasPrefix(answer, "SIP/2.0 200 OK") {
					t.Errorf("%q: %v %q", more, err, answer)
				}
				continue
			}
			if err != nil || !strings.HasPrefix(answer, "SIP/2.0 400 Bad Request") {
				t.Errorf("%q: %v %q", more, err, answer)
			}
			if answer, err = c.hear(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the connection goes on: %v %q", err, answer)
			}
		}
	})
}

func TestWebSocketPingIsAnsweredAndGarbageEndsIt(t *testing.T) {
	r := newStreamRig(t, Config{})
	c := r.dial(WS)
	wsutil.WriteClientMessage(c, ws.OpPing, []byte("hello"))
	f, err := ws.ReadFrame(c)
	if err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != "hello" {
		t.Errorf("%v %+v", err, f)
	}
	if !c.served("after") {
		t.Error("not served after a ping")
	}
	ws.WriteHeader(c, ws.Header{Fin: true, OpCode: ws.OpText, Masked: true, Length: 1 << 40})
	if _, err := c.hear(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a frame of a terabyte: %v", err)
	}
	for name, protocols := range map[string][]string{"none": nil, "another": {"chat"}} {
		d := ws.Dialer{Protocols: protocols}
		if _, _, _, err := d.Dial(context.Background(), "ws://"+r.http[WS].Addr().String()+"/ws"); err == nil {
			t.Errorf("subprotocol %s: taken", name)
		}
	}
}

// Who connects and brings nothing that is let in loses the connection, at
// whatever step it stopped; who does keeps it.
func TestHalfOpenStreamsAreClosed(t *testing.T) {
	each(t, func(t *testing.T, p Proto) {
		r := newStreamRig(t, Config{StreamPatience: 300 * time.Millisecond})
		good := r.dial(p)
		if !good.served("one") {
			t.Fatal("not served")
		}
		half := r.dial(p)
		half.say("OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2")
		guest := r.dial(p)
		if !guest.served("guest") {
			t.Error("a guest is not served")
		}
		ends := map[string]net.Conn{"half a request": half, "a guest": guest}
		if p == TLS {
			bare, err := net.Dial("tcp", r.LocalStream(TLS).String())
			if err != nil {
				t.Fatal(err)
			}
			defer bare.Close()
			ends["no handshake"] = bare
		}
		for what, c := range ends {
			c.SetReadDeadline(time.Now().Add(5 * time.Second))
			if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s was kept: %v", what, err)
			}
		}
		if !good.served("two") {
			t.Error("a phone's connection was closed")
		}
	})
}

// More strangers than allowed: the oldest go, one that was let in stays, and a
// new one is served.
func TestStrangersPushEachOtherOut(t *testing.T) {
	each(t, func(t *testing.T, p Proto) {
		r := newStreamRig(t, Config{StreamLimit: 5})
		spoke := r.dial(p)
		if !spoke.served("one") {
			t.Fatal("the first is not served")
		}
		var silent []client
		for range 12 {
			c := r.dial(p)
			c.say("OPTIONS sip:x SIP/2.0\r\n")
			silent = append(silent, c)
			time.Sleep(10 * time.Millisecond)
		}
		for i, c := range silent {
			stays, patience := i >= 7, 5*time.Second // a machine may be busy
			if stays {
				patience = 100 * time.Millisecond
			}
			c.SetReadDeadline(time.Now().Add(patience))
			_, err := c.Read(make([]byte, 1))
			if open := errors.Is(err, os.ErrDeadlineExceeded); open != stays {
				t.Errorf("silent connection %d: open %v, %v", i, open, err)
			}
		}
		if !spoke.served("two") {
			t.Error("one that had been let in is gone")
		}
		if !r.dial(p).served("three") {
			t.Error("a new one is not served")
		}
	})
}

// Guests whose requests were let in keep their connections, so many of them; who shows who
// he is later is none of them any more.
func TestGuestsKeepSoManyConnections(t *testing.T) {
	r := newStreamRig(t, Config{StreamLimit: 3, StreamPatience: 300 * time.Millisecond})
	var guests []client
	for i := range 6 {
		c := r.dial(TCP)
		if !c.served(fmt.Sprint(i, "kept")) {
			t.Fatal("not served")
		}
		if i == 0 && !c.served("now he is known") {
			t.Fatal("not served")
		}
		guests = append(guests, c)
	}
	time.Sleep(500 * time.Millisecond)
	for i, c := range guests {
		if open := c.served(fmt.Sprint("again", i, "kept")); open != (i == 0 || i >= 3) {
			t.Errorf("guest %d: open %v", i, open)
		}
	}
}

// A peer's address is known: its connection needs no request to stay.
func TestKnownPeersMayBeSilent(t *testing.T) {
	each(t, func(t *testing.T, p Proto) {
		r := newStreamRig(t, Config{StreamPatience: 100 * time.Millisecond, Known: func(netip.Addr) bool { return true }})
		c := r.dial(p)
		time.Sleep(300 * time.Millisecond)
		if !c.served("one") {
			t.Error("closed")
		}
	})
}

// ask sends a request of ours and waits for what becomes of it.
func (r *streamRig) ask(p Proto, to netip.AddrPort, name string) (status int, err error) {
	f := r.Route(p, to)
	f.Name = name
	done := make(chan struct{})
	r.Post("c1", func(sh *Shard) {
		sh.Send(f, outgoing("OPTIONS"), SendOptions{SentBy: f.Local.String()}, func(m *Message, e error) {
			if err = e; m != nil {
				status = m.Status
			}
			close(done)
		})
	})
	<-done
	return status, err
}

// What we send over a connection that cannot be opened fails at once, not after
// 32 seconds; and a certificate must name whom we asked for.
func TestDialling(t *testing.T) {
	far := newStreamRig(t, Config{})
	r := newDialler(t, far)
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := gone.Addr().(*net.TCPAddr).AddrPort()
	gone.Close()
	for _, c := range []struct {
		what  string
		proto Proto
		to    netip.AddrPort
		name  string
		want  string // of the error
	}{
		{"TCP", TCP, far.LocalStream(TCP), "", ""},
		{"TLS by name", TLS, far.LocalStream(TLS), "pbx.example", ""},
		{"TCP refused", TCP, nobody, "", "connection refused"},
		{"TLS refused", TLS, nobody, "", "connection refused"},
		{"WebSocket", WS, far.LocalStream(TCP), "", "connection of this phone is closed"},
	} {
		begun := time.Now()
		status, err := r.ask(c.proto, c.to, c.name)
		if c.want == "" && (err != nil || status != 200) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) ||
			time.Since(begun) > 3*time.Second {
			t.Errorf("%s: %d %v after %v", c.what, status, err, time.Since(begun))
		}
	}
	stranger := newStreamRig(t, Config{})
	for what, ask := range map[string]func() (int, error){
		"another name":      func() (int, error) { return newDialler(t, far).ask(TLS, far.LocalStream(TLS), "other.example") },
		"another authority": func() (int, error) { return newDialler(t, stranger).ask(TLS, far.LocalStream(TLS), "pbx.example") },
	} {
		if status, err := ask(); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: %d %v", what, status, err)
		}
	}
}

// newDialler is a stack that trusts the authority of another rig.
func newDialler(t *testing.T, far *streamRig) *streamRig {
	r := newStreamRig(t, Config{})
	r.tls.RootCAs = far.tls.RootCAs
	return r
}

// Who sends what is no SIP keeps the connection for as long as one who sends nothing
// (channels/SIP/tcpauthtimeout of the Asterisk test suite), and is not listened to.
func TestBabbleIsLeftAlone(t *testing.T) {
	r := newStreamRig(t, Config{StreamPatience: 300 * time.Millisecond})
	for _, text := range []string{"", "hi, this is your tester\r\n\r\n", "INVITE sip:service@127.0.0.1:5060 SIP/2.0\r\n",
		"a\r\nb\r\n\r\nOPTIONS sip:x SIP/2.0\r\n\r\n"} {
		c := r.dial(TCP)
		begun := time.Now()
		if err := c.say(text); err != nil {
			t.Fatal(err)
		}
		if m, err := c.hear(); err == nil {
			t.Errorf("%q is answered %q", text, m)
		}
		if d := time.Since(begun); d < 250*time.Millisecond {
			t.Errorf("%q: closed after %v", text, d)
		}
		c.Close()
	}
}

// A page that is closed while it rings is not waited for, unless it has come back: then it answers over its
// new WebSocket.
func TestPageClosedWhileItRings(t *testing.T) {
	for _, back := range []bool{false, true} {
		flows := make(chan Flow, 1)
		r := newStreamRig(t, Config{Handler: &uas{onRequest: func(_ *Shard, tx *ServerTx, m *Message) {
			flows <- m.Flow
			tx.Respond(Answer{Status: 200, Reason: "OK"})
		}}})
		page := r.dial(WS)
		page.served("here")
		f := <-flows
		rings, ends := make(chan bool, 1), make(chan string, 1)
		r.Post("c1", func(sh *Shard) {
			opt := SendOptions{SentBy: f.Local.String(), Back: func() bool { return back }}
			sh.Send(f, outgoing("INVITE"), opt, func(m *Message, err error) {
				switch {
				case err != nil:
					ends <- err.Error()
				case m.Status == 180:
					rings <- true
				default:
					ends <- fmt.Sprint(m.Status)
				}
			})
		})
		invite, err := page.hear()
		if err != nil {
			t.Fatal(err)
		}
		page.say(answerTo(invite, 180))
		<-rings
		page.Close()
		again, want := r.dial(WS), errFlowGone.Error()
		if back {
			time.Sleep(backWithin + 200*time.Millisecond) // it is not given up meanwhile
			again.say(answerTo(invite, 200))
			want = "200"
		}
		select {
		case got := <-ends:
			if got != want {
				t.Errorf("back %v: %s, want %s", back, got, want)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("back %v: it is still waited for", back)
		}
	}
}
