package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"obelisk/media/coder"
)

var loopback = netip.MustParseAddr("127.0.0.1")

func engine(t testing.TB, c Config) *Engine {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.Close()
		if n := e.PortsInUse(); n != 0 {
			t.Errorf("%d port pairs leaked", n)
		}
	})
	return e
}

// phone is a test endpoint with its own RTP socket.
type phone struct {
	t    testing.TB
	conn *net.UDPConn
	seq  uint16
	ts   uint32
}

// patience is how long a test waits for what comes: a machine may be busy.
const patience = 10 * time.Second

func newPhone(t testing.TB) *phone {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &phone{t: t, conn: c}
}

func (p *phone) addr() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (p *phone) send(to *Stream, pt uint8, payload []byte) {
	p.seq++
	p.ts += 160
	b, _ := (&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: pt, SequenceNumber: p.seq, Timestamp: p.ts, SSRC: 7},
		Payload: payload}).Marshal()
	if _, err := p.conn.WriteToUDPAddrPort(b, to.Local()); err != nil {
		p.t.Error(err)
	}
}

// receive waits for one packet, or returns nil after the time given.
func (p *phone) receive(wait time.Duration) *rtp.Packet {
	buf := make([]byte, 2048)
	p.conn.SetReadDeadline(time.Now().Add(wait))
	n, err := p.conn.Read(buf)
	if err != nil {
		return nil
	}
	var out rtp.Packet
	if err := out.Unmarshal(buf[:n]); err != nil {
		p.t.Error(err)
	}
	return &out
}

func open(t testing.TB, e *Engine) *Stream {
	t.Helper()
	s, err := e.Open(loopback, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

var ulawOnly = []Format{{ULaw, 0, 0}, {TelephoneEvent, 101, 101}}

// pair is two phones bridged through the engine.
func pair(t testing.TB, e *Engine, fa, fb []Format) (a, b *phone, sa, sb *Stream) {
	a, b = newPhone(t), newPhone(t)
	sa, sb = open(t, e), open(t, e)
	sa.Negotiate(Params{Remote: a.addr(), Formats: fa})
	sb.Negotiate(Params{Remote: b.addr(), Formats: fb})
	Bridge(sa, sb)
	return
}

func TestRelayKeepsPayloadAndMapsNumbers(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, []Format{{G722, 9, 9}, {TelephoneEvent, 96, 96}}, []Format{{G722, 9, 9}, {TelephoneEvent, 101, 101}})
	a.send(sa, 9, []byte("hello"))
	p := b.receive(patience)
	if p == nil || p.PayloadType != 9 || string(p.Payload) != "hello" || p.SSRC == 7 {
		t.Fatalf("got %v", p)
	}
	first := p.SequenceNumber
	a.send(sa, 96, []byte{5, 0x80, 0, 160})
	if p = b.receive(patience); p == nil || p.PayloadType != 101 || p.SequenceNumber != first+1 {
		t.Fatalf("got %v", p)
	}
	b.send(sb, 101, []byte{1, 0, 0, 0})
	if p = a.receive(patience); p == nil || p.PayloadType != 96 {
		t.Fatalf("got %v", p)
	}
	if st := sb.peerStats(); st.RxPackets != 2 || st.TxPackets != 1 || st.Source != a.addr() {
		t.Errorf("stats %+v", st)
	}
}

func TestTranscodeULawToALaw(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, ulawOnly, []Format{{ALaw, 8, 8}})
	in := []byte{coder.ToULaw(1000), coder.ToULaw(-5000), coder.ToULaw(20000), coder.ToULaw(0)}
	a.send(sa, 0, in)
	p := b.receive(patience)
	if p == nil || p.PayloadType != 8 {
		t.Fatalf("got %v", p)
	}
	for i, v := range []float64{1000, -5000, 20000, 0} {
		if got := float64(coder.FromALaw(p.Payload[i])); math.Abs(got-v) > 16+math.Abs(v)/12 {
			t.Errorf("sample %d: %v, want about %v", i, got, v)
		}
	}
	b.send(sb, 8, p.Payload)
	if q := a.receive(patience); q == nil || q.PayloadType != 0 || q.Payload[1] != in[1] {
		t.Fatalf("got %v", q)
	}
}

func TestUnknownFormatIsCountedNotSent(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, _ := pair(t, e, []Format{{G729, 18, 18}}, ulawOnly)
	a.send(sa, 18, []byte("x"))
	a.send(sa, 77, []byte("x"))
	if p := b.receive(100 * time.Millisecond); p != nil {
		t.Errorf("got %v", p)
	}
	if st := sa.peerStats(); st.Untranslated != 1 || sa.Stats().Unwanted != 1 {
		t.Errorf("%+v %+v", st, sa.Stats())
	}
}

func (s *Stream) peerStats() Stats {
	c := make(chan Stats, 1)
	s.do(func() { c <- s.peer.Stats() })
	return <-c
}

func TestSymmetricFollowsTheSource(t *testing.T) {
	e := engine(t, Config{})
	a, b := newPhone(t), newPhone(t)
	sa, sb := open(t, e), open(t, e)
	// The SDP names an address nobody has, as phones behind NAT do.
	sa.Negotiate(Params{Remote: netip.MustParseAddrPort("127.0.0.99:9"), Formats: ulawOnly, Symmetric: true})
	sb.Negotiate(Params{Remote: b.addr(), Formats: ulawOnly})
	Bridge(sa, sb)
	for range 4 {
		a.send(sa, 0, []byte("learn"))
		time.Sleep(12 * time.Millisecond)
	}
	b.send(sb, 0, []byte("back"))
	if p := a.receive(patience); p == nil || string(p.Payload) != "back" {
		t.Fatalf("got %v; %+v", p, sa.Stats())
	}
	if st := sa.Stats(); st.BadSource != 3 || st.RxPackets != 1 {
		t.Errorf("%+v", st)
	}
}

func TestLatch(t *testing.T) {
	sdp, other, third := netip.MustParseAddrPort("10.0.0.1:4000"), netip.MustParseAddrPort("10.0.0.2:4000"),
		netip.MustParseAddrPort("10.0.0.3:4000")
	t0 := time.Unix(1000, 0)
	ms := func(n int) time.Time { return t0.Add(time.Duration(n) * time.Millisecond) }
	type pkt struct {
		from netip.AddrPort
		seq  uint16
		at   int
		ok   bool
	}
	for name, c := range map[string]struct {
		mode Strict
		pkts []pkt
	}{
		"the SDP address locks at once": {StrictYes, []pkt{{sdp, 1, 0, true}, {other, 1, 6000, false}, {sdp, 9, 7000, true}}},
		"another needs four in sequence": {StrictYes, []pkt{{other, 1, 0, false}, {other, 2, 20, false}, {other, 3, 40, false},
			{other, 4, 60, true}, {other, 5, 80, true}}},
		"a burst is not believed": {StrictYes, []pkt{{other, 1, 0, false}, {other, 2, 1, false}, {other, 3, 2, false}, {other, 4, 3, false},
			{other, 5, 30, true}}},
		"seqno believes a burst": {StrictSeqNo, []pkt{{other, 1, 0, false}, {other, 2, 1, false}, {other, 3, 2, false},
			{other, 4, 3, true}}},
		"each source is counted apart": {StrictYes, []pkt{{other, 1, 0, false}, {other, 2, 20, false}, {third, 9, 30, false},
			{other, 3, 40, false}, {third, 9, 50, false}, {other, 4, 60, true}, {third, 10, 61, false}}},
		"a gap restarts the count": {StrictYes, []pkt{{other, 1, 0, false}, {other, 2, 20, false}, {other, 4, 40, false}, {other, 5, 60, false},
			{other, 6, 80, false}, {other, 7, 100, true}}},
		"closed after five seconds": {StrictYes, []pkt{{sdp, 1, 0, true}, {other, 1, 5001, false}, {other, 2, 5021, false},
			{other, 3, 5041, false}, {other, 4, 5061, false}, {other, 5, 5081, false}}},
		"no accepts everything": {StrictNo, []pkt{{other, 1, 0, true}, {third, 5, 1, true}, {sdp, 2, 9000, true}}},
	} {
		l := latch{mode: c.mode, probation: 4}
		l.restart(sdp, netip.Addr{}, t0)
		for i, p := range c.pkts {
			if ok, _ := l.accept(p.from, p.seq, ms(p.at)); ok != p.ok {
				t.Errorf("%s: packet %d: %v", name, i, ok)
			}
		}
	}
}

func TestPlayPacesAndEnds(t *testing.T) {
	e := engine(t, Config{})
	a, s := newPhone(t), open(t, e)
	s.Negotiate(Params{Remote: a.addr(), Formats: []Format{{ALaw, 8, 8}}})
	done := make(chan bool, 1)
	s.Play(NewClip(make([]int16, 5*frameSamples)), func(ok bool) { done <- ok })
	var first *rtp.Packet
	for i := range 5 {
		p := a.receive(patience)
		if p == nil || p.PayloadType != 8 || len(p.Payload) != 160 {
			t.Fatalf("packet %d: %v", i, p)
		}
		if first == nil {
			first = p
			if !p.Marker {
				t.Error("no marker on the first packet")
			}
		}
		if p.SequenceNumber != first.SequenceNumber+uint16(i) || p.Timestamp != first.Timestamp+uint32(i)*160 {
			t.Errorf("packet %d: seq %d ts %d", i, p.SequenceNumber, p.Timestamp)
		}
	}
	if !<-done {
		t.Error("not finished")
	}
	s.Play(Tone{{Hz: []float64{440}}}.Source(), func(ok bool) { done <- ok }).Stop()
	if <-done {
		t.Error("a stopped tone did not finish")
	}
}

func TestEchoAndDigits(t *testing.T) {
	e := engine(t, Config{})
	a, s := newPhone(t), open(t, e)
	s.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly})
	digits := make(chan byte, 4)
	s.OnDigit(func(d byte) { digits <- d })
	s.Echo()
	a.send(s, 0, []byte("me"))
	if p := a.receive(patience); p == nil || string(p.Payload) != "me" {
		t.Fatalf("got %v", p)
	}
	for range 3 { // the end packet is sent three times with one timestamp
		a.send(s, 101, []byte{11, 0x80, 0, 160})
		a.ts -= 160
	}
	if d := <-digits; d != '#' {
		t.Errorf("digit %c", d)
	}
	if len(digits) != 0 {
		t.Error("one press was reported twice")
	}
}

func TestHoldStopsSending(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
	sb.Negotiate(Params{Remote: b.addr(), Formats: ulawOnly, MuteSend: true})
	a.send(sa, 0, []byte("x"))
	if p := b.receive(80 * time.Millisecond); p != nil {
		t.Errorf("got %v", p)
	}
	sb.Negotiate(Params{Remote: b.addr(), Formats: ulawOnly})
	a.send(sa, 0, []byte("y"))
	if p := b.receive(patience); p == nil || string(p.Payload) != "y" {
		t.Errorf("got %v", p)
	}
}

func TestRTCPReports(t *testing.T) {
	e := engine(t, Config{RTCPInterval: 50 * time.Millisecond})
	var a *phone
	var ctl *net.UDPConn
	for range 50 { // an even port whose neighbour is free
		a = newPhone(t)
		port := int(a.addr().Port())
		var err error
		if ctl, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port + 1}); err == nil {
			break
		}
	}
	defer ctl.Close()
	s := open(t, e)
	s.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly})
	s.Echo()
	a.send(s, 0, []byte("one"))
	a.seq++ // one lost
	a.send(s, 0, []byte("three"))
	buf := make([]byte, 1500)
	ctl.SetReadDeadline(time.Now().Add(3 * time.Second))
	n, err := ctl.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	ps, err := rtcp.Unmarshal(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	sr, ok := ps[0].(*rtcp.SenderReport)
	if !ok || len(sr.Reports) != 1 || sr.Reports[0].SSRC != 7 || sr.PacketCount == 0 {
		t.Errorf("got %v", ps)
	}
	if s.Stats().Lost != 1 {
		t.Errorf("lost %d", s.Stats().Lost)
	}
	// The far end reports what came of it, half a second later.
	report, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7, Reports: []rtcp.ReceptionReport{
		{SSRC: sr.SSRC, TotalLost: 3, Jitter: 80, LastSenderReport: uint32(sr.NTPTime >> 16), Delay: 0}, {SSRC: 99, TotalLost: 50}}}})
	ctl.WriteTo(report, net.UDPAddrFromAddrPort(netip.AddrPortFrom(s.Local().Addr(), s.Local().Port()+1)))
	var q Quality
	for range 100 {
		if q = s.Quality(); q.RemoteLost != 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if q.SSRC != sr.SSRC || q.TheirSSRC != 7 || q.Lost != 1 || q.Received != 2 || q.Sent == 0 || q.RemoteLost != 3 ||
		q.RemoteJitter != 0.01 || q.RoundTrip <= 0 || q.RoundTrip > 3 || q.Jitters.Mean() != q.Jitter {
		t.Errorf("%+v", q)
	}
	s.Close()
	closed := s.Quality()
	if closed.RemoteLost != 3 || closed.Lost != 1 {
		t.Errorf("after the end: %+v", closed)
	}
	if v, ok := closed.Item("remote_lostpackets"); !ok || v != "3" {
		t.Error(v)
	}
	if v, ok := closed.Item("remote_maxjitter"); !ok || v != "0.010000" {
		t.Error(v)
	}
	if _, ok := closed.Item("nope"); ok {
		t.Error("an item that is not there")
	}
}

// An unused stream's texts are those of a running Asterisk.
func TestQualityVars(t *testing.T) {
	q := Quality{SSRC: 1839558788}
	want := [5][2]string{{"", "ssrc=1839558788;themssrc=0;lp=0;rxjitter=0.000000;rxcount=0;" +
		"txjitter=0.000000;txcount=0;rlp=0;rtt=0.000000;" +
		"rxmes=0.000000;txmes=0.000000"},
		{"JITTER", "minrxjitter=000.000000;maxrxjitter=000.000000;avgrxjitter=000.000000;stdevrxjitter=000.000000;mintxjitter=000.000000;maxtxjitter=000.000000;avgtxjitter=000.000000;stdevtxjitter=000.000000;"},
		{"LOSS", "  minrxlost=000.000000;  maxrxlost=000.000000;  avgrxlost=000.000000;  stdevrxlost=000.000000;  mintxlost=000.000000;  maxtxlost=000.000000;  avgtxlost=000.000000;  stdevtxlost=000.000000;"},
		{"RTT", "     minrtt=000.000000;     maxrtt=000.000000;     avgrtt=000.000000;     stdevrtt=000.000000;"},
		{"MES", "   minrxmes=000.000000;   maxrxmes=000.000000;   avgrxmes=000.000000;   stdevrxmes=000.000000;" +
			"   mintxmes=000.000000;   maxtxmes=000.000000;   avgtxmes=000.000000;   stdevtxmes=000.000000;"}}
	if got := q.Vars(); got != want {
		t.Errorf("%q", got)
	}
	var s Series
	for _, x := range []float64{2, 4, 4, 4, 5, 5, 7, 9} {
		s.add(x)
	}
	if s.Min != 2 || s.Max != 9 || s.Mean() != 5 || s.Deviation() != 2 {
		t.Errorf("%+v %f", s, s.Deviation())
	}
}

// The score is that of an Asterisk with the same round trips.
func TestQualityScore(t *testing.T) {
	var trips, losses Series
	for _, c := range []struct {
		trip float64
		want string
	}{{0, "88.0879"}, {0.000976, "88.0782"}, {0.001373, "88.0763"}} {
		if c.trip > 0 {
			trips.add(c.trip)
		}
		if got := fmt.Sprintf("%.4f", score(&trips, &losses)); got != c.want {
			t.Errorf("%v s: %s, not %s", c.trip, got, c.want)
		}
	}
	losses.add(100)
	if got := score(&trips, &losses); got != 20 {
		t.Errorf("with everything lost: %f", got)
	}
}

func TestPortRangeExhausted(t *testing.T) {
	e := engine(t, Config{PortMin: 34000, PortMax: 34003})
	open(t, e)
	second := open(t, e)
	if _, err := e.Open(loopback, nil); !errors.Is(err, ErrNoPorts) {
		t.Errorf("got %v", err)
	}
	second.Close()
	for range 100 { // the loop closes it in its own time
		if e.PortsInUse() == 1 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	open(t, e) // the freed pair comes back
}

func TestPortHeldByAnotherProgramIsSkipped(t *testing.T) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 34011})
	if err != nil {
		t.Skip(err)
	}
	defer c.Close()
	e := engine(t, Config{PortMin: 34010, PortMax: 34013})
	if s := open(t, e); s.Local().Port() != 34012 {
		t.Errorf("got %v", s.Local())
	}
}

func TestBadRanges(t *testing.T) {
	for _, c := range []Config{{PortMin: 100, PortMax: 2000}, {PortMin: 2000, PortMax: 1000}, {PortMin: 2000, PortMax: 70000}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestG711(t *testing.T) {
	for i := range 256 {
		if b := byte(i); coder.ToULaw(coder.FromULaw(b)) != b && coder.FromULaw(b) != 0 || coder.ToALaw(coder.FromALaw(b)) != b {
			t.Errorf("%#x: ulaw %#x alaw %#x", b, coder.ToULaw(coder.FromULaw(b)), coder.ToALaw(coder.FromALaw(b)))
		}
	}
	// ITU-T G.191 reference points.
	if coder.ToULaw(0) != 0xff || coder.ToALaw(0) != 0xd5 || coder.FromULaw(0x80) != 32124 || coder.FromALaw(0xaa) != 32256 {
		t.Errorf("%#x %#x %d %d", coder.ToULaw(0), coder.ToALaw(0), coder.FromULaw(0x80), coder.FromALaw(0xaa))
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3}, false)
	f.Add([]byte{0x9f, 101, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0x80, 0, 0}, false)
	f.Add([]byte{0x81, 200, 0, 1, 0, 0, 0, 1}, true)
	e := &Engine{loops: []*loop{{now: time.Now()}}}
	e.cfg.defaults()
	f.Fuzz(func(t *testing.T, b []byte, control bool) {
		a, z := newStream(e, e.loops[0]), newStream(e, e.loops[0])
		from := netip.MustParseAddrPort("127.0.0.1:4000")
		null := nullSocket{}
		for _, s := range []*Stream{a, z} {
			s.rtp, s.rtcp = null, null
			s.opened = true
			s.to.set(from)
			s.digits.on = func(byte) {}
			s.latch.restart(from, netip.Addr{}, time.Time{})
			s.recv = new(payloads)
			s.recv[0], s.recv[101], s.send[ALaw], s.send[TelephoneEvent] = ULaw, TelephoneEvent, 8, 96
			s.recv[3], s.recv[9], s.recv[8], s.audio, s.ptime, s.fixedPtime = GSM, G722, ALaw, ALaw, 30, true
		}
		a.peer, z.peer = z, a
		a.receive(control, b, from)
	})
}

type nullSocket struct{}

func (nullSocket) send([]byte, *target)    {}
func (nullSocket) close()                  {}
func (nullSocket) attach(backend, *Stream) {}
func (nullSocket) detach()                 {}
func (nullSocket) defers(bool)             {}

// BenchmarkRelay is the relay without the kernel: latch, statistics, rewrite.
func BenchmarkRelay(b *testing.B) {
	e := &Engine{loops: []*loop{{now: time.Now()}}}
	e.cfg.defaults()
	x, y := newStream(e, e.loops[0]), newStream(e, e.loops[0])
	from := netip.MustParseAddrPort("127.0.0.1:4000")
	for _, s := range []*Stream{x, y} {
		s.rtp = nullSocket{}
		s.to.set(from)
		s.latch.restart(from, netip.Addr{}, e.loops[0].now)
		s.recv = new(payloads)
		s.recv[0], s.send[ULaw] = ULaw, 0
	}
	x.peer, y.peer = y, x
	p := make([]byte, 172)
	p[0] = 0x80
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p[1] = 0
		binary.BigEndian.PutUint16(p[2:], uint16(i))
		x.receive(false, p, from)
	}
}
