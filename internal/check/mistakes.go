package check

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/media"
)

// mistakes reports what an administrator of chan_sip sees at once: lines that are read without a
// word and do not do what whoever wrote them meant.
func (l *linter) mistakes() {
	for _, name := range []string{"sip.conf", "extensions.conf", "manager.conf", "voicemail.conf", "queues.conf", "rtp.conf"} {
		l.secondGeneral(l.File(name))
	}
	if l.sip != nil {
		l.sipLines()
		l.sipGeneral()
		l.registers()
		l.endpoints()
	}
	if l.plan != nil {
		l.steps()
		l.withoutReturn()
	}
	l.ports()
	l.managers()
}

// secondGeneral finds a [general] behind the first, of which nothing is read.
func (l *linter) secondGeneral(f *config.File) {
	if f == nil {
		return
	}
	first := f.Section("general")
	for _, s := range f.Visible() {
		if s != first && strings.EqualFold(s.Name, "general") {
			l.say(s.Pos, "[general](+) goes on with it", "a second [general] is not read: the first one counts (%s)", first.Pos)
		}
	}
}

// source is a line as it stands in its file.
func (l *linter) source(pos config.Pos) string {
	list, ok := l.lines[pos.File]
	if !ok {
		list = strings.Split(string(l.Text(pos.File)), "\n")
		l.lines[pos.File] = list
	}
	if pos.Line < 1 || pos.Line > len(list) {
		return ""
	}
	return list[pos.Line-1]
}

// sipLines looks at each line of sip.conf for itself, templates included.
func (l *linter) sipLines() {
	f := l.File("sip.conf")
	if f == nil {
		return
	}
	seen := map[config.Pos]bool{}
	for _, s := range f.Sections {
		for _, v := range s.Vars {
			if !seen[v.Pos] {
				seen[v.Pos] = true
				l.sipLine(v)
			}
		}
	}
}

func (l *linter) sipLine(v config.Var) {
	name := strings.ToLower(v.Name)
	switch name {
	case "secret", "remotesecret", "md5secret", "username", "defaultuser", "fromuser", "host", "context":
		if len(v.Value) > 1 && v.Value[0] == '"' && v.Value[len(v.Value)-1] == '"' {
			l.say(v.Pos, "without them", "the quotation marks are a part of the value of '%s'", v.Name)
		}
		for _, mark := range []string{" #", "\t#", " //"} {
			if i := strings.Index(v.Value, mark); i > 0 {
				l.say(v.Pos, "", "the text from '%s' on is a part of the value of '%s': only ; begins a comment", strings.TrimSpace(mark), v.Name)
				break
			}
		}
	case "allow", "disallow":
		_, behind, ok := strings.Cut(l.source(v.Pos), v.Value+";")
		next, _, _ := strings.Cut(strings.TrimSpace(behind), ";")
		if _, codec := media.CodecByName(next); ok && codec {
			l.say(v.Pos, "commas part codecs", "the semicolon begins a comment: only '%s' is read of this line", v.Value)
		}
	case "localnet":
		if ip, err := netip.ParseAddr(v.Value); err == nil && ip.Is4() && ip.As4()[3] == 0 {
			l.say(v.Pos, v.Value+"/24, or whatever the network is", "without a mask localnet is a single host, %s/32", v.Value)
		}
	case "externaddr", "externip":
		if ip, err := netip.ParseAddr(v.Value); err == nil && (ip.IsPrivate() || ip.IsLoopback()) {
			l.say(v.Pos, "the public address", "%s is a private address: who is outside cannot reach what is told of it", v.Value)
		}
	}
}

// sipGeneral looks at lines of [general] that contradict each other.
func (l *linter) sipGeneral() {
	f := l.File("sip.conf")
	if f == nil {
		return
	}
	general, d := f.Section("general"), l.sip
	if port, ok := general.Lookup("bindport"); ok {
		for _, name := range []string{"udpbindaddr", "bindaddr"} {
			addr, there := general.Lookup(name)
			if at, err := netip.ParseAddrPort(addr.Value); there && err == nil && fmt.Sprint(at.Port()) != port.Value {
				l.say(port.Pos, "one of them", "bindport and the port of %s (%s) are both given: bindport overrides it", name, addr.Pos)
			}
		}
	}
	switch {
	case d.MinExpiry > d.MaxExpiry:
		l.say(d.Line("maxexpiry"), "", "maxexpiry (%s) is below minexpiry (%s)", secs(d.MaxExpiry), secs(d.MinExpiry))
	case d.DefaultExpiry > d.MaxExpiry && general.Get("defaultexpiry")+general.Get("defaultexpirey") != "":
		l.say(d.Line("defaultexpiry"), "", "defaultexpiry (%s) is above maxexpiry (%s)", secs(d.DefaultExpiry), secs(d.MaxExpiry))
	}
}

// registers looks at whom our register lines make the provider call.
func (l *linter) registers() {
	for _, r := range l.sip.Registers {
		if r.Domain != "" && r.Domain != r.Host && r.DomainPort == 0 {
			l.out = append(l.out, config.Diagnostic{Pos: r.Pos, Severity: config.Note,
				Text: fmt.Sprintf("'%s' behind the @ is the domain: the user, and the name for the password, is '%s' alone", r.Domain, r.User)})
		}
		if l.plan == nil || r.Extension == "s" {
			continue
		}
		context, where := l.sip.Context, "[general]"
		if p := l.peerOf(r.Peer, r.Host); p != nil {
			context, where = p.Context, "'"+p.Name+"'"
		}
		if l.plan.Contexts[context] != nil && !l.plan.Exists(context, r.Extension, dialplan.Query{}) {
			l.say(r.Pos, "", "the provider will call extension '%s', which does not exist in context '%s' of %s", r.Extension, context, where)
		}
	}
}

// peerOf is the endpoint whose calls come from a registrar.
func (l *linter) peerOf(name, host string) *sipconf.Peer {
	if p := l.sip.Lookup(name); p != nil {
		return p
	}
	for _, p := range l.sip.Peers {
		if p.IsPeer && !p.Dynamic && strings.EqualFold(p.Host, host) {
			return p
		}
	}
	return nil
}

// endpoints looks at codecs and mailboxes.
func (l *linter) endpoints() {
	boxes, kept := l.mailboxes()
	told := map[config.Pos]bool{}
	for _, p := range l.sip.Peers {
		if pos := p.Line("disallow"); len(p.Codecs) == 0 && !told[l.codecLine(p, pos)] {
			pos = l.codecLine(p, pos)
			told[pos] = true
			l.say(pos, "disallow=all before the allow lines", "no codec is left for '%s': the lines count in their order, and what comes last removes what came before", p.Name)
		}
		for _, text := range p.MailboxTexts {
			box, context, named := strings.Cut(text, "@")
			switch homes := boxes[box]; {
			case !kept || strings.Contains(text, "${") || context != "" && strings.Contains(context, "SIP_Remote"):
			case !named && !slices.Contains(homes, "default") && len(homes) > 0:
				l.say(p.Line("mailbox"), box+"@"+homes[0], "mailbox %s without a context is not the one that voicemail.conf has in [%s]", box, homes[0])
			case !slices.Contains(homes, cmp.Or(context, "default")):
				l.say(p.Line("mailbox"), "", "there is no box %s in [%s] of voicemail.conf", box, cmp.Or(context, "default"))
			}
		}
	}
}

// codecLine is where the codecs of an endpoint were taken away: in its section, else in
// [general].
func (l *linter) codecLine(p *sipconf.Peer, pos config.Pos) config.Pos {
	if pos == p.Pos {
		return l.sip.Line("disallow")
	}
	return pos
}

// secs is a time as the console shows it.
func secs(d time.Duration) string { return fmt.Sprintf("%d secs", int(d.Seconds())) }
