package qualify

import (
	"strconv"

	"obelisk/pbx"
)

// TellPeerStatus tells the event PeerStatus of a peer: Registered, Unregistered, Reachable, Lagged,
// Unreachable or Rejected.
func TellPeerStatus(core *pbx.Core, name, status string, more ...pbx.Field) {
	if core.Heard() {
		core.Tell(pbx.News{Name: "PeerStatus", Class: "system",
			Fields: append([]pbx.Field{{Name: "ChannelType", Value: "SIP"}, {Name: "Peer", Value: "SIP/" + name},
				{Name: "PeerStatus", Value: status}}, more...)})
	}
}

// tellHealth tells how a peer answers OPTIONS.
func tellHealth(core *pbx.Core, name string, now Health) {
	status := "Reachable"
	switch {
	case !now.Reachable:
		TellPeerStatus(core, name, "Unreachable", pbx.Field{Name: "Time", Value: "-1"})
		return
	case now.Lagged:
		status = "Lagged"
	}
	TellPeerStatus(core, name, status, pbx.Field{Name: "Time", Value: strconv.FormatInt(now.RTT.Milliseconds(), 10)})
}
