package front

import (
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"obelisk/internal/testkit"
)

// Dispatcher is a SIP proxy before several switchboards, as Kamailio's module dispatcher is one: it asks each with OPTIONS every
// two seconds, and takes one out that answers 503 or nothing. Those of one caller go to one switchboard while it is in; what one
// refuses with 503 another one gets. It stays in the calls (Record-Route) and in registrations (Path).
type Dispatcher struct {
	conn net.PacketConn
	addr netip.AddrPort
	to   []netip.AddrPort
	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex // guards all below
	out     map[netip.AddrPort]bool
	silent  map[netip.AddrPort]int // OPTIONS without an answer
	last    int
	pending map[string]*passed // by the branch of ours
}

// passed is a request that goes by a choice, and may go elsewhere.
type passed struct {
	text string
	at   netip.AddrPort
	not  map[netip.AddrPort]bool
}

// pingEvery is how often it asks, deafAfter how many times nobody answers before one is out.
const (
	pingEvery = 2 * time.Second
	deafAfter = 2
)

// NewDispatcher begins.
func NewDispatcher(listen testkit.Listen, at netip.AddrPort, to ...netip.AddrPort) (*Dispatcher, error) {
	conn, err := listen(at)
	if err != nil {
		return nil, err
	}
	d := &Dispatcher{conn: conn, addr: at, to: to, stop: make(chan struct{}), out: map[netip.AddrPort]bool{},
		silent: map[netip.AddrPort]int{}, pending: map[string]*passed{}}
	d.done.Go(d.ping)
	d.done.Go(d.serve)
	return d, nil
}

// Close ends it.
func (d *Dispatcher) Close() {
	close(d.stop)
	d.conn.Close()
	d.done.Wait()
}

// In are the switchboards that it gives requests to.
func (d *Dispatcher) In() (list []netip.AddrPort) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.to {
		if !d.out[a] {
			list = append(list, a)
		}
	}
	return list
}

func (d *Dispatcher) send(text string, to netip.AddrPort) {
	d.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(to))
}

func (d *Dispatcher) ping() {
	beat := time.NewTicker(pingEvery)
	defer beat.Stop()
	for {
		for i, a := range d.to {
			d.mu.Lock()
			d.last++
			if d.silent[a]++; d.silent[a] > deafAfter {
				d.out[a] = true
			}
			n := d.last
			d.mu.Unlock()
			d.send(fmt.Sprintf("OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKping%d-%d;rport\r\nMax-Forwards: 70\r\n"+
				"From: <sip:dispatcher@%s>;tag=p%d\r\nTo: <sip:%s>\r\nCall-ID: ping%d-%d@%s\r\nCSeq: 1 OPTIONS\r\n"+
				"Content-Length: 0\r\n\r\n", a, d.addr, i, n, d.addr, n, a, i, n, d.addr), a)
		}
		select {
		case <-beat.C:
		case <-d.stop:
			return
		}
	}
}

func (d *Dispatcher) serve() {
	buf := make([]byte, 65536)
	for {
		n, from, err := d.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		source := from.(*net.UDPAddr).AddrPort()
		source = netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
		m := testkit.ParseMsg(string(buf[:n]))
		switch {
		case m == nil:
		case m.Status == 0:
			d.request(m, source)
		default:
			d.response(m, source)
		}
	}
}

// request passes one on.
func (d *Dispatcher) request(m *testkit.Msg, source netip.AddrPort) {
	head, body, _ := strings.Cut(m.Raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	branch := param(m.Get("Via"), "branch")
	for i, l := range lines { // where the answer goes
		if strings.HasPrefix(l, "Via:") {
			lines[i] = strings.Replace(l, ";rport", fmt.Sprintf(";received=%s;rport=%d", source.Addr(), source.Port()), 1)
			break
		}
	}
	own := fmt.Sprintf("<sip:%s;lr>", d.addr)
	inside := false
	for i, l := range lines {
		if strings.HasPrefix(l, "Route:") {
			if first, rest, _ := strings.Cut(strings.TrimSpace(l[6:]), ","); strings.Contains(first, d.addr.String()) {
				inside = true
				if lines[i] = "Route: " + strings.TrimSpace(rest); rest == "" {
					lines = append(lines[:i], lines[i+1:]...)
				}
			}
			break
		}
	}
	to := netip.AddrPort{}
	if inside {
		to = hostOf(strings.Fields(lines[0])[1])
		for _, l := range lines {
			if strings.HasPrefix(l, "Route:") {
				to = hostOf(strings.TrimSpace(l[6:]))
				break
			}
		}
	}
	add := []string{lines[0], "Via: SIP/2.0/UDP " + d.addr.String() + ";branch=BRANCH"}
	tagged := strings.Contains(m.Get("To"), ";tag=")
	switch {
	case m.Method == "INVITE" && !tagged:
		add = append(add, "Record-Route: "+own)
	case m.Method == "REGISTER":
		add = append(add, "Path: "+own, "Supported: path")
	}
	text := strings.Join(append(add, lines[1:]...), "\r\n") + "\r\n\r\n" + body
	branch = "z9hG4bKd" + sum(branch)
	if to.IsValid() {
		d.send(strings.Replace(text, "BRANCH", branch, 1), to)
		return
	}
	d.mu.Lock()
	p := d.pending[branch]
	if p == nil {
		p = &passed{not: map[netip.AddrPort]bool{}}
		d.pending[branch] = p
		p.at = d.choose(m, p)
	}
	if m.Method != "ACK" && m.Method != "CANCEL" {
		p.text = text
	}
	at := p.at
	d.mu.Unlock()
	d.send(strings.Replace(text, "BRANCH", branch, 1), at)
}

// choose is the switchboard of a caller; mu is held.
func (d *Dispatcher) choose(m *testkit.Msg, p *passed) (best netip.AddrPort) {
	user, _, _ := strings.Cut(m.Get("From"), "@")
	rank := ""
	for _, a := range d.to {
		if r := sum(user + a.String()); !d.out[a] && !p.not[a] && r > rank {
			best, rank = a, r
		}
	}
	if !best.IsValid() {
		best = d.to[0]
	}
	return best
}

// response passes one back, or asks another switchboard.
func (d *Dispatcher) response(m *testkit.Msg, source netip.AddrPort) {
	branch := param(m.Get("Via"), "branch")
	d.mu.Lock()
	if strings.HasPrefix(branch, "z9hG4bKping") {
		d.silent[source] = 0
		d.out[source] = m.Status == 503
		d.mu.Unlock()
		return
	}
	again, at, moved := d.moves(m, source, d.pending[branch])
	d.mu.Unlock()
	if moved {
		if m.Method == "INVITE" {
			d.send(strings.Replace(ackOf(m, d.pendingText(branch)), "BRANCH", branch, 1), source)
		}
		if again != "" {
			d.send(strings.Replace(again, "BRANCH", branch, 1), at)
		}
		return
	}
	head, body, _ := strings.Cut(m.Raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "Via:") {
			if strings.Contains(l, ",") {
				_, l, _ = strings.Cut(l, ",")
				lines[i] = "Via: " + strings.TrimSpace(l)
			} else {
				lines = append(lines[:i], lines[i+1:]...)
			}
			break
		}
	}
	text := strings.Join(lines, "\r\n") + "\r\n\r\n" + body
	via := testkit.ParseMsg(text).Get("Via")
	to, err := netip.ParseAddrPort(param(via, "received") + ":" + param(via, "rport"))
	if err != nil {
		sentBy, _, _ := strings.Cut(strings.TrimPrefix(via, "SIP/2.0/UDP "), ";")
		to = hostOf("sip:" + sentBy)
	}
	if to.IsValid() {
		d.send(text, to)
	}
}

// moves says whether an answer has the request go to another switchboard, and what is sent where; "" when it has gone there
// already. mu is held.
func (d *Dispatcher) moves(m *testkit.Msg, source netip.AddrPort, p *passed) (again string, at netip.AddrPort, moved bool) {
	switch {
	case m.Status != 503 || p == nil || m.Method != "INVITE" && m.Method != "REGISTER":
		return "", at, false
	case p.not[source]:
		return "", at, p.at != source
	case len(p.not) >= len(d.to)-1:
		return "", at, false
	}
	p.not[source] = true
	p.at = d.choose(testkit.ParseMsg(p.text), p)
	return p.text, p.at, true
}

func (d *Dispatcher) pendingText(branch string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pending[branch].text
}

// ackOf confirms a refusal of an INVITE that was passed on.
func ackOf(m *testkit.Msg, invite string) string {
	x := testkit.ParseMsg(invite)
	uri := strings.Fields(x.Start)[1]
	number, _, _ := strings.Cut(x.Get("CSeq"), " ")
	return "ACK " + uri + " SIP/2.0\r\nVia: " + x.Get("Via") + "\r\nMax-Forwards: 70\r\nFrom: " + x.Get("From") + "\r\nTo: " + m.Get("To") +
		"\r\nCall-ID: " + x.Get("Call-ID") + "\r\nCSeq: " + number + " ACK\r\nContent-Length: 0\r\n\r\n"
}

func param(via, name string) string {
	via, _, _ = strings.Cut(via, ",")
	_, v, _ := strings.Cut(via, ";"+name+"=")
	v, _, _ = strings.Cut(v, ";")
	return strings.TrimSpace(v)
}

// hostOf is the address in a URI.
func hostOf(uri string) netip.AddrPort {
	_, rest, _ := strings.Cut(uri, "sip:")
	if at := strings.IndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if i := strings.IndexAny(rest, ";>?, "); i >= 0 {
		rest = rest[:i]
	}
	if a, err := netip.ParseAddr(rest); err == nil {
		return netip.AddrPortFrom(a, 5060)
	}
	a, _ := netip.ParseAddrPort(rest)
	return a
}

func sum(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return fmt.Sprintf("%016x", h.Sum64())
}
