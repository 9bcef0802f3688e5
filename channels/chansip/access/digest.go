package access

import (
	"slices"
	"strings"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// Challenge is what was asked in one dialog (Call-ID). Its nonce is good for one
// answer, where noncelife says nothing else.
type Challenge struct {
	callID string
	nonce  string
	used   bool
	vector *auth.Vector // for a card
	timer  sipstack.Timer
}

// Verdict of an authentication.
type Verdict uint8

const (
	OK Verdict = iota
	NeedsChallenge
	StaleNonce
	WrongPassword
	WrongUser
	WrongURI
)

// credentialsOf finds the credentials for a realm among those of a request (RFC 3261
// 22.3): by one of the algorithms, where some are named; without any for the realm the
// first of all.
func credentialsOf(m *sipstack.Message, header, realm string, algorithms []auth.Algorithm) (found auth.Digest, ok bool) {
	best := 0
	for h := range m.Each(header) {
		c, digest := auth.ParseDigest(h)
		if !digest {
			continue
		}
		rank := 1
		if c["realm"] == realm {
			rank = 2
			if x, known := auth.ParseAlgorithm(c["algorithm"]); known && slices.Contains(algorithms, x) {
				rank = 3
			}
		}
		if rank > best {
			found, best = c, rank
		}
	}
	return found, best > 0
}

// credentials are those of a request for the account.
func (a *Account) credentials(m *sipstack.Message) (auth.Digest, bool) {
	_, _, _, header := a.header(m.Method)
	return credentialsOf(m, header, a.realm, a.algorithms())
}

// CheckDigest judges the credentials of a request.
//
//	no credentials                         challenge
//	an algorithm that was not asked for    challenge
//	nonce of this dialog, unused, good     ok
//	nonce of this dialog, unused, bad      wrong password, user or uri
//	another or used nonce, else good       challenge with stale=true
//	another or used nonce, bad             challenge
//
// Good are credentials of the account's user, for this request (RFC 7616 3.4.6), with
// the right response. All of it is computed before any is judged, for a decoy too: neither the
// answer nor its time tells what is wrong.
// Differs: chan_sip refuses another user's name before it looks at the nonce, which
// tells names that exist from those that do not.
//
// With noncelife a nonce of ours that is young enough takes the place of that of the
// dialog, and one that was used with that count, or a later one, counts as used.
func (ac *Control) CheckDigest(sh *sipstack.Shard, m *sipstack.Message, a *Account) Verdict {
	c, ok := a.credentials(m)
	if a.answered = ok; !ok {
		return NeedsChallenge
	}
	x, known := auth.ParseAlgorithm(c["algorithm"])
	if !known || !slices.Contains(a.algorithms(), x) {
		return NeedsChallenge
	}
	ch := ac.cfg.Challenges(sh)[m.CallID]
	if c["uri"] == "" { // as in chan_sip: that of the request
		c["uri"] = m.RequestURI
	}
	whose, where := a.Peer != nil && a.Peer.HasDigestUser(c["username"]), a.reg.AnyURI ||
		sameResource(c["uri"], m.RequestURI, m.Method == "REGISTER")
	v, right := NeedsChallenge, false
	if x.AKA() {
		v = ac.checkCard(m, a, c, x, ch, whose && where)
	} else {
		ha1 := a.ha1(x, c["username"])
		right = c.Verify(x, ha1, c["nonce"], m.Method, a.reg.QOP) && ha1 != ""
		if v = ac.judgeNonce(a, c, ch, right && whose && where); v == OK {
			ac.trust(m, a, c, x, ha1)
		}
	}
	switch {
	case v != WrongPassword || a.Peer == nil:
	case !whose:
		v = WrongUser
	case !where && right: // else it is a guess at the password
		v = WrongURI
		ac.cfg.Log.Warn().Msgf("%s of %s is refused: its credentials are for %s, and it asks for %s (auth_check_uri=no takes them)", m.Method,
			m.FromRaw, c["uri"], m.RequestURI)
	}
	return v
}

// judgeNonce looks at the nonce of credentials that are good or not.
func (ac *Control) judgeNonce(a *Account, c auth.Digest, ch *Challenge, good bool) Verdict {
	fresh, ours := false, ch != nil
	if life := a.reg.NonceLife; life > 0 {
		age, known := ac.nonces.Age(c["nonce"], time.Now())
		fresh = known && age <= life && (!good || ac.unrepeated(a, c))
		ours = true
	} else if ch != nil {
		fresh = c["nonce"] == ch.nonce && !ch.used
		ch.used = ch.used || fresh
	}
	switch {
	case fresh && good:
		return OK
	case fresh:
		return WrongPassword
	case good && ours:
		return StaleNonce
	}
	return NeedsChallenge
}

// unrepeated: with a qop each use of a nonce has a higher count. Who was offered one
// and has none may use the nonce once.
func (ac *Control) unrepeated(a *Account, c auth.Digest) bool {
	if !a.reg.QOP {
		return true
	}
	count := uint32(auth.Spent)
	if c["qop"] != "" {
		count = c.Count()
	}
	return ac.nonces.Use(c["nonce"], count, a.reg.NonceLife, time.Now())
}

// checkCard is authenticate for the algorithms of SIM cards: the answer to the
// challenge of this dialog, or the card's wish for another sequence number. ours says
// that user and uri are right.
func (ac *Control) checkCard(m *sipstack.Message, a *Account, c auth.Digest, x auth.Algorithm, ch *Challenge, ours bool) Verdict {
	if ch == nil || ch.vector == nil || c["nonce"] != ch.vector.Nonce {
		return NeedsChallenge
	}
	if auts := c["auts"]; auts != "" {
		if !ac.resync(a.Peer, ch.vector, auts) || !ours {
			return WrongPassword
		}
		return NeedsChallenge
	}
	ha1 := ch.vector.HA1(x, c["username"], a.realm)
	if !c.Verify(x, ha1, c["nonce"], m.Method, a.reg.QOP) || !ours {
		return WrongPassword
	}
	if a.reg.NonceLife == 0 && ch.used || a.reg.NonceLife > 0 && !ac.unrepeated(a, c) {
		return StaleNonce
	}
	ch.used = true
	ac.trust(m, a, c, x, ha1)
	return OK
}

// trust notes what right credentials are good for.
func (ac *Control) trust(m *sipstack.Message, a *Account, c auth.Digest, x auth.Algorithm, ha1 string) {
	ac.stack.Trust(m.Flow)
	if a.reg.QOP {
		a.Info = c.Info(x, ha1)
	}
}

// SendChallenge asks for credentials, once for each algorithm: with the dialog's nonce,
// a fresh one when that was used, or with one that is good for a while.
func (ac *Control) SendChallenge(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, a *Account, stale bool) {
	status, reason, ask, _ := a.header(m.Method)
	ch := ac.challengeFor(sh, m, a)
	var headers []sipstack.Header
	for _, x := range a.algorithms() {
		c := auth.Challenge{Realm: a.realm, Nonce: ch.nonce, Algorithm: x, Stale: stale, QOP: a.reg.QOP}
		if a.reg.QOP {
			c.Opaque = ch.nonce
		}
		if x.AKA() {
			c.Nonce = ch.vector.Nonce
		}
		headers = append(headers, sipstack.Header{Name: ask, Value: c.String()})
	}
	ac.respond(tx, status, reason, headers...)
	ac.reportChallenge(m, ch.nonce)
	if !a.answered {
		tx.Forget() // the same request gets the same nonce
	}
}

// challengeFor is the dialog's challenge, renewed where it has to be.
func (ac *Control) challengeFor(sh *sipstack.Shard, m *sipstack.Message, a *Account) *Challenge {
	life, card := a.reg.NonceLife, a.card()
	if life > 0 && !card {
		return &Challenge{nonce: ac.nonces.New(time.Now())}
	}
	open := ac.cfg.Challenges(sh)
	ch := open[m.CallID]
	if ch == nil {
		ch = &Challenge{callID: strings.Clone(m.CallID)}
		open[ch.callID] = ch
	}
	if ch.nonce == "" || ch.used || a.answered {
		ch.nonce, ch.used = auth.Nonce(), false
		if life > 0 {
			ch.nonce = ac.nonces.New(time.Now())
		}
		if card {
			ch.vector = ac.nextVector(a)
		}
	}
	sh.After(&ch.timer, max(64*sipstack.DefaultT1, life), func() { delete(open, ch.callID) })
	return ch
}
