package media

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v3"
)

// The matrix of source learning: each mode of strictrtp against each attack, on a leg that
// sends to where packets come from. It is the table of docs/source-learning.md: packets of
// the attacker that the other leg hears, packets of ours that go to him, packets of the
// victim that are dropped. Where a source can be told no attack gets more than five.

var (
	sdpAddr  = netip.MustParseAddrPort("10.0.0.1:4000")
	natAddr  = netip.MustParseAddrPort("203.0.113.7:40001")
	attacker = netip.MustParseAddrPort("198.51.100.9:5555")
	newAddr  = netip.MustParseAddrPort("10.0.0.2:4000")
	farAddr  = netip.MustParseAddrPort("192.0.2.1:6000")
)

// victimKind is where a phone's media comes from, and what tells so.
type victimKind struct {
	name      string
	at        netip.AddrPort
	host      netip.Addr // of its signalling
	key, ice  bool
	strangers bool
}

var victims = []victimKind{
	{name: "at its SDP address", at: sdpAddr, host: sdpAddr.Addr()},
	{name: "behind NAT, with its signalling", at: natAddr, host: natAddr.Addr()},
	{name: "at its SDP address, signalling elsewhere", at: sdpAddr, host: newAddr.Addr()},
	{name: "anywhere, with SRTP", at: natAddr, host: newAddr.Addr(), key: true},
	{name: "anywhere, with ICE", at: natAddr, host: newAddr.Addr(), ice: true},
	{name: "anywhere, and nothing tells", at: natAddr, host: newAddr.Addr(), strangers: true},
}

// scene plays packets against a leg in virtual time and counts. Its other leg speaks all
// the time.
type scene struct {
	*house
	kind          victimKind
	leg, far      *Stream
	audio, ctl    *tape
	heard         *tape // by the other leg's phone
	params        Params
	victim, other talker
	crypt         *srtp.Context
	dropped       int
	to            map[netip.AddrPort]int // packets of ours
}

func newScene(t *testing.T, mode Strict, v victimKind) *scene {
	s := &scene{house: newHouse(t, Config{Strict: mode, Random: func() uint32 { return 1 << 31 }}), kind: v, to: map[netip.AddrPort]int{}}
	s.params = Params{Remote: sdpAddr, Host: v.host, Formats: ulawOnly, Symmetric: true, Strangers: v.strangers}
	if v.key {
		s.params.SRTP = &SRTP{Suite: AESCM80, Local: NewSRTPKey(), Remote: NewSRTPKey()}
		s.crypt, _ = srtp.CreateContext(s.params.SRTP.Remote[:srtpKeyBytes], s.params.SRTP.Remote[srtpKeyBytes:],
			srtp.ProtectionProfileAes128CmHmacSha1_80)
	}
	if v.ice {
		s.params.ICE = ICE{Ufrag: "ours", Pwd: "a password of ours for ice", FarUfrag: "far"}
	}
	s.leg, s.audio, s.ctl = s.phone(s.params)
	s.far, s.heard, _ = s.phone(Params{Remote: farAddr, Host: farAddr.Addr(), Formats: ulawOnly})
	s.bridge(s.leg, s.far)
	s.victim, s.other = talker{at: v.at, ssrc: 7, seq: 100}, talker{at: farAddr, ssrc: 8, seq: 100}
	s.move(v.at)
	return s
}

// move has the victim speak from another address from now on; who has ICE nominates it.
func (s *scene) move(to netip.AddrPort) {
	s.victim.at = to
	if s.kind.ice {
		m, _ := stun.Build(stun.BindingRequest, stun.TransactionID, stun.NewUsername("ours:far"), stun.RawAttribute{Type: stun.AttrUseCandidate},
			stun.NewShortTermIntegrity(s.params.ICE.Pwd), stun.Fingerprint)
		reach(s.leg, m.Raw, to)
	}
}

// wait is time in which the other leg speaks.
func (s *scene) wait(d time.Duration) {
	for ; d > 0; d -= frameTime {
		s.other.say(s.far, 0, make([]byte, 160))
		s.pass(min(d, frameTime))
	}
}

// says is one packet of the victim.
func (s *scene) says() {
	v := &s.victim
	v.seq++
	v.ts += 160
	b := v.raw(0, false, []byte("victim"))
	if s.crypt != nil {
		b, _ = s.crypt.EncryptRTP(nil, b, nil)
	}
	before := len(s.heard.sent)
	if reach(s.leg, b, v.at); len(s.heard.sent) == before {
		s.dropped++
	}
}

// talk is n packets of the victim, 20 ms apart.
func (s *scene) talk(n int) {
	for range n {
		s.says()
		s.wait(frameTime)
	}
}

// attack is one packet of the attacker.
func (s *scene) attack(from netip.AddrPort, seq uint16) {
	a := talker{at: from, ssrc: 9, seq: seq - 1, ts: uint32(seq) * 160}
	a.say(s.leg, 0, []byte("attacker"))
}

// stream is n packets of the attacker, 20 ms apart, beside those of the victim or alone.
func (s *scene) stream(n int, beside bool) {
	for i := range n {
		s.attack(attacker, uint16(i))
		if beside {
			s.says()
		}
		s.wait(frameTime)
	}
}

// describe is a further SDP of the victim.
func (s *scene) describe(to netip.AddrPort, hold bool) {
	s.params.Remote, s.params.MuteSend = to, hold
	s.leg.apply(s.params)
}

// outcome is heard/sent/dropped.
func (s *scene) outcome() (heard, sent, dropped int) {
	for _, x := range s.heard.sent {
		if strings.HasSuffix(string(x.b), "attacker") {
			heard++
		}
	}
	for _, k := range []*tape{s.audio, s.ctl} {
		for _, x := range k.sent {
			if x.to.Addr() == attacker.Addr() {
				sent++
			}
		}
	}
	return heard, sent, s.dropped
}

type attack struct {
	name string
	play func(*scene)
}

var attacks = []attack{
	{"none", func(s *scene) { s.talk(100) }},
	{"bleed: probes before the first packet", func(s *scene) {
		for range 20 {
			s.attack(attacker, 0)
			s.wait(5 * time.Millisecond)
		}
		s.talk(50)
	}},
	{"bleed: a stream before the first packet", func(s *scene) {
		s.stream(300, false)
		s.talk(50)
	}},
	{"bleed: a stream while the call is held", func(s *scene) {
		s.talk(50)
		s.describe(netip.AddrPort{}, true)
		s.stream(300, false)
		s.describe(sdpAddr, false)
		s.stream(50, false)
		s.talk(50)
	}},
	{"bleed: a stream before the first packet after a re-INVITE", func(s *scene) {
		s.talk(50)
		s.describe(netip.AddrPortFrom(sdpAddr.Addr(), 4002), false)
		s.stream(100, false)
		s.talk(50)
	}},
	{"bleed: reports before the first packet", func(s *scene) {
		b, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 9}})
		for range 100 {
			s.leg.receive(true, slices.Clone(b), attacker)
			s.wait(100 * time.Millisecond)
		}
		s.talk(50)
	}},
	{"bleed: reports beside the first packets", func(s *scene) {
		b, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 9}})
		for range 100 {
			s.leg.receive(true, slices.Clone(b), attacker)
			s.talk(5)
		}
	}},
	{"bleed: probes of a locked stream", func(s *scene) {
		s.talk(300)
		s.stream(100, true)
	}},
	{"injection beside the first packets", func(s *scene) { s.stream(100, true) }},
	{"injection beside the first packets, for a second", func(s *scene) {
		s.stream(50, true)
		s.talk(100)
	}},
	{"injection that begins 100 ms before", func(s *scene) {
		for i := range 5 {
			s.attack(attacker, uint16(i))
			s.wait(frameTime)
		}
		for i := range 100 {
			s.attack(attacker, uint16(5+i))
			s.talk(1)
		}
	}},
	{"injection after the lock, in the learning time", func(s *scene) {
		s.talk(20)
		s.stream(100, true)
	}},
	{"injection after the lock, later", func(s *scene) {
		s.talk(300)
		s.stream(100, true)
	}},
	{"injection of a burst", func(s *scene) {
		for i := range 200 {
			s.attack(attacker, uint16(i))
		}
		s.talk(50)
	}},
	{"injection when the same SDP comes again", func(s *scene) {
		s.talk(300)
		s.describe(sdpAddr, false)
		s.stream(100, true)
	}},
	{"flood from a thousand sources while learning", func(s *scene) {
		for i := range 100 {
			for k := range 10 {
				s.attack(netip.AddrPortFrom(attacker.Addr(), uint16(10000+i*10+k)), uint16(k))
			}
			s.talk(1)
		}
	}},
	{"the victim moves its port as it answers, with the same SDP", func(s *scene) {
		s.talk(25)
		s.describe(sdpAddr, false)
		s.move(netip.AddrPortFrom(s.victim.at.Addr(), s.victim.at.Port()+3070))
		s.stream(50, true)
	}},
	{"the victim moves its port ten seconds later, with the same SDP", func(s *scene) {
		s.talk(500)
		s.describe(sdpAddr, false)
		s.move(netip.AddrPortFrom(s.victim.at.Addr(), s.victim.at.Port()+3070))
		s.stream(50, true)
	}},
	{"the victim moves with a re-INVITE", func(s *scene) {
		s.talk(300)
		s.params.Host = newAddr.Addr()
		s.describe(newAddr, false)
		s.move(newAddr)
		s.stream(50, true)
	}},
	{"the victim moves without a re-INVITE", func(s *scene) {
		s.talk(300)
		s.move(newAddr)
		s.talk(50)
	}},
}

// alone: of who speaks first and alone nobody can tell that he is not the party.
func (a *attack) alone() bool { return strings.HasPrefix(a.name, "bleed: a stream before") }

func TestSourceLearningMatrix(t *testing.T) {
	doc, err := os.ReadFile("../docs/source-learning.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, v := range victims {
		for _, a := range attacks {
			row := fmt.Sprintf("| %s | %s |", v.name, a.name)
			for _, mode := range []Strict{StrictYes, StrictSeqNo, StrictNo} {
				s := newScene(t, mode, v)
				a.play(s)
				heard, sent, dropped := s.outcome()
				row += fmt.Sprintf(" %d/%d/%d |", heard, sent, dropped)
				if mode != StrictNo && max(heard, sent) > 5 && !(v.strangers && a.alone()) {
					t.Errorf("%s, %s, strictrtp=%s: %d packets of the attacker are heard, %d go to him", v.name, a.name, mode, heard, sent)
				}
				if a.name == "none" && (dropped > 5 || s.audio.sent[len(s.audio.sent)-1].to != v.at) {
					t.Errorf("%s, strictrtp=%s: %d packets dropped, sent to %v", v.name, mode, dropped, s.audio.sent[len(s.audio.sent)-1].to)
				}
			}
			rows++
			if !strings.Contains(string(doc), row+"\n") {
				t.Errorf("docs/source-learning.md has not\n%s", row)
			}
		}
	}
	if n := strings.Count(string(doc), "\n| "); n != rows+1 {
		t.Errorf("docs/source-learning.md has %d rows, want %d", n-1, rows)
	}
}
