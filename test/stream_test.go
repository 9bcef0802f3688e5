package test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"obelisk/internal/auth"
)

// tcpPhone is a telephone on one TCP connection; it listens nowhere, as a phone
// behind NAT.
type tcpPhone struct {
	t  *testing.T
	c  net.Conn
	in *bufio.Reader
	n  int
}

func (p *tcpPhone) send(text string) {
	if _, err := io.WriteString(p.c, text); err != nil {
		p.t.Fatal(err)
	}
}

// read frames one message by its Content-Length.
func (p *tcpPhone) read() string {
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
func (p *tcpPhone) want(start string) string {
	p.t.Helper()
	for range 5 {
		if m := p.read(); strings.HasPrefix(m, start) {
			return m
		}
	}
	p.t.Fatalf("no %s", start)
	return ""
}

func (p *tcpPhone) request(method, uri, user, to, callID, extra, body string) {
	p.n++
	p.send(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/TCP 10.1.2.3:5060;branch=z9hG4bKtcp%d\r\nMax-Forwards: 70\r\nFrom: <sip:%s@127.0.0.1>;tag=x\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@10.1.2.3:5060;transport=tcp>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, uri, p.n, user, to, callID, p.n, method, user, extra, len(body), body))
}

func (p *tcpPhone) respond(m, status, extra, body string) {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, h := range []string{"Via", "From", "Call-ID", "CSeq"} {
		fmt.Fprintf(&b, "%s: %s\r\n", h, header([]byte(m), h))
	}
	to := header([]byte(m), "To")
	if !strings.Contains(to, "tag=") {
		to += ";tag=tcp"
	}
	fmt.Fprintf(&b, "To: %s\r\nContact: <sip:phone@10.1.2.3:5060;transport=tcp>\r\n%sContent-Length: %d\r\n\r\n%s", to, extra, len(body), body)
	p.send(b.String())
}

const tcpSDP = "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 31000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"

// registered opens a connection and registers over it.
func tcpRegistered(t *testing.T, user, secret string) *tcpPhone {
	t.Helper()
	c, err := net.Dial("tcp", "127.0.0.1:5970")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	p := &tcpPhone{t: t, c: c, in: bufio.NewReader(c)}
	aor := "<sip:" + user + "@127.0.0.1>"
	p.request("REGISTER", "sip:127.0.0.1", user, aor, "reg-"+user, "Expires: 300\r\n", "")
	ch, _ := auth.ParseDigest(header([]byte(p.want("SIP/2.0 401")), "WWW-Authenticate"))
	p.request("REGISTER", "sip:127.0.0.1", user, aor, "reg-"+user, "Expires: 300\r\nAuthorization: "+auth.Credentials{User: user, Password: secret}.Answer(ch, "REGISTER", "sip:127.0.0.1", 1)+"\r\n", "")
	p.want("SIP/2.0 200")
	return p
}

// TestTCPPhones: a call between two phones on TCP; the callee, which cannot be
// connected to, is called over the connection it registered on.
func TestTCPPhones(t *testing.T) {
	sys := started(t, "testdata/none", map[string]string{
		"sip.conf":        "[general]\nudpbindaddr=127.0.0.1:5970\ntcpenable=yes\n[a]\ntype=friend\nhost=dynamic\nsecret=one\ncontext=inside\ntransport=tcp\n[b]\ntype=friend\nhost=dynamic\nsecret=two\ncontext=inside\ntransport=tcp,udp\n",
		"extensions.conf": "[inside]\nexten => b,1,Dial(SIP/b,10)\n",
	})
	a, b := tcpRegistered(t, "a", "one"), tcpRegistered(t, "b", "two")
	to := "<sip:b@127.0.0.1>"
	ct := "Content-Type: application/sdp\r\n"
	a.request("INVITE", "sip:b@127.0.0.1:5970", "a", to, "call", ct, tcpSDP)
	m := a.want("SIP/2.0 401")
	a.n--
	a.request("ACK", "sip:b@127.0.0.1:5970", "a", header([]byte(m), "To"), "call", "", "")
	ch, _ := auth.ParseDigest(header([]byte(m), "WWW-Authenticate"))
	a.request("INVITE", "sip:b@127.0.0.1:5970", "a", to, "call", "Authorization: "+auth.Credentials{User: "a", Password: "one"}.Answer(ch, "INVITE", "sip:b@127.0.0.1:5970", 1)+"\r\n"+ct, tcpSDP)
	inv := b.want("INVITE sip:b@10.1.2.3:5060;transport=tcp SIP/2.0")
	if v := header([]byte(inv), "Via"); !strings.HasPrefix(v, "SIP/2.0/TCP 127.0.0.1:5970;branch=z9hG4bK") {
		t.Errorf("Via %s", v)
	}
	if c := header([]byte(inv), "Contact"); !strings.HasSuffix(c, ";transport=tcp>") {
		t.Errorf("Contact %s", c)
	}
	b.respond(inv, "180 Ringing", "", "")
	a.want("SIP/2.0 180")
	b.respond(inv, "200 OK", ct, tcpSDP)
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
	a.request("INVITE", "sip:b@127.0.0.1:5970", "a", to, "call2", ct, tcpSDP)
	m = a.want("SIP/2.0 401")
	ch, _ = auth.ParseDigest(header([]byte(m), "WWW-Authenticate"))
	a.request("INVITE", "sip:b@127.0.0.1:5970", "a", to, "call2", "Authorization: "+auth.Credentials{User: "a", Password: "one"}.Answer(ch, "INVITE", "sip:b@127.0.0.1:5970", 1)+"\r\n"+ct, tcpSDP)
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

// TestTCPTrunk: a registration over a connection that we open, refreshed over
// the same one, and opened anew when the provider closes it.
func TestTCPTrunk(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.33:5097")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	sys := started(t, "testdata/none", map[string]string{
		"sip.conf":        "[general]\nudpbindaddr=127.0.0.1:5970\nregister => tcp://acct:pw@127.0.0.33:5097/200~2\n",
		"extensions.conf": "[a]\n",
	})
	accept := func() *tcpPhone {
		t.Helper()
		l.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Second))
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return &tcpPhone{t: t, c: c, in: bufio.NewReader(c)}
	}
	p := accept()
	m := p.want("REGISTER sip:127.0.0.33:5097 SIP/2.0")
	if v := header([]byte(m), "Via"); !strings.HasPrefix(v, "SIP/2.0/TCP 127.0.0.1:5970;") {
		t.Errorf("Via %s", v)
	}
	if c := header([]byte(m), "Contact"); c != "<sip:200@127.0.0.1:5970;transport=tcp>" {
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
