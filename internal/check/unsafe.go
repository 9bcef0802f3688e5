package check

import (
	"fmt"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
)

// unsafe reports settings that are valid but unsafe.
func (l *linter) unsafe() {
	l.openGuests()
	l.tellingNAT()
	l.autoCreate()
	for _, p := range l.sip.Peers {
		l.weakSecret(p)
	}
	l.sharedHosts()
	if l.plan != nil && !l.sip.SafeNames {
		l.injections()
	}
	if l.plan != nil && !l.Tabled() { // one that is not in sip.conf may be in the table
		l.unknownEndpoints()
	}
}

// openGuests reports guests who can dial out.
func (l *linter) openGuests() {
	d := l.sip
	if !d.AllowGuest || l.plan == nil {
		return
	}
	o := &outwardSearch{d: d, p: l.plan, jumps: l.jumps, seen: map[string]bool{}}
	if at, ok := o.context(d.Context); ok {
		l.say(d.Line("allowguest"), "allowguest=no, or a context of its own for guests",
			"guests, strangers whom nobody has authenticated, reach context '%s' (%s) and can dial out there (%s)", d.Context, d.Line("context"), at)
	}
}

// tellingNAT reports a nat of one endpoint by which a stranger can tell that its name exists.
func (l *linter) tellingNAT() {
	for _, p := range l.sip.Peers {
		if p.NAT.ForceRport != l.sip.NAT.ForceRport && p.Dynamic && l.sip.AlwaysAuthReject {
			l.out = append(l.out, config.Diagnostic{Pos: p.Line("nat"), Rule: "nat differs", Hint: "one nat for all, in [general]",
				Text: fmt.Sprintf("nat of '%s' differs from that of [general]: a stranger may tell by it that the name exists", p.Name)})
		}
	}
}

// autoCreate reports accounts that anybody makes for himself.
func (l *linter) autoCreate() {
	if l.sip.AutoCreate.String() != "Off" {
		l.say(l.sip.Line("autocreatepeer"), "accounts with passwords, or firewall rules", "autocreatepeer: anybody who reaches the port registers by any name "+
			"that is no account, without a password, gets the calls for that name, and calls in context '%s'", l.sip.Context)
	}
}

// sharedHosts reports peers of one host, whose calls are always taken for those of the first.
func (l *linter) sharedHosts() {
	static := map[string]*sipconf.Peer{}
	for _, p := range l.sip.Peers {
		where := fmt.Sprint(strings.ToLower(p.Host), ":", p.Port)
		if p.Addr().IsValid() {
			where = p.Addr().String()
		}
		if !p.IsPeer || p.Dynamic || p.Host == "" {
			continue
		}
		first := static[where]
		if first == nil {
			static[where] = p
			continue
		}
		if first.Context != p.Context && first.CallbackExtension == "" && p.CallbackExtension == "" && !first.IsUser && !p.IsUser {
			l.say(p.Line("host"), "callbackextension tells several accounts at one provider apart",
				"'%s' has the same host as '%s' (%s): calls from there are always '%s', in context '%s'", p.Name, first.Name, first.Pos, first.Name, first.Context)
		}
	}
}

// injections reports steps that dial what the caller says, whatever it is, where safenames
// does not hold: with & and / in the number he dials what he likes.
func (l *linter) injections() {
	l.plan.EachStep(func(at dialplan.Place) {
		anything := at.Extension.Pattern() && strings.ContainsAny(at.Extension.Name, ".!")
		if anything && strings.EqualFold(at.Step.App, "Dial") && strings.Contains(at.Step.Args.Raw(), "${EXTEN") {
			l.say(at.Step.Pos, "safenames=yes, or FILTER()", "Dial: a caller who calls '1&SIP/x' dials what he likes by extension '%s' (safenames=no)", at.Extension.Name)
		}
	})
}

// unknownEndpoints reports endpoints that the dialplan names and sip.conf does not have.
func (l *linter) unknownEndpoints() {
	l.plan.EachHint(func(context string, e *dialplan.Extension) {
		for _, device := range strings.Split(e.Hint.Devices, "&") {
			if name, like, ok := l.missing(device); ok {
				l.say(e.Hint.Pos, "", "the hint of extension '%s' in '%s' is about 'SIP/%s', which is not in sip.conf%s", e.Name, context, name, like)
			}
		}
	})
	l.plan.EachStep(func(at dialplan.Place) {
		if !strings.EqualFold(at.Step.App, "Dial") {
			return
		}
		list, _, _ := strings.Cut(at.Step.Args.Raw(), ",")
		for _, dest := range strings.Split(list, "&") {
			// What follows the endpoint is a number there; a name with a dot or a port is a host.
			device, numbered := strings.TrimSpace(dest), ""
			if f := strings.SplitN(device, "/", 3); len(f) == 3 {
				device, numbered = f[0]+"/"+f[1], f[2]
			}
			if name, like, ok := l.missing(device); ok && !strings.ContainsAny(name, ".:@[") && !strings.ContainsAny(numbered, "@") {
				l.say(at.Step.Pos, "", "Dial: 'SIP/%s' is not in sip.conf and is looked for as a host of that name%s", name, like)
			}
		}
	})
}

// missing says that a device is an endpoint that sip.conf does not have, and which is like it.
func (l *linter) missing(device string) (name, like string, ok bool) {
	name, ok = strings.CutPrefix(strings.TrimSpace(device), "SIP/")
	if !ok || strings.ContainsAny(name, "${") || l.sip.Lookup(name) != nil {
		return "", "", false
	}
	return name, config.DidYouMean(name, peerNames(l.sip)), true
}

func peerNames(d *sipconf.Directory) (out []string) {
	for _, p := range d.Peers {
		out = append(out, p.Name)
	}
	return out
}

// outwardSearch finds a step of a context, of one that it includes or of one that it goes
// to, that dials what the caller says, or a provider.
type outwardSearch struct {
	d     *sipconf.Directory
	p     *dialplan.Plan
	jumps func(*dialplan.Priority) []string
	seen  map[string]bool
}

func (o *outwardSearch) context(name string) (config.Pos, bool) {
	c := o.p.Contexts[name]
	if c == nil || o.seen[name] {
		return config.Pos{}, false
	}
	o.seen[name] = true
	for _, e := range c.Extensions {
		if at, ok := o.extension(e); ok {
			return at, true
		}
	}
	for _, i := range c.Includes {
		if at, ok := o.context(i.Context); ok {
			return at, true
		}
	}
	return config.Pos{}, false
}

// extension looks at the steps before one that asks for a password.
func (o *outwardSearch) extension(e *dialplan.Extension) (config.Pos, bool) {
	for _, s := range e.Priorities() {
		switch app := strings.ToLower(s.App); {
		case app == "authenticate" || app == "vmauthenticate":
			return config.Pos{}, false
		case app == "dial" && toOutside(o.d, e, o.known(s.Args.Raw())):
			return s.Pos, true
		}
		for _, target := range o.jumps(s) {
			if f := dialplan.SplitOutside(target, ',', 0); len(f) == 3 {
				if at, ok := o.context(strings.TrimSpace(f[0])); ok {
					return at, true
				}
			}
		}
	}
	return config.Pos{}, false
}

// known is a text with the global variables that stand in it.
func (o *outwardSearch) known(text string) string {
	for _, g := range o.p.Globals {
		text = strings.ReplaceAll(text, "${"+g.Name+"}", g.Value)
	}
	return text
}

// toOutside says whether Dial's first argument reaches more than phones: a provider, or
// whatever host the caller names. Digits alone name none.
func toOutside(d *sipconf.Directory, e *dialplan.Extension, args string) bool {
	list, _, _ := strings.Cut(args, ",")
	for _, dest := range strings.Split(list, "&") {
		resource, sip := strings.CutPrefix(strings.TrimSpace(dest), "SIP/")
		if !sip {
			continue
		}
		name, _, numbered := strings.Cut(resource, "/")
		if at := strings.LastIndexByte(name, '@'); at >= 0 {
			name, numbered = name[at+1:], true
		}
		peer := d.Lookup(name)
		switch {
		case strings.Contains(name, "${"):
			if strings.ContainsAny(e.Name, ".!") {
				return true
			}
		case peer == nil && strings.Contains(name, "."):
			return true
		case peer != nil && !peer.Dynamic && numbered:
			return true
		}
	}
	return false
}

// common secrets, which every scanner tries first.
var common = map[string]bool{"1234": true, "12345": true, "123456": true, "12345678": true, "password": true, "secret": true, "changeme": true,
	"asterisk": true, "admin": true, "test": true, "0000": true, "1111": true}

// weakSecret reports an endpoint whose secret is guessed, or that has none.
func (l *linter) weakSecret(p *sipconf.Peer) {
	say := l.say
	if l.sip.UDPBind.Addr().IsLoopback() {
		return
	}
	guarded := p.ACL.Any()
	switch lower := strings.ToLower(p.Secret); {
	case p.Secret != "" && (lower == strings.ToLower(p.Name) || common[lower]):
		say(p.Line("secret"), "a long random one", "the secret of '%s' is one that is guessed first", p.Name)
	case p.Secret != "" && len(p.Secret) < 6 && !guarded:
		say(p.Line("secret"), "a long random one, or permit and deny", "the secret of '%s' is short enough to be guessed", p.Name)
	case !p.Secured() && p.Dynamic && !guarded:
		say(p.Pos, "a secret, or permit and deny", "'%s' has no secret: anybody may register and call as it", p.Name)
	case p.Insecure.Invite && p.Dynamic && !guarded:
		say(p.Line("insecure"), "without insecure=invite the secret is asked for; permit and deny narrow it down", "anybody who knows the name '%s' may call as it (insecure=invite)", p.Name)
	}
}
