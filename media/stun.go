package media

import (
	"encoding/binary"
	"net/netip"

	"github.com/pion/stun/v3"
)

// ICE are the credentials of a leg that does interactive connectivity
// establishment (RFC 8445) as a lite agent: it answers checks, and media goes to
// the pair that the far side nominates. The zero value: no ICE.
type ICE struct {
	Ufrag, Pwd string // ours, at least 4 and 22 characters (section 5.3)
	FarUfrag   string // of the far side, "" while it is not known
}

// isSTUN tells STUN from RTP and RTCP on one port (RFC 7983 section 7).
func isSTUN(b []byte) bool {
	const cookie = 0x2112A442
	return len(b) >= 20 && b[0] < 2 && binary.BigEndian.Uint32(b[4:]) == cookie
}

// stunCame answers a binding request. With ICE it must carry our credentials;
// without, only sources that signalling knows get an answer, so that nobody's
// packets are reflected to a stranger.
func (s *Stream) stunCame(k socket, b []byte, from netip.AddrPort) {
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	if m.Decode() != nil || m.Type != stun.BindingRequest {
		s.stats.malformed.Add(1)
		return
	}
	answer := []stun.Setter{m, stun.BindingSuccess, &stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())}}
	if !s.ice.wanted() {
		if !s.known(from.Addr()) {
			s.stats.badSource.Add(1)
			return
		}
	} else {
		key := stun.NewShortTermIntegrity(s.ice.Pwd)
		var user stun.Username
		if user.GetFrom(m) != nil || !s.ice.names(user.String()) || key.Check(m) != nil {
			s.stats.badSource.Add(1)
			return
		}
		answer = append(answer, key)
		s.consents()
		if k == s.rtp {
			s.latch.checked = from
		}
		if m.Contains(stun.AttrUseCandidate) {
			s.nominated(k, from)
		}
	}
	r, err := stun.Build(append(answer, stun.Fingerprint)...)
	if err != nil {
		s.stats.malformed.Add(1)
		return
	}
	var to target
	to.set(from)
	k.send(r.Raw, &to)
	if k == s.rtp && s.hands != nil && s.latch.checked == from {
		s.hands.found(from)
	}
}

// names says whether a check's USERNAME is "our fragment:theirs".
func (i *ICE) names(user string) bool {
	n := len(i.Ufrag)
	return len(user) > n && user[:n] == i.Ufrag && user[n] == ':' && (i.FarUfrag == "" || user[n+1:] == i.FarUfrag)
}

// wanted says whether ICE was agreed on.
func (i *ICE) wanted() bool { return i != nil && i.Pwd != "" }

// restarted says whether the far side begins anew with other credentials.
func (i *ICE) restarted(n ICE) bool {
	if i == nil {
		return n.Ufrag != ""
	}
	return n.Ufrag != i.Ufrag || i.FarUfrag != "" && n.FarUfrag != i.FarUfrag
}

// known says whether signalling or accepted media comes from the host.
func (s *Stream) known(a netip.Addr) bool {
	l := &s.latch
	return a == l.host || a == l.target.Addr() || a == l.locked.Addr()
}

// nominated: the far side proved that it is reached at this address, and wants
// media there.
func (s *Stream) nominated(k socket, from netip.AddrPort) {
	if k == s.rtcp {
		s.toRTCP.set(from)
		s.heardRTCP = from
		return
	}
	if l := &s.latch; l.locked != from || l.state != closed {
		s.slow()
		l.lock(from, described, s.loop.now)
		l.state = closed // it moves by another check
		s.source.Store(&from)
	}
	if s.nominee != from {
		s.nominee = from
		s.direct()
	}
}
