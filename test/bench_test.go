package test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/rawnet"
	"obelisk/media"
)

// cpu is the processor time of this process: the switchboard, and the bare
// sockets that drive it.
func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// measure reports CPU time for each operation beside the wall clock.
func measure(b *testing.B, op func(i int)) {
	b.ReportAllocs()
	defer rawnet.TakeSlot()() // for the client, a process of its own in real life
	begun, n := cpu(), 0
	for b.Loop() {
		op(n)
		n++
	}
	b.ReportMetric(float64((cpu()-begun).Microseconds())/float64(n), "cpu-us/op")
}

// socket is a bare client.
type socket struct {
	b   testing.TB
	c   *net.UDPConn
	buf []byte
}

func newSocket(b testing.TB, local string) *socket {
	b.Helper()
	l, _ := net.ResolveUDPAddr("udp4", local)
	r, _ := net.ResolveUDPAddr("udp4", "127.0.0.1:5970")
	c, err := net.DialUDP("udp4", l, r)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return &socket{b, c, make([]byte, 4096)}
}

func (s *socket) send(text string) {
	if _, err := s.c.Write([]byte(text)); err != nil {
		s.b.Fatal(err)
	}
}

// until reads to the first message that begins with start.
func (s *socket) until(start string) []byte {
	s.b.Helper()
	s.c.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		n, err := s.c.Read(s.buf)
		if err != nil {
			s.b.Fatalf("waiting for %s: %v", start, err)
		}
		if bytes.HasPrefix(s.buf[:n], []byte(start)) {
			return s.buf[:n]
		}
	}
}

func header(msg []byte, name string) string {
	i := bytes.Index(msg, []byte("\r\n"+name+": "))
	if i < 0 {
		return ""
	}
	v := msg[i+len(name)+4:]
	return string(v[:bytes.IndexByte(v, '\r')])
}

// benchSystem listens at an address.
func benchSystem(b testing.TB, at string) {
	b.Helper()
	sip := "[general]\nudpbindaddr=" + at + ":5970\ndisallow=all\nallow=ulaw\n[u]\ntype=friend\nhost=dynamic\nsecret=x\ncontext=inside\n" +
		"[callee]\ntype=peer\nhost=127.0.0.3\nport=5071\n"
	started(b, "testdata/none",
		map[string]string{"sip.conf": sip, "extensions.conf": "[inside]\nexten => _1X.,1,Dial(SIP/callee/${EXTEN},30)\n",
			"cdr.conf": "[general]\nenable=no\n"})
}

// BenchmarkRegister is one registration: 401, then 200.
func BenchmarkRegister(b *testing.B) {
	benchSystem(b, "127.0.0.1")
	measure(b, registering(newSocket(b, "127.0.0.2:5072")))
}

// registering is what registers once.
func registering(s *socket) func(i int) {
	text := func(i, cseq int, extra string) string {
		return fmt.Sprintf("REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:5072;branch=z9hG4bKr%d-%d\r\nMax-Forwards: 70\r\n"+
			"From: <sip:u@127.0.0.1>;tag=1\r\nTo: <sip:u@127.0.0.1>\r\nCall-ID: r%d\r\nCSeq: %d REGISTER\r\nContact: <sip:u@127.0.0.2:5072>\r\n"+
			"Expires: 300\r\n%sContent-Length: 0\r\n\r\n", i, cseq, i, cseq, extra)
	}
	return func(i int) {
		s.send(text(i, 1, ""))
		ch, _ := auth.ParseDigest(header(s.until("SIP/2.0 401"), "WWW-Authenticate"))
		s.send(text(i, 2, "Authorization: "+auth.Credentials{User: "u", Password: "x"}.Answer(ch, "REGISTER", "sip:127.0.0.1", 1)+"\r\n"))
		s.until("SIP/2.0 200")
	}
}

// BenchmarkCall is one authenticated call, bridged, set up and torn down: 16
// messages, four RTP ports, no media.
func BenchmarkCall(b *testing.B) { benchCall(b, "127.0.0.1") }

// BenchmarkCallAnyAddress is the same where the switchboard listens at all its addresses, and has to
// find out from which one it reaches the callee.
func BenchmarkCallAnyAddress(b *testing.B) { benchCall(b, "0.0.0.0") }

func benchCall(b *testing.B, at string) {
	benchSystem(b, at)
	c := newPair(b)
	measure(b, func(i int) { c.end(i, c.begin(i)) })
}

// BenchmarkStandingCall is what memory a bridged call needs that stands: what lives
// on the heap, and stacks.
func BenchmarkStandingCall(b *testing.B) {
	benchSystem(b, "127.0.0.1")
	defer rawnet.TakeSlot()() // for the client
	c := newPair(b)
	for i := range 20 { // what is made once
		c.end(-1-i, c.begin(-1-i))
	}
	heap, stack := memory()
	var to []string
	for b.Loop() {
		to = append(to, c.begin(len(to)))
	}
	heap2, stack2 := memory()
	b.ReportMetric(float64(heap2-heap)/float64(len(to)), "heap-B/call")
	b.ReportMetric(float64(stack2-stack)/float64(len(to)), "stack-B/call")
	if name := os.Getenv("STANDING_PROFILE"); name != "" {
		f, err := os.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		pprof.WriteHeapProfile(f)
	}
	for i := range to {
		c.end(i, to[i])
	}
}

// memory is what lives on the heap and what stacks take, after a collection.
func memory() (heap, stack int64) {
	time.Sleep(50 * time.Millisecond) // what has just been answered is put away
	runtime.GC()
	runtime.GC()
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64()), int64(s[1].Value.Uint64())
}

// pair is a phone that calls, and the one that it calls.
type pair struct{ caller, callee *socket }

func newPair(b testing.TB) pair {
	return pair{newSocket(b, "127.0.0.2:5072"), newSocket(b, "127.0.0.3:5071")}
}

const (
	plainTo   = "<sip:12345@127.0.0.1>"
	typeOfSDP = "Content-Type: application/sdp\r\n"
	pairSDP   = "v=0\r\no=x 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 31000 RTP/AVP 0 101\r\na=rtpmap:0 " +
		"PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)

func (p pair) request(i, cseq int, method, branch, to, extra, body string) string {
	return fmt.Sprintf("%s sip:12345@127.0.0.1:5970 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:5072;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:u@127.0.0.1>;tag=f%d\r\nTo: %s\r\nCall-ID: c%d\r\nCSeq: %d %s\r\nContact: <sip:u@127.0.0.2:5072>\r\n%sContent-Length: "+
		"%d\r\n\r\n%s",
		method, branch, i, i, to, i, cseq, method, extra, len(body), body)
}

func (p pair) reply(m []byte, status, extra, body string) string {
	to := header(m, "To")
	if !strings.Contains(to, "tag=") {
		to += ";tag=callee"
	}
	return fmt.Sprintf("SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:callee@127.0.0.3:5071>\r\n"+
		"%sContent-Length: %d\r\n\r\n%s", status, header(m, "Via"), header(m, "From"), to, header(m, "Call-ID"), header(m, "CSeq"), extra,
		len(body), body)
}

// begin has a call answered, and returns its To.
func (p pair) begin(i int) (to string) {
	p.caller.send(p.request(i, 1, "INVITE", "a", plainTo, typeOfSDP, pairSDP))
	m := p.caller.until("SIP/2.0 401")
	to = header(m, "To")
	ch, _ := auth.ParseDigest(header(m, "WWW-Authenticate"))
	p.caller.send(p.request(i, 1, "ACK", "a", to, "", ""))
	cred := "Authorization: " + auth.Credentials{User: "u", Password: "x"}.Answer(ch, "INVITE", "sip:12345@127.0.0.1:5970", 1) + "\r\n"
	p.caller.send(p.request(i, 2, "INVITE", "b", plainTo, cred+typeOfSDP, pairSDP))
	inv := append([]byte(nil), p.callee.until("INVITE")...)
	p.callee.send(p.reply(inv, "180 Ringing", "", ""))
	p.callee.send(p.reply(inv, "200 OK", typeOfSDP, pairSDP))
	p.callee.until("ACK")
	to = header(p.caller.until("SIP/2.0 200"), "To")
	p.caller.send(p.request(i, 2, "ACK", "c", to, "", ""))
	return to
}

// end has the caller hang up.
func (p pair) end(i int, to string) {
	p.caller.send(p.request(i, 3, "BYE", "d", to, "", ""))
	p.callee.send(p.reply(p.callee.until("BYE"), "200 OK", "", ""))
	p.caller.until("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.2:5072;branch=z9hG4bKd")
}

// BenchmarkRelayedPacket is one RTP packet from a sender through the relay to a
// receiver, both of which are counted too.
func BenchmarkRelayedPacket(b *testing.B) {
	e, err := media.New(media.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	var socks [2]*net.UDPConn
	var streams [2]*media.Stream
	for i := range socks {
		if socks[i], err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
			b.Fatal(err)
		}
		defer socks[i].Close()
		if streams[i], err = e.Open(netip.MustParseAddr("127.0.0.1"), nil); err != nil {
			b.Fatal(err)
		}
		defer streams[i].Close()
		streams[i].Negotiate(media.Params{Remote: socks[i].LocalAddr().(*net.UDPAddr).AddrPort(), Formats: []media.Format{{Codec: media.ULaw}}})
	}
	media.Bridge(streams[0], streams[1])
	packet, buf := make([]byte, 172), make([]byte, 2048)
	packet[0] = 0x80
	measure(b, func(i int) {
		packet[2], packet[3] = byte(i>>8), byte(i)
		if _, err := socks[0].WriteToUDPAddrPort(packet, streams[0].Local()); err != nil {
			b.Fatal(err)
		}
		socks[1].SetReadDeadline(time.Now().Add(time.Second))
		if _, err := socks[1].Read(buf); err != nil {
			b.Fatal(err)
		}
	})
}
