package access

import (
	"cmp"
	"context"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// Verify asks for credentials unless the endpoint has no secret or insecure=invite. A
// challenged transaction is final afterwards. note gets what was found.
func (ac *Control) Verify(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, id Identity,
	note func(format string, args ...any)) *trace.Refusal {
	p := id.Peer
	if !id.Bogus && ac.passes(m, p, note) {
		ac.UsePeerNAT(tx, m, p)
		return nil
	}
	var a Account
	name, pos := "", id.Pos
	if p != nil {
		a, name, pos = ac.AccountOf(m, p), p.Name, p.Line("secret")
	} else {
		a = ac.DecoyAccount(m, id.Name, id.Denied)
	}
	tx.NAT = ac.NATOfUnknown(m)
	rule := ""
	v := ac.CheckDigest(sh, m, &a)
	switch v {
	case OK:
		note("the credentials of '%s' are right", name)
		ac.ReportSuccess(m, true)
		ac.UsePeerNAT(tx, m, p)
		tx.Shown()
		return nil
	case NeedsChallenge:
		ac.SendChallenge(sh, tx, m, &a, false)
		return nil
	case StaleNonce:
		ac.SendChallenge(sh, tx, m, &a, true)
		return nil
	case WrongUser:
		rule = "the digest user name is not '" + cmp.Or(p.AuthUser, name) + "'"
	case WrongURI:
		rule = "the credentials are for another number (auth_check_uri)"
	default:
		rule = "the password of '" + name + "' is wrong"
		if p == nil {
			rule = "it is " + id.Rule
		}
	}
	if v != WrongURI { // that was told of, and is no guess
		ac.cfg.Log.Warn().Msgf("Failed to authenticate device %s for %s, code = -1", Unquoted(m.FromRaw), m.Method)
	}
	ac.SecurityEvent(ChallengeResponseFailed, name, m)
	return &trace.Refusal{Status: 403, Reason: "Forbidden", Cause: 21, Rule: rule, Pos: pos}
}

// passes says whether a sender is let in without credentials: a guest, or an endpoint
// that needs none.
func (ac *Control) passes(m *sipstack.Message, p *sipconf.Peer, note func(format string, args ...any)) bool {
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
	ac.ReportSuccess(m, false)
	return true
}

// TrustFlow is called when a request is let in: the source of an endpoint's is trusted from then
// on; of a guest's the connection is kept.
func (ac *Control) TrustFlow(p *sipconf.Peer, f sipstack.Flow) {
	if p != nil {
		ac.stack.Trust(f)
		return
	}
	ac.stack.Keep(f)
}

// ReportDenied reports a sender that permit and deny of its endpoint do not allow.
func (ac *Control) ReportDenied(ctx context.Context, m *sipstack.Message, f *Facts) {
	ac.cfg.Log.Warn().Ctx(ctx).Msgf("Failed to authenticate device %s for %s, code = -7", Unquoted(m.FromRaw), m.Method)
	ac.SecurityEvent(FailedACL, f.FromUser, m)
}

// Admit identifies and authenticates the sender of a request outside calls; it
// has answered when ok is false.
func (ac *Control) Admit(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, dir *sipconf.Directory) (id Identity, ok bool) {
	f := FactsOf(m, dir)
	id, r := Identify(dir, ac.cfg.Bindings, f, func(string) {})
	if r != nil || id.Denied != nil {
		ac.ReportDenied(context.Background(), m, &f)
	}
	if r == nil {
		r = ac.Verify(sh, tx, m, id, func(string, ...any) {})
	}
	if r != nil {
		ac.respond(tx, r.Status, r.Reason)
		tx.Forget() // chan_sip keeps no dialog of it either: a repetition is judged anew
	}
	return id, r == nil && !tx.Final()
}
