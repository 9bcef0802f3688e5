// Package sip judges sip.conf as somebody does who has administered chan_sip for years: who is
// let in, who is taken for whom, and values that do not do what whoever wrote them meant.
package sip

import (
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// judge is one look at sip.conf.
type judge struct {
	*look.Look
	f       *config.File
	d       *sipconf.Directory
	plan    *dialplan.Plan // nil without one that can be used
	general *config.Section
	at      map[config.Pos]*config.Section
	said    map[told]bool // a line of a template is told of once
}

// told is a kind at a place.
type told struct {
	pos  config.Pos
	code string
}

// Judge says what is to be said of sip.conf.
func Judge(l *look.Look) {
	j := &judge{Look: l, f: l.File("sip.conf"), d: l.SIP(), plan: l.Plan(), said: map[told]bool{}}
	if j.f == nil || j.d == nil {
		return
	}
	j.general = j.f.Section("general")
	j.lines()
	j.sections()
	j.access()
	j.listening()
	j.outside()
	j.expiries()
	j.registers()
	j.guests()
	j.autoCreate()
	j.groups()
	j.lamps()
	j.sharedHosts()
	j.codecsOfGeneral()
	j.shared()
	j.messages()
	j.domains()
	j.regContext()
	for _, p := range j.d.Peers {
		j.peer(p)
	}
}

// peer looks at one endpoint.
func (j *judge) peer(p *sipconf.Peer) {
	s := j.section(p)
	j.secrets(p, s)
	j.matching(p, s)
	j.codecs(p, s)
	j.limits(p, s)
	j.mailboxes(p)
	j.media(p, s)
	j.places(p, s)
	j.timers(p, s)
	j.tellingNAT(p)
}

// once is Say for what a line of a template says of many endpoints.
func (j *judge) once(code string, pos config.Pos, hint, format string, args ...any) {
	if j.first(code, pos) {
		j.Say(code, pos, hint, format, args...)
	}
}

// first says whether a kind was not told of yet at a place.
func (j *judge) first(code string, pos config.Pos) bool {
	key := told{pos, code}
	said := j.said[key]
	j.said[key] = true
	return !said
}

// section is where an endpoint is written; nil for one of users.conf.
func (j *judge) section(p *sipconf.Peer) *config.Section {
	if j.at == nil {
		j.at = map[config.Pos]*config.Section{}
		for _, s := range j.f.Visible() {
			j.at[s.Pos] = s
		}
	}
	return j.at[p.Pos]
}

// get is the value of the first of some options that an endpoint's section has, lower case.
func get(s *config.Section, names ...string) (config.Var, bool) {
	for _, name := range names {
		if v, ok := s.Lookup(name); ok {
			return v, true
		}
	}
	return config.Var{}, false
}

// switched says whether an option is on.
func switched(v config.Var) bool { on, _ := config.Bool(v.Value); return on }

// within says whether a text is one of some, compared without case.
func within(text string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(strings.TrimSpace(text), w) {
			return true
		}
	}
	return false
}
