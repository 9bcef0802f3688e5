package calls

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/testkit"
)

// bareUA is a user agent that does what a test says and nothing else: it repeats no
// request, acknowledges nothing and answers nothing by itself.
type bareUA struct {
	t    *testing.T
	conn net.PacketConn
	addr string
	name string // user in From
	in   chan string
	n    int
}

func newBare(t *testing.T, w *world, addr string) *bareUA {
	t.Helper()
	c, err := w.net.Listen(netip.MustParseAddrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	u := &bareUA{t: t, conn: c, addr: addr, name: "bare", in: make(chan string, 1000)}
	go func() {
		b := make([]byte, 65536)
		for {
			n, _, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			u.in <- string(b[:n])
		}
	}()
	return u
}

func (u *bareUA) send(text string) {
	u.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(pbxAddr))
}

// next waits for a message whose start line begins so; "" when none comes.
func (u *bareUA) next(start string, d time.Duration) string {
	until := time.After(d)
	for {
		select {
		case m := <-u.in:
			if strings.HasPrefix(m, start) {
				return m
			}
		case <-until:
			return ""
		}
	}
}

// final waits for the final response to the request of that CSeq.
func (u *bareUA) final(cseq string, d time.Duration) string {
	until := time.After(d)
	for {
		select {
		case m := <-u.in:
			if strings.HasPrefix(m, "SIP/2.0 ") && !strings.HasPrefix(m, "SIP/2.0 1") && lineOf(m, "CSeq") == cseq {
				return m
			}
		case <-until:
			return ""
		}
	}
}

// linesOf are the values of a header; lineOf is the first.
func linesOf(m, name string) (out []string) {
	head, _, _ := strings.Cut(m, "\r\n\r\n")
	for _, l := range strings.Split(head, "\r\n") {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.EqualFold(k, name) {
			out = append(out, strings.TrimSpace(v))
		}
	}
	return out
}

func lineOf(m, name string) string {
	if l := linesOf(m, name); len(l) > 0 {
		return l[0]
	}
	return ""
}

func bodyOf(m string) string {
	_, body, _ := strings.Cut(m, "\r\n\r\n")
	return body
}

// sdp is a description of audio in PCMU and PCMA at port 4000.
func (u *bareUA) sdp() string {
	host, _, _ := strings.Cut(u.addr, ":")
	return "v=0\r\no=- 1 1 IN IP4 " + host + "\r\ns=-\r\nc=IN IP4 " + host + "\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 " +
		"PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
}

// answer sends a response; a body is SDP unless the lines say another type.
func (u *bareUA) answer(req, status, lines, body string) {
	to := lineOf(req, "To")
	if !strings.Contains(to, ";tag=") {
		to += ";tag=bare"
	}
	b := "SIP/2.0 " + status + "\r\n"
	for _, v := range linesOf(req, "Via") {
		b += "Via: " + v + "\r\n"
	}
	u.send(b + "From: " + lineOf(req, "From") + "\r\nTo: " + to + "\r\nCall-ID: " + lineOf(req, "Call-ID") + "\r\nCSeq: " + lineOf(req,
		"CSeq") + "\r\nContact: <sip:bare@" + u.addr + ">\r\n" +
		lines + bodyLines(lines, body))
}

func bodyLines(lines, body string) string {
	kind := ""
	if body != "" && !strings.Contains(lines, "Content-Type:") {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", kind, len(body), body)
}

// bareDialog is a dialog as the bare user agent sees it.
type bareDialog struct {
	u            *bareUA
	id           string
	local, peer  string // values of From and To
	target       string
	cseq         int
	invite, last string // the INVITE that opened it, and what was sent last
}

// request sends one, and returns its CSeq.
func (g *bareDialog) request(method, lines, body string) string {
	g.cseq++
	g.send(g.cseq, method, lines, body)
	return fmt.Sprintf("%d %s", g.cseq, method)
}

func (g *bareDialog) send(cseq int, method, lines, body string) {
	g.u.n++
	g.last = fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKbare%d\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: "+
		"%s\r\nCSeq: %d %s\r\nContact: <sip:bare@%s>\r\n%s",
		method, g.target, g.u.addr, g.u.n, g.local, g.peer, g.id, cseq, method, g.u.addr, lines) + bodyLines(lines, body)
	g.u.send(g.last)
}

// ask sends a request and returns its final response; that of an INVITE is acknowledged.
func (g *bareDialog) ask(method, lines, body string) string {
	g.u.t.Helper()
	m := g.u.final(g.request(method, lines, body), 5*time.Second)
	if m == "" {
		g.u.t.Fatalf("no final response to %s", method)
	}
	if method == "INVITE" {
		g.peer = lineOf(m, "To")
		if strings.HasPrefix(m, "SIP/2.0 2") {
			g.send(g.cseq, "ACK", "", "")
		} else {
			g.u.send(strings.NewReplacer("INVITE sip", "ACK sip", " INVITE\r\n", " ACK\r\n").Replace(bodiless(g.last)))
		}
	}
	return m
}

// bodiless is a request without its body.
func bodiless(m string) string {
	head, _, _ := strings.Cut(m, "\r\n\r\n")
	var keep []string
	for _, l := range strings.Split(head, "\r\n") {
		if k, _, _ := strings.Cut(l, ":"); !strings.EqualFold(k, "Content-Type") && !strings.EqualFold(k, "Content-Length") {
			keep = append(keep, l)
		}
	}
	return strings.Join(keep, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

// dial opens a dialog to an extension.
func (u *bareUA) dial(exten string) *bareDialog {
	u.n++
	host, _, _ := strings.Cut(u.addr, ":")
	return &bareDialog{u: u, id: fmt.Sprintf("bare%d@%s", u.n, host), local: "<sip:" + u.name + "@" + host + ">;tag=bare",
		peer: "<sip:" + exten + "@10.0.0.1>", target: "sip:" + exten + "@10.0.0.1:5060"}
}

// called is the dialog of an INVITE that came in.
func (u *bareUA) called(invite string) *bareDialog {
	return &bareDialog{u: u, id: lineOf(invite, "Call-ID"), local: lineOf(invite, "To") + ";tag=bare", peer: lineOf(invite, "From"),
		target: strings.Trim(lineOf(invite, "Contact"), "<>"), invite: invite}
}

// codeOf is the start of a response.
func codeOf(m string) string {
	line, _, _ := strings.Cut(m, "\r\n")
	return strings.TrimPrefix(line, "SIP/2.0 ")
}

// bareWorld is two phones and a bare user agent that is an endpoint, which 9 calls;
// options are lines for it, one for the first phone.
func bareWorld(t *testing.T, options, one string, f func(w *world, a *testkit.Phone, u *bareUA)) {
	t.Helper()
	bareWorldResolving(t, names, options, one, f)
}

// resolvingWorld is one with a resolver.
func resolvingWorld(t *testing.T, r dnsmgr.Resolver, f func(w *world, a *testkit.Phone, u *bareUA)) {
	t.Helper()
	bareWorldResolving(t, r, "", "", f)
}

func bareWorldResolving(t *testing.T, r dnsmgr.Resolver, options, one string, f func(w *world, a *testkit.Phone, u *bareUA)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sip := strings.Replace(baseSIP, "secret=one\n", "secret=one\n"+one, 1) +
			"[bare]\ntype=friend\nhost=10.0.0.60\ninsecure=port,invite\ncontext=inside\n" + options
		extensions := strings.Replace(baseExtensions, "SIP/trunk/${EXTEN})\n", "SIP/bare)\n"+bareExtensions, 1)
		w := newWorldResolving(t, testkit.NewNetwork(testkit.Faults{}), map[string]string{"sip.conf": sip, "extensions.conf": extensions}, r)
		a := w.registered("1001", "one", "10.0.0.11:5060")
		u := newBare(t, w, "10.0.0.60:5060")
		defer func() {
			time.Sleep(2 * time.Minute)
			w.sys.Stop("now")
			w.sys.Wait()
			a.Close()
			u.conn.Close()
		}()
		f(w, a, u)
	})
}

const bareExtensions = `exten => 91,1,Answer()
same => n,Transfer(55)
exten => 92,1,Dial(SIP/bare2,,g)
same => n,Wait(1000)
exten => 77,hint,SIP/1002
`

// callsBare is a call of the phone that the bare user agent has answered with 200 and
// further lines.
func callsBare(t *testing.T, a *testkit.Phone, u *bareUA, lines string) (*testkit.Call, *bareDialog) {
	t.Helper()
	call := a.Dial("9")
	invite := u.next("INVITE", 5*time.Second)
	if invite == "" {
		t.Fatal("no INVITE came")
	}
	u.answer(invite, "180 Ringing", "", "")
	u.answer(invite, "200 OK", lines, u.sdp())
	if u.next("ACK", 2*time.Second) == "" || !call.Wait("200", time.Second) {
		t.Fatal("the call is not up")
	}
	return call, u.called(invite)
}

// read is a file of the configuration.
func (w *world) read(name string) string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// mediaPort is the port of the audio in a description.
func mediaPort(sdp string) (port int) {
	_, rest, _ := strings.Cut(sdp, "m=audio ")
	fmt.Sscan(rest, &port)
	return port
}

// stream sends RTP packets of 20 ms to a port of the switchboard.
func (u *bareUA) stream(port int, payload byte, n int) {
	to := &net.UDPAddr{IP: net.IPv4(10, 0, 0, 1), Port: port}
	for i := range n {
		p := make([]byte, 172)
		p[0], p[1], p[3], p[11] = 0x80, payload, byte(i), 9
		p[6], p[7] = byte(160*i>>8), byte(160*i)
		u.conn.WriteTo(p, to)
		time.Sleep(20 * time.Millisecond)
	}
}
