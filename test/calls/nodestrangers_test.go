package calls

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// socket is somebody with a socket, and nothing else.
type socket struct {
	t    *testing.T
	conn net.PacketConn
	addr netip.AddrPort
}

func (x *node) socket(addr string) *socket {
	x.t.Helper()
	at := netip.MustParseAddrPort(addr)
	conn, err := x.net.Listen(at)
	if err != nil {
		x.t.Fatal(err)
	}
	return &socket{x.t, conn, at}
}

// sends sends a text with its line ends made SIP's.
func (w *socket) sends(to netip.AddrPort, text string) {
	w.conn.WriteTo([]byte(strings.ReplaceAll(strings.TrimSpace(text), "\n", "\r\n")+"\r\n\r\n"), net.UDPAddrFromAddrPort(to))
}

// hears is the first line that comes within a second; "" for nothing.
func (w *socket) hears() string {
	buf := make([]byte, 4096)
	w.conn.SetReadDeadline(time.Now().Add(time.Second))
	n, _, err := w.conn.ReadFrom(buf)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
	return line
}

// request is one of somebody's by a Route with a token.
func (w *socket) request(method, target, tag, route string) string {
	return fmt.Sprintf(`%s %s SIP/2.0
Via: SIP/2.0/UDP %s;branch=z9hG4bKx%s;rport
Max-Forwards: 70
Route: <%s>
From: <sip:mallory@there>;tag=m
To: <sip:1002@there>%s
Call-ID: forged-%s@there
CSeq: 7 %s
Contact: <sip:mallory@%s>
Content-Length: 0`, method, target, w.addr, method, route, tag, method, method, w.addr)
}

// What nobody but a node may do nobody but a node can do, whatever he has seen: a token opens no
// way to a phone, a phone has no way to others than nodes, and an answer goes nowhere that was
// not asked.
func TestStrangersAmongNodes(t *testing.T) {
	inNodes(t, 3, "", func(n []*node) {
		a, b, c := n[0], n[1], n[2]
		from, to, out, in := across(t, n)
		defer from.Close()
		defer to.Close()
		in.Answer()
		if !out.Wait("200", 10*time.Second) {
			t.Fatal("not answered")
		}
		_, record, _ := strings.Cut(in.Invite().Get("Record-Route"), "<")
		route, _, _ := strings.Cut(record, ">") // what a phone, and who listens at its socket, knows
		if !strings.Contains(route, "obk-flow=") {
			t.Fatal("no token in " + route)
		}
		if !in.Wait("ACK", 10*time.Second) {
			t.Fatal("not acknowledged")
		}
		passed, _, _ := b.sys.Driver().PassedOn()
		nothing := func(what string) {
			t.Helper()
			if now, _, _ := b.sys.Driver().PassedOn(); now != passed {
				t.Errorf("%s was passed on", what)
				passed = now
			}
		}
		stranger, victim := b.socket("10.0.9.9:5060"), b.socket("10.0.9.10:5060")
		for _, x := range []struct{ method, target, tag, want string }{
			{"INVITE", "sip:1002@10.0.1.7:5060", "", "SIP/2.0 4"}, // a guest's call, as any
			{"BYE", "sip:1002@10.0.1.7:5060", ";tag=1", "SIP/2.0 481"},
			{"MESSAGE", "sip:1002@10.0.1.7:5060", "", "SIP/2.0 4"},
			{"OPTIONS", "sip:1001@10.0.0.1:5060", ";tag=1", "SIP/2.0 481"},
		} {
			stranger.sends(b.addr, stranger.request(x.method, x.target, x.tag, route))
			if got := stranger.hears(); !strings.HasPrefix(got, x.want) {
				t.Errorf("%s of a stranger: %q, want %q", x.method, got, x.want)
			}
			nothing(x.method + " of a stranger")
		}
		other := b.registered("1003", "three", "10.0.1.20:5060")
		other.Close() // its address is free: it is another phone of the house
		phone := b.socket("10.0.1.20:5060")
		phone.sends(b.addr, phone.request("BYE", "sip:1001@10.0.0.1:5060", ";tag=1", route))
		if got := phone.hears(); !strings.HasPrefix(got, "SIP/2.0 481") {
			t.Errorf("another phone's: %q", got)
		}
		nothing("another phone's BYE")

		// The phone itself: a new call is an ordinary one of its, and in a call it reaches nodes only.
		to.Close()
		own := b.socket("10.0.1.7:5060")
		own.sends(b.addr, own.request("INVITE", "sip:600@10.0.0.1", "", route))
		if got := own.hears(); !strings.HasPrefix(got, "SIP/2.0 100") && !strings.HasPrefix(got, "SIP/2.0 401") && !strings.HasPrefix(got,
			"SIP/2.0 404") {
			t.Errorf("a new call with a route: %q", got)
		}
		nothing("a new call of the phone")
		for _, name := range []string{"nobody", "", victim.addr.String(), "10.0.9.10"} {
			elsewhere := strings.Replace(route, "obk-node=a", "obk-node="+name, 1)
			own.sends(b.addr, own.request("BYE", "sip:x@"+victim.addr.String(), ";tag=1", elsewhere))
			if got := own.hears(); !strings.HasPrefix(got, "SIP/2.0 4") {
				t.Errorf("to node %q: %q", name, got)
			}
		}
		nothing("a BYE to no node")

		// An answer that nobody has asked for goes nowhere, even in the way that ours look.
		for _, branch := range []string{"z9hG4bKobkd0123456789abcdef01234567", "z9hG4bKobku0123456789abcdef01234567-" + strings.Split(route,
			"obk-flow=")[1], "z9hG4bKobk", "z9hG4bKobkx"} {
			for _, w := range []*socket{stranger, own} {
				w.sends(b.addr, fmt.Sprintf(`SIP/2.0 200 OK
Via: SIP/2.0/UDP %s;branch=%s
Via: SIP/2.0/UDP %s;branch=z9hG4bKy;received=%s;rport=%d
From: <sip:mallory@there>;tag=m
To: <sip:1002@there>;tag=t
Call-ID: forged@there
CSeq: 7 INVITE
Content-Length: 0`, b.addr, branch, victim.addr, victim.addr.Addr(), victim.addr.Port()))
			}
		}
		if got := victim.hears(); got != "" {
			t.Errorf("the victim got %q", got)
		}
		nothing("a forged answer")

		// Who has a node's address, and no token of this run.
		c.kill()
		node := b.socket(c.addr.String())
		node.sends(b.addr, node.request("INVITE", "sip:1002@10.0.1.7:5060", "", "sip:10.0.1.1;lr;obk-flow=00.31303032"))
		if got := node.hears(); got != "SIP/2.0 430 Flow Failed" {
			t.Errorf("a token of another run: %q", got)
		}
		nothing("an INVITE without a token")
		a.says("cluster show registrations", "1002")
		for _, w := range []*socket{stranger, victim, phone, own, node} {
			w.conn.Close()
		}
	})
}
