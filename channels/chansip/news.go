package chansip

import (
	"strconv"

	"obelisk/pbx"
)

// tellPeer makes known what became of an endpoint: Registered, Unregistered, Reachable,
// Lagged, Unreachable, Rejected.
func (d *Driver) tellPeer(name, status string, more ...pbx.Field) {
	if d.core.Heard() {
		d.core.Tell(pbx.News{Name: "PeerStatus", Class: "system", Fields: append([]pbx.Field{{Name: "ChannelType", Value: "SIP"}, {Name: "Peer", Value: "SIP/" + name}, {Name: "PeerStatus", Value: status}}, more...)})
	}
}

// tellHealth makes known how an endpoint answers OPTIONS.
func (d *Driver) tellHealth(name string, now Health) {
	status := "Reachable"
	switch {
	case !now.Reachable:
		d.tellPeer(name, "Unreachable", pbx.Field{Name: "Time", Value: "-1"})
		return
	case now.Lagged:
		status = "Lagged"
	}
	d.tellPeer(name, status, pbx.Field{Name: "Time", Value: strconv.FormatInt(now.RTT.Milliseconds(), 10)})
}

// tellRegistry makes known how far our own registration is.
func (t *trunk) tellRegistry(s regState) {
	if core := t.d.core; core.Heard() {
		core.Tell(pbx.News{Name: "Registry", Class: "system", Fields: []pbx.Field{{Name: "ChannelType", Value: "SIP"}, {Name: "Username", Value: t.line.User}, {Name: "Domain", Value: t.line.Host},
			{Name: "Status", Value: s.String()}}})
	}
}

// tellRejected makes a failed registration known (authfailureevents).
func (r *registration) tellRejected(name, why string) {
	if !r.dir.AuthFailureEvents {
		return
	}
	cause, ok := map[string]string{"Wrong password": "AUTH_SECRET_FAILED", "Username/auth name mismatch": "AUTH_USERNAME_MISMATCH", "Peer is not supposed to register": "AUTH_PEER_NOT_DYNAMIC",
		"No matching peer found": "URI_NOT_FOUND"}[why]
	if ok {
		r.d.tellPeer(name, "Rejected", pbx.Field{Name: "Cause", Value: cause}, pbx.Field{Name: "Address", Value: r.m.Flow.Remote.Addr().String()}, pbx.Field{Name: "Port", Value: strconv.Itoa(int(r.m.Flow.Remote.Port()))})
	}
}
