package chansip

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// challenge is the nonce given out in one dialog (Call-ID). It is good for one
// answer.
type challenge struct {
	callID string
	nonce  string
	used   bool
	timer  sipstack.Timer
}

// verdict of an authentication.
type verdict uint8

const (
	authOK verdict = iota
	authChallenge
	authStale
	authWrongPassword
	authWrongUser
)

func query(callerID string) dialplan.Query {
	return dialplan.Query{CallerID: callerID, Now: time.Now()}
}

// credentialsOf reads the Authorization header, the only one looked at.
func credentialsOf(m *sipstack.Message) (auth.Digest, bool) {
	h := m.Header("Authorization")
	if h == "" {
		return nil, false
	}
	return auth.ParseDigest(h)
}

// secretHA1 makes the endpoint's HA1, "" when it needs no authentication.
func (p *Peer) secretHA1(realm string) string {
	switch {
	case p.MD5Secret != "":
		return p.MD5Secret
	case p.Secret != "":
		return auth.HA1(p.Name, realm, p.Secret)
	}
	return ""
}

// ha1For is the endpoint's HA1 for a realm; usual is the one that the directory has
// computed it for.
func (p *Peer) ha1For(realm, usual string) string {
	if realm == usual {
		return p.ha1
	}
	return p.secretHA1(realm)
}

// realmFor is the realm of a challenge: with domainsasrealm the domain of From, else of
// To, where it is one of ours.
func (d *Directory) realmFor(m *sipstack.Message) string {
	if d.DomainsAsRealm {
		for _, n := range []sipstack.NameAddr{m.From, m.To} {
			if l, ok := d.localDomain(n.ParsedURI().Host); ok {
				return l.Name
			}
		}
	}
	return d.Realm
}

// authenticate judges the credentials of a request against a user name and
// HA1. An empty HA1 belongs to nobody and is never matched.
//
//	no credentials                         challenge
//	user name is not the section's         wrong user (before the nonce is looked at)
//	nonce of this dialog, unused, good     ok
//	nonce of this dialog, unused, bad      wrong password
//	another or used nonce, else good       challenge with stale=true
//	another or used nonce, bad             challenge
func (d *Driver) authenticate(sh *sipstack.Shard, m *sipstack.Message, user, ha1 string) verdict {
	c, ok := credentialsOf(m)
	if !ok {
		return authChallenge
	}
	if ha1 != "" && c["username"] != user {
		return authWrongUser
	}
	ch := data(sh).nonces[m.CallID]
	if ch == nil {
		return authChallenge
	}
	good := ha1 != "" && c.Verify(ha1, c["nonce"], m.Method)
	if c["nonce"] != ch.nonce || ch.used {
		if good {
			return authStale
		}
		return authChallenge
	}
	ch.used = true
	if good {
		d.stack.Trust(m.Flow)
		return authOK
	}
	return authWrongPassword
}

// sendChallenge answers 401 with the dialog's nonce, a fresh one when that was
// used.
func (d *Driver) sendChallenge(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message, stale bool) {
	s := data(sh)
	ch := s.nonces[m.CallID]
	_, answered := credentialsOf(m)
	if ch == nil {
		ch = &challenge{callID: strings.Clone(m.CallID)}
		s.nonces[ch.callID] = ch
	}
	if ch.nonce == "" || ch.used || answered {
		ch.nonce, ch.used = auth.Nonce(), false
	}
	sh.After(&ch.timer, 64*sipstack.DefaultT1, func() { delete(s.nonces, ch.callID) })
	d.respond(tx, 401, "Unauthorized", sipstack.Header{Name: "WWW-Authenticate", Value: auth.Challenge(d.Directory().realmFor(m), ch.nonce, stale)})
	if !answered {
		tx.Forget() // the same request gets the same nonce
	}
}
