package sip

import (
	"net/netip"
	"regexp"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// registers looks at whom our register lines make the provider call.
func (j *judge) registers() {
	seen := map[string]config.Pos{}
	for _, r := range j.d.Registers {
		j.domainOfUser(r)
		written := j.Line(r.Pos)
		if key := strings.ToLower(r.User + "@" + r.Host); !seen[key].IsZero() {
			j.Say("sip-register-twice", r.Pos, "one of them", "'%s' at %s is registered twice (%s): each registration replaces the other's "+
				"contact",
				r.User, r.Host, seen[key])
		} else {
			seen[key] = r.Pos
		}
		if r.Secret == "" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(written)), "register") {
			if p := j.d.Lookup(r.Peer); r.Peer == "" && !j.answersChallenges() ||
				r.Peer != "" && (p == nil || p.RemoteSecret+p.Secret == "" && len(p.Auth) == 0) {
				j.SayAs(config.Note, "sip-register-no-secret", r.Pos, "user:secret@host",
					"no secret in the registration of '%s' at %s: it is sent without a password", r.User, r.Host)
			}
		}
		j.form(r, written)
		j.calledBy(r)
	}
	for _, s := range j.f.Visible() {
		if v, ok := s.Lookup("register"); ok && !strings.EqualFold(s.Name, "general") {
			j.Say("sip-register-place", v.Pos, "into [general]",
				"a register line in [%s] is ignored: it is read in [general] only, and nothing is registered", s.Name)
		}
	}
}

var blankAtSlash = regexp.MustCompile(`^[^;]*\S(\s+/|/\s+\S)`)

// secondRegister is a second user:secret@host behind a comma.
var secondRegister = regexp.MustCompile(`^[^;]*@[^;,]+,\s*([^;,@\s]+:[^;,@\s]+@\S+)`)

// form looks at blanks and at the seconds of a line.
func (j *judge) form(r sipconf.RegisterLine, written string) {
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(written)), "register") {
		return
	}
	if m := secondRegister.FindStringSubmatch(written); m != nil {
		j.Say("sip-register-grammar", r.Pos, "register => "+m[1], "two registrations stand in one line: each has a line of its own, and this is "+
			"read as one, with the rest in its extension or its password")
		return
	}
	if _, tail, _ := strings.Cut(written, "@"); blankAtSlash.MatchString(tail) {
		j.Say("sip-register-grammar", r.Pos, "user:secret@host/extension without blanks", "a blank stands beside the / of '%s': it is a "+
			"part of "+
			"the host or of the extension, which nobody has", strings.TrimSpace(tail))
	}
	if _, tail, ok := strings.Cut(written, "~"); ok && r.Expiry > 0 && r.Expiry < time.Minute && strings.Trim(tail, "0123456789 \t\r") == "" {
		j.SayAs(config.Note, "sip-expiry-short", r.Pos, "~600", "~%d are seconds: the registration is made anew every %d seconds",
			int(r.Expiry.Seconds()), int(r.Expiry.Seconds()))
	}
}

// answersChallenges says whether there are passwords by realm, in [authentication] or of a peer.
func (j *judge) answersChallenges() bool {
	return j.f.Section("authentication") != nil
}

// domainOfUser tells of an @ in the user.
func (j *judge) domainOfUser(r sipconf.RegisterLine) {
	if r.Domain != "" && r.Domain != r.Host && r.DomainPort == 0 {
		j.Say("sip-register-domain", r.Pos, "", "'%s' behind the @ is the domain: the user, and the name for the password, is '%s' alone",
			r.Domain, r.User)
	}
	if len(r.Secret) <= 5 && len(r.Secret) >= 4 && strings.Trim(r.Secret, "0123456789") == "" && strings.HasPrefix(r.Secret, "50") &&
		r.AuthUser != "" {
		j.Say("sip-register-part", r.Pos, "user:secret@host:"+r.Secret, "'%s' stands where the secret is, and looks like a port; what "+
			"follows is taken as the name for the password: the order is user, secret, authuser, and the port stands behind the host", r.Secret)
	}
	j.authUser(r)
	if r.Peer != "" && j.d.Lookup(r.Peer) == nil {
		j.Say("sip-register-peer", r.Pos, "", "there is no peer '%s' in sip.conf: what stands before the ? of a register line names one, and "+
			"settings of none are used", r.Peer)
	}
}

// authUser tells of a name for the password that looks like the rest of one.
func (j *judge) authUser(r sipconf.RegisterLine) {
	a := r.AuthUser
	if a == "" || a == r.User || strings.Contains(a, r.User) || strings.ContainsAny(a, "@.") || strings.Trim(a, "0123456789") == "" {
		return
	}
	for _, p := range j.d.Peers {
		if p.Name == a || p.DefaultUser == a || p.FromUser == a {
			return
		}
	}
	j.SayAs(config.Note, "sip-register-part", r.Pos, "a password without a colon", "'%s' behind the second colon is the name for the "+
		"password, "+
		"which is '%s' alone: a password cannot have a colon in it", a, r.Secret)
}

// calledBy looks where the provider's calls go.
func (j *judge) calledBy(r sipconf.RegisterLine) {
	p := j.peerOf(r)
	if p == nil {
		if !j.hostOfAnother(r) {
			j.Say("sip-register-no-peer", r.Pos, "a section with type=peer, host="+r.Host+" and a context",
				"no peer has the host %s of this registration: the provider's calls match no endpoint, and are those of guests (context '%s'%s)",
				r.Host, j.d.Context, refused(j.d.AllowGuest))
		}
		return
	}
	j.twoSecrets(r, p)
	j.twoAccounts(r, p)
	if j.plan != nil && p.CallbackExtension != "" && p.Line("callbackextension") == r.Pos {
		return // told of there
	}
	j.extension(r.Pos, p.Context, r.Extension, "'"+p.Name+"'", "register")
}

// twoAccounts finds a registration whose user differs from that of its peer by a slip of the hand: the password is one,
// and neither has another line at that host.
func (j *judge) twoAccounts(r sipconf.RegisterLine, p *sipconf.Peer) {
	ours := p.RemoteSecret
	if ours == "" {
		ours = p.Secret
	}
	if r.AuthUser != "" || ours == "" || ours != r.Secret || p.DefaultUser == "" || r.User == p.DefaultUser || r.User == p.FromUser ||
		len(r.User) < 5 || len(r.User) != len(p.DefaultUser) || !look.Slip(r.User, p.DefaultUser) {
		return
	}
	for _, o := range j.d.Registers {
		if o.Pos != r.Pos && strings.EqualFold(o.Host, r.Host) {
			return
		}
	}
	for _, o := range j.d.Peers {
		if o != p && !o.Dynamic && strings.EqualFold(o.Host, p.Host) {
			return
		}
	}
	j.once("sip-register-user", r.Pos, "the name of the account in both", "the registration is of the account '%s', and calls of '%s' are of "+
		"'%s' (%s), with one password: one of the two is a slip, and either registrations or calls are refused", r.User, p.Name, p.DefaultUser,
		p.Line("defaultuser"))
}

// twoSecrets finds an account whose password differs between its register line and its peer.
func (j *judge) twoSecrets(r sipconf.RegisterLine, p *sipconf.Peer) {
	ours, option := p.RemoteSecret, "remotesecret"
	if ours == "" {
		ours, option = p.Secret, "secret"
	}
	if ours == "" || r.Secret == "" || ours == r.Secret || r.User == "" || r.User != p.DefaultUser && r.User != p.FromUser || len(p.Auth) > 0 {
		return
	}
	j.once("sip-register-secret", p.Line(option), "the password of the account in both", "%s of '%s' is another password than that of its "+
		"registration (%s), and both are of the account '%s': one of them is wrong, and either registrations or calls are refused", option,
		p.Name, r.Pos, r.User)
}

func refused(guests bool) string {
	if guests {
		return ""
	}
	return ", and allowguest=no refuses them"
}

// hostOfAnother says whether a static peer may be where the registrar's calls come from: an
// address where the line has a name, or another name of that domain.
func (j *judge) hostOfAnother(r sipconf.RegisterLine) bool {
	_, err := netip.ParseAddr(r.Host)
	named := err != nil
	for _, p := range j.d.Peers {
		if p.Dynamic || p.Host == "" || !p.IsPeer {
			continue
		}
		ip, err := netip.ParseAddr(p.Host)
		if err == nil && named && ip.IsPrivate() {
			continue // a gateway or a door, no provider
		}
		if named != (err != nil) || named && domain(p.Host) == domain(r.Host) {
			return true
		}
	}
	return j.Tabled()
}

// domain is the last two labels of a name.
func domain(host string) string {
	f := strings.Split(strings.ToLower(host), ".")
	return strings.Join(f[max(0, len(f)-2):], ".")
}

// extension tells of a number that somebody will call and that is not there.
func (j *judge) extension(pos config.Pos, context, number, who, by string) {
	if j.plan == nil || j.plan.Contexts[context] == nil || j.plan.Exists(context, number, dialplan.Query{}) {
		return
	}
	if len(j.plan.Contexts[context].Switches) > 0 {
		return
	}
	if number == "s" && by == "register" {
		if j.anyNumber(context) {
			j.SayAs(config.Note, "sip-register-extension", pos, "/number at the end of the line",
				"without /extension at its end the provider may call extension 's', which does not exist in context '%s' of %s", context, who)
			return
		}
		j.Say("sip-register-extension", pos, "/number at the end of the line",
			"without /extension at its end the provider calls extension 's', which does not exist in context '%s' of %s: 404", context, who)
		return
	}
	j.Say("sip-register-extension", pos, "", "the provider will call extension '%s', which does not exist in context '%s' of %s: 404", number,
		context, who)
}

// anyNumber says whether a context takes numbers, which a provider may call by itself.
func (j *judge) anyNumber(context string) bool {
	for _, e := range j.plan.Contexts[context].Extensions {
		if strings.ContainsAny(e.Name, "0123456789XZN") {
			return true
		}
	}
	return len(j.plan.Contexts[context].Includes) > 0
}

// peerOf is the endpoint whose calls come from a registrar.
func (j *judge) peerOf(r sipconf.RegisterLine) *sipconf.Peer {
	for _, p := range j.d.Peers {
		if p.IsPeer && !p.Dynamic && strings.EqualFold(p.Host, r.Host) {
			return p
		}
	}
	if p := j.d.Lookup(r.Peer); p != nil {
		return p
	}
	if p := j.d.Lookup(r.Host); p != nil {
		return p
	}
	return nil
}
