package qualify

import (
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// TellPeerStatus makes the status of a peer known: Registered, Unregistered, Reachable, Lagged,
// Unreachable or Rejected. more says what else there is to tell of it.
func TellPeerStatus(core *pbx.Core, name, status string, more event.PeerStatus) {
	if core.Heard() {
		more.Peer, more.Status = "SIP/"+name, status
		core.Tell(more)
	}
}

// tellHealth tells how a peer answers OPTIONS.
func tellHealth(core *pbx.Core, name string, now Health) {
	status := "Reachable"
	switch {
	case !now.Reachable:
		TellPeerStatus(core, name, "Unreachable", event.PeerStatus{Asked: true, RTT: -1})
		return
	case now.Lagged:
		status = "Lagged"
	}
	TellPeerStatus(core, name, status, event.PeerStatus{Asked: true, RTT: now.RTT})
}
