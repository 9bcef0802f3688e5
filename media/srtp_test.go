package media

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"obelisk/media/coder"
)

// securePhone is a phone's end of SRTP.
type securePhone struct {
	*phone
	in, out *srtp.Context
}

func secureParams(p *phone, suite SRTPSuite) (Params, *securePhone) {
	s := &SRTP{Suite: suite, Local: NewSRTPKey(), Remote: NewSRTPKey()}
	profile := srtp.ProtectionProfileAes128CmHmacSha1_80
	if suite == AESCM32 {
		profile = srtp.ProtectionProfileAes128CmHmacSha1_32
	}
	sp := &securePhone{phone: p}
	sp.in, _ = srtp.CreateContext(s.Local[:16], s.Local[16:], profile)
	sp.out, _ = srtp.CreateContext(s.Remote[:16], s.Remote[16:], profile)
	return Params{Remote: p.addr(), Formats: ulawOnly, SRTP: s}, sp
}

func (p *securePhone) seal(text string) []byte {
	p.seq++
	p.ts += 160
	b, _ := (&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: p.seq, Timestamp: p.ts, SSRC: 7}, Payload: []byte(text)}).Marshal()
	b, _ = p.out.EncryptRTP(nil, b, nil)
	return b
}

func (p *securePhone) read(wait time.Duration) []byte {
	buf := make([]byte, 2048)
	p.conn.SetReadDeadline(time.Now().Add(wait))
	n, err := p.conn.Read(buf)
	if err != nil {
		return nil
	}
	return buf[:n]
}

// hear is the payload of what comes, "" when nothing does, "!" when it cannot be
// decrypted.
func (p *securePhone) hear(wait time.Duration) string {
	for {
		b := p.read(wait)
		if b == nil {
			return ""
		}
		if b[1] >= 192 && b[1] <= 223 {
			continue
		}
		b, err := p.in.DecryptRTP(nil, b, nil)
		if err != nil {
			return "!"
		}
		return string(b[12:])
	}
}

// Between a phone with SRTP and one without; each direction, both tags, and nothing
// that was not made with the key.
func TestSRTP(t *testing.T) {
	for _, suite := range []SRTPSuite{AESCM80, AESCM32} {
		t.Run(string(suite), func(t *testing.T) {
			e := engine(t, Config{})
			a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
			params, sp := secureParams(a, suite)
			sa.Negotiate(params)
			for i := range 3 {
				sealed := sp.seal("from a")
				sp.conn.WriteToUDPAddrPort(sealed, sa.Local())
				if p := b.receive(patience); p == nil || string(p.Payload) != "from a" {
					t.Fatalf("packet %d: %v", i, p)
				}
				sp.conn.WriteToUDPAddrPort(sealed, sa.Local()) // once more
				b.send(sb, 0, []byte("from b"))
				if got := sp.hear(2 * time.Second); got != "from b" {
					t.Fatalf("packet %d: %q", i, got)
				}
			}
			a.send(sa, 0, []byte("plain"))
			forged := sp.seal("forged")
			forged[len(forged)-1] ^= 1
			sp.conn.WriteToUDPAddrPort(forged, sa.Local())
			if p := b.receive(200 * time.Millisecond); p != nil {
				t.Errorf("heard %q", p.Payload)
			}
			if st := sa.Stats(); st.Unauthentic != 5 || st.RxPackets != 3 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// Keys that a re-INVITE repeats go on where they were; a new one takes over.
func TestSRTPRenegotiated(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, _ := pair(t, e, ulawOnly, ulawOnly)
	params, sp := secureParams(a, AESCM80)
	sa.Negotiate(params)
	sp.seq = 65500 // the rollover counter must be kept too
	for i := range 100 {
		if i%10 == 0 {
			sa.Negotiate(params)
		}
		sp.conn.WriteToUDPAddrPort(sp.seal("x"), sa.Local())
		if b.receive(2*time.Second) == nil {
			t.Fatalf("packet %d is lost", i)
		}
	}
	again, sp2 := secureParams(a, AESCM80)
	sa.Negotiate(again)
	sp2.seq = sp.seq
	sp2.conn.WriteToUDPAddrPort(sp2.seal("y"), sa.Local())
	if p := b.receive(patience); p == nil || string(p.Payload) != "y" {
		t.Errorf("new key: %v", p)
	}
	sa.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly})
	a.seq = sp2.seq
	a.send(sa, 0, []byte("z"))
	if p := b.receive(patience); p == nil || string(p.Payload) != "z" {
		t.Errorf("plain again: %v", p)
	}
}

// Reports are protected too.
func TestSRTCP(t *testing.T) {
	e := engine(t, Config{RTCPInterval: 50 * time.Millisecond})
	a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
	params, sp := secureParams(a, AESCM80)
	params.RTCPMux = true
	sa.Negotiate(params)
	b.send(sb, 0, []byte("x"))
	for {
		p := sp.read(2 * time.Second)
		if p == nil {
			t.Fatal("no report")
		}
		if p[1] < 192 || p[1] > 223 {
			continue
		}
		plain, err := sp.in.DecryptRTCP(nil, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rtcp.Unmarshal(plain); err != nil {
			t.Fatal(err)
		}
		break
	}
	report, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: 7}})
	sealed, _ := sp.out.EncryptRTCP(nil, report, nil)
	sp.conn.WriteToUDPAddrPort(sealed, sa.Local())
	sp.conn.WriteToUDPAddrPort(report, sa.Local()) // not sealed
	for end := time.Now().Add(2 * time.Second); sa.Stats().RTCPIn == 0 || sa.Stats().Unauthentic == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", sa.Stats())
		}
	}
}

func TestSRTPKeys(t *testing.T) {
	k := NewSRTPKey()
	if got, err := ParseSRTPKey(k.String()); err != nil || got != k {
		t.Errorf("%v %v", got, err)
	}
	for _, bad := range []string{"", "AAAA", "!" + k.String()[1:], k.String() + "AAAA"} {
		if _, err := ParseSRTPKey(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// BenchmarkRelaySRTP is BenchmarkRelay from SRTP to SRTP.
func BenchmarkRelaySRTP(b *testing.B) {
	for _, suite := range []SRTPSuite{AESCM80, AESGCM} {
		b.Run(string(suite), func(b *testing.B) { relaySRTP(b, suite) })
	}
}

func relaySRTP(b *testing.B, suite SRTPSuite) {
	e := &Engine{loops: []*loop{{now: time.Now()}}}
	e.cfg.defaults()
	x, y := newStream(e, e.loops[0]), newStream(e, e.loops[0])
	from := netip.MustParseAddrPort("127.0.0.1:4000")
	conf := &SRTP{Suite: suite, Local: NewSRTPKey(), Remote: NewSRTPKey()}
	for _, s := range []*Stream{x, y} {
		s.rtp = nullSocket{}
		s.to.set(from)
		s.latch.restart(from, netip.Addr{}, e.loops[0].now)
		s.recv = new(payloads)
		s.recv[0], s.send[ULaw] = ULaw, 0
		s.secureBy(conf)
	}
	x.peer, y.peer = y, x
	far, _ := srtp.CreateContext(conf.Remote[:16], conf.Remote[16:16+suite.saltBytes()], suite.profile())
	plain := make([]byte, 172)
	plain[0] = 0x80
	var sealed [][]byte
	for i := range 60000 {
		binary.BigEndian.PutUint16(plain[2:], uint16(i))
		p, _ := far.EncryptRTP(nil, plain, nil)
		sealed = append(sealed, p)
	}
	buf := make([]byte, maxPacket)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		x.receive(false, buf[:copy(buf, sealed[i%len(sealed)])], from)
		if i%len(sealed) == len(sealed)-1 {
			b.StopTimer()
			x.secure = nil
			x.secureBy(conf)
			b.StartTimer()
		}
	}
}

// The source is judged before a packet is decrypted: a foreign one costs nothing, a forged
// one teaches nothing.
func TestForeignPacketsAreNotDecrypted(t *testing.T) {
	h := newHouse(t, Config{})
	key := &SRTP{Suite: AESCM80, Local: NewSRTPKey(), Remote: NewSRTPKey()}
	s, _, _ := h.phone(Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true, SRTP: key})
	in, _ := srtp.CreateContext(key.Remote[:srtpKeyBytes], key.Remote[srtpKeyBytes:], srtp.ProtectionProfileAes128CmHmacSha1_80)
	forged := &talker{at: nat, ssrc: 9}
	forged.talk(h, s, 5) // who has no key is not believed, wherever he is
	if st := s.Stats(); st.Unauthentic != 5 || s.latch.locked.IsValid() {
		t.Errorf("%+v, locked on %v", st, s.latch.locked)
	}
	v := &talker{at: moved, ssrc: 7} // and who has it is, from anywhere
	say := func() {
		v.seq++
		b, _ := in.EncryptRTP(nil, v.raw(0, false, make([]byte, 160)), nil)
		s.receive(false, b, v.at)
		h.pass(frameTime)
	}
	say()
	if st := s.Stats(); st.RxPackets != 1 || s.goes()[0] != moved {
		t.Errorf("%+v, to %v", st, s.goes())
	}
	foreign := forged.raw(0, false, make([]byte, 170))
	for _, state := range []string{"beside it", "later"} {
		before := s.Stats()
		if n := testing.AllocsPerRun(100, func() { s.receive(false, foreign, attacker) }); n != 0 {
			t.Errorf("%s: %v allocations", state, n)
		}
		if st := s.Stats(); st.Unauthentic != before.Unauthentic || st.BadSource == before.BadSource {
			t.Errorf("%s: %+v", state, st)
		}
		for range 400 {
			say()
		}
	}
	if st := s.Stats(); st.RxPackets != 801 {
		t.Errorf("%+v", st)
	}
}

// BenchmarkForeignPacket is a packet from elsewhere at a port whose source is known.
func BenchmarkForeignPacket(b *testing.B) {
	for name, key := range map[string]*SRTP{"plain": nil, "SRTP": {Suite: AESCM80, Local: NewSRTPKey(), Remote: NewSRTPKey()}} {
		b.Run(name, func(b *testing.B) {
			h := newHouse(b, Config{})
			s, _, _ := h.phone(Params{Remote: here, Host: here.Addr(), Formats: ulawOnly})
			(&talker{at: here, ssrc: 7}).talk(h, s, 5)
			s.apply(Params{Remote: here, Host: here.Addr(), Formats: ulawOnly, SRTP: key})
			p := (&talker{at: attacker, ssrc: 9}).raw(0, false, make([]byte, 170))
			b.ReportAllocs()
			for b.Loop() {
				s.receive(false, p, attacker)
			}
		})
	}
}

// Who records hears what is said, not what is on the wire.
func TestTapHearsEncryptedCalls(t *testing.T) {
	e := engine(t, Config{})
	a, b := newPhone(t), newPhone(t)
	sa, sb := open(t, e), open(t, e)
	pa, secure := secureParams(a, AESCM80)
	sa.Negotiate(pa)
	sb.Negotiate(Params{Remote: b.addr(), Formats: ulawOnly})
	Bridge(sa, sb)
	heard, done := [2]chan int16{make(chan int16, 1000), make(chan int16, 1000)}, make(chan struct{}, 2)
	taps := []*Tap{sa.Tap(In, &loudSink{heard[0], done}), sa.Tap(Out, &loudSink{heard[1], done})}
	for i := range heard {
		deadline := time.Now().Add(patience)
		for len(heard[i]) < 300 {
			if time.Now().After(deadline) {
				t.Fatalf("direction %d: %d samples are heard", i, len(heard[i]))
			}
			a.conn.WriteToUDPAddrPort(secure.seal(strings.Repeat("\x05", 160)), sa.Local())
			b.send(sb, 0, bytes.Repeat([]byte{0x05}, 160))
			time.Sleep(5 * time.Millisecond)
		}
	}
	for _, tap := range taps {
		tap.Stop()
		<-done
	}
}

// loudSink passes on the samples of one value.
type loudSink struct {
	to   chan int16
	done chan struct{}
}

func (c *loudSink) Rate() int { return 8000 }
func (c *loudSink) End()      { c.done <- struct{}{} }
func (c *loudSink) Put(pcm []int16) {
	for _, v := range pcm {
		if v == coder.FromULaw(5) {
			select {
			case c.to <- v:
			default:
			}
		}
	}
}
