package media

import (
	"net/netip"
	"testing"
	"time"
)

// tiedPhone is a leg whose socket is tied to its far side, at.
func tiedPhone(t *testing.T, p Params, at netip.AddrPort) (*house, *Stream, *tape, *talker) {
	t.Helper()
	h := newHouse(t, Config{Random: func() uint32 { return 1 << 31 }})
	s, audio, _ := h.phone(p)
	far, _, _ := h.phone(Params{Remote: farAddr, Formats: ulawOnly})
	h.bridge(s, far)
	v := &talker{at: at, ssrc: 7}
	v.talk(h, s, 500)
	if audio.tied != at {
		t.Fatalf("tied to %v, want %v", audio.tied, at)
	}
	return h, s, audio, v
}

// What may have the far side move, or another way be taken, loosens the socket at once; who speaks
// then is heard, and what is agreed is tied again.
func TestTiedSocketIsLoosened(t *testing.T) {
	natted := Params{Remote: private, Host: nat.Addr(), Formats: ulawOnly, Symmetric: true}
	with := func(f func(*Params)) Params {
		p := natted
		f(&p)
		return p
	}
	port := netip.AddrPortFrom(nat.Addr(), 50000)
	sdp := func(f func(*Params)) func(*house, *Stream) { return func(_ *house, s *Stream) { s.apply(with(f)) } }
	for name, c := range map[string]struct {
		what  func(*house, *Stream)
		at    netip.AddrPort // who speaks then, and is heard
		again bool           // and is tied
	}{
		"the same SDP, and the NAT has another port":  {sdp(func(*Params) {}), port, true},
		"another private address, from the same port": {sdp(func(p *Params) { p.Remote = private2 }), nat, true},
		"another party": {sdp(func(p *Params) { p.Remote, p.Host = moved, moved.Addr() }), moved, true},
		"hold, and the NAT has another port": {func(_ *house, s *Stream) {
			s.apply(with(func(p *Params) { p.Remote, p.MuteSend = netip.AddrPort{}, true }))
			s.apply(natted)
		}, port, true},
		"held":                 {sdp(func(p *Params) { p.Remote, p.MuteSend = netip.AddrPort{}, true }), port, false},
		"not symmetric":        {sdp(func(p *Params) { p.Symmetric = false }), nat, false},
		"ICE":                  {sdp(func(p *Params) { p.ICE = ICE{Ufrag: "ours", Pwd: "a password of ours for ice"} }), nat, false},
		"RTCP on the port":     {sdp(func(p *Params) { p.RTCPMux = true }), nat, false},
		"an offer of ours":     {func(h *house, s *Stream) { h.on(s.Offered) }, nat, true},
		"a fax, then audio":    {func(_ *house, s *Stream) { s.apply(with(func(p *Params) { p.Raw = true })); s.apply(natted) }, nat, true},
		"one offer, no answer": {func(h *house, s *Stream) { h.on(s.Offered); h.pass(4 * time.Second) }, nat, true},
	} {
		h, s, audio, v := tiedPhone(t, natted, nat)
		if c.what(h, s); s.tied || audio.tied.IsValid() {
			t.Errorf("%s: it is still tied", name)
		}
		v.at = c.at
		v.talk(h, s, 30) // the old port has to be silent for a moment
		before := s.stats.rxPackets.Load()
		if v.talk(h, s, 10); s.stats.rxPackets.Load() != before+10 {
			t.Errorf("%s: %d of 10 packets are heard", name, s.stats.rxPackets.Load()-before)
		}
		v.talk(h, s, 600)
		switch {
		case c.again && audio.tied != c.at:
			t.Errorf("%s: tied to %v in the end, want %v", name, audio.tied, c.at)
		case !c.again && audio.tied.IsValid():
			t.Errorf("%s: tied to %v", name, audio.tied)
		}
	}
}

// Streams that others may speak to are not tied.
func TestNotTied(t *testing.T) {
	ours := Params{Remote: public, Host: public.Addr(), Formats: ulawOnly, Symmetric: true}
	with := func(f func(*Params)) Params {
		p := ours
		f(&p)
		return p
	}
	for name, c := range map[string]struct {
		p    Params
		cfg  Config
		at   netip.AddrPort
		talk int
	}{
		"strictrtp=no":                 {ours, Config{Strict: StrictNo}, public, 600},
		"the SDP is young":             {ours, Config{}, public, 200},
		"nobody has spoken":            {ours, Config{}, public, 0},
		"ICE":                          {with(func(p *Params) { p.ICE = ICE{Ufrag: "ours", Pwd: "a password of ours for ice"} }), Config{}, public, 600},
		"RTCP on the port":             {with(func(p *Params) { p.RTCPMux = true }), Config{}, public, 600},
		"it is heard from elsewhere":   {with(func(p *Params) { p.Symmetric = false }), Config{}, public2, 600},
		"no address is named":          {with(func(p *Params) { p.Remote = netip.AddrPort{} }), Config{}, public, 600},
		"a group":                      {with(func(p *Params) { p.Multicast = &Multicast{} }), Config{}, public, 600},
		"UDPTL":                        {with(func(p *Params) { p.Raw = true }), Config{}, public, 600},
		"nobody has spoken for a time": {ours, Config{}, moved, 600},
	} {
		c.cfg.Random = func() uint32 { return 1 << 31 }
		h := newHouse(t, c.cfg)
		s, audio, _ := h.phone(c.p)
		v := &talker{at: c.at, ssrc: 7}
		v.talk(h, s, c.talk)
		if h.pass(time.Second); audio.tied.IsValid() || s.tied {
			t.Errorf("%s: tied to %v", name, audio.tied)
		}
	}
}

// A tied stream tells its latch from then on what the kernel has done for it: the far side that moves
// without a word is not heard, as before.
func TestTiedAsTheLatchWouldBe(t *testing.T) {
	h, s, _, v := tiedPhone(t, Params{Remote: public, Host: public.Addr(), Formats: ulawOnly}, public)
	before := s.stats.rxPackets.Load()
	v.at = public2
	v.talk(h, s, 50)
	s.loosen()
	if v.talk(h, s, 50); s.stats.rxPackets.Load() != before {
		t.Errorf("%d packets of another port are heard", s.stats.rxPackets.Load()-before)
	}
}
