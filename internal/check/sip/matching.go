package sip

import (
	"fmt"
	"net"
	"regexp"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

// matching looks at whom calls from an endpoint are taken for.
func (j *judge) matching(p *sipconf.Peer, s *config.Section) {
	host, hosted := s.Lookup("host")
	if !hosted && p.Host == "" && !p.IsUser {
		j.once("sip-no-host", p.Pos, "host=dynamic for a phone, host=its.name for a provider",
			"'%s' has no host: it can neither register nor be called, and calls from it match nothing", p.Name)
	} else if !hosted && p.Host == "" && p.IsPeer {
		j.once("sip-no-host", p.Pos, "host=dynamic", "'%s' has no host: it cannot register and cannot be called", p.Name)
	}
	if hosted {
		j.hostWritten(p, s, host)
	}
	trunk := hosted && !p.Dynamic
	if p.Insecure.Invite && p.Dynamic && !j.d.UDPBind.Addr().IsLoopback() {
		severity, whoever := config.Warning, "anybody who knows"
		if p.ACL.Any() {
			severity, whoever = config.Note, "whoever is in the networks that permit names and knows"
		}
		pos := p.Line("insecure")
		if !p.Given("insecure") {
			pos = j.d.Line("insecure")
		}
		j.SayOnceAs(severity, "sip-insecure-phone", pos, "without insecure=invite the secret is asked for; permit and deny narrow it down",
			"%s the name '%s' may call as it, without a password (insecure=invite): its secret is asked for at REGISTER only", whoever, p.Name)
	}
	if trunk && p.IsPeer && !p.IsUser && p.Secret != "" && !p.Insecure.Invite && !loopback(p.Host) {
		severity := config.Note // another switchboard answers it
		if j.registersAt(p) {
			severity = config.Warning
		}
		j.SayOnceAs(severity, "sip-trunk-authenticated", p.Line("secret"), "insecure=invite, or remotesecret in place of secret",
			"calls from '%s' are asked for its secret: without insecure=invite a provider's calls get 401, and hardly any provider answers that",
			p.Name)
	}
	if trunk && p.IsUser && p.IsPeer && p.Secret != "" && !loopback(p.Host) && !p.Insecure.Invite {
		j.once("sip-trunk-friend", p.Line("type"), "type=peer", "'%s' is a friend with a fixed host: calls whose From says '%s' are matched "+
			"by that name before the address, and asked for the secret; a provider is type=peer", p.Name, p.Name)
	}
	if trunk && p.IsUser && p.IsPeer && p.Insecure.Invite && j.registersAt(p) {
		j.once("sip-trunk-friend", p.Line("type"), "type=peer", "'%s' is a friend: whoever writes '%s' as the name of his phone is taken for "+
			"the provider, wherever he calls from, and is asked for nothing; a provider is type=peer", p.Name, p.Name)
	}
	if p.Dynamic && p.IsPeer && !p.IsUser && p.CallbackExtension == "" {
		j.once("sip-phone-peer", p.Line("type"), "type=friend", "'%s' registers and is type=peer: its calls are found by the address and "+
			"port that it registered, never by its name; behind NAT or before it has registered they are a guest's", p.Name)
	}
	if p.IsUser && !p.IsPeer && !p.Dynamic && p.Host != "" {
		j.once("sip-user-host", p.Line("type"), "type=peer", "'%s' is type=user: it cannot be called, its host has no effect, and calls from "+
			"there are matched by the name that they bring, not by the address", p.Name)
	}
	if p.IsUser && !p.IsPeer && p.Dynamic {
		j.once("sip-user-host", p.Line("type"), "type=friend", "'%s' is type=user: it can call, and cannot register or be called", p.Name)
	}
	if p.Dynamic && p.FromUser != "" && p.CallbackExtension == "" {
		j.once("sip-fromuser-phone", p.Line("fromuser"), "callerid= sets whom it calls as",
			"fromuser of the phone '%s' hides who calls it: it shows '%s' for every caller", p.Name, p.FromUser)
	}
	if trunk && p.CallerID.Num != "" && j.registersAt(p) {
		j.once("sip-callerid-trunk", p.Line("callerid"), "Set(CALLERID(num)="+p.CallerID.Num+") before the Dial", "callerid of the "+
			"provider '%s' is of the calls that come from there: every caller shows as %s, and calls to it do not", p.Name, p.CallerID.Num)
	}
	if p.CallbackExtension != "" {
		j.callback(p)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// registersAt says whether we register where a peer is: then it is a provider.
func (j *judge) registersAt(p *sipconf.Peer) bool {
	for _, r := range j.d.Registers {
		if strings.EqualFold(r.Host, p.Host) || r.Peer == p.Name {
			return true
		}
	}
	return p.CallbackExtension != ""
}

// hostWritten looks at the text of a host line.
func (j *judge) hostWritten(p *sipconf.Peer, s *config.Section, v config.Var) {
	text := v.Value
	if h, port, err := net.SplitHostPort(text); err == nil && h != "" {
		j.once("sip-host-port", v.Pos, "host="+h+" and port="+port,
			"host=%s has a port in it: Asterisk cannot look that up and removes the peer; a port belongs into a line of its own", text)
	}
	switch {
	case strings.Contains(text, "sip:"), strings.Contains(text, "://"), strings.Contains(text, "@"):
		j.once("sip-host-text", v.Pos, "the name or the address alone",
			"host=%s of '%s' is a URI: host takes a name or an address, and this is looked up as a name that nobody has", text, p.Name)
	case strings.ContainsAny(text, " ,/"):
		j.once("sip-host-text", v.Pos, "one name or one address",
			"host=%s of '%s' is neither a name nor an address: it is one host, without a mask or a list", text, p.Name)
	case dotted.MatchString(text) && net.ParseIP(text) == nil:
		j.once("sip-host-text", v.Pos, "four numbers up to 255",
			"host=%s of '%s' is not a valid address: it is looked up as a name that nobody has, and the peer is removed", text, p.Name)
	case !p.Dynamic && (text == p.Name && !strings.Contains(text, ".") || !strings.ContainsAny(text, ".:") && !strings.EqualFold(text,
		"localhost") && !nearly(text, "dynamic")):
		j.SayOnceAs(config.Note, "sip-host-text", v.Pos, "host=dynamic, or the full name",
			"host=%s of '%s' has no domain: it is looked up as the name of a host", text, p.Name)
	case !p.Dynamic && nearly(text, "dynamic"):
		j.once("sip-host-text", v.Pos, "host=dynamic",
			"host=%s of '%s' is looked up as the name of a host; did you mean dynamic? The phone cannot register", text, p.Name)
	case p.Dynamic && p.CallbackExtension != "":
		j.once("sip-callback-dynamic", p.Line("callbackextension"), "host=the provider",
			"callbackextension of '%s' registers nowhere: host=dynamic names no provider", p.Name)
	}
	if port, ok := s.Lookup("port"); ok && p.Dynamic {
		j.SayOnceAs(config.Note, "sip-port-dynamic", port.Pos, "",
			"port=%s of '%s' has no effect on host=dynamic: the phone's own port is what it registers with", port.Value, p.Name)
	}
}

var dotted = regexp.MustCompile(`^[0-9]+(\.+[0-9]*){2,}$`)

// nearly says whether a text is a word with a letter or two wrong.
func nearly(text, word string) bool {
	return !strings.EqualFold(text, word) && config.Nearest(text, []string{word}) != ""
}

// SayOnceAs is once with another severity.
func (j *judge) SayOnceAs(sev config.Severity, code string, pos config.Pos, hint, format string, args ...any) {
	if j.first(code, pos) {
		j.SayAs(sev, code, pos, hint, format, args...)
	}
}

// callback looks at callbackextension, which registers and takes calls.
func (j *judge) callback(p *sipconf.Peer) {
	pos := p.Line("callbackextension")
	if !p.Dynamic && p.FromUser == "" && p.DefaultUser == "" {
		j.once("sip-callback-user", pos, "defaultuser=the account's name",
			"callbackextension of '%s' registers nothing: neither defaultuser nor fromuser says under which name", p.Name)
	}
	j.extension(pos, p.Context, p.CallbackExtension, "'"+p.Name+"'", "callbackextension")
	for _, r := range j.d.Registers {
		if r.Pos != pos && strings.EqualFold(r.Host, p.Host) && (r.User == p.DefaultUser || r.User == p.FromUser) {
			j.once("sip-callback-register", pos, "one of them", "'%s' registers twice: by callbackextension and by the register line of %s; the "+
				"one that comes last takes the calls", p.Name, r.Pos)
		}
	}
}

// sharedHosts reports peers of one host, whose calls are always taken for those of the first.
func (j *judge) sharedHosts() {
	static := map[string]*sipconf.Peer{}
	for _, p := range j.d.Peers {
		if !p.IsPeer || p.Dynamic || p.Host == "" {
			continue
		}
		where := fmt.Sprint(strings.ToLower(p.Host), ":", p.Port)
		if p.Addr().IsValid() {
			where = p.Addr().String()
		}
		first := static[where]
		if first == nil {
			static[where] = p
			continue
		}
		if first.IsUser || p.IsUser || first.CallbackExtension != "" && p.CallbackExtension != "" {
			continue
		}
		if told := first.CallbackExtension + p.CallbackExtension; told != "" {
			j.SayAs(config.Note, "sip-same-host", p.Line("host"), "", "'%s' has the same host as '%s' (%s): calls from there to %s are told apart "+
				"by callbackextension, all others are taken for one of the two", p.Name, first.Name, first.Pos, told)
			continue
		}
		if first.Context != p.Context {
			j.Say("sip-same-host", p.Line("host"), "callbackextension tells several accounts at one provider apart",
				"'%s' has the same host as '%s' (%s): calls from there are always '%s', the first one, in context '%s'; context '%s' is never used",
				p.Name, first.Name, first.Pos, first.Name, first.Context, p.Context)
		} else {
			j.SayAs(config.Note, "sip-same-host", p.Line("host"), "callbackextension tells several accounts at one provider apart",
				"'%s' has the same host as '%s' (%s): calls from there are always taken for '%s'", p.Name, first.Name, first.Pos, first.Name)
		}
	}
}

// tellingNAT reports a nat of one endpoint by which a stranger can tell that its name exists.
func (j *judge) tellingNAT(p *sipconf.Peer) {
	if p.NAT.ForceRport != j.d.NAT.ForceRport && p.Dynamic && j.d.AlwaysAuthReject {
		j.Add(config.Diagnostic{Pos: p.Line("nat"), Code: "sip-nat-differs", Rule: "nat differs", Hint: "one nat for all, in [general]",
			Text: fmt.Sprintf("nat of '%s' differs from that of [general]: a stranger may tell by it that the name exists", p.Name)})
	}
}
