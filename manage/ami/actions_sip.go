package ami

import (
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// sipActions are about SIP endpoints.
var sipActions = []action{
	{"SIPpeers", "List SIP peers (text format).", ClassSystem | ClassReporting, false, sipPeers},
	{"SIPshowpeer", "show SIP peer (text format).", ClassSystem | ClassReporting, false, sipShowPeer},
	{"SIPpeerstatus", "Show the status of one or all of the sip peers.", ClassSystem, false, sipPeerStatus},
	{"SIPqualifypeer", "Qualify SIP peers.", ClassSystem | ClassReporting, false, sipQualifyPeer},
	{"SIPshowregistry", "Show SIP registrations (text format).", ClassSystem | ClassReporting, false, sipShowRegistry},
	{"SIPnotify", "Send a SIP notify.", ClassSystem, false, sipNotify},
}

// sip is the driver; nil, and said so, without one.
func (a *act) sip() SIP {
	if a.o.srv.rooms.SIP == nil {
		a.fail("SIP is not started")
	}
	return a.o.srv.rooms.SIP
}

// small is "yes" or "no".
func small(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

func sipPeers(a *act) {
	sip := a.sip()
	if sip == nil {
		return
	}
	var rows [][]header
	for _, p := range sip.Peers() {
		address := p.Address
		if address == "" {
			address = "-none-"
		}
		rows = append(rows, []header{{"Event", "PeerEntry"}, {"Channeltype", "SIP"}, {"ObjectName", p.Name}, {"ChanObjectType", "peer"},
			{"IPaddress", address}, {"IPport", strconv.Itoa(p.Port)}, {"Dynamic", small(p.Dynamic)}, {"AutoForcerport", small(p.AutoForce)},
			{"Forcerport", small(p.Force)}, {"AutoComedia", small(p.AutoComedia)}, {"Comedia", small(p.Comedia)}, {"VideoSupport", small(p.Video)},
			{"TextSupport", small(p.Text)}, {"ACL", small(p.ACL)}, {"Status", p.Status}, {"RealtimeDevice", small(p.Realtime)},
			{"Description", p.Description}, {"Accountcode", p.AccountCode}})
	}
	a.list("Peer status list will follow", "PeerlistComplete", rows)
}

func sipShowPeer(a *act) {
	sip := a.sip()
	if sip == nil {
		return
	}
	name := a.m.get("Peer")
	if name == "" {
		a.fail("Peer: <name> missing.")
		return
	}
	fields, ok := sip.Details(name)
	if !ok {
		a.fail("Peer " + name + " not found.")
		return
	}
	var out []header
	for _, f := range fields {
		out = append(out, header{f[0], f[1]})
	}
	a.respond("Success", out...)
}

func sipPeerStatus(a *act) {
	sip := a.sip()
	if sip == nil {
		return
	}
	only := a.m.get("Peer")
	var rows [][]header
	for _, p := range sip.Peers() {
		if only != "" && p.Name != only {
			continue
		}
		row := []header{{"Event", "PeerStatus"}, {"Privilege", "System"}, {"ChannelType", "SIP"}, {"Peer", "SIP/" + p.Name},
			{"PeerStatus", p.State}}
		if p.Millis > 0 {
			row = append(row, header{"Time", strconv.Itoa(p.Millis)})
		}
		rows = append(rows, row)
	}
	if only == "" { // of type=user: nobody watches them, and they are not to be asked for alone
		for _, name := range sip.Users() {
			rows = append(rows, []header{{"Event", "PeerStatus"}, {"Privilege", "System"}, {"ChannelType", "SIP"}, {"Peer", "SIP/" + name},
				{"PeerStatus", "Unmonitored"}})
		}
	}
	if only != "" && len(rows) == 0 {
		a.fail("No such peer")
		return
	}
	a.lastID = true
	a.list("Peer status will follow", "SIPpeerstatusComplete", rows)
}

func sipQualifyPeer(a *act) {
	sip := a.sip()
	if sip == nil {
		return
	}
	name := a.m.get("Peer")
	switch {
	case name == "":
		a.fail("Peer: <name> missing.")
	case !sip.Qualify(name):
		a.fail("Peer not found")
	default:
		a.ok("SIP peer found - will qualify")
		fields := []pbx.Field{{Name: "Peer", Value: name}}
		if a.id != "" {
			fields = append(fields, pbx.Field{Name: "ActionID", Value: a.id})
		}
		a.core().Tell(pbx.News{Name: "SIPQualifyPeerDone", Class: "call", Fields: fields})
	}
}

func sipShowRegistry(a *act) {
	sip := a.sip()
	if sip == nil {
		return
	}
	var rows [][]header
	for _, r := range sip.Registrations() {
		at := "0"
		if !r.At.IsZero() && r.At.After(time.Unix(1, 0)) {
			at = strconv.FormatInt(r.At.Unix(), 10)
		}
		rows = append(rows, []header{{"Event", "RegistryEntry"}, {"Host", r.Host}, {"Port", strconv.Itoa(r.Port)}, {"Username", r.User},
			{"Domain", r.Domain}, {"DomainPort", strconv.Itoa(r.DomainPort)}, {"Refresh", strconv.Itoa(r.Refresh)}, {"State", r.State},
			{"RegistrationTime", at}})
	}
	a.list("Registrations will follow", "RegistrationsComplete", rows)
}

func sipNotify(a *act) {
	sip := a.sip()
	if sip == nil {
		return
	}
	peer := a.m.get("Channel")
	if len(peer) > 4 && strings.EqualFold(peer[:4], "SIP/") {
		peer = peer[4:]
	}
	if peer == "" {
		a.fail("SIPNotify requires a channel name")
		return
	}
	if id := a.m.get("Call-ID"); id != "" {
		if !sip.NotifyIn(id, a.m.variables()) {
			a.fail("Call-ID not found")
			return
		}
	} else if err := sip.NotifyWith(peer, a.m.variables()); err != nil {
		a.fail("Could not create address")
		return
	}
	a.ok("Notify Sent")
}
