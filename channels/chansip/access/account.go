package access

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"strconv"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// Account is the account whose credentials a request must carry. A decoy stands for one that
// does not exist or may not be used: no credentials are right for it.
type Account struct {
	Peer  *sipconf.Peer // nil: a decoy
	like  *sipconf.Peer // whose challenge it gets: Peer, or what a decoy looks like; nil: as [general]
	name  string        // in the request
	dir   *sipconf.Directory
	reg   *sipconf.RegistrarOptions
	realm string
	Info  string // Authentication-Info, once the credentials were found right
	// answered: the request has credentials, good or not.
	answered bool
}

// AccountOf is the account of an endpoint.
func (ac *Control) AccountOf(m *sipstack.Message, p *sipconf.Peer) Account {
	dir := ac.cfg.Directory()
	return Account{Peer: p, like: p, name: p.Name, dir: dir, reg: p.Reg, realm: dir.RealmFor(m)}
}

// DecoyAccount is a decoy for a name. Its challenge is that of meant, an endpoint that must not be
// used, or, for an unknown name (nil), that of an endpoint with a secret, always the same one for
// a name: a challenge does not tell which names exist.
func (ac *Control) DecoyAccount(m *sipstack.Message, name string, meant *sipconf.Peer) Account {
	dir := ac.cfg.Directory()
	a := Account{like: meant, name: name, dir: dir, reg: dir.Reg, realm: dir.RealmFor(m)}
	if meant == nil {
		a.like = ac.StandIn(dir, name)
	}
	if a.like != nil {
		a.reg = a.like.Reg
	}
	return a
}

// StandIn is the endpoint that an unknown name looks like, always the same for a name; nil: there
// is none with a secret.
func (ac *Control) StandIn(dir *sipconf.Directory, name string) *sipconf.Peer {
	return dir.StandIn(ac.decoy.choose(name))
}

// decoy has what decoys are made of.
type decoy struct {
	seed maphash.Seed
	card auth.AKA
}

func newDecoy() decoy {
	y := decoy{seed: maphash.MakeSeed()}
	rand.Read(y.card.K[:]) // never fails
	return y
}

// choose is a number that belongs to a name.
func (y *decoy) choose(name string) uint64 { return maphash.String(y.seed, name) }

// vector is a challenge for no card that there is.
func (y *decoy) vector(like *sipconf.AKAOptions) *auth.Vector {
	var sqn [8]byte
	rand.Read(sqn[:])
	card := y.card
	card.AMF = like.AMF
	return card.Vector(binary.BigEndian.Uint64(sqn[:]) & auth.SQNMask)
}

// card says whether the answer of a SIM card is asked for.
func (a *Account) card() bool { return a.like != nil && a.like.AKA.Complete() }

var (
	onlyMD5 = []auth.Algorithm{auth.MD5}
	aka     = []auth.Algorithm{auth.AKAv1, auth.MD5}
)

// algorithms are those that are asked for, the preferred first.
func (a *Account) algorithms() []auth.Algorithm {
	list := a.reg.Algorithms
	switch {
	case list == nil && !a.card():
		return onlyMD5
	case list == nil:
		list = aka
	}
	var out []auth.Algorithm
	for _, x := range list {
		if a.has(x) {
			out = append(out, x)
		}
	}
	if out == nil { // an account without a secret for any, which is told of when the file is read
		return onlyMD5
	}
	return out
}

// has reports whether the account can be asked for an algorithm. A decoy that looks like no
// endpoint has a secret.
func (a *Account) has(x auth.Algorithm) bool {
	if a.like == nil {
		return !x.AKA()
	}
	return a.like.HasSecretFor(x)
}

// decoyHA1 has the length of an HA1.
const decoyHA1 = "00000000000000000000000000000000"

// ha1 is the HA1 that a digest is verified with; "": there is none. It takes the same time for a
// decoy as for an account with a secret.
func (a *Account) ha1(x auth.Algorithm, user string) string {
	p := a.Peer
	switch {
	case x.AKA():
		return ""
	case p == nil && x == auth.MD5 && user == a.name && a.realm == a.dir.Realm:
		return decoyHA1
	case p == nil:
		return x.HA1(user, a.realm, decoyHA1)
	case p.HA1[x] != "":
		return p.HA1[x]
	case p.Secret == "":
		return ""
	case x == auth.MD5 && user == p.Name && a.realm == a.dir.Realm:
		return p.MD5HA1
	}
	return x.HA1(user, a.realm, p.Secret)
}

// header is what an answer of ours asks for and what the request must carry.
func (a *Account) header(method string) (status int, reason, ask, carry string) {
	if a.reg.Challenge407 && method != "REGISTER" {
		return 407, "Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization"
	}
	return 401, "Unauthorized", "WWW-Authenticate", "Authorization"
}

// akaFamily of the astdb holds the sequence number last used with a card.
const akaFamily = "SIP/AKA"

// nextVector makes the next challenge for an endpoint's card, or a false one for a decoy.
func (ac *Control) nextVector(a *Account) *auth.Vector {
	p := a.Peer
	if p == nil {
		return ac.decoy.vector(a.like.AKA)
	}
	ac.mu.Lock()
	defer ac.mu.Unlock()
	n := p.AKA.SQN
	if text, ok := ac.cfg.DB.Get(akaFamily, p.Name); ok {
		if kept, err := strconv.ParseUint(text, 16, 48); err == nil {
			n = max(n, kept)
		}
	}
	n = (n + auth.SQNStep) & auth.SQNMask
	ac.cfg.DB.Put(akaFamily, p.Name, fmt.Sprintf("%012x", n))
	return p.AKA.Vector(n)
}

// resync takes over the sequence number that a card has seen.
func (ac *Control) resync(p *sipconf.Peer, v *auth.Vector, auts string) bool {
	if p == nil {
		ac.decoy.card.Resync(v, auts)
		return false
	}
	n, ok := p.AKA.Resync(v, auts)
	if ok {
		ac.mu.Lock()
		defer ac.mu.Unlock()
		ac.cfg.DB.Put(akaFamily, p.Name, fmt.Sprintf("%012x", n))
		ac.cfg.Log.Info().Msgf("The card of '%s' is at sequence number %012x; we go on from there", p.Name, n)
	}
	return ok
}
