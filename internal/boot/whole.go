package boot

import (
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// whole is a configuration as modules see it in obelisk check.
type whole struct {
	*configuration
	read   *files
	tabled bool // there are phones in a database
}

// checkModules asks what the modules have prepared.
func (w whole) checkModules() (out []config.Diagnostic) {
	for _, n := range w.read.next {
		if c, ok := n.Next.(pbx.Checked); ok {
			out = append(out, c.Check(w)...)
		}
	}
	return out
}

// File implements pbx.Whole. What is wrong with a file is told elsewhere.
func (w whole) File(name string) *config.File {
	f, err := w.optional(name)
	if err != nil {
		return nil
	}
	return f
}

// Plan implements pbx.Whole.
func (w whole) Plan() *dialplan.Plan { return w.read.plan }

// Devices implements pbx.Whole.
func (w whole) Devices() (out []string) {
	if w.read.sip != nil {
		for _, name := range peerNames(w.read.sip) {
			out = append(out, "SIP/"+name)
		}
	}
	return out
}

// HasDevice implements pbx.Whole.
func (w whole) HasDevice(name string) bool {
	tech, resource, _ := strings.Cut(name, "/")
	if !strings.EqualFold(tech, "SIP") || w.tabled || w.read.sip == nil || strings.ContainsAny(resource, "/@.:$") {
		return true
	}
	return w.read.sip.Lookup(resource) != nil
}

// Named implements pbx.Whole.
func (w whole) Named(kind string) (out []pbx.Reference) {
	if w.read.sip != nil {
		for _, p := range w.read.sip.Peers {
			out = append(out, namedBy(p, kind)...)
		}
	}
	for _, n := range w.read.next {
		if x, ok := n.Next.(pbx.Naming); ok {
			out = append(out, x.Names(kind)...)
		}
	}
	return out
}

// namedBy is what an endpoint of sip.conf names.
func namedBy(p *sipconf.Peer, kind string) (out []pbx.Reference) {
	add := func(option string, names ...string) {
		for _, name := range slices.DeleteFunc(names, func(n string) bool { return n == "" || strings.Contains(n, "${") }) {
			out = append(out, pbx.Reference{Name: name, Pos: p.Line(option), By: "endpoint '" + p.Name + "'"})
		}
	}
	switch kind {
	case pbx.NamedMailbox:
		add("mailbox", slices.Clone(p.MailboxTexts)...)
	case pbx.NamedMusic:
		add("mohinterpret", p.MOHInterpret)
		add("mohsuggest", p.MOHSuggest)
	case pbx.NamedParking:
		add("parkinglot", p.ParkingLot)
	case pbx.NamedContext:
		add("context", p.Context)
	}
	return out
}
