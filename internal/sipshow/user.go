package sipshow

import (
	"strings"

	"obelisk/channels/chansip"
	"obelisk/manage/cli"
)

// UserDetails lists the rows of sip show user, in chan_sip's order and words.
func (v Console) UserDetails(name string) ([][2]string, bool) {
	p, ok := v.Driver.Peer(name)
	if !ok || !p.IsUser {
		return nil, false
	}
	all := v.details(p)
	d := peerDetails{p: p}
	of := func(label string) string {
		for _, r := range all {
			if r[0] == label {
				return r[1]
			}
		}
		return ""
	}
	take := func(labels ...string) {
		for _, l := range labels {
			d.add(l, of(l))
		}
	}
	take("Secret", "MD5Secret", "Context", "Language")
	d.given("Accountcode", p.AccountCode)
	take("AMA flags", "Tonezone", "Transfer mode", "MaxCallBR", "CallingPres", "Call limit", "Callgroup", "Pickupgroup", "Named Callgr",
		"Nam. Pickupgr", "Callerid", "ACL", "Sess-Timers", "Sess-Refresh", "Sess-Expires")
	d.add("Sess-Min-SE", of("Min-Sess"))
	take("RTP Engine", "Auto-Framing")
	d.variables()
	return d.rows, true
}

// Users lists the endpoints that may call.
func (v Console) Users() (out []cli.SIPUser) {
	for _, p := range v.Driver.Directory().Peers {
		if p.IsUser {
			i := chansip.PeerInfo{Peer: p}
			force, _ := i.NATColumns()
			out = append(out, cli.SIPUser{Name: p.Name, Secret: p.Secret != "", Account: p.AccountCode, Context: p.Context, ACL: yes(p.ACL.Any()),
				Forcerport: strings.TrimSuffix(strings.TrimPrefix(force, "Auto ("), ")")})
		}
	}
	return out
}
