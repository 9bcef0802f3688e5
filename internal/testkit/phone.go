package testkit

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Listen opens a packet socket; Network.Listen and SystemListen fit.
type Listen func(netip.AddrPort) (net.PacketConn, error)

// SystemListen opens a UDP socket of the system.
func SystemListen(a netip.AddrPort) (net.PacketConn, error) {
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(a))
}

// Msg is a SIP message as a telephone sees it.
type Msg struct {
	Start   string
	Status  int    // 0 for requests
	Method  string // of the request, or of the CSeq
	Headers []string
	Body    string
	From    netip.AddrPort
	Raw     string // as it came: Headers have their long names
}

// Get returns the first value of a header.
func (m *Msg) Get(name string) string {
	for _, h := range m.Headers {
		if k, v, _ := strings.Cut(h, ":"); strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// long are the names of short headers (RFC 3261 7.3.3).
var long = map[string]string{"v": "Via", "f": "From", "t": "To", "m": "Contact", "i": "Call-ID", "c": "Content-Type",
	"l": "Content-Length", "k": "Supported", "x": "Session-Expires"}

// ParseMsg reads a message.
func ParseMsg(text string) *Msg {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	m := &Msg{Start: lines[0], Headers: lines[1:], Body: body, Raw: text}
	for i, h := range m.Headers {
		if k, v, _ := strings.Cut(h, ":"); long[k] != "" {
			m.Headers[i] = long[k] + ":" + v
		}
	}
	f := strings.Fields(m.Start)
	if len(f) < 2 {
		return nil
	}
	if f[0] == "SIP/2.0" {
		fmt.Sscanf(f[1], "%d", &m.Status)
		if c := strings.Fields(m.Get("CSeq")); len(c) == 2 {
			m.Method = c[1]
		}
	} else {
		m.Method = f[0]
	}
	return m
}

// Phone is a telephone: one account, any number of calls. It repeats its
// requests and answers repeated ones, as telephones do.
type Phone struct {
	User, Secret string
	AuthUser     string // digest user name; "" is User
	Server       netip.AddrPort
	Incoming     chan *Call // calls that come in
	// Serve answers requests outside calls: the status line after "SIP/2.0 ",
	// further header lines after CR LF; "" leaves the request unanswered. Set it
	// before anything can come in.
	Serve func(*Msg) string
	// Headers are added to each INVITE that it sends first: lines that end in CR LF.
	Headers string
	// Video is the fmtp of the H.264 video that its calls have; "" for audio only.
	Video string
	// Text is the formats of the real-time text that its calls have: 98 is T.140, 99 its
	// redundancy; "" for none.
	Text string
	// Mute: its calls give no sign of life but their audio.
	Mute bool
	// Unconfirmed: what its calls are answered with is never confirmed (no ACK).
	Unconfirmed bool
	// Lazy: its calls do not confirm reliable provisional answers.
	Lazy        bool
	MaxForwards int // of the requests in its calls; 0: 70
	// Fax lets its calls switch to T.38.
	Fax bool
	// Session is added to its 2xx of an INVITE: lines that end in CR LF.
	Session string

	listen Listen
	conn   net.PacketConn
	local  netip.AddrPort
	rtp    netip.Addr
	wg     sync.WaitGroup

	mu      sync.Mutex               // guards all below
	waiting map[string]chan *Msg     // responses, by branch
	calls   map[string]*Call         // by Call-ID
	subs    map[string]*Subscription // likewise
	answers map[string]string        // last response, by branch and method
	cseq    int
	regID   string
	empty   int // lines that came, to keep a way open
}

// NewPhone opens a telephone at an address.
func NewPhone(listen Listen, local, server netip.AddrPort, user, secret string) (*Phone, error) {
	c, err := listen(local)
	if err != nil {
		return nil, err
	}
	p := &Phone{User: user, Secret: secret, Server: server, Incoming: make(chan *Call, 16), listen: listen, conn: c,
		waiting: map[string]chan *Msg{}, calls: map[string]*Call{}, subs: map[string]*Subscription{}, answers: map[string]string{},
		regID: token() + "@phone"}
	p.local = c.LocalAddr().(*net.UDPAddr).AddrPort()
	p.local = netip.AddrPortFrom(p.local.Addr().Unmap(), p.local.Port())
	p.rtp = p.local.Addr()
	p.wg.Add(1)
	go p.read()
	return p, nil
}

// Addr is where the telephone listens.
func (p *Phone) Addr() netip.AddrPort { return p.local }

// Empty is how many empty lines have come.
func (p *Phone) Empty() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.empty
}

// Close ends the telephone and its calls' media.
func (p *Phone) Close() {
	p.conn.Close()
	p.wg.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		c.Media.Close()
		if c.Video != nil {
			c.Video.Close()
		}
		if c.Text != nil {
			c.Text.Close()
		}
	}
}

func token() string { return fmt.Sprintf("%08x", rand.Uint32()) }

func (p *Phone) send(text string, to netip.AddrPort) {
	p.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(to))
}

func (p *Phone) read() {
	defer p.wg.Done()
	buf := make([]byte, 65536)
	for {
		n, from, err := p.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if strings.TrimSpace(string(buf[:n])) == "" {
			p.mu.Lock()
			p.empty++
			p.mu.Unlock()
			continue
		}
		m := ParseMsg(string(buf[:n]))
		if m == nil {
			continue
		}
		m.From = from.(*net.UDPAddr).AddrPort()
		if m.Status != 0 {
			p.mu.Lock()
			ch := p.waiting[branch(m)+m.Method]
			call := p.calls[m.Get("Call-ID")]
			p.mu.Unlock()
			if ch != nil {
				select {
				case ch <- m:
				default:
				}
			}
			if call != nil && m.Method == "INVITE" && m.Status/100 == 2 {
				call.again2xx()
			}
			continue
		}
		p.request(m)
	}
}

func branch(m *Msg) string {
	_, b, _ := strings.Cut(m.Get("Via"), "branch=")
	b, _, _ = strings.Cut(b, ";")
	return b
}

// SetServe is Serve for a phone that requests come to already.
func (p *Phone) SetServe(f func(*Msg) string) {
	p.mu.Lock()
	p.Serve = f
	p.mu.Unlock()
}

// request handles what the switchboard asks.
func (p *Phone) request(m *Msg) {
	key := branch(m) + m.Method
	p.mu.Lock()
	last, seen := p.answers[key]
	call, sub, serve := p.calls[m.Get("Call-ID")], p.subs[m.Get("Call-ID")], p.Serve
	p.mu.Unlock()
	if seen && m.Method != "ACK" {
		if last != "" {
			p.send(last, m.From)
		}
		return
	}
	if sub != nil && m.Method == "NOTIFY" {
		sub.notified(m)
		return
	}
	if m.Method == "INVITE" && call == nil {
		c := p.newCall(m.Get("Call-ID"), m.From)
		c.invite, c.remote, c.local = m, m.Get("From"), m.Get("To")+";tag="+token()
		c.target, c.route = uri(m.Get("Contact")), routes(m, false)
		p.mu.Lock()
		p.answers[key] = ""
		p.mu.Unlock()
		p.Incoming <- c
		return
	}
	if call == nil {
		if serve != nil {
			if status := serve(m); status != "" && m.Method != "ACK" {
				p.respond(m, status, m.Get("To")+";tag="+token(), "")
			}
			return
		}
		if m.Method != "ACK" {
			status := "481 Unknown"
			if m.Method == "OPTIONS" || m.Method == "NOTIFY" {
				status = "200 OK"
			}
			p.respond(m, status, "", "")
		}
		return
	}
	call.request(m)
}

// respond answers a request and remembers the answer for repetitions.
func (p *Phone) respond(m *Msg, status, to, body string) {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, h := range m.Headers {
		k, _, _ := strings.Cut(h, ":")
		switch strings.ToLower(k) {
		case "via", "from", "call-id", "cseq", "record-route":
			b.WriteString(h + "\r\n")
		case "to":
			if to != "" {
				h = "To: " + to
			}
			b.WriteString(h + "\r\n")
		}
	}
	if !strings.Contains(status, "\r\nContact: ") {
		fmt.Fprintf(&b, "Contact: <sip:%s@%s>\r\n", p.User, p.local)
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	p.mu.Lock()
	p.answers[branch(m)+m.Method] = b.String()
	p.mu.Unlock()
	p.send(b.String(), m.From) // RFC 3261 section 18.2.2, with rport
}

// Timeouts of a telephone.
var (
	errNoAnswer = errors.New("no answer")
	patience    = 40 * time.Second
)

// transact sends a request, repeating it, and gives responses to on until it
// returns true.
func (p *Phone) transact(method, text, via string, on func(*Msg) bool) error {
	return p.transactAt(p.Server, method, text, via, on)
}

// transactAt is transact with another server than the phone's.
func (p *Phone) transactAt(server netip.AddrPort, method, text, via string, on func(*Msg) bool) error {
	ch := make(chan *Msg, 16)
	p.mu.Lock()
	p.waiting[via+method] = ch
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.waiting, via+method)
		p.mu.Unlock()
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	wait := 500 * time.Millisecond
	repeat := time.NewTimer(wait)
	defer repeat.Stop()
	p.send(text, server)
	for {
		select {
		case m := <-ch:
			if method == "INVITE" || m.Status >= 200 {
				repeat.Stop()
			}
			if on(m) {
				return nil
			}
		case <-repeat.C:
			p.send(text, server)
			wait *= 2
			repeat.Reset(wait)
		case <-limit.C:
			return errNoAnswer
		}
	}
}

// Register registers for so many seconds (0 unregisters) and returns the last
// status and response.
func (p *Phone) Register(expires int) (int, *Msg, error) {
	return p.register(fmt.Sprintf("Contact: <sip:%s@%s>\r\nExpires: %d\r\n", p.User, p.local, expires))
}

// RegisterWith sends a REGISTER with the given extra header lines.
func (p *Phone) RegisterWith(lines string) (int, *Msg, error) { return p.register(lines) }

func (p *Phone) register(lines string) (int, *Msg, error) {
	uri, auth := "sip:"+p.host(), ""
	var final *Msg
	for range 3 {
		p.mu.Lock()
		p.cseq++
		n := p.cseq
		p.mu.Unlock()
		via := "z9hG4bK" + token()
		text := fmt.Sprintf("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=r%s\r\n"+
			"To: <sip:%s@%s>\r\nCall-ID: %s\r\nCSeq: %d REGISTER\r\n%s%sContent-Length: 0\r\n\r\n",
			uri, p.local, via, p.User, p.host(), p.User, p.User, p.host(), p.regID, n, lines, auth)
		err := p.transact("REGISTER", text, via, func(m *Msg) bool { final = m; return m.Status >= 200 })
		if err != nil {
			return 0, nil, err
		}
		if final.Status != 401 {
			break
		}
		if auth != "" && !strings.Contains(final.Get("WWW-Authenticate"), "stale=true") {
			break
		}
		auth = p.authorize(final, "REGISTER", uri)
	}
	return final.Status, final, nil
}

func quotedParam(header, name string) string {
	_, v, _ := strings.Cut(header, name+`="`)
	v, _, _ = strings.Cut(v, `"`)
	return v
}

// authorize writes the credentials for a 401 or 407.
func (p *Phone) authorize(m *Msg, method, uri string) string {
	name, ch := "Authorization", m.Get("WWW-Authenticate")
	if m.Status == 407 {
		name, ch = "Proxy-Authorization", m.Get("Proxy-Authenticate")
	}
	realm, nonce := quotedParam(ch, "realm"), quotedParam(ch, "nonce")
	user := p.AuthUser
	if user == "" {
		user = p.User
	}
	sum := func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
	r := sum(sum(user+":"+realm+":"+p.Secret) + ":" + nonce + ":" + sum(method+":"+uri))
	return fmt.Sprintf("%s: Digest username=\"%s\",realm=\"%s\",nonce=\"%s\",uri=\"%s\",response=\"%s\",algorithm=MD5\r\n", name, user, realm,
		nonce, uri, r)
}

func uri(contact string) string {
	_, u, ok := strings.Cut(contact, "<")
	if !ok {
		return strings.TrimSpace(contact)
	}
	u, _, _ = strings.Cut(u, ">")
	return u
}

// host is the switchboard's address as it stands in URIs.
func (p *Phone) host() string {
	a := p.Server.Addr()
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}
