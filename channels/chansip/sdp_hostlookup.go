package chansip

import (
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// A host name in a description (c=IN IP4 pc.example) is looked up off the shard. An INVITE
// waits for it, and is refused where there is no such name, as in chan_sip. A call that is there
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

// findMediaHost looks the name up that an INVITE waits for, and goes on with the steps behind.
func (in *incoming) findMediaHost(steps []inviteStep) {
	name, stack, l := in.await, in.d.stack, in.leg
	in.await = ""
	at := in.d.names.Entry(dnsmgr.Query{Proto: sipstack.UDP, Host: name})
	in.tx.OnCancel = func(*sipstack.Message) { in.d.respond(in.tx, 487, "Request Terminated") }
	go func() {
		found, err := at.Await()
		stack.Post(l.CallID, func(sh *sipstack.Shard) {
			if in.tx.Final() { // taken back meanwhile
				return
			}
			in.sh, l.sh = sh, sh
			audio, _ := audioOf(l.remoteSDP)
			switch {
			case err == nil:
				l.mediaHost = mediaHost{name: name, addr: found[0].Addr.Addr().String()}
				l.trace.Note("its media address '%s' is %s", name, l.mediaHost.addr)
				audio.Addr = l.mediaHost.addr
			case audio.Instead != "":
				audio.Addr, audio.Instead = audio.Instead, ""
				in.await = audio.Named()
			default:
				in.refuse(&trace.Refusal{Status: 488, Reason: "Not acceptable here", Cause: 58,
					Rule: "its media address '" + name + "' cannot be found"})
				return
			}
			if in.await != "" {
				in.findMediaHost(steps)
				return
			}
			in.take(steps)
		})
	}()
}
