package boot

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/media"
	"obelisk/pbx"
)

// adviser finds what an administrator of chan_sip sees at once: lines that are read without
// a word and do not do what whoever wrote them meant. It is for obelisk check alone.
type adviser struct {
	*configuration
	core  *pbx.Core
	sip   *sipconf.Directory
	plan  *dialplan.Plan // nil without
	lines map[string][]string
	out   []config.Diagnostic
}

// advice is what is to be said of the files of a configuration.
func (c *configuration) advice(core *pbx.Core, d *sipconf.Directory, p *dialplan.Plan) []config.Diagnostic {
	a := &adviser{configuration: c, core: core, sip: d, plan: p, lines: map[string][]string{}}
	for _, name := range []string{"sip.conf", "extensions.conf", "manager.conf", "voicemail.conf", "queues.conf", "rtp.conf"} {
		a.secondGeneral(a.load(name))
	}
	if d != nil {
		a.sipLines()
		a.sipGeneral()
		a.registers()
		a.endpoints()
	}
	if p != nil {
		a.steps()
		a.withoutReturn()
	}
	a.ports()
	a.managers()
	a.members()
	return a.out
}

func (a *adviser) say(pos config.Pos, hint, format string, args ...any) {
	a.out = append(a.out, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...), Hint: hint})
}

// load reads a file again, for its lines; nil without one. What is wrong with it is told
// elsewhere.
func (a *adviser) load(name string) *config.File {
	f, err := a.optional(name)
	if err != nil {
		return nil
	}
	return f
}

// secondGeneral finds a [general] behind the first, of which nothing is read.
func (a *adviser) secondGeneral(f *config.File) {
	if f == nil {
		return
	}
	first := f.Section("general")
	for _, s := range f.Visible() {
		if s != first && strings.EqualFold(s.Name, "general") {
			a.say(s.Pos, "[general](+) goes on with it", "a second [general] is not read: the first one counts (%s)", first.Pos)
		}
	}
}

// source is a line as it stands in its file.
func (a *adviser) source(pos config.Pos) string {
	list, ok := a.lines[pos.File]
	if !ok {
		data, _ := a.src.ReadFile(pos.File)
		list = strings.Split(string(data), "\n")
		a.lines[pos.File] = list
	}
	if pos.Line < 1 || pos.Line > len(list) {
		return ""
	}
	return list[pos.Line-1]
}

// sipLines looks at each line of sip.conf for itself, templates included.
func (a *adviser) sipLines() {
	f := a.load("sip.conf")
	if f == nil {
		return
	}
	seen := map[config.Pos]bool{}
	for _, s := range f.Sections {
		for _, v := range s.Vars {
			if !seen[v.Pos] {
				seen[v.Pos] = true
				a.sipLine(v)
			}
		}
	}
}

func (a *adviser) sipLine(v config.Var) {
	name := strings.ToLower(v.Name)
	switch name {
	case "secret", "remotesecret", "md5secret", "username", "defaultuser", "fromuser", "host", "context":
		if len(v.Value) > 1 && v.Value[0] == '"' && v.Value[len(v.Value)-1] == '"' {
			a.say(v.Pos, "without them", "the quotation marks are a part of the value of '%s'", v.Name)
		}
		for _, mark := range []string{" #", "\t#", " //"} {
			if i := strings.Index(v.Value, mark); i > 0 {
				a.say(v.Pos, "", "the text from '%s' on is a part of the value of '%s': only ; begins a comment", strings.TrimSpace(mark), v.Name)
				break
			}
		}
	case "allow", "disallow":
		_, behind, ok := strings.Cut(a.source(v.Pos), v.Value+";")
		next, _, _ := strings.Cut(strings.TrimSpace(behind), ";")
		if _, codec := media.CodecByName(next); ok && codec {
			a.say(v.Pos, "commas part codecs", "the semicolon begins a comment: only '%s' is read of this line", v.Value)
		}
	case "localnet":
		if ip, err := netip.ParseAddr(v.Value); err == nil && ip.Is4() && ip.As4()[3] == 0 {
			a.say(v.Pos, v.Value+"/24, or whatever the network is", "without a mask localnet is a single host, %s/32", v.Value)
		}
	case "externaddr", "externip":
		if ip, err := netip.ParseAddr(v.Value); err == nil && (ip.IsPrivate() || ip.IsLoopback()) {
			a.say(v.Pos, "the public address", "%s is a private address: who is outside cannot reach what is told of it", v.Value)
		}
	}
}

// sipGeneral looks at lines of [general] that contradict each other.
func (a *adviser) sipGeneral() {
	f := a.load("sip.conf")
	if f == nil {
		return
	}
	general, d := f.Section("general"), a.sip
	if port, ok := general.Lookup("bindport"); ok {
		for _, name := range []string{"udpbindaddr", "bindaddr"} {
			addr, there := general.Lookup(name)
			if at, err := netip.ParseAddrPort(addr.Value); there && err == nil && fmt.Sprint(at.Port()) != port.Value {
				a.say(port.Pos, "one of them", "bindport and the port of %s (%s) are both given: bindport overrides it", name, addr.Pos)
			}
		}
	}
	switch {
	case d.MinExpiry > d.MaxExpiry:
		a.say(d.Line("maxexpiry"), "", "maxexpiry (%s) is below minexpiry (%s)", secs(d.MaxExpiry), secs(d.MinExpiry))
	case d.DefaultExpiry > d.MaxExpiry && general.Get("defaultexpiry")+general.Get("defaultexpirey") != "":
		a.say(d.Line("defaultexpiry"), "", "defaultexpiry (%s) is above maxexpiry (%s)", secs(d.DefaultExpiry), secs(d.MaxExpiry))
	}
}

// registers looks at whom our register lines make the provider call.
func (a *adviser) registers() {
	for _, l := range a.sip.Registers {
		if l.Domain != "" && l.Domain != l.Host && l.DomainPort == 0 {
			a.out = append(a.out, config.Diagnostic{Pos: l.Pos, Severity: config.Note,
				Text: fmt.Sprintf("'%s' behind the @ is the domain: the user, and the name for the password, is '%s' alone", l.Domain, l.User)})
		}
		if a.plan == nil || l.Extension == "s" {
			continue
		}
		context, where := a.sip.Context, "[general]"
		if p := a.peerOf(l.Peer, l.Host); p != nil {
			context, where = p.Context, "'"+p.Name+"'"
		}
		if a.plan.Contexts[context] != nil && !a.plan.Exists(context, l.Extension, dialplan.Query{}) {
			a.say(l.Pos, "", "the provider will call extension '%s', which does not exist in context '%s' of %s", l.Extension, context, where)
		}
	}
}

// peerOf is the endpoint whose calls come from a registrar.
func (a *adviser) peerOf(name, host string) *sipconf.Peer {
	if p := a.sip.Lookup(name); p != nil {
		return p
	}
	for _, p := range a.sip.Peers {
		if p.IsPeer && !p.Dynamic && strings.EqualFold(p.Host, host) {
			return p
		}
	}
	return nil
}

// endpoints looks at codecs and mailboxes.
func (a *adviser) endpoints() {
	boxes, kept := a.mailboxes()
	told := map[config.Pos]bool{}
	for _, p := range a.sip.Peers {
		if pos := p.Line("disallow"); len(p.Codecs) == 0 && !told[a.codecLine(p, pos)] {
			pos = a.codecLine(p, pos)
			told[pos] = true
			a.say(pos, "disallow=all before the allow lines", "no codec is left for '%s': the lines count in their order, and what comes last removes what came before", p.Name)
		}
		for _, text := range p.MailboxTexts {
			box, context, named := strings.Cut(text, "@")
			switch homes := boxes[box]; {
			case !kept || strings.Contains(text, "${") || context != "" && strings.Contains(context, "SIP_Remote"):
			case !named && !slices.Contains(homes, "default") && len(homes) > 0:
				a.say(p.Line("mailbox"), box+"@"+homes[0], "mailbox %s without a context is not the one that voicemail.conf has in [%s]", box, homes[0])
			case !slices.Contains(homes, cmp.Or(context, "default")):
				a.say(p.Line("mailbox"), "", "there is no box %s in [%s] of voicemail.conf", box, cmp.Or(context, "default"))
			}
		}
	}
}

// codecLine is where the codecs of an endpoint were taken away: in its section, else in
// [general].
func (a *adviser) codecLine(p *sipconf.Peer, pos config.Pos) config.Pos {
	if pos == p.Pos {
		return a.sip.Line("disallow")
	}
	return pos
}
