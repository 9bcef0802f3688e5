package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/internal/auth"
)

// agent is a bare SIP user agent on one socket: it calls, answers and registers
// without a stack of its own, so that its cost stays small.
type agent struct {
	conn   *net.UDPConn
	addr   string
	pbx    *net.UDPAddr
	codec  int                 // payload type offered and answered
	answer bool                // takes calls
	ports  func(n string) int  // RTP port of a call, by the number dialled
	onLeg  func(n, sdp string) // told of the far SDP

	mu    sync.Mutex // guards calls
	calls map[string]*call
	wg    sync.WaitGroup
}

// call is one transaction sequence: an INVITE with all that follows, or a
// REGISTER.
type call struct {
	id                   string // Call-ID
	number, user, secret string
	method, text         string
	cseq                 int
	begun, sent          time.Time
	tries                int
	hold                 time.Duration
	contact, to          string
	auth                 bool
	state                string // "", up, bye, ok, refused, timeout
	setup                time.Duration
	retransmitted        int
	over                 chan struct{}
}

func newAgent(addr string, codec int) (*agent, error) {
	local, _ := net.ResolveUDPAddr("udp", addr)
	remote, _ := net.ResolveUDPAddr("udp", pbxAddr)
	conn, err := net.ListenUDP("udp4", local)
	if err != nil {
		return nil, err
	}
	conn.SetReadBuffer(4 << 20)
	a := &agent{conn: conn, addr: addr, pbx: remote, codec: codec, calls: map[string]*call{}, ports: func(string) int { return 30000 },
		onLeg: func(string, string) {}}
	a.wg.Add(2)
	go a.read()
	go a.repeat()
	return a, nil
}

func (a *agent) close() {
	a.conn.Close()
	a.wg.Wait()
}

func (a *agent) send(text string) { a.conn.WriteToUDP([]byte(text), a.pbx) }

func (a *agent) read() {
	defer a.wg.Done()
	buf := make([]byte, 65536)
	for {
		n, err := a.conn.Read(buf)
		if err != nil {
			return
		}
		m := string(buf[:n])
		if strings.HasPrefix(m, "SIP/2.0 ") {
			a.response(m)
		} else if a.answer {
			a.request(m)
		}
	}
}

// header is the first line of that name; the switchboards write full names.
func header(m, name string) string {
	i := strings.Index(m, "\r\n"+name+": ")
	if i < 0 {
		return ""
	}
	v := m[i+len(name)+4:]
	return v[:strings.IndexByte(v, '\r')]
}

func body(m string) string { _, b, _ := strings.Cut(m, "\r\n\r\n"); return b }

func (a *agent) sdp(number string) string {
	ip, _, _ := strings.Cut(a.addr, ":")
	name := map[int]string{0: "PCMU", 8: "PCMA", 9: "G722"}[a.codec]
	return fmt.Sprintf("v=0\r\no=rig 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP %d 101\r\na=rtpmap:%d %s/8000\r\n"+
		"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n", ip, ip, a.ports(number), a.codec, a.codec, name)
}

// request answers calls at once: 180, 200, and 200 to a BYE.
func (a *agent) request(m string) {
	method, _, _ := strings.Cut(m, " ")
	var vias strings.Builder
	for _, l := range strings.Split(m, "\r\n") {
		if strings.HasPrefix(l, "Via: ") || strings.HasPrefix(l, "Record-Route: ") {
			vias.WriteString(l + "\r\n")
		}
	}
	id, to := header(m, "Call-ID"), header(m, "To")
	if !strings.Contains(to, "tag=") {
		to += ";tag=r" + id[:min(8, len(id))]
	}
	reply := func(status, extra, sdp string) {
		a.send(fmt.Sprintf("SIP/2.0 %s\r\n%sFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:rig@%s>\r\n%sContent-Length: "+
			"%d\r\n\r\n%s", status, vias.String(), header(m, "From"), to, id, header(m, "CSeq"), a.addr, extra, len(sdp), sdp))
	}
	switch method {
	case "INVITE":
		uri := strings.TrimPrefix(strings.Fields(m)[1], "sip:")
		number, _, _ := strings.Cut(uri, "@")
		a.onLeg(number, body(m))
		reply("180 Ringing", "", "")
		reply("200 OK", "Content-Type: application/sdp\r\n", a.sdp(number))
	case "BYE", "OPTIONS", "CANCEL":
		reply("200 OK", "", "")
	}
}

// begin starts a call or a registration; over is closed at its end.
func (a *agent) begin(id string, c *call) {
	c.id, c.over, c.begun, c.cseq = id, make(chan struct{}), time.Now(), 1
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[id] = c
	a.first(id, c, "")
}

// first writes the INVITE or REGISTER; mu is held.
func (a *agent) first(id string, c *call, credentials string) {
	uri, to, extra, sdp := "sip:127.0.0.1", "<sip:"+c.user+"@127.0.0.1>", "Expires: 3600\r\n", ""
	if c.method == "INVITE" {
		uri, to = "sip:"+c.number+"@127.0.0.1:5960", "<sip:"+c.number+"@127.0.0.1>"
		sdp = a.sdp(c.number)
		extra = "Content-Type: application/sdp\r\n"
	}
	c.text = fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s-%d\r\nMax-Forwards: 70\r\nFrom: "+
		"<sip:%s@127.0.0.1>;tag=f%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n%s%sContent-Length: %d\r\n\r\n%s",
		c.method, uri, a.addr, id, c.cseq, c.user, id, to, id, c.cseq, c.method, c.user, c.contactAt(a), credentials, extra, len(sdp), sdp)
	c.sent, c.tries = time.Now(), 0
	a.send(c.text)
}

func (c *call) contactAt(a *agent) string {
	if c.contact != "" {
		return c.contact
	}
	return a.addr
}

func (a *agent) inDialog(id string, c *call, method string, cseq int) string {
	return fmt.Sprintf("%s sip:%s@127.0.0.1:5960 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s%d\r\nMax-Forwards: 70\r\nFrom: "+
		"<sip:%s@127.0.0.1>;tag=f%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
		method, c.number, a.addr, id, method, cseq, c.user, id, c.to, id, cseq, method)
}

func (a *agent) response(m string) {
	id := header(m, "Call-ID")
	status, _ := strconv.Atoi(m[8:11])
	number, method, _ := strings.Cut(header(m, "CSeq"), " ")
	cseq, _ := strconv.Atoi(number)
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.calls[id]
	if c == nil || status < 200 {
		if c != nil {
			c.text = "" // no more repeating
		}
		return
	}
	switch {
	case method == "INVITE" && status >= 300:
		via := strings.Replace(c.via(a, id, cseq), "\r\n", "", 1)
		a.send(fmt.Sprintf("ACK sip:%s@127.0.0.1:5960 SIP/2.0\r\n%s\r\nMax-Forwards: 70\r\nFrom: <sip:%s@127.0.0.1>;tag=f%s\r\nTo: %s\r\n"+
			"Call-ID: %s\r\nCSeq: %d ACK\r\nContent-Length: 0\r\n\r\n", c.number, via, c.user, id, header(m, "To"), id, cseq))
	case method == "INVITE":
		c.to = header(m, "To")
		a.send(a.inDialog(id, c, "ACK", cseq))
	}
	if cseq != c.cseq || c.state != "" && c.state != "bye" {
		return
	}
	c.text = ""
	switch {
	case status == 401 && !c.auth:
		ch, _ := auth.ParseDigest(header(m, "WWW-Authenticate"))
		uri := "sip:127.0.0.1"
		if c.method == "INVITE" {
			uri = "sip:" + c.number + "@127.0.0.1:5960"
		}
		c.auth, c.cseq = true, c.cseq+1
		a.first(id, c, "Authorization: "+auth.Credentials{User: c.user, Password: c.secret}.Answer(ch, c.method, uri, 1)+"\r\n")
	case status >= 300:
		a.end(id, c, "refused")
	case method == "INVITE":
		c.state, c.setup = "up", time.Since(c.begun)
		a.onLeg(c.number, body(m))
		time.AfterFunc(c.hold, func() { a.bye(id, c) })
	default:
		a.end(id, c, "ok")
	}
}

func (c *call) via(a *agent, id string, cseq int) string {
	return fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s-%d\r\n", a.addr, id, cseq)
}

func (a *agent) bye(id string, c *call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.state != "up" {
		return
	}
	c.cseq++
	c.state, c.text = "bye", a.inDialog(id, c, "BYE", c.cseq)
	c.sent, c.tries = time.Now(), 0
	a.send(c.text)
}

// end closes a call; mu is held.
func (a *agent) end(id string, c *call, state string) {
	c.state, c.text = state, ""
	delete(a.calls, id)
	close(c.over)
}

// patience is how long an answer may take; a call that is answered later counts
// as timed out.
const patience = 8 * time.Second

// repeat sends unanswered requests again, after 0.5, 1.5, 3.5 and 7.5 s.
func (a *agent) repeat() {
	defer a.wg.Done()
	for {
		time.Sleep(100 * time.Millisecond)
		if a.conn.SetReadDeadline(time.Time{}) != nil {
			return // closed
		}
		a.mu.Lock()
		for id, c := range a.calls {
			waited := time.Since(c.sent)
			if c.state != "up" && waited > patience {
				a.end(id, c, "timeout")
			} else if c.text != "" && waited > time.Duration(1<<c.tries*1000-500)*time.Millisecond {
				c.tries++
				c.retransmitted++
				a.send(c.text)
			}
		}
		a.mu.Unlock()
	}
}

// pace runs f n times at a rate a second. late is what 99 of 100 were at most behind their time.
func pace(n int, rate float64, f func(i int)) (late time.Duration) {
	begun, behind := time.Now(), make([]time.Duration, n)
	for i := range n {
		due := time.Duration(float64(i) / rate * float64(time.Second))
		if wait := due - time.Since(begun); wait > 0 {
			time.Sleep(wait)
		}
		behind[i] = time.Since(begun) - due
		f(i)
	}
	return percentile(behind, 99)
}
