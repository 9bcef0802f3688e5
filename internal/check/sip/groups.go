package sip

import (
	"math/bits"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

// groups finds pickup groups that nobody is in, and ringing groups that nobody may pick up.
func (j *judge) groups() {
	var rings, picks uint64
	var ringNames, pickNames []string
	for _, p := range j.d.Peers {
		rings |= p.Groups.Call
		picks |= p.Groups.Pickup
		ringNames = append(ringNames, p.Groups.NamedCall...)
		pickNames = append(pickNames, p.Groups.NamedPickup...)
	}
	for _, p := range j.d.Peers {
		if p.Groups.Pickup != 0 && p.Groups.Pickup&rings == 0 {
			j.once("sip-pickupgroup", p.Line("pickupgroup"), "callgroup for those whose calls are picked up",
				"no endpoint is in the callgroup that pickupgroup of '%s' names: it can pick up nothing", p.Name)
		}
		if empty := p.Groups.Pickup &^ rings; empty != 0 && empty != p.Groups.Pickup {
			j.SayOnceAs(config.Note, "sip-pickupgroup", p.Line("pickupgroup"), "callgroup for those whose calls are picked up",
				"no endpoint is in callgroup %d, which pickupgroup of '%s' names among others", bits.TrailingZeros64(empty), p.Name)
		}
		if p.Groups.Call != 0 && p.Groups.Call&picks == 0 && picks != 0 {
			j.SayOnceAs(config.Note, "sip-callgroup", p.Line("callgroup"), "",
				"nobody has a pickupgroup for the callgroup of '%s': its calls cannot be picked up", p.Name)
		}
		for _, n := range p.Groups.NamedPickup {
			if !slices.Contains(ringNames, n) {
				j.once("sip-pickupgroup", p.Line("namedpickupgroup"), "namedcallgroup="+n,
					"no endpoint is in the namedcallgroup '%s' that namedpickupgroup of '%s' names: it can pick up nothing there", n, p.Name)
			}
		}
		for _, n := range p.Groups.NamedCall {
			if !slices.Contains(pickNames, n) && len(pickNames) > 0 {
				j.SayOnceAs(config.Note, "sip-callgroup", p.Line("namedcallgroup"), "",
					"nobody has namedpickupgroup=%s: calls of '%s' are not picked up by it", n, p.Name)
			}
		}
	}
}

// lamps finds hints about endpoints whose calls are not counted, and phones whose lamps look
// for hints where there are none.
func (j *judge) lamps() {
	if j.plan == nil {
		return
	}
	dark := map[*sipconf.Peer]bool{}
	j.plan.EachHint(func(context string, e hinted) {
		for _, device := range strings.Split(e.Hint.Devices, "&") {
			name, sip := strings.CutPrefix(strings.TrimSpace(device), "SIP/")
			p := j.d.Lookup(name)
			if !sip || p == nil || p.CountsCalls() || dark[p] {
				continue
			}
			dark[p] = true
			mend := j.counting(p)
			j.Mend(config.Note, "sip-lamp-dark", p.Pos, "callcounter=yes in [general]", mend, "extension '%s' of '%s' has a hint (%s) about "+
				"'%s', whose calls are not counted: without callcounter=yes or call-limit its lamp never shows a call", e.Name, context, e.Hint.Pos,
				p.Name)
			if len(dark) == 1 {
				j.Mend(config.Warning, "sip-lamp-dark", e.Hint.Pos, "callcounter=yes in [general]", mend,
					"the hint of extension '%s' is about '%s', whose calls are not counted: without callcounter=yes or call-limit its lamp never lights",
					e.Name, p.Name)
			}
		}
	})
	hints := 0
	j.plan.EachHint(func(string, hinted) { hints++ })
	if hints > 0 && !j.d.TakesSubscriptions() {
		j.Say("sip-allowsubscribe", j.d.Line("allowsubscribe"), "allowsubscribe=yes",
			"allowsubscribe=no refuses every subscription: the %d hints of the dialplan light no lamp", hints)
	}
}

// counting is the change of a file with which the calls of an endpoint are counted; nil where it
// says itself that they are not to be.
func (j *judge) counting(p *sipconf.Peer) *config.Mend {
	switch {
	case j.general == nil || j.section(p) == nil || p.Given("call-limit"):
		return nil
	case p.Given("callcounter"):
		return &config.Mend{Pos: p.Line("callcounter"), Value: "yes"}
	}
	if v, ok := j.general.Lookup("callcounter"); ok {
		return &config.Mend{Pos: v.Pos, Value: "yes"}
	}
	return &config.Mend{Pos: j.general.Pos, Below: "callcounter=yes"}
}
