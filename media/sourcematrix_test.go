package media

import (
	"fmt"
	"net/netip"
	"sort"
	"strings"
	"testing"
	"time"
)

// The matrix of source learning: each mode of strictrtp against each attack. A
// leak is a packet of the attacker that the other leg would hear, or one that
// would be sent to the attacker. What leaks is written down here (and in
// docs/source-learning.md), and never more than five with strictrtp=yes or seqno. Of
// two strangers who both send RTP nobody can tell which is the right one: neither is
// heard until one of them stops.

var (
	sdpAddr  = netip.MustParseAddrPort("10.0.0.1:4000")
	natAddr  = netip.MustParseAddrPort("203.0.113.7:40001")
	attacker = netip.MustParseAddrPort("198.51.100.9:5555")
	newAddr  = netip.MustParseAddrPort("10.0.0.2:4000")
)

// scene plays packets against a latch in virtual time and counts.
type scene struct {
	l            *latch
	now          time.Time
	victimSeq    uint16
	leaked, lost int // of the attacker let in; of the victim dropped
	victim       netip.AddrPort
	host         netip.Addr
}

// victimKind is where a phone's media comes from, and its signalling.
type victimKind struct {
	at   netip.AddrPort
	host netip.Addr
}

var victims = map[string]victimKind{
	"at its SDP address":              {sdpAddr, sdpAddr.Addr()},
	"behind NAT, with its signalling": {natAddr, natAddr.Addr()},
	"anywhere":                        {natAddr, sdpAddr.Addr()},
}

func newScene(mode Strict, v victimKind) *scene {
	s := &scene{l: &latch{mode: mode, probation: 4}, now: time.Unix(1000, 0), victim: v.at, host: v.host, victimSeq: 100}
	s.l.restart(sdpAddr, v.host, s.now)
	return s
}

// talk is n packets of the victim, 20 ms apart.
func (s *scene) talk(n int) {
	for range n {
		s.victimSeq++
		if ok, _ := s.l.accept(s.victim, s.victimSeq, s.now); !ok {
			s.lost++
		}
		s.now = s.now.Add(20 * time.Millisecond)
	}
}

// attack is one packet of the attacker.
func (s *scene) attack(from netip.AddrPort, seq uint16) {
	if ok, _ := s.l.accept(from, seq, s.now); ok {
		s.leaked++
	}
}

var attacks = map[string]func(*scene){
	"bleed: probes of a locked stream": func(s *scene) {
		s.talk(300)
		for i := range 100 {
			s.attack(attacker, uint16(i))
			s.talk(1)
		}
	},
	"bleed: probes before the first packet": func(s *scene) {
		for range 20 {
			s.attack(attacker, 0)
			s.now = s.now.Add(5 * time.Millisecond)
		}
		s.talk(50)
	},
	"injection beside the first packets": func(s *scene) {
		for i := range 100 {
			s.attack(attacker, uint16(i))
			s.talk(1)
		}
	},
	"injection beside the first packets, for a second": func(s *scene) {
		for i := range 50 {
			s.attack(attacker, uint16(i))
			s.talk(1)
		}
		s.talk(100)
	},
	"injection that begins 100 ms before": func(s *scene) {
		for i := range 5 {
			s.attack(attacker, uint16(i))
			s.now = s.now.Add(20 * time.Millisecond)
		}
		for i := range 100 {
			s.attack(attacker, uint16(5+i))
			s.talk(1)
		}
	},
	"injection after the lock, in the learning time": func(s *scene) {
		s.talk(20)
		for i := range 100 {
			s.attack(attacker, uint16(i))
			s.talk(1)
		}
	},
	"injection after the lock, later": func(s *scene) {
		s.talk(300)
		for i := range 100 {
			s.attack(attacker, uint16(i))
			s.talk(1)
		}
	},
	"injection of a burst": func(s *scene) {
		for i := range 200 {
			s.attack(attacker, uint16(i))
		}
		s.talk(50)
	},
	"flood from a thousand sources while learning": func(s *scene) {
		for i := range 100 {
			for k := range 10 {
				s.attack(netip.AddrPortFrom(attacker.Addr(), uint16(10000+i*10+k)), uint16(k))
			}
			s.talk(1)
		}
	},
	"the victim moves without a re-INVITE": func(s *scene) {
		s.talk(300)
		s.victim = newAddr
		s.talk(50)
	},
	"the victim moves with a re-INVITE": func(s *scene) {
		s.talk(300)
		s.l.restart(newAddr, newAddr.Addr(), s.now)
		s.victim = newAddr
		for i := range 50 {
			s.attack(attacker, uint16(i))
			s.talk(1)
		}
	},
}

// wanted is leaked/lost for strictrtp=yes, seqno and no.
var wanted = map[string]map[string][3]string{
	"at its SDP address": {
		"bleed: probes before the first packet":            {"0/0", "0/0", "20/0"},
		"bleed: probes of a locked stream":                 {"0/0", "0/0", "100/0"},
		"flood from a thousand sources while learning":     {"0/0", "0/0", "1000/0"},
		"injection after the lock, in the learning time":   {"0/0", "0/0", "100/0"},
		"injection after the lock, later":                  {"0/0", "0/0", "100/0"},
		"injection beside the first packets":               {"0/0", "0/0", "100/0"},
		"injection beside the first packets, for a second": {"0/0", "0/0", "50/0"},
		"injection of a burst":                             {"0/0", "4/0", "200/0"},
		"injection that begins 100 ms before":              {"3/0", "3/0", "105/0"},
		"the victim moves with a re-INVITE":                {"0/0", "0/0", "50/0"},
		"the victim moves without a re-INVITE":             {"0/50", "0/50", "0/0"},
	},
	"behind NAT, with its signalling": {
		"bleed: probes before the first packet":            {"0/0", "0/0", "20/0"},
		"bleed: probes of a locked stream":                 {"0/0", "0/0", "100/0"},
		"flood from a thousand sources while learning":     {"0/0", "0/0", "1000/0"},
		"injection after the lock, in the learning time":   {"0/0", "0/0", "100/0"},
		"injection after the lock, later":                  {"0/0", "0/0", "100/0"},
		"injection beside the first packets":               {"0/0", "0/0", "100/0"},
		"injection beside the first packets, for a second": {"0/0", "0/0", "50/0"},
		"injection of a burst":                             {"0/0", "4/0", "200/0"},
		"injection that begins 100 ms before":              {"3/0", "3/0", "105/0"},
		"the victim moves with a re-INVITE":                {"0/0", "0/0", "50/0"},
		"the victim moves without a re-INVITE":             {"0/50", "0/50", "0/0"},
	},
	"anywhere": {
		"bleed: probes before the first packet":            {"0/3", "0/3", "20/0"},
		"bleed: probes of a locked stream":                 {"0/3", "0/3", "100/0"},
		"flood from a thousand sources while learning":     {"0/3", "0/3", "1000/0"},
		"injection after the lock, in the learning time":   {"0/3", "0/3", "100/0"},
		"injection after the lock, later":                  {"0/3", "0/3", "100/0"},
		"injection beside the first packets":               {"1/100", "1/100", "100/0"},
		"injection beside the first packets, for a second": {"1/59", "1/59", "50/0"},
		"injection of a burst":                             {"0/3", "4/10", "200/0"},
		"injection that begins 100 ms before":              {"4/100", "4/100", "105/0"},
		"the victim moves with a re-INVITE":                {"0/3", "0/3", "50/0"},
		"the victim moves without a re-INVITE":             {"0/53", "0/53", "0/0"},
	},
}

func TestSourceLearningMatrix(t *testing.T) {
	var names []string
	for n := range attacks {
		names = append(names, n)
	}
	sort.Strings(names)
	for who, victim := range victims {
		for _, n := range names {
			var got [3]string
			for i, mode := range []Strict{StrictYes, StrictSeqNo, StrictNo} {
				s := newScene(mode, victim)
				attacks[n](s)
				got[i] = fmt.Sprintf("%d/%d", s.leaked, s.lost)
				if mode != StrictNo && s.leaked > 5 {
					t.Errorf("%s, %s, mode %d: %d packets leak", who, n, mode, s.leaked)
				}
			}
			if want := wanted[who][n]; got != want {
				t.Errorf("%s, %s:\n got {\"%s\"}, want {\"%s\"}", who, n, strings.Join(got[:], `", "`), strings.Join(want[:], `", "`))
			}
		}
	}
}
