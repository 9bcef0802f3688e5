package sipshow

import (
	"fmt"
	"slices"
	"strings"

	"obelisk/channels/chansip"
	"obelisk/manage/ami"
)

// Manager is the driver as the manager interface asks of it: ami.SIP.
type Manager struct{ *chansip.Driver }

// Peers implements ami.SIP.
func (v Manager) Peers() (out []ami.SIPPeer) {
	for _, p := range v.Driver.Peers() {
		out = append(out, ami.SIPPeer{Name: p.Name, Address: p.Address, Port: p.Port, Status: p.Health.Status(), State: peerState(p),
			Millis: int(p.Health.RTT.Milliseconds()), Dynamic: p.Dynamic, AutoForce: p.NAT.AutoForceRport, Force: p.NAT.ForceRport ||
				p.NAT.AutoForceRport && p.NATFound, AutoComedia: p.NAT.AutoComedia,
			Comedia: p.NAT.Comedia || p.NAT.AutoComedia && p.NATFound, Video: p.Video != "no", Text: p.Text, ACL: p.ACL.Any(), Realtime: p.Realtime,
			Description: p.Description, AccountCode: p.AccountCode})
	}
	return out
}

// Users implements ami.SIP.
func (v Manager) Users() (out []string) {
	for _, p := range v.Driver.Directory().Peers {
		if p.IsUser && !p.IsPeer {
			out = append(out, p.Name)
		}
	}
	slices.Sort(out)
	return out
}

// peerState is the first word of a status: Reachable, Lagged, Unreachable, Unmonitored.
func peerState(p chansip.PeerInfo) string {
	word, _, _ := strings.Cut(p.Health.Status(), " ")
	switch word {
	case "OK":
		return "Reachable"
	case "LAGGED":
		return "Lagged"
	case "UNREACHABLE":
		return "Unreachable"
	case "UNKNOWN":
		return "Unknown"
	}
	return word
}

// Registrations implements ami.SIP.
func (v Manager) Registrations() (out []ami.SIPRegistration) {
	for _, r := range v.Driver.Registrations() {
		host, port := cutPort(r.Host)
		out = append(out, ami.SIPRegistration{Host: host, Port: port, User: r.Account, Domain: r.Domain, DomainPort: r.DomainPort,
			State: r.State, Refresh: r.Refresh, At: r.At})
	}
	return out
}

// cutPort parts "host:port"; the port of SIP without one.
func cutPort(text string) (host string, port int) {
	host, number, ok := strings.Cut(text, ":")
	if _, err := fmt.Sscan(number, &port); err != nil || !ok {
		port = 5060
	}
	return host, port
}

// NotifyWith implements ami.SIP.
func (v Manager) NotifyWith(peer string, headers [][2]string) error {
	return v.Driver.NotifyWith(peer, headers)
}
