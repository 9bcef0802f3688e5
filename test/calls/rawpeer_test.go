package calls

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// line is a user agent of a call that does what a test says and no more: it answers
// nothing by itself.
type line struct {
	*wire
	tag  string
	cseq int
}

func newLine(w *world, at string) *line {
	return &line{wire: newWire(w.t, w.net, at, "10.0.0.1:5060"), tag: "line" + at}
}

// next is the first message that begins so, "" when none comes in time.
func (l *line) next(start string, d time.Duration) string {
	buf := make([]byte, 65536)
	l.conn.SetReadDeadline(time.Now().Add(d))
	for {
		n, _, err := l.conn.ReadFrom(buf)
		if err != nil {
			return ""
		}
		if m := string(buf[:n]); strings.HasPrefix(m, start) {
			return m
		}
	}
}

func (l *line) at() string { return l.conn.LocalAddr().String() }

func (l *line) sdp(port int) string {
	host, _, _ := net.SplitHostPort(l.at())
	return fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n", port,
		host, host, port)
}

// response to a request, with the tag of a fork, further lines and a body.
func (l *line) response(request, status, tag, lines, body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, h := range [...]string{"Via", "Record-Route", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range fields(request, h) {
			if h == "To" && !strings.Contains(v, ";tag=") {
				v += ";tag=" + tag
			}
			fmt.Fprintf(&b, "%s: %s\r\n", h, v)
		}
	}
	if !strings.Contains(lines, "Contact:") {
		fmt.Fprintf(&b, "Contact: <sip:%s@%s>\r\n", tag, l.at())
	}
	return b.String() + withBody(lines, body)
}

func withBody(lines, body string) string {
	if body != "" && !strings.Contains(lines, "Content-Type:") {
		lines += "Content-Type: application/sdp\r\n"
	}
	return lines + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

func (l *line) reply(request, status, lines, body string) {
	l.send(l.response(request, status, l.tag, lines, body))
}

// ask sends a request of the dialog that an INVITE has brought, from another address
// where by is not nil, and returns the final answer.
func (l *line) request(invite, method, lines, body string, by *wire) string {
	if by == nil {
		by = l.wire
	}
	l.cseq++
	to := strings.Trim(field(invite, "Contact"), "<>")
	by.send(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d%s;rport\r\nMax-Forwards: 70\r\nFrom: %s;tag=%s\r\nTo: "+
		"%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n%s",
		method, to, by.conn.LocalAddr(), method, l.cseq, by.conn.LocalAddr(), field(invite, "To"), l.tag, field(invite, "From"),
		field(invite, "Call-ID"), l.cseq, method, l.tag, by.conn.LocalAddr(), withBody(lines, body)))
	if method == "ACK" {
		return ""
	}
	answer := &line{wire: by}
	return answer.next("SIP/2.0 ", time.Second)
}

// inLine runs f with two phones and a line at 10.0.0.60, peer raw, which extension 9
// dials.
func inLine(t *testing.T, general, options string, f func(w *world, a, b *testkit.Phone, l *line)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sip := strings.Replace(baseSIP, "[phone](!)", general+"[phone](!)", 1) +
			"[raw]\ntype=friend\nhost=10.0.0.60\ninsecure=port,invite\ncontext=inside\n" + options
		w := newWorld(t, sip, strings.Replace(baseExtensions, "exten => 9,1,Dial(SIP/trunk/${EXTEN})\n",
			"exten => 9,1,Dial(SIP/raw)\nexten => 708,1,Dial(Local/9@inside/n)\nexten => _8.,1,Set(GLOBAL(GOT)=${EXTEN} of ${CALLERID(num)})\n"+
				"same => n,Answer()\nsame => n,Wait(5)\n", 1), testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		l := newLine(w, "10.0.0.60:5060")
		f(w, a, b, l)
		time.Sleep(time.Minute)
		a.Close()
		b.Close()
		l.conn.Close()
		w.stop()
	})
}

// other is a further address.
func (w *world) other(at string) *wire { return newWire(w.t, w.net, at, "10.0.0.1:5060") }
