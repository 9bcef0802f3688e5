package chansip

import (
	"cmp"
	"context"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// verify asks for credentials unless the endpoint has no secret or insecure=invite. A
// challenged transaction is final afterwards. note gets what was found.
func (d *Driver) verify(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, id identity, note func(format string, args ...any)) *trace.Refusal {
	p := id.Peer
	if !id.Bogus && d.passes(m, p, note) {
		d.recognise(tx, m, p)
		return nil
	}
	var a login
	name, pos := "", id.Pos
	if p != nil {
		a, name, pos = d.loginOf(m, p), p.Name, p.Line("secret")
	} else {
		a = d.nobodys(m, id.Name, id.Denied)
	}
	tx.NAT = d.unknownNAT(m)
	rule := ""
	v := d.authenticate(sh, m, &a)
	switch v {
	case authOK:
		note("the credentials of '%s' are right", name)
		d.welcome(m, true)
		d.recognise(tx, m, p)
		tx.Shown()
		return nil
	case authChallenge:
		d.sendChallenge(sh, tx, m, &a, false)
		return nil
	case authStale:
		d.sendChallenge(sh, tx, m, &a, true)
		return nil
	case authWrongUser:
		rule = "the digest user name is not '" + cmp.Or(p.AuthUser, name) + "'"
	case authWrongURI:
		rule = "the credentials are for another number (auth_check_uri)"
	default:
		rule = "the password of '" + name + "' is wrong"
		if p == nil {
			rule = "it is " + id.Rule
		}
	}
	if v != authWrongURI { // that was told of, and is no guess
		d.log.Warn().Msgf("Failed to authenticate device %s for %s, code = -1", unquoted(m.FromRaw), m.Method)
	}
	d.alarm(invalidPassword, name, m)
	return &trace.Refusal{Status: 403, Reason: "Forbidden", Cause: 21, Rule: rule, Pos: pos}
}

// passes says whether a sender is let in without credentials: a guest, or an endpoint
// that needs none.
func (d *Driver) passes(m *sipstack.Message, p *sipconf.Peer, note func(format string, args ...any)) bool {
	switch {
	case p == nil:
		return true
	case p.Insecure.Invite:
		note("not challenged: insecure=invite (%s)", p.Line("insecure"))
	case !p.Secured():
		note("not challenged: '%s' has no secret (%s)", p.Name, p.Pos)
	default:
		return false
	}
	d.welcome(m, false)
	return true
}

// recognise has the settings of who is known, and no sooner, decide how answers go back.
func (d *Driver) recognise(tx *sipstack.ServerTx, m *sipstack.Message, p *sipconf.Peer) {
	if p != nil {
		tx.NAT, tx.T1 = d.answerNAT(m, p.NAT), p.T1
	}
}

// unknownNAT says how an answer goes back to who has not shown yet who he is. It does not
// go by the account that he names, which would tell whether there is one: where accounts
// want it differently it goes both ways.
func (d *Driver) unknownNAT(m *sipstack.Message) sipstack.NAT {
	dir := d.Directory()
	n := d.answerNAT(m, dir.NAT)
	modes := dir.NATModes
	if dir.Realtime() != nil { // of rows that may be read
		modes = []sipconf.NATMode{{}, {ForceRport: true}}
	}
	for _, mode := range modes {
		if d.answerNAT(m, mode) != n {
			return sipstack.NAT{Both: true}
		}
	}
	return n
}

// letIn notes that a request was let in: an endpoint's makes its address no stranger.
// That of a guest makes nobody trusted, but its connection stays.
func (d *Driver) letIn(p *sipconf.Peer, f sipstack.Flow) {
	if p != nil {
		d.stack.Trust(f)
		return
	}
	d.stack.Keep(f)
}

// deny reports a sender whose address his endpoint must not have.
func (d *Driver) deny(ctx context.Context, m *sipstack.Message, f *facts) {
	d.log.Warn().Ctx(ctx).Msgf("Failed to authenticate device %s for %s, code = -7", unquoted(m.FromRaw), m.Method)
	d.alarm(failedACL, f.FromUser, m)
}

// admitted identifies and authenticates the sender of a request outside calls; it
// has answered when ok is false.
func (d *Driver) admitted(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, dir *sipconf.Directory) (id identity, ok bool) {
	f := factsOf(m, dir)
	id, r := identify(dir, d.live, f, func(string) {})
	if r != nil || id.Denied != nil {
		d.deny(context.Background(), m, &f)
	}
	if r == nil {
		r = d.verify(sh, tx, m, id, func(string, ...any) {})
	}
	if r != nil {
		d.respond(tx, r.Status, r.Reason)
		tx.Forget() // chan_sip keeps no dialog of it either: a repetition is judged anew
	}
	return id, r == nil && !tx.Final()
}

func at(p config.Pos) string {
	if p.IsZero() {
		return ""
	}
	return " (" + p.String() + ")"
}
