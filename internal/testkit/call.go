package testkit

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Call is one dialog of a telephone.
type Call struct {
	ID    string
	Media *Media
	Video *Media // nil without
	Text  *Media // likewise, real-time text
	// Events gets "180", "183", "200", "486" ... of our INVITE, and "BYE",
	// "CANCEL", "ACK", "reINVITE" from the other side.
	Events chan string
	// Formats are the payload types offered and answered, "0 101" by default.
	Formats string
	Ptime   string // a=ptime of our SDP, "" for none
	// Refusals are the status lines with which the next INVITEs of the other side in
	// the dialog are answered, before the phone accepts one again.
	Refusals []string

	p      *Phone
	server netip.AddrPort // its requests go there
	invite *Msg           // the INVITE that came in

	mu      sync.Mutex // guards all below
	local   string     // our From or To, tag included
	remote  string
	target  string
	route   string // Route lines of our requests
	cseq    int
	ack     string
	via     string // branch of our INVITE in progress
	text    string // that INVITE, for CANCEL
	sdp     string // last SDP of the other side
	over    bool
	last    map[string]*Msg // requests of the other side, the last of each method
	rseq    string          // of the last reliable answer
	heard   map[int]*Msg    // responses to our INVITEs, the last of each status
	final   *Msg            // last final response of an INVITE of ours
	asked   bool            // our INVITE was challenged
	lieIP   string
	liePort int
}

// newCall is one with the server that its requests go to.
func (p *Phone) newCall(id string, server netip.AddrPort) *Call {
	c := &Call{ID: id, p: p, server: server, Events: make(chan string, 64), Formats: "0 101", Media: newMedia(p.listen, p.rtp)}
	if p.Video != "" {
		c.Video = newMedia(p.listen, p.rtp)
	}
	if p.Text != "" {
		c.Text = newMedia(p.listen, p.rtp)
	}
	p.mu.Lock()
	p.calls[id] = c
	p.mu.Unlock()
	return c
}

func (c *Call) tell(s string) {
	select {
	case c.Events <- s:
	default:
	}
}

// Wait returns when an event of that name comes, or false after d.
func (c *Call) Wait(name string, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case e := <-c.Events:
			if e == name {
				return true
			}
		case <-t.C:
			return false
		}
	}
}

// ReINVITE offers an SDP in the call and returns the final status.
func (c *Call) ReINVITE(body string) int { return c.reinvite(body) }

// AddText gives the call real-time text of these formats, which its phone has from now on.
func (c *Call) AddText(formats string) {
	c.p.Text, c.Text = formats, newMedia(c.p.listen, c.p.rtp)
}

// Dial places a call; its outcome arrives in Events. It does not block.
func (p *Phone) Dial(number string) *Call { return p.DialWith(number, "0 101") }

// DialWith is Dial with the payload types to offer.
func (p *Phone) DialWith(number, formats string) *Call {
	c := p.newCall(token()+"@"+p.User, p.Server)
	c.Formats = formats
	c.local = fmt.Sprintf("<sip:%s@%s>;tag=%s", p.User, p.host(), token())
	c.remote = fmt.Sprintf("<sip:%s@%s>", number, p.host())
	c.target = fmt.Sprintf("sip:%s@%s", number, p.Server)
	p.wg.Add(1)
	go func() {
		defer p.wg.Done()
		c.runInvite(c.Offer("sendrecv"))
	}()
	return c
}

// runInvite sends an INVITE, answering a challenge, until its final response.
func (c *Call) runInvite(body string) {
	auth := ""
	for range 3 {
		via, text := c.build("INVITE", body, auth+c.p.Headers)
		c.mu.Lock()
		c.via, c.text = via, text
		target := c.target
		c.mu.Unlock()
		var final *Msg
		err := c.p.transactAt(c.server, "INVITE", text, via, func(m *Msg) bool {
			if m.Status < 200 {
				c.tell(fmt.Sprint(m.Status))
				c.learn(m)
				if m.Get("RSeq") != "" && !c.p.Lazy {
					c.p.wg.Go(func() { c.confirm(m) })
				}
				return false
			}
			final = m
			return true
		})
		if err != nil {
			c.tell("timeout")
			return
		}
		c.finish(final, via)
		if (final.Status == 401 || final.Status == 407) && auth == "" {
			auth = c.p.authorize(final, "INVITE", target)
			c.mu.Lock()
			c.asked = true
			c.mu.Unlock()
			continue
		}
		c.tell(fmt.Sprint(final.Status))
		return
	}
}

// confirm sends the PRACK of a reliable provisional answer, once.
func (c *Call) confirm(m *Msg) {
	rseq := m.Get("RSeq")
	c.mu.Lock()
	again := c.rseq == rseq
	c.rseq = rseq
	c.mu.Unlock()
	if !again {
		c.tell(fmt.Sprintf("PRACK %d", c.Send("PRACK", fmt.Sprintf("RAck: %s %s\r\n", rseq, m.Get("CSeq")), "")))
	}
}

// learn takes the remote tag, target and SDP of a response.
func (c *Call) learn(m *Msg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard == nil {
		c.heard = map[int]*Msg{}
	}
	c.heard[m.Status] = m
	if m.Status > 0 && m.Status < 300 && strings.Contains(m.Get("To"), "tag=") {
		c.remote = m.Get("To")
	}
	if ct := m.Get("Contact"); ct != "" && m.Status < 300 {
		c.target = uri(ct)
	}
	if m.Status > 0 && m.Status < 300 && c.route == "" && c.invite == nil {
		c.route = routes(m, true)
	}
	if m.Body != "" {
		c.sdp = m.Body
		c.aim()
	}
}

// routes are the Route lines of a dialog's requests, of who has called (RFC 3261 12.1.2) or was called.
func routes(m *Msg, caller bool) string {
	var list []string
	for _, h := range m.Headers {
		if k, v, _ := strings.Cut(h, ":"); strings.EqualFold(k, "Record-Route") {
			list = append(list, "Route:"+v+"\r\n")
		}
	}
	if caller {
		slices.Reverse(list)
	}
	return strings.Join(list, "")
}

// finish acknowledges the final response.
func (c *Call) finish(m *Msg, via string) {
	c.mu.Lock()
	c.final = m
	c.mu.Unlock()
	c.learn(m)
	if m.Status >= 300 {
		c.mu.Lock()
		text := c.text
		c.mu.Unlock()
		start, _, _ := strings.Cut(text, " SIP/2.0")
		_, u, _ := strings.Cut(start, " ")
		c.p.send(fmt.Sprintf("ACK %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s ACK\r\n"+
			"Content-Length: 0\r\n\r\n",
			u, c.p.local, via, c.local, m.Get("To"), c.ID, strings.Fields(m.Get("CSeq"))[0]), c.server)
		return
	}
	c.mu.Lock()
	c.ack = fmt.Sprintf("ACK %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\n%sFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s "+
		"ACK\r\nContent-Length: 0\r\n\r\n",
		c.target, c.p.local, token(), c.route, c.local, c.remote, c.ID, strings.Fields(m.Get("CSeq"))[0])
	if c.p.Unconfirmed {
		c.ack = ""
	}
	ack := c.ack
	c.mu.Unlock()
	if ack != "" {
		c.p.send(ack, c.server)
	}
	if !c.p.Mute {
		c.Media.report()
	}
}

// again2xx repeats the ACK when a 2xx is repeated.
func (c *Call) again2xx() {
	c.mu.Lock()
	ack := c.ack
	c.mu.Unlock()
	if ack != "" {
		c.p.send(ack, c.server)
	}
}

// build writes a request of the dialog.
func (c *Call) build(method, body, extra string) (via, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cseq++
	via = "z9hG4bK" + token()
	ct := ""
	if body != "" {
		ct = "Content-Type: application/sdp\r\n"
	}
	return via, fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: %d\r\nFrom: %s\r\nTo: %s\r\nCall-ID: "+
		"%s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n%s%sContent-Length: %d\r\n\r\n%s",
		method, c.target, c.p.local, via, cmp.Or(c.p.MaxForwards, 70), c.local, c.remote, c.ID, c.cseq, method, c.p.User, c.p.local,
		c.route+extra, ct, len(body), body)
}

// request handles a request inside the dialog.
func (c *Call) request(m *Msg) {
	c.mu.Lock()
	if c.last == nil {
		c.last = map[string]*Msg{}
	}
	c.last[m.Method] = m
	c.mu.Unlock()
	switch m.Method {
	case "ACK":
		c.tell("ACK")
	case "CANCEL":
		c.p.respond(m, "200 OK", c.local, "")
		c.p.respond(c.invite, "487 Request Terminated", c.local, "")
		c.tell("CANCEL")
	case "BYE":
		c.p.respond(m, "200 OK", "", "")
		c.mu.Lock()
		c.over = true
		c.mu.Unlock()
		c.tell("BYE")
	case "INVITE":
		c.mu.Lock()
		refusals := c.Refusals
		if len(refusals) > 0 {
			c.Refusals = refusals[1:]
		}
		c.mu.Unlock()
		if len(refusals) > 0 {
			c.p.respond(m, refusals[0], "", "")
			c.tell("refused INVITE")
			return
		}
		if strings.Contains(m.Body, "m=image") && !c.p.Fax {
			c.p.respond(m, "488 Not Acceptable Here", "", "")
			c.tell("refused INVITE")
			return
		}
		c.learn(m)
		body := c.Offer("sendrecv")
		if strings.Contains(m.Body, "m=image") {
			body = c.FaxOffer()
		}
		c.p.respond(m, c.p.ok(), "", body)
		c.tell("reINVITE")
	case "UPDATE":
		if m.Body == "" {
			c.p.respond(m, c.p.ok(), "", "")
		} else {
			c.learn(m)
			c.p.respond(m, c.p.ok(), "", c.Offer("sendrecv"))
		}
		c.tell("UPDATE")
	default:
		c.p.respond(m, "200 OK", "", "")
		c.tell(m.Method + " " + strings.Join(strings.Fields(m.Body), " "))
	}
}

// ok is the status of a 2xx of an INVITE, with the phone's further lines.
func (p *Phone) ok() string { return strings.TrimSuffix("200 OK\r\n"+p.Session, "\r\n") }

// Replaces names the dialog for a Replaces header that is sent to the other side.
func (c *Call) Replaces() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	tag := func(v string) string {
		_, t, _ := strings.Cut(v, ";tag=")
		return t
	}
	return c.ID + ";to-tag=" + tag(c.remote) + ";from-tag=" + tag(c.local)
}

// LastRequest is the last one of a method from the other side; empty when there was none.
func (c *Call) LastRequest(method string) *Msg {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.last[method]; m != nil {
		return m
	}
	return &Msg{}
}

// Response is the last final response of an INVITE of ours.
func (c *Call) Response() *Msg {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.final
}

// Heard is the last response of that status to an INVITE of ours; empty when there was
// none.
func (c *Call) Heard(status int) *Msg {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.heard[status]; m != nil {
		return m
	}
	return &Msg{}
}

// Cancel gives our INVITE up.
func (c *Call) Cancel() error {
	c.mu.Lock()
	text, via := c.text, c.via
	c.mu.Unlock()
	text = strings.Replace(text, "INVITE ", "CANCEL ", 1)
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	var keep []string
	for _, l := range strings.Split(head, "\r\n") {
		k, _, _ := strings.Cut(l, ":")
		switch strings.ToLower(k) {
		case "content-type", "content-length", "contact", "authorization":
		default:
			keep = append(keep, strings.Replace(l, " INVITE", " CANCEL", 1))
		}
	}
	return c.p.transactAt(c.server, "CANCEL", strings.Join(keep, "\r\n")+"\r\nContent-Length: 0\r\n\r\n", via,
		func(m *Msg) bool { return m.Status >= 200 })
}

// Hangup sends BYE and returns its status.
func (c *Call) Hangup() int { return c.simple("BYE", "") }

// Hold sends a re-INVITE with the given direction and returns its status; the
// answer is in SDP.
func (c *Call) Hold(direction string) int { return c.reinvite(c.Offer(direction)) }

func (c *Call) reinvite(body string) int {
	via, text := c.build("INVITE", body, c.p.Headers)
	status := 0
	c.p.transactAt(c.server, "INVITE", text, via, func(m *Msg) bool {
		if m.Status < 200 {
			return false
		}
		status = m.Status
		c.mu.Lock()
		c.via, c.text = via, text
		c.mu.Unlock()
		c.finish(m, via)
		return true
	})
	return status
}

// Send sends a request of the dialog with extra header lines and body.
func (c *Call) Send(method, extra, body string) int {

	via, text := c.build(method, "", extra+"X-Body: no\r\n")
	if body != "" {
		text = strings.Replace(text, "Content-Length: 0\r\n\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body), 1)
	}
	status := 0
	c.p.transactAt(c.server, method, text, via, func(m *Msg) bool { status = m.Status; return m.Status >= 200 })
	return status
}

func (c *Call) simple(method, body string) int {
	via, text := c.build(method, body, "")
	status := 0
	c.p.transactAt(c.server, method, text, via, func(m *Msg) bool { status = m.Status; return m.Status >= 200 })
	return status
}

// Challenged says whether our INVITE was answered with 401 or 407 first.
func (c *Call) Challenged() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// Over says whether the other side has hung up.
func (c *Call) Over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}
