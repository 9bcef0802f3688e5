package test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/testkit"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// streamPhone is a telephone on one connection; it listens nowhere, as a phone
// behind NAT. The connection is a byte stream, or WebSocket messages one after
// the other.
type streamPhone struct {
	t     *testing.T
	proto string // as in Via
	c     net.Conn
	in    *bufio.Reader
	n     int
}

// overWebSocket makes a WebSocket look like a byte stream.
type overWebSocket struct {
	net.Conn
	left []byte
}

func (w *overWebSocket) Read(b []byte) (n int, err error) {
	for len(w.left) == 0 {
		if w.left, err = wsutil.ReadServerText(w.Conn); err != nil {
			return 0, err
		}
	}
	n = copy(b, w.left)
	w.left = w.left[n:]
	return n, nil
}

func (w *overWebSocket) Write(b []byte) (int, error) {
	return len(b), wsutil.WriteClientText(w.Conn, b)
}

func (p *streamPhone) send(text string) {
	if _, err := io.WriteString(p.c, text); err != nil {
		p.t.Fatal(err)
	}
}

// read frames one message by its Content-Length.
func (p *streamPhone) read() string {
	p.t.Helper()
	p.c.SetReadDeadline(time.Now().Add(5 * time.Second))
	var b strings.Builder
	length := 0
	for {
		l, err := p.in.ReadString('\n')
		if err != nil {
			p.t.Fatalf("read: %v after %q", err, b.String())
		}
		b.WriteString(l)
		if v, ok := strings.CutPrefix(l, "Content-Length: "); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(v))
		}
		if l == "\r\n" {
			break
		}
	}
	body := make([]byte, length)
	io.ReadFull(p.in, body)
	return b.String() + string(body)
}

// want reads to the first message that begins with start.
func (p *streamPhone) want(start string) string {
	p.t.Helper()
	for range 5 {
		if m := p.read(); strings.HasPrefix(m, start) {
			return m
		}
	}
	p.t.Fatalf("no %s", start)
	return ""
}

func (p *streamPhone) request(method, uri, user, to, callID, extra, body string) {
	p.n++
	p.send(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/%s 10.1.2.3:5060;branch=z9hG4bKtcp%d\r\nMax-Forwards: 70\r\nFrom: "+
		"<sip:%s@127.0.0.1>;tag=x\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@10.1.2.3:5060;transport=%s>\r\n"+
		"%sContent-Length: %d\r\n\r\n%s",
		method, uri, p.proto, p.n, user, to, callID, p.n, method, user, strings.ToLower(p.proto), extra, len(body), body))
}

func (p *streamPhone) respond(m, status, extra, body string) {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, h := range []string{"Via", "From", "Call-ID", "CSeq"} {
		fmt.Fprintf(&b, "%s: %s\r\n", h, header([]byte(m), h))
	}
	to := header([]byte(m), "To")
	if !strings.Contains(to, "tag=") {
		to += ";tag=tcp"
	}
	fmt.Fprintf(&b, "To: %s\r\nContact: <sip:phone@10.1.2.3:5060;transport=%s>\r\n%sContent-Length: %d\r\n\r\n%s", to,
		strings.ToLower(p.proto), extra, len(body), body)
	p.send(b.String())
}

const streamSDP = "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 31000 RTP/AVP 0\r\na=rtpmap:0 " +
	"PCMU/8000\r\n"

// dialStream opens a connection to the switchboard under test.
func dialStream(t *testing.T, proto string) net.Conn {
	t.Helper()
	var c net.Conn
	var err error
	trusting := &tls.Config{InsecureSkipVerify: true}
	switch proto {
	case "TCP":
		c, err = net.Dial("tcp", "127.0.0.1:5970")
	case "TLS":
		c, err = tls.Dial("tcp", "127.0.0.1:5971", trusting)
	default:
		at := map[string]string{"WS": "ws://127.0.0.1:5972/ws", "WSS": "wss://127.0.0.1:5973/ws"}[proto]
		d := ws.Dialer{Protocols: []string{"sip"}, TLSConfig: trusting}
		if c, _, _, err = d.Dial(context.Background(), at); err == nil {
			c = &overWebSocket{Conn: c}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// streamRegistered opens a connection and registers over it.
func streamRegistered(t *testing.T, proto, user, secret string) *streamPhone {
	t.Helper()
	c := dialStream(t, proto)
	p := &streamPhone{t: t, proto: proto, c: c, in: bufio.NewReader(c)}
	aor := "<sip:" + user + "@127.0.0.1>"
	p.request("REGISTER", "sip:127.0.0.1", user, aor, "reg-"+user, "Expires: 300\r\n", "")
	ch, _ := auth.ParseDigest(header([]byte(p.want("SIP/2.0 401")), "WWW-Authenticate"))
	p.request("REGISTER", "sip:127.0.0.1", user, aor, "reg-"+user, "Expires: 300\r\nAuthorization: "+auth.Credentials{User: user,
		Password: secret}.Answer(ch, "REGISTER", "sip:127.0.0.1", 1)+"\r\n", "")
	p.want("SIP/2.0 200")
	return p
}

// TestStreamPhones: a call between two phones on TCP, TLS, WebSocket and secure
// WebSocket; the callee, which cannot be connected to, is called over the
// connection it registered on.
func TestStreamPhones(t *testing.T) {
	alongside(t, &officeLane)
	cert, key, err := testkit.Certificate(t.TempDir(), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for proto, port := range map[string]int{"TCP": 5970, "TLS": 5971, "WS": 5972, "WSS": 5973} {
		t.Run(proto, func(t *testing.T) { streamCall(t, proto, port, cert, key) })
	}
}

func streamCall(t *testing.T, proto string, port int, cert, key string) {
	lower := strings.ToLower(proto)
	phone := func(name, secret, transport string) string {
		return "[" + name + "]\ntype=friend\nhost=dynamic\nsecret=" + secret + "\ncontext=inside\ntransport=" + transport + "\n"
	}
	sys := started(t, "testdata/none", map[string]string{
		"sip.conf": "[general]\nudpbindaddr=127.0.0.1:5970\ntcpenable=yes\ntlsenable=yes\ntlsbindaddr=127.0.0.1:5971\ntlscertfile=" + cert +
			"\ntlsprivatekey=" + key + "\n" +
			phone("a", "one", lower) + phone("b", "two", lower+",udp"),
		"http.conf": "[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=5972\ntlsenable=yes\ntlsbindaddr=127.0.0.1:5973\ntlscertfile=" +
			cert + "\ntlsprivatekey=" + key + "\n",
		"extensions.conf": "[inside]\nexten => b,1,Dial(SIP/b,10)\n",
	})
	a, b := streamRegistered(t, proto, "a", "one"), streamRegistered(t, proto, "b", "two")
	to := "<sip:b@127.0.0.1>"
	ct := "Content-Type: application/sdp\r\n"
	a.request("INVITE", "sip:b@127.0.0.1:5970", "a", to, "call", ct, streamSDP)
	m := a.want("SIP/2.0 401")
	a.n--
	a.request("ACK", "sip:b@127.0.0.1:5970", "a", header([]byte(m), "To"), "call", "", "")
	ch, _ := auth.ParseDigest(header([]byte(m), "WWW-Authenticate"))
	a.request("INVITE", "sip:b@127.0.0.1:5970", "a", to, "call", "Authorization: "+auth.Credentials{User: "a", Password: "one"}.Answer(ch,
		"INVITE", "sip:b@127.0.0.1:5970", 1)+"\r\n"+ct, streamSDP)
	inv := b.want("INVITE sip:b@10.1.2.3:5060;transport=" + lower + " SIP/2.0")
	if v := header([]byte(inv), "Via"); !strings.HasPrefix(v, fmt.Sprintf("SIP/2.0/%s 127.0.0.1:%d;branch=z9hG4bK", proto, port)) {
		t.Errorf("Via %s", v)
	}
	if c := header([]byte(inv), "Contact"); !strings.HasSuffix(c, ";transport="+lower+">") {
		t.Errorf("Contact %s", c)
	}
	b.respond(inv, "180 Ringing", "", "")
	a.want("SIP/2.0 180")
	b.respond(inv, "200 OK", ct, streamSDP)
	ok := a.want("SIP/2.0 200")
	b.want("ACK")
	a.n--
	a.request("ACK", "sip:b@127.0.0.1:5970", "a", header([]byte(ok), "To"), "call", "", "")
	a.n++
	a.request("BYE", "sip:b@127.0.0.1:5970", "a", header([]byte(ok), "To"), "call", "", "")
	bye := b.want("BYE")
	b.respond(bye, "200 OK", "", "")
	a.want("SIP/2.0 200")

	// A dead connection means an unreachable phone, not a dial of its port.
	b.c.Close()
	time.Sleep(200 * time.Millisecond)
	a.n += 2
	a.request("INVITE", "sip:b@127.0.0.1:5970", "a", to, "call2", ct, streamSDP)
	m = a.want("SIP/2.0 401")
	ch, _ = auth.ParseDigest(header([]byte(m), "WWW-Authenticate"))
	a.request("INVITE", "sip:b@127.0.0.1:5970", "a", to, "call2", "Authorization: "+auth.Credentials{User: "a", Password: "one"}.Answer(ch,
		"INVITE", "sip:b@127.0.0.1:5970", 1)+"\r\n"+ct, streamSDP)
	begun := time.Now()
	a.want("SIP/2.0 503")
	if d := time.Since(begun); d > 2*time.Second {
		t.Errorf("the caller waited %v", d)
	}
	time.Sleep(100 * time.Millisecond)
	if n, _, _ := sys.Core().Counts(); n != 0 {
		t.Errorf("%d channels left", n)
	}
}

// TestStreamTrunk: a registration over a connection that we open, refreshed over
// the same one, and opened anew when the provider closes it. With TLS the
// provider's certificate is checked, unless that is switched off.
func TestStreamTrunk(t *testing.T) {
	alongside(t, &officeLane)
	cert, key, err := testkit.Certificate(t.TempDir(), "127.0.0.33")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	conf := &tls.Config{Certificates: []tls.Certificate{pair}}
	t.Run("TCP", func(t *testing.T) { streamTrunk(t, "TCP", nil, "") })
	t.Run("TLS, authority known", func(t *testing.T) { streamTrunk(t, "TLS", conf, "tlscafile="+cert+"\n") })
	t.Run("TLS, not checked", func(t *testing.T) { streamTrunk(t, "TLS", conf, "tlsdontverifyserver=yes\n") })
	t.Run("TLS, authority unknown", func(t *testing.T) {
		l, err := tls.Listen("tcp", "127.0.0.33:5097", conf)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		sys := started(t, "testdata/none", map[string]string{
			"sip.conf":        "[general]\nudpbindaddr=127.0.0.1:5970\nregister => tls://acct:pw@127.0.0.33:5097/200\n",
			"extensions.conf": "[a]\n",
		})
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(make([]byte, 100)); err == nil {
			t.Errorf("%d bytes were sent to a provider that cannot prove itself", n)
		}
		time.Sleep(100 * time.Millisecond)
		if r := sys.Driver().Registrations(); r[0].State != "Request Sent" {
			t.Errorf("%+v", r)
		}
	})
}

func streamTrunk(t *testing.T, proto string, conf *tls.Config, general string) {
	lower := strings.ToLower(proto)
	tcp, err := net.Listen("tcp", "127.0.0.33:5097")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	sys := started(t, "testdata/none", map[string]string{
		"sip.conf":        "[general]\nudpbindaddr=127.0.0.1:5970\n" + general + "register => " + lower + "://acct:pw@127.0.0.33:5097/200~2\n",
		"extensions.conf": "[a]\n",
	})
	accept := func() *streamPhone {
		t.Helper()
		tcp.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Second))
		c, err := tcp.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if conf != nil {
			c = tls.Server(c, conf)
		}
		return &streamPhone{t: t, proto: proto, c: c, in: bufio.NewReader(c)}
	}
	p := accept()
	m := p.want("REGISTER sip:127.0.0.33:5097 SIP/2.0")
	if v := header([]byte(m), "Via"); !strings.HasPrefix(v, "SIP/2.0/"+proto+" 127.0.0.1:5970;") {
		t.Errorf("Via %s", v)
	}
	if c := header([]byte(m), "Contact"); c != "<sip:200@127.0.0.1:5970;transport="+lower+">" {
		t.Errorf("Contact %s", c)
	}
	p.respond(m, "200 OK", "Expires: 2\r\n", "")
	time.Sleep(200 * time.Millisecond)
	if r := sys.Driver().Registrations(); r[0].State != "Registered" {
		t.Errorf("%+v", r)
	}
	m = p.want("REGISTER")
	p.respond(m, "200 OK", "Expires: 2\r\n", "")
	time.Sleep(100 * time.Millisecond)
	p.c.Close()
	p = accept()
	p.respond(p.want("REGISTER"), "200 OK", "Expires: 300\r\n", "")
	p.c.Close()
}
