package chansip

import (
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
)

// A host name in a description (c=IN IP4 pc.example) is looked up off the shard; the call
// goes on meanwhile, and its media begins when the address is known.

// mediaHost is the last host name of a far side that was looked up, and its address.
type mediaHost struct{ name, addr string }

// resolveMediaHost finds the address of a section that names a host. It is put into the section at
// once where it is known; else then runs on the shard once it is, unless a later
// description has come.
func (l *Leg) resolveMediaHost(m *sdp.Media, then func()) {
	name := m.Named()
	if name == "" || m.Port == 0 {
		return
	}
	if l.mediaHost.name == name {
		m.Addr = l.mediaHost.addr
		return
	}
	at, stack, callID := l.d.names.Entry(dnsmgr.Query{Proto: sipstack.UDP, Host: name}), l.d.stack, l.CallID
	go func() {
		found, err := at.Await()
		stack.Post(callID, func(sh *sipstack.Shard) {
			switch {
			case l.state == legEnded || m.Named() != name || !l.inForce(m):
			case err != nil:
				l.trace.Note("its media address '%s' cannot be found: %v", name, err)
			default:
				l.sh = sh
				l.mediaHost = mediaHost{name: name, addr: found[0].Addr.Addr().String()}
				l.trace.Note("its media address '%s' is %s", name, l.mediaHost.addr)
				m.Addr = l.mediaHost.addr
				then()
			}
		})
	}()
}

// inForce says whether a section belongs to the description that counts.
func (l *Leg) inForce(m *sdp.Media) bool {
	return l.far == m || l.video != nil && l.video.far == m || l.rtt != nil && l.rtt.far == m
}
