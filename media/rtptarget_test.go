package media

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

var (
	private  = netip.MustParseAddrPort("192.168.77.5:4000")
	nat      = netip.MustParseAddrPort("203.0.113.7:40001")
	private2 = netip.MustParseAddrPort("192.168.77.6:4010")
	public   = netip.MustParseAddrPort("203.0.113.7:4000")
	public2  = netip.MustParseAddrPort("203.0.113.7:4002")
	moved    = netip.MustParseAddrPort("198.51.100.20:5000")
)

// goes is where a leg sends to: RTP, RTCP.
func (s *Stream) goes() [2]netip.AddrPort { return [2]netip.AddrPort{s.to.addr, s.toRTCP.addr} }

func above(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }

// A symmetric stream goes on to send to the source that it knows, whatever SDPs come.
func TestWhereASymmetricStreamSendsTo(t *testing.T) {
	natted := Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true}
	plain := Params{Remote: public, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true}
	with := func(p Params, f func(*Params)) Params { f(&p); return p }
	hold := func(p *Params) { p.Remote, p.MuteSend = netip.AddrPort{}, true }
	for name, c := range map[string]struct {
		first   Params
		at      netip.AddrPort
		then    []Params
		talks   bool           // it does so after the last SDP, from at
		at2     netip.AddrPort // or from there
		want    netip.AddrPort
		control netip.AddrPort // zero: above
	}{
		"hold and resume": {first: natted, at: nat, then: []Params{with(natted, hold), natted}, want: nat},
		"hold by ::": {first: natted, at: nat, then: []Params{with(natted, func(p *Params) {
			p.Remote = netip.MustParseAddrPort("[::]:4000")
			p.MuteSend = true
		}), natted}, want: nat},
		"resumed at another private address": {first: natted, at: nat,
			then: []Params{with(natted, hold), with(natted, func(p *Params) { p.Remote = private2 })}, want: nat},
		"another private address, held": {first: natted, at: nat,
			then: []Params{with(natted, func(p *Params) { p.Remote, p.MuteSend = private2, true }), natted}, want: nat},
		"another codec at another private address": {first: natted, at: nat,
			then: []Params{with(natted, func(p *Params) { p.Remote, p.Formats = private2, []Format{{ALaw, 8, 8}, {ULaw, 0, 0}} })}, want: nat},
		"with a=rtcp of the private network": {first: with(natted, func(p *Params) { p.RTCP = above(private) }), at: nat,
			then: []Params{with(natted, func(p *Params) { p.RTCP = above(private) })}, want: nat},
		"with rtcp-mux": {first: with(natted, func(p *Params) { p.RTCPMux = true }), at: nat,
			then: []Params{with(natted, hold), with(natted, func(p *Params) { p.RTCPMux = true })}, want: nat, control: nat},
		"an SDP that was right, resumed": {first: plain, at: public, then: []Params{with(plain, hold), plain},
			want: public},
		"an SDP that was right, then another private one, and it goes on": {first: plain, at: public,
			then: []Params{with(plain, func(p *Params) { p.Remote = private })}, talks: true, want: public},
		"an SDP that was right names another port": {first: plain, at: public,
			then: []Params{with(plain, func(p *Params) { p.Remote = public2 })}, want: public2},
		"the same, but it goes on at the old one": {first: plain, at: public,
			then: []Params{with(plain, func(p *Params) { p.Remote = public2 })}, talks: true, want: public},
		"an SDP that was right names another host, the old one is silent": {first: plain, at: public,
			then: []Params{with(plain, func(p *Params) { p.Remote = moved })}, want: moved},
		"another port of the NAT after the hold": {first: natted, at: nat, then: []Params{with(natted, hold), natted},
			at2: netip.AddrPortFrom(nat.Addr(), 50000), want: netip.AddrPortFrom(nat.Addr(), 50000)},
		"another party": {first: natted, at: nat,
			then: []Params{{Remote: moved, Host: moved.Addr(), Formats: ulawOnly, Symmetric: true}}, want: moved},
		"another party, heard": {first: natted, at: nat,
			then: []Params{{Remote: private2, Host: moved.Addr(), Formats: ulawOnly, Symmetric: true}}, at2: moved, want: moved},
		"not symmetric any more": {first: natted, at: nat, then: []Params{with(natted, func(p *Params) { p.Symmetric = false })}, want: private},
	} {
		h := newHouse(t, Config{})
		s, _, _ := h.phone(c.first)
		v := &talker{at: c.at, ssrc: 7}
		v.talk(h, s, 50)
		if got := s.goes()[0]; got != c.at {
			t.Errorf("%s: %v at first", name, got)
		}
		for i, p := range c.then {
			s.apply(p)
			if p.MuteSend && s.sendable() {
				t.Errorf("%s: sends on hold, SDP %d", name, i)
			}
			if i < len(c.then)-1 {
				h.pass(2 * time.Second)
			}
		}
		switch {
		case c.at2.IsValid():
			h.pass(300 * time.Millisecond)
			v.at = c.at2
			v.talk(h, s, 1)
		case c.talks:
			v.talk(h, s, 50)
		default:
			h.pass(time.Second)
		}
		if !c.control.IsValid() {
			c.control = above(c.want)
		}
		if got := s.goes(); got != [2]netip.AddrPort{c.want, c.control} {
			t.Errorf("%s: sends to %v, want %v and %v", name, got, c.want, c.control)
		}
	}
}

// The same at once: nothing is sent elsewhere between the SDP and the next packet.
func TestSymmetricSendsOnAtOnce(t *testing.T) {
	h := newHouse(t, Config{})
	p := Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true}
	s, sent, _ := h.phone(p)
	far, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(s, far)
	(&talker{at: nat, ssrc: 7}).talk(h, s, 10)
	other := &talker{at: there, ssrc: 8}
	for range 3 {
		hold := p
		hold.Remote, hold.MuteSend = netip.AddrPort{}, true
		s.apply(hold)
		other.talk(h, far, 5)
		s.apply(p)
		other.talk(h, far, 5)
		p.Remote = netip.AddrPortFrom(private.Addr(), p.Remote.Port()+2)
	}
	if len(sent.sent) != 15 {
		t.Errorf("%d packets", len(sent.sent))
	}
	for _, x := range sent.sent {
		if x.to != nat {
			t.Errorf("a packet to %v", x.to)
		}
	}
}

// Another leg is bridged to it: the source stays.
func TestSymmetricThroughATransfer(t *testing.T) {
	h := newHouse(t, Config{})
	s, sent, _ := h.phone(Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true})
	a, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	b, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	h.bridge(s, a)
	(&talker{at: nat, ssrc: 7}).talk(h, s, 10)
	s.unlink()
	h.bridge(s, b)
	(&talker{at: here, ssrc: 9}).talk(h, b, 5)
	if len(sent.sent) != 5 || sent.sent[0].to != nat {
		t.Errorf("%d packets, %v", len(sent.sent), sent.sent)
	}
}

// T.38 there and back: the fax has a source of its own where its SDP names another port,
// and that of the audio where not; the audio's is known when it comes back.
func TestSymmetricWithFax(t *testing.T) {
	audio := Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true}
	udptl := func(s *Stream, from netip.AddrPort, seq uint16) {
		b := binary.BigEndian.AppendUint16(nil, seq)
		s.receive(false, append(b, 1, 2, 3), from)
	}
	for name, c := range map[string]struct {
		remote, at netip.AddrPort
	}{
		"the same port":     {private, nat},
		"a port of its own": {private2, netip.AddrPortFrom(nat.Addr(), 40077)},
	} {
		h := newHouse(t, Config{})
		s, sent, _ := h.phone(audio)
		far, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
		h.bridge(s, far)
		(&talker{at: nat, ssrc: 7}).talk(h, s, 50)
		s.apply(Params{Remote: c.remote, Host: nat.Addr(), Symmetric: true, Raw: true})
		far.apply(Params{Remote: there, Raw: true})
		if c.remote == private {
			if got := s.goes()[0]; got != nat {
				t.Errorf("%s: before the first datagram to %v", name, got)
			}
		}
		udptl(s, attacker, 0) // a stranger is not believed here either
		h.pass(500 * time.Millisecond)
		for i := range uint16(5) {
			udptl(s, c.at, i)
			h.pass(frameTime)
			udptl(far, there, i)
		}
		n := 0
		for _, x := range sent.taken() {
			if len(x.b) == 5 {
				if n++; x.to != c.at {
					t.Errorf("%s: a datagram to %v", name, x.to)
				}
			}
		}
		if n != 5 || s.Stats().BadSource != 1 {
			t.Errorf("%s: %d datagrams, %+v", name, n, s.Stats())
		}
		s.apply(audio)
		far.apply(Params{Remote: there, Formats: ulawOnly})
		(&talker{at: there, ssrc: 8}).talk(h, far, 5)
		for _, x := range sent.taken() {
			if x.to != nat {
				t.Errorf("%s: back in audio, to %v", name, x.to)
			}
		}
	}
}

// RTCP is believed from the source's host alone, and follows it; a stranger's changes
// nothing.
func TestWhereRTCPComesFrom(t *testing.T) {
	h := newHouse(t, Config{})
	p := Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true}
	s, _, _ := h.phone(p)
	report := func(from netip.AddrPort) {
		b, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7}})
		s.receive(true, b, from)
	}
	control := netip.AddrPortFrom(nat.Addr(), 40099)
	report(attacker)
	if got := s.goes()[1]; got != above(private) || s.Stats().RTCPIn != 0 {
		t.Errorf("a stranger's report is believed: %v, %+v", got, s.Stats())
	}
	report(control) // it has not spoken yet
	(&talker{at: nat, ssrc: 7}).talk(h, s, 5)
	report(attacker)
	if got := s.goes(); got != [2]netip.AddrPort{nat, control} {
		t.Errorf("to %v", got)
	}
	hold := p
	hold.Remote, hold.MuteSend = netip.AddrPort{}, true
	s.apply(hold)
	if got := s.goes(); got[0].IsValid() || got[1].IsValid() {
		t.Errorf("on hold to %v", got)
	}
	p.RTCP = above(private)
	s.apply(p)
	if got := s.goes(); got != [2]netip.AddrPort{nat, control} {
		t.Errorf("resumed, to %v", got)
	}
	s.apply(Params{Remote: moved, Host: moved.Addr(), Formats: ulawOnly, Symmetric: true})
	if got := s.goes(); got != [2]netip.AddrPort{moved, above(moved)} {
		t.Errorf("another party, to %v", got)
	}
}

// Before an SDP nobody is believed: who sends to a port that is just open is not taken
// for the party later.
func TestNobodyIsBelievedBeforeTheSDP(t *testing.T) {
	h := newHouse(t, Config{})
	s := newStream(h.e, h.l)
	s.rtp, s.rtcp = &tape{h: h}, &tape{h: h}
	s.attach()
	(&talker{at: attacker, ssrc: 9}).talk(h, s, 50)
	s.apply(Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true})
	if got := s.goes()[0]; got != private || s.Stats().RxPackets != 0 {
		t.Errorf("to %v; %+v", got, s.Stats())
	}
}

// Nor after the far side has refused the stream, as it may a video.
func TestNobodyIsBelievedAfterARefusal(t *testing.T) {
	h := newHouse(t, Config{})
	p := Params{Remote: private, Host: nat.Addr(), Formats: []Format{{H264, 99, 99}}, Symmetric: true}
	s, _, _ := h.phone(p)
	s.apply(Params{})
	if s.sendable() {
		t.Error("it sends on")
	}
	(&talker{at: attacker, ssrc: 9}).talk(h, s, 50)
	s.apply(p)
	if got := s.goes()[0]; got != private {
		t.Errorf("wanted again, it goes to %v", got)
	}
}

// Who is heard alone and not believed is told of, once.
func TestStrangersAreToldOf(t *testing.T) {
	h := newHouse(t, Config{})
	s, _, _ := h.phone(Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly})
	var told []netip.AddrPort
	s.stranger = func(a netip.AddrPort) { told = append(told, a) }
	v := &talker{at: attacker, ssrc: 9}
	v.talk(h, s, 99)
	if len(told) != 0 {
		t.Error("told too early")
	}
	v.talk(h, s, 200)
	(&talker{at: nat, ssrc: 7}).talk(h, s, 5)
	v.talk(h, s, 200)
	if len(told) != 1 || told[0] != attacker {
		t.Errorf("told of %v", told)
	}
}

// The kernel carries the packets of a source that may still move: one that takes over is
// judged by when the kernel heard it last.
func TestMovingBesideTheKernel(t *testing.T) {
	l := latch{probation: 4}
	l.restart(here, here.Addr(), epoch)
	l.accept(here, 1, epoch)
	other := netip.AddrPortFrom(here.Addr(), 7070)
	l.heard = at(epoch.Add(990 * time.Millisecond)) // by the kernel
	if ok, _ := l.accept(other, 1, epoch.Add(time.Second)); ok {
		t.Error("it took over from one that is heard")
	}
	if ok, _ := l.accept(other, 2, epoch.Add(1200*time.Millisecond)); !ok {
		t.Error("it did not take over from one that is silent")
	}
}
