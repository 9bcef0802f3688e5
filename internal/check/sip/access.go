package sip

import (
	"net/netip"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// access judges the permit and deny lines of every section.
func (j *judge) access() {
	dual := j.d.UDPBind.Addr().Is6() || j.d.TCPBind.Addr().Is6() && j.d.TCPEnable
	bases := j.baseSections()
	for _, s := range j.f.Visible() {
		for _, before := range []string{"", "contact", "directmedia"} {
			if before == "" && strings.EqualFold(s.Name, "general") {
				continue // not read there, and told of
			}
			if unreadable(s, before) {
				continue // told of where it is read; the rest is no list any more
			}
			_, named := s.Lookup(before + "acl")
			who := "'" + s.Name + "'"
			if strings.EqualFold(s.Name, "general") {
				who = "[general]"
			}
			j.Access(look.AccessOf{Who: who, Rules: look.AccessRules(s.Vars, before), Named: named, Dual: dual, Base: s.Template || bases[s.Name] ||
				s.Get(before+"permit") != ""})
		}
	}
	for _, p := range j.d.Peers {
		j.lockedOut(p)
		j.contactsApart(p)
	}
}

// contactsApart finds phones of an inner network that may register and may not name themselves: what
// they register as their address is refused by contactpermit and contactdeny.
func (j *judge) contactsApart(p *sipconf.Peer) {
	s := j.section(p)
	if !p.Dynamic || s == nil || len(p.ContactACL.ACL) == 0 {
		return
	}
	var from, to *look.AccessRule
	for _, r := range look.AccessRules(s.Vars, "") {
		if !r.Allow || r.Net.Bits() == 0 {
			continue
		}
		if !r.Net.Addr().IsPrivate() || p.ContactACL.ACL.Allows(r.Net.Addr().Next()) || p.ContactACL.ACL.Allows(r.Net.Addr()) {
			return // from outside a phone names an address of another network
		}
		from = &r
	}
	for _, r := range look.AccessRules(s.Vars, "contact") {
		if r.Allow && r.Net.Bits() > 0 {
			to = &r
		}
	}
	if from != nil && to != nil {
		j.once("acl-contact-apart", to.Pos, "contactpermit="+from.Text, "'%s' may register from %s (%s) and name an address in %s alone: the "+
			"phone names its own, and its registration is refused", p.Name, from.Text, from.Pos, to.Text)
	}
}

// unreadable says whether a permit or deny line of a section cannot be read.
func unreadable(s *config.Section, before string) bool {
	return slices.ContainsFunc(s.Vars, func(v config.Var) bool {
		var list auth.ACL
		name := strings.ToLower(v.Name)
		return (name == before+"permit" || name == before+"deny") && list.Add(true, v.Value) != nil
	})
}

// baseSections are those that another section goes on from.
func (j *judge) baseSections() map[string]bool {
	out := map[string]bool{}
	for _, s := range j.f.Sections {
		for _, name := range s.Bases {
			out[name] = true
		}
	}
	return out
}

// lockedOut finds static hosts that their own rules refuse.
func (j *judge) lockedOut(p *sipconf.Peer) {
	addr := p.Addr()
	if p.Dynamic || !addr.IsValid() || !p.ACL.Any() || p.ACL.Allows(addr.Addr()) {
		return
	}
	if ip, err := netip.ParseAddr(p.Host); err != nil || !ip.IsValid() {
		return // a name: where it leads today is no matter of the file
	}
	j.once("acl-locks-out-host", p.Line("host"), "permit="+p.Host,
		"'%s' is at %s, which its own permit and deny lines refuse: its calls get 403", p.Name, p.Host)
}

// outside looks at what we tell those who are outside our network.
func (j *judge) outside() {
	addr, has := get(j.general, "externaddr", "externip")
	host, named := get(j.general, "externhost")
	local, nets := get(j.general, "localnet")
	if has && named {
		j.Say("sip-extern-twice", host.Pos, "one of them", "externaddr (%s) and externhost are both given: the last line counts", addr.Pos)
	}
	if nets && !has && !named {
		if _, media := get(j.general, "media_address"); !media {
			j.SayAs(config.Note, "sip-localnet-alone", local.Pos, "externaddr=your public address",
				"localnet has no effect without externaddr or externhost: nothing else is told to those who are outside")
		}
	}
	if j.general == nil {
		return
	}
	for _, v := range j.general.Vars {
		if !strings.EqualFold(v.Name, "localnet") {
			continue
		}
		if p, err := netip.ParsePrefix(v.Value); err == nil && p.Bits() == 0 || strings.HasPrefix(v.Value, "0.0.0.0/0") {
			j.Say("sip-localnet-everything", v.Pos, "the networks of the office",
				"localnet=%s holds every address: externaddr is never told to anybody", v.Value)
		} else if err == nil && p.Addr().Is4() && !p.Addr().IsPrivate() && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() &&
			p.Bits() < 16 {
			j.Say("sip-localnet-everything", v.Pos, "the networks of the office",
				"localnet=%s holds public addresses: those who are there are told our inner address, which they do not reach", v.Value)
		}
	}
	if has && nets {
		j.externIsLocal(addr)
	}
	j.lacking()
}

// lacking finds addresses of the inside that no localnet holds: those of a static host, and the
// networks that phones may come from.
func (j *judge) lacking() {
	_, addr := get(j.general, "externaddr", "externip")
	_, name := get(j.general, "externhost")
	if len(j.d.LocalNets) == 0 || !addr && !name {
		return
	}
	held := func(ip netip.Addr) bool {
		for _, n := range j.d.LocalNets {
			if n.Net.Contains(ip) {
				return true
			}
		}
		return false
	}
	const hint = "localnet= for that network too"
	severity := config.Warning
	for _, s := range j.f.Visible() {
		for _, r := range look.AccessRules(s.Vars, "") {
			if r.Allow && r.Net.Bits() > 8 && held(r.Net.Addr()) {
				severity = config.Note // one network more, and not all that there is
			}
		}
	}
	for _, p := range j.d.Peers {
		if ip, err := netip.ParseAddr(p.Host); err == nil && ip.Is4() && ip.IsPrivate() && !held(ip) {
			j.SayOnceAs(config.Note, "sip-localnet-lacks", p.Line("host"), hint, "'%s' is at %s, which no localnet holds: it counts as outside, "+
				"and is told the external address, where it sends the sound", p.Name, p.Host)
		}
	}
	local, _ := get(j.general, "localnet")
	told := map[netip.Prefix]bool{}
	for _, s := range j.f.Visible() {
		for _, r := range look.AccessRules(s.Vars, "") {
			if r.Allow && r.Net.Addr().Is4() && r.Net.Addr().IsPrivate() && r.Net.Bits() < 32 && r.Net.Bits() > 8 && !held(r.Net.Addr()) &&
				!told[r.Net] {
				told[r.Net] = true
				j.SayAs(severity, "sip-localnet-lacks", local.Pos, hint, "no localnet holds %s, from where '%s' may come (%s): whoever is there "+
					"counts as outside, and is told the external address, where it sends the sound", r.Net, s.Name, r.Pos)
			}
		}
	}
}

// externIsLocal finds an outside address that is in the inside network.
func (j *judge) externIsLocal(v config.Var) {
	ip, err := netip.ParseAddr(v.Value)
	if err != nil {
		return
	}
	for _, n := range j.d.LocalNets {
		if n.Net.Contains(ip) && n.Net.Bits() > 0 && !ip.IsPrivate() {
			j.Say("sip-externaddr-local", v.Pos, "the public address", "externaddr %s is within localnet %s: it is no address of the outside",
				v.Value, n.Net)
		}
	}
}
