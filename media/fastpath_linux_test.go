package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/internal/fastpath"
	"obelisk/internal/testkit/hosts"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// kernelCall is a bridge in the switchboard's namespace between two phones on
// hosts of their own.
type kernelCall struct {
	t      *testing.T
	h      *hosts.Hosts
	engine *Engine
	a, b   *phone
	sa, sb *Stream
	toA    netip.AddrPort // where a sends to
	toB    netip.AddrPort
	got    []*rtp.Packet // by b
}

// kernelOf has the kernel of the switchboard's namespace forward.
func kernelOf(t testing.TB, h *hosts.Hosts) (table *fastpath.Table) {
	t.Helper()
	var err error
	h.On(h.Switchboard, func() { table, err = fastpath.Open() })
	if errors.Is(err, fastpath.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

func newKernelCall(t *testing.T) *kernelCall {
	h := hosts.New(t)
	k := &kernelCall{t: t, h: h}
	var err error
	k.engine = engine(t, Config{FastPath: kernelOf(t, h)})
	k.a, k.b = &phone{t: t, conn: h.Listen(h.Caller, h.CallerAddr)}, &phone{t: t, conn: h.Listen(h.Callee, h.CalleeAddr)}
	h.On(h.Switchboard, func() {
		k.sa, err = k.engine.Open(netip.IPv4Unspecified(), nil)
		if err == nil {
			k.sb, err = k.engine.Open(netip.IPv4Unspecified(), nil)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.sa.Close(); k.sb.Close() })
	k.toA, k.toB = netip.AddrPortFrom(h.TowardsCaller, k.sa.Local().Port()), netip.AddrPortFrom(h.TowardsCallee, k.sb.Local().Port())
	k.negotiate(k.sa, k.a, false)
	k.negotiate(k.sb, k.b, false)
	Bridge(k.sa, k.sb)
	return k
}

func (k *kernelCall) negotiate(s *Stream, p *phone, hold bool) {
	s.Negotiate(Params{Remote: p.addr(), Formats: ulawOnly, MuteSend: hold})
}

// talk sends n packets from a, 5 ms apart, and adds what b receives.
func (k *kernelCall) talk(n int, ssrc uint32, pt uint8, payload string) {
	for range n {
		k.a.seq++
		if pt == 0 {
			k.a.ts += 160
		}
		b, _ := (&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: pt, SequenceNumber: k.a.seq, Timestamp: k.a.ts, SSRC: ssrc},
			Payload: []byte(payload)}).Marshal()
		k.a.conn.WriteToUDPAddrPort(b, k.toA)
		if p := k.b.receive(5 * time.Millisecond); p != nil {
			k.got = append(k.got, p)
		}
	}
	k.got = append(k.got, k.b.all(30*time.Millisecond)...)
}

// inKernel talks until the kernel has the caller's packets.
func (k *kernelCall) inKernel(ssrc uint32) {
	k.t.Helper()
	before := k.sa.Stats().Kernel
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		k.talk(50, ssrc, 0, "audio")
		k.sa.do(func() {
			if k.sa.kernel != nil {
				k.sa.countKernel()
			}
		})
		if k.sa.Stats().Kernel > before {
			return
		}
	}
	k.t.Fatalf("the kernel never had it: %+v", k.sa.Stats())
}

// ask answers on the caller's loop.
func (k *kernelCall) ask(is func() bool) bool {
	answer := make(chan bool, 1)
	k.sa.do(func() { answer <- is() })
	return <-answer
}

// until waits for what becomes true on the caller's loop.
func (k *kernelCall) until(what string, is func() bool) {
	k.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if k.ask(is) {
			return
		}
	}
	k.t.Fatalf("not %s", what)
}

// continuous says whether b received one stream without a gap.
func (k *kernelCall) continuous(step string) {
	k.t.Helper()
	for i, p := range k.got[1:] {
		if last := k.got[i]; p.SSRC != last.SSRC || p.SequenceNumber != last.SequenceNumber+1 || int32(p.Timestamp-last.Timestamp) < 0 {
			k.t.Fatalf("%s: packet %d: SSRC %x after %x, sequence %d after %d, timestamp %d after %d", step, i+1, p.SSRC, last.SSRC,
				p.SequenceNumber, last.SequenceNumber, p.Timestamp, last.Timestamp)
		}
	}
}

func TestKernelForwardsABridge(t *testing.T) {
	k := newKernelCall(t)
	k.inKernel(7)
	if n := len(k.got); n != int(k.a.seq) {
		t.Errorf("%d packets of %d", n, k.a.seq)
	}
	k.continuous("into the kernel")

	digit := make(chan byte, 1)
	k.sa.OnDigit(func(d byte) { digit <- d })
	at := k.got[len(k.got)-1].Timestamp
	k.talk(3, 7, 101, "\x05\x0a\x00\xa0")
	k.talk(1, 7, 101, "\x05\x8a\x01\x40")
	select {
	case d := <-digit:
		if d != '5' {
			t.Errorf("key %c", d)
		}
	case <-time.After(time.Second):
		t.Error("no key was heard")
	}
	for _, p := range k.got[len(k.got)-4:] {
		if p.PayloadType != 101 || p.Timestamp != at {
			t.Errorf("event: %+v, audio was at %d", p.Header, at)
		}
	}
	k.talk(10, 7, 0, "audio")
	k.continuous("a key")

	k.negotiate(k.sb, k.b, true)
	n := len(k.got)
	k.talk(10, 7, 0, "nobody")
	if len(k.got) != n {
		t.Errorf("on hold, and %d packets came", len(k.got)-n)
	}
	k.negotiate(k.sb, k.b, false)
	k.got = nil
	k.inKernel(7)

	done := make(chan bool, 1)
	k.sb.Play(NewClip(make([]int16, 1600)), func(bool) { done <- true })
	k.talk(60, 7, 0, "not heard") // more than the 200 ms of the prompt
	<-done
	audio := 0
	for _, p := range k.got {
		if len(p.Payload) == 160 {
			audio++
		}
	}
	if audio != 10 {
		t.Errorf("%d packets of the prompt", audio)
	}
	k.continuous("a prompt")
	k.inKernel(7)
	k.inKernel(8) // the phone begins anew
	k.continuous("another SSRC")

	Bridge(k.sa, k.sb) // taken out and put together again
	k.inKernel(8)
	k.continuous("bridged again")
	k.sa.Unbridge()
	n = len(k.got)
	k.talk(10, 8, 0, "nobody")
	if len(k.got) != n {
		t.Error("unbridged, and packets came")
	}
	if st := k.sa.Stats(); st.RxPackets != uint64(k.a.seq) || st.Lost != 0 || time.Since(st.LastHeard) > time.Second {
		t.Errorf("%d sent, %+v", k.a.seq, st)
	}
}

// Who logs packets sees all of them: the kernel forwards none meanwhile.
func TestKernelBesideAWitness(t *testing.T) {
	k := newKernelCall(t)
	k.inKernel(7)
	var seen atomic.Int64
	k.engine.SetWitness(func(p Packet) {
		if p.In {
			seen.Add(1)
		}
	})
	k.until("taken back", func() bool { return k.sa.kernel == nil })
	before := seen.Load()
	k.talk(10, 7, 0, "audio")
	if n := seen.Load() - before; n != 10 {
		t.Errorf("%d of 10 packets were seen", n)
	}
	k.engine.SetWitness(nil)
	k.inKernel(7)
	k.continuous("seen between")
}

// A far side that misses what the kernel has sent gets it from here again.
func TestKernelIsDoubted(t *testing.T) {
	k := newKernelCall(t)
	k.inKernel(7)
	var control *net.UDPConn
	k.h.On(k.h.Callee, func() { control, _ = net.ListenUDP("udp", nil) })
	defer control.Close()
	to := netip.AddrPortFrom(k.toB.Addr(), k.toB.Port()+1)
	report := func(lost uint8) {
		r := rtcp.ReceiverReport{SSRC: 9, Reports: []rtcp.ReceptionReport{{SSRC: k.got[0].SSRC, FractionLost: lost}}}
		b, _ := r.Marshal()
		was := k.sb.Stats().RTCPIn
		control.WriteToUDPAddrPort(b, to)
		k.until("the report is there", func() bool { return k.sb.Stats().RTCPIn > was })
	}
	inKernel := func() bool { return k.ask(func() bool { return k.sa.kernel != nil }) }
	for _, lost := range []uint8{128, 2, 128} { // never two bad ones in turn
		report(lost)
		if k.inKernel(7); !inKernel() {
			t.Fatalf("%d/256: taken back", lost)
		}
	}
	report(128)
	k.until("taken back", func() bool { return k.sa.kernel == nil })
	carried := k.sa.Stats().Kernel
	k.talk(300, 7, 0, "audio")
	if inKernel() || k.sa.Stats().Kernel != carried {
		t.Error("it was given to the kernel again")
	}
	k.continuous("doubted")
	Bridge(k.sa, k.sb)
	k.inKernel(7)
}

// BenchmarkForward is the CPU of the whole machine for a packet that crosses the
// switchboard, over that of one that ends there: by user space, by the kernel.
// Rough: read at the timer tick, and whatever else runs counts too.
func BenchmarkForward(b *testing.B) {
	const flows, seconds = 200, 8
	base := 0.0
	for _, kind := range []string{"ends there", "user space", "kernel"} {
		b.Run(kind, func(b *testing.B) {
			h := hosts.New(b)
			caller, callee := h.Listen(h.Caller, h.CallerAddr), h.Listen(h.Callee, h.CalleeAddr)
			sink := h.Listen(h.Switchboard, h.TowardsCaller)
			var table *fastpath.Table
			if kind == "kernel" {
				table = kernelOf(b, h)
			}
			e := engine(b, Config{FastPath: table})
			to := make([]netip.AddrPort, flows)
			legs := make([]*Stream, flows)
			h.On(h.Switchboard, func() {
				for i := range flows {
					x, _ := e.Open(netip.IPv4Unspecified(), nil)
					y, _ := e.Open(netip.IPv4Unspecified(), nil)
					x.Negotiate(Params{Remote: addrPort(caller), Formats: ulawOnly})
					y.Negotiate(Params{Remote: addrPort(callee), Formats: ulawOnly})
					Bridge(x, y)
					legs[i], to[i] = x, netip.AddrPortFrom(h.TowardsCaller, x.Local().Port())
					if kind == "ends there" {
						to[i] = addrPort(sink)
					}
					b.Cleanup(func() { x.Close(); y.Close() })
				}
			})
			for _, c := range []*net.UDPConn{sink, callee} {
				c.SetReadBuffer(1 << 20)
				go drain(c)
			}
			send(caller, to, 3) // learnt and given to the kernel
			begun := busyTime()
			n := send(caller, to, seconds)
			ns := float64(busyTime()-begun) / float64(n)
			if kind == "ends there" {
				base = ns
			}
			b.ReportMetric(ns-base, "extra-ns/packet")
			b.ReportMetric(100*float64(legs[0].Stats().Kernel)/float64(max(legs[0].Stats().RxPackets, 1)), "%-by-kernel")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func addrPort(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func drain(c *net.UDPConn) {
	buf := make([]byte, 2048)
	for {
		if _, _, err := c.ReadFromUDPAddrPort(buf); err != nil {
			return
		}
	}
}

// send paces packets of 20 ms to each destination, ten at a time.
func send(c *net.UDPConn, to []netip.AddrPort, seconds int) (n int) {
	p := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 7}, Payload: make([]byte, 160)}
	begun := time.Now()
	for round := range seconds * 50 {
		p.SequenceNumber, p.Timestamp = uint16(round+1), uint32(round*160)
		b, _ := p.Marshal()
		for i, a := range to {
			if i%10 == 0 {
				time.Sleep(time.Until(begun.Add(time.Duration(round)*20*time.Millisecond + time.Duration(i)*20*time.Millisecond/time.Duration(
					len(to)))))
			}
			c.WriteToUDPAddrPort(b, a)
			n++
		}
	}
	return n
}

// busyTime is the time that all processors have worked.
func busyTime() time.Duration {
	text, _ := os.ReadFile("/proc/stat")
	var user, nice, system, idle, wait, irq, soft int64
	fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &wait, &irq, &soft)
	return time.Duration(user+nice+system+irq+soft) * 10 * time.Millisecond
}
