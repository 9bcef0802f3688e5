package convert

import (
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

// people are the sections of users.conf with hassip=yes, as sections of sip.conf: the options
// that endpoints have, those of [general] first. What else they are is noted: chan_pjsip does
// not read users.conf. sip.conf goes over a section of the same name.
func (c *toPJSIP) people(src config.Source, sip *config.File) (out []*config.Section) {
	f, err := read(src, "users.conf", &c.notes)
	if err != nil {
		c.add(config.Pos{File: "users.conf", Line: 1}, "this file cannot be read: "+err.Error(), "look for hassip=yes in it")
	}
	if f == nil {
		return nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		c.tellPerson(f, s)
		if !isPerson(f, s, "hassip", false) {
			continue
		}
		if sip.Section(s.Name) != nil {
			c.add(s.Pos, "["+s.Name+"] stands in users.conf and in sip.conf, and the two are one endpoint",
				"only the lines of sip.conf are converted: copy there what users.conf has beside them")
			continue
		}
		p := &config.Section{Name: s.Name, Pos: s.Pos, Vars: []config.Var{{Name: "type", Value: "friend", Pos: s.Pos}}}
		if g := f.Section("general"); g != nil {
			p.Vars = append(p.Vars, g.Vars...)
		}
		p.Vars = append(p.Vars, s.Vars...)
		p.Vars = slices.DeleteFunc(p.Vars, func(v config.Var) bool { return !sipconf.PeerOption(v.Name) })
		out = append(out, p)
	}
	return out
}

// isPerson says whether a section of users.conf, or else its [general], says yes.
func isPerson(f *config.File, s *config.Section, option string, without bool) bool {
	v, ok := s.Lookup(option)
	if !ok {
		v, ok = f.Section("general").Lookup(option)
	}
	if !ok {
		return without
	}
	yes, _ := config.Bool(v.Value)
	return yes
}

// tellPerson notes what users.conf makes of a section beside an endpoint.
func (c *toPJSIP) tellPerson(f *config.File, s *config.Section) {
	if isPerson(f, s, "hassip", false) && isPerson(f, s, "hasexten", true) {
		c.add(s.Pos, "["+s.Name+"] of users.conf has a hint and an extension that dial SIP/"+s.Name,
			"hasexten=no there, and in extensions.conf: exten => "+s.Name+",hint,PJSIP/"+s.Name+" and exten => "+s.Name+",1,Dial(PJSIP/"+s.Name+")")
	}
	if isPerson(f, s, "registersip", false) {
		c.add(s.Pos, "["+s.Name+"] of users.conf registers elsewhere (registersip)",
			"write a register line into sip.conf, and convert again; or a type=registration section")
	}
}
