package sip

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

type hinted = *dialplan.Extension

// places looks at what an endpoint names in other files.
func (j *judge) places(p *sipconf.Peer, s *config.Section) {
	j.hintContext(p)
	j.fax(p, s)
	j.named(p, s, "parkinglot", "sip-parkinglot", "res_parking.conf", "calls are parked in the lot default")
	j.named(p, s, "mohinterpret", "sip-music-class", "musiconhold.conf", "nothing is heard on hold")
	j.named(p, s, "mohsuggest", "sip-music-class", "musiconhold.conf", "whom it holds hears nothing")
	j.named(p, s, "musicclass", "sip-music-class", "musiconhold.conf", "nothing is heard on hold")
	j.named(p, s, "tonezone", "sip-tonezone", "indications.conf", "it hears the tones of [general]")
	if v, ok := s.Lookup("outofcall_message_context"); ok && j.plan != nil && v.Value != "" && !look.Has(j.plan, v.Value) {
		j.once("sip-context-missing", v.Pos, look.Like(v.Value, j.Contexts()),
			"outofcall_message_context '%s' of '%s' is not in extensions.conf: there is no such context, its messages get 404", v.Value, p.Name)
	}
	if v, ok := j.inForce(s, "vmexten"); ok && j.plan != nil && len(p.MailboxTexts) > 0 && look.Has(j.plan, p.Context) &&
		!j.plan.Exists(p.Context, v.Value,
			dialplan.Query{}) && v.Value != "" {
		j.SayOnceAs(config.Note, "sip-vmexten", v.Pos, "",
			"vmexten '%s' of '%s' does not exist in its context '%s': the message key of the phone calls nothing", v.Value, p.Name, p.Context)
	}
}

// messages looks where messages outside of calls go that no endpoint has a line for.
func (j *judge) messages() {
	v, ok := j.general.Lookup("outofcall_message_context")
	if ok && j.plan != nil && v.Value != "" && !look.Has(j.plan, v.Value) {
		j.once("sip-context-missing", v.Pos, look.Like(v.Value, j.Contexts()),
			"outofcall_message_context '%s' is not in extensions.conf: there is no such context, and messages get 404", v.Value)
	}
}

// domains looks whether calls by the address are refused, which phones make that have no name to go by.
func (j *judge) domains() {
	v, ok := j.general.Lookup("allowexternaldomains")
	if _, named := j.general.Lookup("domain"); !ok || !named || switched(v) {
		return
	}
	if auto, is := j.general.Lookup("autodomain"); is && switched(auto) {
		return
	}
	for _, d := range j.general.Vars {
		name, _, _ := strings.Cut(d.Value, ",")
		if _, err := netip.ParseAddr(strings.TrimSpace(name)); strings.EqualFold(d.Name, "domain") && err == nil {
			return
		}
	}
	j.Say("sip-domain-address", v.Pos, "autodomain=yes", "allowexternaldomains=no, and no address of this machine is a domain: calls of "+
		"phones "+
		"that have the address, not the name, as their server are refused")
}

// fax looks whether a call that turns out to be a fax has somewhere to go.
func (j *judge) fax(p *sipconf.Peer, s *config.Section) {
	v, ok := j.inForce(s, "faxdetect")
	if on, is := config.Bool(v.Value); !ok || is && !on || within(v.Value, "none") || j.plan == nil || !look.Has(j.plan, p.Context) ||
		len(j.plan.Contexts[p.Context].Switches) > 0 || j.plan.Exists(p.Context, "fax", dialplan.Query{}) {
		return
	}
	if _, own := s.Lookup("faxdetect"); own {
		j.once("sip-fax-extension", v.Pos, "exten => fax,1,...", "faxdetect=%s of '%s': there is no extension fax in its context '%s', and "+
			"a fax "+
			"that is heard goes nowhere", v.Value, p.Name, p.Context)
		return
	}
	if j.first("sip-fax-extension", v.Pos) {
		j.SayAs(config.Note, "sip-fax-extension", v.Pos, "exten => fax,1,...", "faxdetect=%s: there is no extension fax in context '%s' of "+
			"'%s', "+
			"and a fax that is heard goes nowhere", v.Value, p.Context, p.Name)
	}
}

// inForce is a line of an endpoint, or that of [general] where it has none.
func (j *judge) inForce(s *config.Section, option string) (config.Var, bool) {
	if v, ok := s.Lookup(option); ok {
		return v, true
	}
	return j.general.Lookup(option)
}

// named looks whether a section of another file is there.
func (j *judge) named(p *sipconf.Peer, s *config.Section, option, code, file, loss string) {
	v, ok := j.inForce(s, option)
	f := j.File(file)
	if named := !within(v.Value, "default", "passthrough", "") && !strings.Contains(v.Value, "$"); ok && named && f == nil &&
		file == "musiconhold.conf" {
		if j.first(code, v.Pos) {
			j.SayAs(config.Note, code, v.Pos, "", "%s=%s: there is no %s here, and so no such class; %s", option, v.Value, file, loss)
		}
		return
	}
	if !ok || v.Value == "" || f == nil || strings.Contains(v.Value, "${") || strings.EqualFold(v.Value, "default") ||
		strings.EqualFold(v.Value, "passthrough") || f.Section(v.Value) != nil {
		return
	}
	var known []string
	for _, x := range f.Visible() {
		if !strings.EqualFold(x.Name, "general") {
			known = append(known, x.Name)
		}
	}
	j.once(code, v.Pos, look.Like(v.Value, known), "%s=%s of '%s': there is no such section in %s, it is not defined; %s", option, v.Value,
		p.Name, file, loss)
}

// hintContext looks where the lamps of a phone look for hints.
func (j *judge) hintContext(p *sipconf.Peer) {
	if j.plan == nil || p.SubscribeIn == "" {
		return
	}
	pos := p.Line("subscribecontext")
	if pos == p.Pos {
		pos = j.d.Line("subscribecontext")
	}
	switch {
	case !look.Has(j.plan, p.SubscribeIn):
		j.once("sip-subscribecontext", pos, look.Like(p.SubscribeIn, j.Contexts()),
			"subscribecontext '%s' of '%s' is not in extensions.conf: there is no such context, and every lamp gets 404", p.SubscribeIn, p.Name)
	case !j.hintsIn(p.SubscribeIn, map[string]bool{}):
		j.once("sip-subscribecontext", pos, "the context that holds the hints",
			"subscribecontext '%s' of '%s' has no hint, nor does what it includes: every lamp gets 404, not found", p.SubscribeIn, p.Name)
	}
}

// hintsIn says whether a context or one that it includes has a hint.
func (j *judge) hintsIn(context string, seen map[string]bool) bool {
	x := j.plan.Contexts[context]
	if x == nil || seen[context] {
		return false
	}
	seen[context] = true
	if x.AutoHints || len(x.Switches) > 0 || slices.ContainsFunc(x.Extensions, func(e hinted) bool { return e.Hint != nil }) {
		return true
	}
	for _, i := range x.Includes {
		if j.hintsIn(i.Context, seen) {
			return true
		}
	}
	return false
}

// mailboxes looks at the boxes that a phone shows.
func (j *judge) mailboxes(p *sipconf.Peer) {
	boxes := j.Boxes()
	for _, text := range p.MailboxTexts {
		if boxes.Kept && !strings.Contains(text, "${") && !strings.Contains(text, "@SIP_Remote") {
			j.mailbox(p, boxes, text)
		}
	}
}

// mailbox looks at one of them.
func (j *judge) mailbox(p *sipconf.Peer, boxes look.Boxes, text string) {
	box, context, named := strings.Cut(text, "@")
	homes := boxes.Homes[box]
	pos := p.Line("mailbox")
	if v, ok := j.section(p).Lookup("hasvoicemail"); ok && (!named || context == "default") && box == p.Name && switched(v) {
		pos = v.Pos
	}
	switch {
	case !named && !slices.Contains(homes, "default") && len(homes) > 0:
		j.once("sip-mailbox-context", pos, box+"@"+homes[0],
			"mailbox %s of '%s' without a context is not the one that voicemail.conf has in [%s]: its lamp never lights", box, p.Name, homes[0])
	case slices.Contains(homes, cmp.Or(context, "default")):
	case box == "":
		j.once("sip-mailbox-missing", pos, p.Name+"@"+context, "mailbox of '%s': no box stands before the @: its lamp never lights", p.Name)
	default:
		hint := ""
		if len(homes) > 0 {
			hint = box + "@" + homes[0]
		}
		j.once("sip-mailbox-missing", pos, hint,
			"mailbox of '%s': there is no box %s in [%s] of voicemail.conf: its lamp never lights", p.Name, box, cmp.Or(context, "default"))
	}
}
