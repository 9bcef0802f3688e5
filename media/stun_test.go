package media

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/stun/v3"
)

// ask sends a binding request and returns the answer, nil when none came.
func (p *phone) ask(to netip.AddrPort, with ...stun.Setter) *stun.Message {
	p.t.Helper()
	m, err := stun.Build(append([]stun.Setter{stun.TransactionID, stun.BindingRequest}, append(with, stun.Fingerprint)...)...)
	if err != nil {
		p.t.Fatal(err)
	}
	p.conn.WriteToUDPAddrPort(m.Raw, to)
	buf := make([]byte, 2048)
	p.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	n, err := p.conn.Read(buf)
	if err != nil {
		return nil
	}
	r := &stun.Message{Raw: buf[:n]}
	if err := r.Decode(); err != nil || r.TransactionID != m.TransactionID {
		p.t.Fatalf("%v %v", r, err)
	}
	return r
}

func TestSTUNAnswersThoseItKnows(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, _ := pair(t, e, ulawOnly, ulawOnly)
	_ = b
	r := a.ask(sa.Local())
	var mapped stun.XORMappedAddress
	if r == nil || r.Type != stun.BindingSuccess || mapped.GetFrom(r) != nil || mapped.Port != int(a.addr().Port()) {
		t.Fatalf("answer %v", r)
	}
	sa.Negotiate(Params{Remote: netip.MustParseAddrPort("127.9.9.9:4000"), Formats: ulawOnly})
	if r := a.ask(sa.Local()); r != nil {
		t.Errorf("a stranger got %v", r)
	}
}

// An ICE check with our credentials, and nothing else, moves the media.
func TestICENominates(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
	ice := ICE{Ufrag: "ours", Pwd: "0123456789012345678901", FarUfrag: "theirs"}
	sa.Negotiate(Params{Remote: netip.MustParseAddrPort("127.9.9.9:4000"), Formats: ulawOnly, ICE: ice, RTCPMux: true})
	good, nominate := stun.NewShortTermIntegrity(ice.Pwd), stun.RawAttribute{Type: stun.AttrUseCandidate}
	for name, with := range map[string][]stun.Setter{
		"no credentials": {nominate},
		"wrong password": {stun.NewUsername("ours:theirs"), nominate, stun.NewShortTermIntegrity("x")},
		"wrong user":     {stun.NewUsername("other:theirs"), nominate, good},
		"wrong far user": {stun.NewUsername("ours:thieves"), nominate, good},
	} {
		if r := a.ask(sa.Local(), with...); r != nil {
			t.Errorf("%s: %v", name, r)
		}
	}
	b.send(sb, 0, []byte("nobody"))
	if a.receive(50*time.Millisecond) != nil {
		t.Fatal("media came before the nomination")
	}
	r := a.ask(sa.Local(), stun.NewUsername("ours:theirs"), nominate, good)
	if r == nil || r.Type != stun.BindingSuccess || good.Check(r) != nil || stun.Fingerprint.Check(r) != nil {
		t.Fatalf("answer %v", r)
	}
	b.send(sb, 0, []byte("hello"))
	if p := a.receive(patience); p == nil || string(p.Payload) != "hello" {
		t.Fatalf("after the nomination: %v", p)
	}
	a.send(sa, 0, []byte("back"))
	if p := b.receive(patience); p == nil || string(p.Payload) != "back" {
		t.Fatalf("from the nominated address: %v", p)
	}
}

// With rtcp-mux reports come and go on the RTP port; a=rtcp moves them elsewhere.
func TestRTCPPorts(t *testing.T) {
	e := engine(t, Config{RTCPInterval: 20 * time.Millisecond})
	report, _ := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7}})
	for _, mux := range []bool{true, false} {
		a, control, s := newPhone(t), newPhone(t), open(t, e)
		s.Negotiate(Params{Remote: a.addr(), RTCP: control.addr(), Formats: ulawOnly, RTCPMux: mux})
		s.Echo()
		a.send(s, 0, make([]byte, 160))
		from, to := control, netip.AddrPortFrom(loopback, s.Local().Port()+1)
		if mux {
			from, to = a, s.Local()
		}
		from.conn.WriteToUDPAddrPort(report, to)
		buf, got := make([]byte, 1500), false
		for end := time.Now().Add(2 * time.Second); !got && time.Now().Before(end); {
			from.conn.SetReadDeadline(end)
			n, _ := from.conn.Read(buf)
			got = n > 2 && buf[1] == 200
		}
		if st := s.Stats(); !got || st.RTCPIn != 1 {
			t.Errorf("mux %v: report came %v, %+v", mux, got, st)
		}
	}
}
