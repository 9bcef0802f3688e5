package chansip

import (
	"fmt"
	"net/netip"
	"strings"

	"obelisk/channels/chansip/access"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

// Judgement is a request that is imagined, for sip explain.
type Judgement struct {
	Method string // invite or register
	From   string // user of From, or of To for register
	Source netip.AddrPort
	To     string // called user
	Proto  sipstack.Proto
}

// Judge says, sentence by sentence, what would become of a request and why.
func (d *Driver) Judge(j Judgement) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if strings.EqualFold(j.Method, "register") {
		d.judgeRegister(j, say)
		return out
	}
	dir := d.Directory()
	id, r := access.Identify(dir, d.bindings, access.Facts{FromUser: j.From, CalledUser: j.To, Source: j.Source, Proto: j.Proto},
		func(s string) { say("%s", s) })
	if r != nil {
		say("it is %s", r.Sentence())
		return out
	}
	context, pos := dir.Context, dir.Line("context")
	if p := id.Peer; p != nil {
		say("it is '%s' %s%s", p.Name, id.Rule, at(id.Pos))
		context, pos = p.Context, p.Line("context")
		switch {
		case p.Insecure.Invite:
			say("no credentials are asked for: insecure=invite%s", at(p.Line("insecure")))
		case !p.Secured():
			say("no credentials are asked for: '%s' has no secret", p.Name)
		default:
			say("the credentials of '%s' are asked for (401)%s", p.Name, at(p.Line("secret")))
		}
	} else if id.Bogus {
		say("it is %s%s, and refused with 403 in the end", id.Rule, at(id.Pos))
		return out
	} else {
		say("it is taken %s%s", id.Rule, at(id.Pos))
	}
	if exten, ok := d.findExten(context, j.To, j.From); ok {
		say("the call goes to extension '%s' in context '%s'%s", exten, context, at(pos))
	} else {
		say("the call is refused with 404: extension '%s' is not in context '%s'%s", exten, context, at(pos))
	}
	return out
}

func (d *Driver) judgeRegister(j Judgement, say func(string, ...any)) {
	dir := d.Directory()
	p := dir.Lookup(j.From)
	hidden := ""
	if dir.AlwaysAuthReject {
		hidden = ", after a challenge that looks like any other (alwaysauthreject)"
	}
	switch {
	case p == nil || !p.IsPeer:
		say("no peer or friend is named '%s'%s: it is refused%s", j.From, config.DidYouMean(j.From, dir.PeerNames()), hidden)
	case !p.ACL.Allows(j.Source.Addr()):
		say("'%s'%s may not come from %s (permit, deny, acl): it is refused%s", p.Name, at(p.Pos), j.Source.Addr(), hidden)
	case !p.Dynamic:
		say("'%s' has host=%s%s and may not register: only host=dynamic may", p.Name, p.Host, at(p.Line("host")))
	case !p.AllowsTransport(j.Proto):
		say("'%s' may not use %s%s: it is refused with 403", p.Name, j.Proto, at(p.Line("transport")))
	case !dir.ContactACL.Allows(j.Source.Addr()) || !p.ContactACL.Allows(j.Source.Addr()):
		say("'%s' may not be registered at %s (contactpermit, contactdeny): it is refused with 603", p.Name, j.Source.Addr())
	case !p.Secured():
		say("'%s'%s has no secret: it is registered without credentials", p.Name, at(p.Pos))
	default:
		say("'%s'%s is asked for its credentials (401)%s, and registered when they are right", p.Name, at(p.Pos), at(p.Line("secret")))
	}
}

func at(p config.Pos) string {
	if p.IsZero() {
		return ""
	}
	return " (" + p.String() + ")"
}
