package media

import (
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// tieNow ties a stream whose learning time is taken to be over.
func tieNow(t testing.TB, s *Stream) {
	t.Helper()
	done := make(chan bool, 1)
	s.do(func() {
		s.latch.since, s.latch.state = at(s.loop.now.Add(-2*learnFor)), closed
		s.tie()
		done <- s.tied
	})
	if !<-done {
		t.Fatal("it is not tied")
	}
}

// hears says whether b hears what a sends, once ICMP and the like have passed.
func hears(a, b *phone, to *Stream) bool {
	for range 3 {
		a.send(to, 0, []byte("hello"))
		if b.receive(time.Second) != nil {
			return true
		}
	}
	return false
}

// The kernel drops strangers at a tied socket, sends and receives what is of the call, and takes others
// in again once it is loosened.
func TestTiedSocketOfTheSystem(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
	if !hears(a, b, sa) || !hears(b, a, sb) {
		t.Fatal("they do not hear each other")
	}
	tieNow(t, sa)
	tieNow(t, sb)
	if !hears(a, b, sa) || !hears(b, a, sb) {
		t.Fatal("they do not hear each other when tied")
	}
	stranger := newPhone(t)
	before := sa.Stats()
	for range 5 {
		stranger.send(sa, 0, []byte("stranger"))
	}
	a.send(sa, 0, []byte("hello")) // once it is here they would be
	if p := b.receive(patience); p == nil || string(p.Payload) != "hello" {
		t.Fatalf("heard %v", p)
	}
	if st := sa.Stats(); st.RxPackets != before.RxPackets+1 || st.BadSource != before.BadSource {
		t.Errorf("%d packets heard, %d refused", st.RxPackets-before.RxPackets, st.BadSource-before.BadSource)
	}
	other := newPhone(t)
	sa.Negotiate(Params{Remote: other.addr(), Formats: ulawOnly})
	if !hears(other, b, sa) || !hears(b, other, sb) {
		t.Error("another party is not heard after its SDP")
	}
}

// A far side whose port is closed for a while, as a phone that starts anew, is heard afterwards, and
// no packet is lost to the errors that ICMP has brought.
func TestTiedToWhoIsNotThere(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
	if !hears(a, b, sa) || !hears(b, a, sb) {
		t.Fatal("they do not hear each other")
	}
	tieNow(t, sa)
	tieNow(t, sb)
	at := b.addr()
	b.conn.Close()
	for range 5 {
		a.send(sa, 0, []byte("to nobody"))
		time.Sleep(5 * time.Millisecond)
	}
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b.conn = conn
	a.send(sa, 0, []byte("hello"))
	for {
		p := b.receive(patience)
		if p == nil {
			t.Fatal("the first packet is lost")
		}
		if string(p.Payload) == "hello" {
			break
		}
	}
	if !hears(b, a, sb) {
		t.Error("it is not heard any more")
	}
}

// A pair that rests takes packets of all, whoever it was tied to.
func TestTiedPortRestsLoose(t *testing.T) {
	e := engineOn(t, 27400, 27999)
	s := opened(t, e, restHost)
	far, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(restHost)})
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	at := far.LocalAddr().(*net.UDPAddr).AddrPort()
	s.Negotiate(Params{Remote: at, Formats: ulawOnly, Host: at.Addr()})
	p := &phone{t: t, conn: far}
	p.send(s, 0, []byte("hello"))
	within(t, "it is heard", func() bool { return s.Stats().RxPackets == 1 })
	tieNow(t, s)
	k := s.rtp.(*rawSocket)
	s.Close()
	within(t, "it rests", func() bool { return e.resting() == 1 })
	stranger := newPhone(t)
	stranger.send(s, 0, []byte("stray"))
	within(t, "the stray is counted", func() bool {
		strays := make(chan int, 1)
		k.rests.of.on.post(func() { strays <- k.rests.strays })
		return <-strays > 0
	})
}

// BenchmarkRelayLoopback is one packet through the kernel and the epoll loop, and the CPU of the
// process for it, its two phones included: to a socket that is loose, and to a tied one.
func BenchmarkRelayLoopback(b *testing.B) {
	e := engine(b, Config{})
	for _, tied := range []bool{false, true} {
		b.Run(map[bool]string{false: "loose", true: "tied"}[tied], func(b *testing.B) {
			p, q, sp, sq := pair(b, e, ulawOnly, ulawOnly)
			if !hears(p, q, sp) || !hears(q, p, sq) {
				b.Fatal("they do not hear each other")
			}
			if tied {
				tieNow(b, sp)
				tieNow(b, sq)
			}
			payload := make([]byte, 160)
			b.ReportAllocs()
			begun := used()
			for b.Loop() {
				p.send(sp, 0, payload)
				if q.receive(patience) == nil {
					b.Fatal("lost")
				}
			}
			b.ReportMetric(float64((used()-begun).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
	runtime.KeepAlive(e)
}

// used is the CPU time of the process.
func used() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
