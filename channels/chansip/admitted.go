package chansip

import (
	"cmp"

	"obelisk/internal/config"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// verify asks for credentials unless the endpoint has no secret or insecure=invite. A
// challenged transaction is final afterwards. note gets what was found.
func (d *Driver) verify(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, id identity, note func(format string, args ...any)) *trace.Refusal {
	p := id.Peer
	a, name, pos := d.loginOf(m, p), "", id.Pos
	if p != nil {
		name, pos = p.Name, p.Line("secret")
	}
	if p != nil && (p.Insecure.Invite || !p.Secured()) {
		d.welcome(m, false)
	}
	switch {
	case p == nil && !id.Bogus:
		return nil
	case p != nil && p.Insecure.Invite:
		note("not challenged: insecure=invite (%s)", p.Line("insecure"))
		return nil
	case p != nil && !p.Secured():
		note("not challenged: '%s' has no secret (%s)", p.Name, p.Pos)
		return nil
	}
	rule := ""
	switch d.authenticate(sh, m, &a) {
	case authOK:
		note("the credentials of '%s' are right", name)
		d.welcome(m, true)
		return nil
	case authChallenge:
		d.sendChallenge(sh, tx, m, &a, false)
		return nil
	case authStale:
		d.sendChallenge(sh, tx, m, &a, true)
		return nil
	case authWrongUser:
		rule = "the digest user name is not '" + cmp.Or(p.AuthUser, name) + "'"
	default:
		rule = "the password of '" + name + "' is wrong"
		if p == nil {
			rule = "it matches no endpoint and allowguest=no"
		}
	}
	d.log.Warn().Msgf("Failed to authenticate device %s for %s, code = -1", m.FromRaw, m.Method)
	d.alarm(invalidPassword, name, m)
	return &trace.Refusal{Status: 403, Reason: "Forbidden", Cause: 21, Rule: rule, Pos: pos}
}

// admitted identifies and authenticates the sender of a request outside calls; it
// has answered when ok is false.
func (d *Driver) admitted(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, dir *Directory) (id identity, ok bool) {
	f := factsOf(m)
	id, r := identify(dir, d.live, f, func(string) {})
	if r != nil {
		d.log.Warn().Msgf("Failed to authenticate device %s for %s, code = -7", m.FromRaw, m.Method)
		d.alarm(failedACL, f.FromUser, m)
	} else {
		if id.Peer != nil {
			tx.NAT = d.answerNAT(m, id.Peer.NAT)
		}
		r = d.verify(sh, tx, m, id, func(string, ...any) {})
	}
	if r != nil {
		d.respond(tx, r.Status, r.Reason)
	}
	return id, r == nil && !tx.Final()
}

func at(p config.Pos) string {
	if p.IsZero() {
		return ""
	}
	return " (" + p.String() + ")"
}
