package calls

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/boot"
	"obelisk/internal/testkit"
)

// guest is somebody without an account at an address of his own.
type guest struct {
	w       *world
	conn    net.PacketConn
	at      string
	answers atomic.Bool // he answers NOTIFY
	n       int
	octets  atomic.Int64 // that came
	got     chan string
}

func newGuest(w *world, at string, answers bool) *guest {
	g := &guest{w: w, conn: newWire(w.t, w.net, at, "10.0.0.1:5060").conn, at: at, got: make(chan string, 4096)}
	g.answers.Store(answers)
	go func() {
		buf := make([]byte, 65536)
		for {
			n, _, err := g.conn.ReadFrom(buf)
			if err != nil {
				close(g.got)
				return
			}
			g.octets.Add(int64(n))
			m := string(buf[:n])
			if g.answers.Load() && strings.HasPrefix(m, "NOTIFY") {
				g.send(fmt.Sprintf("SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
					field(m, "Via"), field(m, "From"), field(m, "To"), field(m, "Call-ID"), field(m, "CSeq")))
				continue
			}
			g.got <- m
		}
	}()
	return g
}

func (g *guest) send(text string) { g.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(pbxAddr)) }

// build writes a request of a dialog of its own.
func (g *guest) build(method, number, lines, body string) string {
	g.n++
	return fmt.Sprintf("%s sip:%s@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport\r\nMax-Forwards: 70\r\nFrom: "+
		"<sip:guest@%s>;tag=g%d\r\nTo: <sip:%s@10.0.0.1>\r\nCall-ID: %s-%d\r\nCSeq: 1 %s\r\nContact: <sip:guest@%s>\r\n%sContent-Length: "+
		"%d\r\n\r\n%s",
		method, number, g.at, g.at, g.n, g.at, g.n, number, g.at, g.n, method, g.at, lines, len(body), body)
}

const guestSDP = "v=0\r\no=- 1 1 IN IP4 10.8.8.8\r\ns=-\r\nc=IN IP4 10.8.8.8\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

func (g *guest) invite(number string) string {
	return g.build("INVITE", number, "Content-Type: application/sdp\r\n", guestSDP)
}

func (g *guest) subscribe() string {
	return g.build("SUBSCRIBE", "1002", "Event: dialog\r\nExpires: 3600\r\n", "")
}

// asks sends a request and returns the status of its final answer; "" without.
func (g *guest) asks(request string) string {
	g.send(request)
	m := g.final(request)
	if m != "" && strings.HasPrefix(request, "INVITE") {
		g.ack(request, m)
	}
	return status(m)
}

// final waits for the final answer to a request.
func (g *guest) final(request string) string {
	id, deadline := field(request, "Call-ID"), time.After(2*time.Second)
	for {
		select {
		case m := <-g.got:
			if field(m, "Call-ID") == id && strings.HasPrefix(m, "SIP/2.0 ") && !strings.HasPrefix(status(m), "1") {
				return m
			}
		case <-deadline:
			return ""
		}
	}
}

// ack acknowledges the final answer to an INVITE.
func (g *guest) ack(invite, answer string) {
	text := strings.NewReplacer("INVITE", "ACK", "To: "+field(invite, "To"), "To: "+field(answer, "To")).Replace(invite)
	if status(answer)[0] == '2' {
		text = strings.Replace(text, "z9hG4bK", "z9hG4bKack", 1)
	}
	g.send(text[:strings.Index(text, "Content-Type")] + "Content-Length: 0\r\n\r\n")
}

const guestsSIP = `[general]
udpbindaddr=10.0.0.1:5060
context=public
stranger_rate=0
[1002]
type=friend
host=dynamic
secret=two
context=inside
max_subscriptions=5
`

const guestsExtensions = `[public]
exten => 600,1,Answer()
same => n,Wait(600)
exten => 1002,hint,SIP/1002
exten => 1002,1,NoOp()
exten => 700,1,Answer()
same => n,PlayTones(440)
same => n,Wait(20)
[inside]
exten => 600,1,Answer()
same => n,Wait(600)
exten => 1002,hint,SIP/1002
`

func inGuests(t *testing.T, more string, rtp string, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(guestsSIP, "stranger_rate=0\n", "stranger_rate=0\n"+more, 1),
			"extensions.conf": guestsExtensions, "rtp.conf": "[general]\n" + rtp})
		f(w)
		w.stop()
	})
}

// refusedBy reads a counter of what was refused.
func (w *world) refusedBy(reason string) uint64 {
	for _, s := range w.sys.Driver().Overload().Shares {
		if s.Reason == reason {
			return s.Refused
		}
	}
	return 0
}

// What guests subscribe to is bounded for each and for all; an endpoint that has too many
// loses its oldest.
func TestSubscriptionsAreBounded(t *testing.T) {
	inGuests(t, "guest_subscriptions=4\nguests_subscriptions=6\nall_subscriptions=11\n", "", func(w *world) {
		a, b := newGuest(w, "10.1.0.1:5060", true), newGuest(w, "10.1.0.2:5060", true)
		count := func(g *guest) (ok int) {
			for range 10 {
				if s := g.asks(g.subscribe()); s == "200 OK" {
					ok++
				} else if s != "503 Service Unavailable" {
					t.Errorf("%s", s)
				}
			}
			return ok
		}
		if n, m := count(a), count(b); n != 4 || m != 2 {
			t.Errorf("guests got %d and %d", n, m)
		}
		if n := w.refusedBy("guest_subscriptions"); n != 14 {
			t.Errorf("%d counted", n)
		}
		p := w.registered("1002", "two", "10.0.0.12:5060")
		var subs []*testkit.Subscription
		for range 8 {
			s := p.Subscribe("1002", "dialog", "Expires: 600\r\n")
			s.Next(time.Second)
			subs = append(subs, s)
		}
		for i, s := range subs {
			m := s.Next(time.Second)
			if ended := m != nil && strings.HasPrefix(m.Get("Subscription-State"), "terminated"); ended != (i < 3) {
				t.Errorf("subscription %d: %v", i, m)
			}
		}
		if n := len(w.sys.Driver().Subscriptions()); n != 11 {
			t.Errorf("%d subscriptions", n)
		}
		c := newGuest(w, "10.1.0.3:5060", true)
		if s := c.asks(c.subscribe()); s != "503 Service Unavailable" || w.refusedBy("all_subscriptions") != 1 {
			t.Errorf("one more than all: %s, %d counted", s, w.refusedBy("all_subscriptions"))
		}
		c.conn.Close()
		time.Sleep(2 * time.Hour) // they end, and make room
		if n := count(a); n != 4 {
			t.Errorf("after their time a guest got %d", n)
		}
		p.Close()
		a.conn.Close()
		b.conn.Close()
	})
}

// Guests have so many calls each, and leave ports to those who have an account.
func TestGuestsLeaveRoom(t *testing.T) {
	inGuests(t, "guest_calls=3\nguests_calls=5\n", "", func(w *world) {
		for i, want := range []int{3, 2} {
			g, ok := newGuest(w, fmt.Sprintf("10.1.0.%d:5060", i+1), true), 0
			defer g.conn.Close()
			for range 6 {
				if g.asks(g.invite("600")) == "200 OK" {
					ok++
				}
			}
			if ok != want {
				t.Errorf("guest %d has %d calls", i, ok)
			}
		}
		if n := w.refusedBy("guest_calls"); n != 7 {
			t.Errorf("%d counted", n)
		}
		time.Sleep(20 * time.Minute)
		g := newGuest(w, "10.1.0.1:5061", true)
		defer g.conn.Close()
		if s := g.asks(g.invite("600")); s != "200 OK" {
			t.Errorf("after their end: %s", s)
		}
	})
	inGuests(t, "guests_share=50\nendpoint_share=90\n", "rtpstart=10000\nrtpend=10019\n", func(w *world) {
		if ok := answeredGuests(w); ok != 5 {
			t.Errorf("guests have %d of 10 pairs", ok)
		}
		p := w.registered("1002", "two", "10.0.0.12:5060")
		defer p.Close()
		for i := range 5 { // the last pair is for another endpoint
			if got := p.Dial("600").Wait("200", time.Second); got != (i < 4) {
				t.Errorf("call %d of the phone: %v", i, got)
			}
		}
		if n := w.refusedBy("endpoint_share"); n != 1 {
			t.Errorf("%d counted", n)
		}
	})
}

// answeredGuests has a guest call twenty times and counts the calls that are answered, which stay.
func answeredGuests(w *world) (n int) {
	g := newGuest(w, "10.1.0.1:5060", true)
	defer g.conn.Close()
	for range 20 {
		if g.asks(g.invite("600")) == "200 OK" {
			n++
		}
	}
	return n
}

// Where there are fewer file descriptors than RTP ports, they are what is shared.
func TestGuestsShareOfDescriptors(t *testing.T) {
	inGuests(t, "guests_share=50\nendpoint_share=90\n", "rtpstart=10000\nrtpend=11999\n", func(w *world) {
		w.restart(func(o *boot.Options) { o.Descriptors = 32 }) // for 16 pairs
		if ok := answeredGuests(w); ok != 8 {
			t.Errorf("guests have %d of 16 pairs", ok)
		}
		p := w.registered("1002", "two", "10.0.0.12:5060")
		defer p.Close()
		for i := range 7 { // the last two pairs are for another endpoint
			if got := p.Dial("600").Wait("200", time.Second); got != (i < 6) {
				t.Errorf("call %d of the phone: %v", i, got)
			}
		}
	})
}

// A guest whose requests were let in is a stranger all the same.
func TestGuestsAreNotTrusted(t *testing.T) {
	inGuests(t, "stranger_rate=10\n", "", func(w *world) {
		g := newGuest(w, "10.1.0.1:5060", true)
		for _, request := range []string{g.subscribe(), g.invite("600"), g.build("MESSAGE", "1002", "Content-Type: text/plain\r\n", "hello")} {
			if s := g.asks(request); s != "200 OK" && s != "202 Accepted" {
				t.Errorf("%s", s)
			}
		}
		time.Sleep(time.Minute)
		before := w.sys.Driver().Overload().Strangers
		for range 100 {
			g.send(g.build("OPTIONS", "600", "", ""))
		}
		synctest.Wait()
		if n := w.sys.Driver().Overload().Strangers - before; n < 70 {
			t.Errorf("%d of 100 were dropped", n)
		}
		g.conn.Close()
	})
}

// A source that never shows that it receives gets little more than it sent, whatever is
// sent in its name and however long one waits.
func TestForgedRequestsAreNotEchoed(t *testing.T) {
	for what, request := range map[string]func(g *guest) string{
		"SUBSCRIBE":            (*guest).subscribe,
		"INVITE, answered":     func(g *guest) string { return g.invite("600") },
		"INVITE without SDP":   func(g *guest) string { return g.build("INVITE", "600", "", "") },
		"INVITE to nobody":     func(g *guest) string { return g.invite("999") },
		"INVITE of an account": func(g *guest) string { return strings.Replace(g.invite("600"), "sip:guest@", "sip:1002@", 1) },
		"REGISTER":             func(g *guest) string { return g.build("REGISTER", "1002", "", "") },
		"OPTIONS":              func(g *guest) string { return g.build("OPTIONS", "600", "", "") },
		"MESSAGE":              func(g *guest) string { return g.build("MESSAGE", "1002", "Content-Type: text/plain\r\n", "hello") },
		"PUBLISH":              func(g *guest) string { return g.build("PUBLISH", "1002", "Event: presence\r\n", "") },
		"an unknown method":    func(g *guest) string { return g.build("FETCH", "1002", "", "") },
	} {
		inGuests(t, "stranger_echo=4\n", "", func(w *world) {
			g := newGuest(w, "10.1.0.1:5060", false)
			text := request(g)
			g.send(text)
			time.Sleep(15 * time.Minute)
			for len(g.got) > 0 && testing.Verbose() {
				t.Logf("%s", <-g.got)
			}
			if n := g.octets.Load(); n == 0 || n > 5*int64(len(text)) {
				t.Errorf("%s: %d octets for %d", what, n, len(text))
			}
			g.conn.Close()
		})
	}
}

// A guest who answers is told again what is lost, as anybody is.
func TestGuestsAreToldAgain(t *testing.T) {
	inGuests(t, "", "", func(w *world) {
		g := newGuest(w, "10.1.0.1:5060", true)
		if s := g.asks(g.subscribe()); s != "200 OK" {
			t.Fatal(s)
		}
		time.Sleep(time.Second)
		g.answers.Store(false)
		w.registered("1002", "two", "10.0.0.12:5060").Close() // the hint changes
		time.Sleep(10 * time.Second)
		n := 0
		for len(g.got) > 0 {
			if m := <-g.got; strings.HasPrefix(m, "NOTIFY") {
				n++
			}
		}
		if n < 4 {
			t.Errorf("told %d times", n)
		}
		g.conn.Close()
	})
}

// The channel of a guest is never named like that of an endpoint.
func TestNameOfAGuestsChannel(t *testing.T) {
	for host, want := range map[string]string{
		"10.1.0.9":            "SIP/10.1.0.9-",
		"pbx.example":         "SIP/pbx.example-",
		"1002":                "SIP/10.1.0.1-",
		"1002-00000001":       "SIP/10.1.0.1-",
		"1002-x.evil.example": "SIP/10.1.0.1-",
		"a&SIP,1002":          "SIP/10.1.0.1-",
	} {
		inGuests(t, "", "", func(w *world) {
			g := newGuest(w, "10.1.0.1:5060", true)
			if s := g.asks(strings.Replace(g.invite("600"), "sip:guest@10.1.0.1:5060>;tag", "sip:guest@"+host+">;tag", 1)); s != "200 OK" {
				t.Errorf("%s: %s", host, s)
			}
			for _, ch := range w.sys.Core().Channels() {
				if n := ch.Name(); !strings.HasPrefix(n, want) {
					t.Errorf("%s: the channel is %s, want %s", host, n, want)
				}
			}
			g.conn.Close()
		})
	}
}

// A guest's media waits for his ACK, or for media of his own: what his SDP names may be
// somebody who asked for nothing.
func TestGuestsMediaWaitsForHisACK(t *testing.T) {
	for what, prove := range map[string]func(ack func(), rtp net.PacketConn, port int){
		"nothing": nil,
		"his ACK": func(ack func(), _ net.PacketConn, _ int) { ack() },
		"his media": func(_ func(), rtp net.PacketConn, port int) {
			for i := range 5 {
				rtp.WriteTo(append([]byte{0x80, 0, 0, byte(i), 0, 0, 0, 0, 0, 0, 0, 7}, make([]byte, 160)...),
					&net.UDPAddr{IP: net.IPv4(10, 0, 0, 1), Port: port})
				time.Sleep(20 * time.Millisecond)
			}
		},
	} {
		inGuests(t, "", "", func(w *world) {
			g, rtp := newGuest(w, "10.8.8.8:5060", true), newWire(t, w.net, "10.8.8.8:4000", "10.0.0.1:5060").conn
			var octets atomic.Int64
			go func() {
				buf := make([]byte, 2048)
				for {
					n, _, err := rtp.ReadFrom(buf)
					if err != nil {
						return
					}
					octets.Add(int64(n))
				}
			}()
			invite := g.invite("700")
			g.send(invite)
			answer := g.final(invite)
			port := 0
			if _, err := fmt.Sscanf(answer[strings.Index(answer, "m=audio"):], "m=audio %d", &port); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if n := octets.Load(); n > 0 {
				t.Errorf("%s: %d octets came before anything was shown", what, n)
			}
			if prove != nil {
				prove(func() { g.ack(invite, answer) }, rtp, port)
			}
			time.Sleep(time.Second)
			if n := octets.Load(); (n > 5000) != (prove != nil) {
				t.Errorf("%s: %d octets came", what, n)
			}
			g.conn.Close()
			rtp.Close()
			time.Sleep(2 * time.Minute)
		})
	}
}
