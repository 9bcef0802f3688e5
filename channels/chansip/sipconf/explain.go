package sipconf

import (
	"fmt"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/config"
)

// Explain says for each endpoint what it comes to, and from which lines.
func (d *Directory) Explain() (out []config.Diagnostic) {
	for _, p := range d.Peers {
		out = append(out, config.Diagnostic{Pos: p.Pos, Severity: config.Note, Text: p.explain()})
	}
	return out
}

func (p *Peer) explain() string {
	kind := map[[2]bool]string{{true, true}: "friend", {true, false}: "user", {false, true}: "peer"}[[2]bool{p.IsUser, p.IsPeer}]
	where := "registers from anywhere"
	if len(p.ACL.ACL) > 0 || len(p.ACL.Named) > 0 {
		where = "registers from where its access list lets it"
	}
	switch {
	case p.HostEntry != nil && p.HostEntry.IsName():
		where = "is at " + p.Host
	case p.Addr().IsValid():
		where = "is at " + p.Addr().String()
	case !p.Dynamic:
		where = "has no host"
	}
	from := func(option string) string {
		if pos, ok := p.lines[option]; ok {
			return " (" + pos.String() + ")"
		}
		return " (from [general])"
	}
	secret := "no secret"
	if p.Secured() {
		secret = "a secret" + from("secret")
		if p.HA1[auth.MD5] != "" {
			secret = "a hashed secret" + from("md5secret")
		}
	}
	return fmt.Sprintf("'%s' is a %s with %s, %s%s, calls from it go to context '%s'%s, codecs %s%s, transport %s%s, nat %s%s",
		p.Name, kind, secret, where, from("host"), p.Context, from("context"), strings.Trim(p.CodecList(), "()"), from("allow"),
		p.TransportList(), from("transport"), p.natWords(), from("nat"))
}

func (e *Endpoint) natWords() string {
	var out []string
	for _, w := range []struct {
		on   bool
		word string
	}{{e.NAT.ForceRport, "force_rport"}, {e.NAT.Comedia, "comedia"}, {e.NAT.AutoForceRport, "auto_force_rport"},
		{e.NAT.AutoComedia, "auto_comedia"}} {
		if w.on {
			out = append(out, w.word)
		}
	}
	if out == nil {
		return "no"
	}
	return strings.Join(out, ",")
}
