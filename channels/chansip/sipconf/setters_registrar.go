package sipconf

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/auth"
)

// registrar are the options of authentication and registration that chan_sip does not
// have. Endpoints that set none of them share those of [general].
type RegistrarOptions struct {
	Challenge407  bool             // authchallenge
	Algorithms    []auth.Algorithm // auth_algorithms; nil: MD5 is asked for, the strongest is answered
	QOP           bool
	NonceLife     time.Duration // 0: a nonce is good once
	AnyURI        bool          // auth_check_uri=no
	MaxContacts   int
	Policy        ContactPolicy
	SecAgree      SecAgree
	Associated    []string // p_associated_uri
	ServiceRoutes []string
}

// ContactPolicy says what becomes of a contact more than max_contacts.
type ContactPolicy uint8

const (
	ContactReplace ContactPolicy = iota
	ContactRefuse
	ContactRefuseOther
)

// SecAgree is what becomes of a request that requires sec-agree (RFC 3329).
type SecAgree uint8

const (
	SecAgreeUnsupported SecAgree = iota
	SecAgreeIgnore
	SecAgreeRefuse
)

// AKAOptions is a SIM card.
type AKAOptions struct {
	auth.AKA
	SQN         uint64 // aka_sqn
	hasK, hasOP bool   // aka_k; aka_op or aka_opc
}

// Complete says whether there is all that a challenge needs.
func (k *AKAOptions) Complete() bool { return k != nil && k.hasK && k.hasOP }

// registrar is the set that an option goes to: the endpoint's own from the first one on.
func (r *optionReader) registrar() *RegistrarOptions {
	if r.p != nil && r.e.Reg == r.g.Reg {
		own := *r.g.Reg
		r.e.Reg = &own
	}
	return r.e.Reg
}

// word reads one of several words; false, with a warning, for another.
func (r *optionReader) word(v string, words ...string) (int, bool) {
	for i, w := range words {
		if strings.EqualFold(v, w) {
			return i, true
		}
	}
	r.bad(v, strings.Join(words, ", "))
	return 0, false
}

func setAuthChallenge(r *optionReader, v string) {
	if i, ok := r.word(v, "401", "407"); ok {
		r.registrar().Challenge407 = i == 1
	}
}

func setAlgorithms(r *optionReader, v string) {
	var list []auth.Algorithm
	for _, name := range strings.Split(v, ",") {
		name = strings.TrimSpace(name)
		a, ok := auth.ParseAlgorithm(name)
		if !ok || name == "" {
			r.warn("'%s' is not an algorithm of '%s' (MD5, SHA-256, SHA-512-256, AKAv1-MD5, AKAv2-MD5); it is left out", name, r.name)
		} else if !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	if list != nil {
		r.registrar().Algorithms = list
	}
}

func setQOP(r *optionReader, v string) {
	if i, ok := r.word(v, "none", "auth"); ok {
		r.registrar().QOP = i == 1
	}
}

func setNonceLife(r *optionReader, v string) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		r.bad(v, "seconds")
		return
	}
	r.registrar().NonceLife = time.Duration(n) * time.Second
}

func setMaxContacts(r *optionReader, v string) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		r.bad(v, "1 and up")
		return
	}
	r.registrar().MaxContacts = n
}

func setContactPolicy(r *optionReader, v string) {
	if i, ok := r.word(v, "replace", "refuse", "refuse_other_address"); ok {
		r.registrar().Policy = ContactPolicy(i)
	}
}

func setSecAgree(r *optionReader, v string) {
	if i, ok := r.word(v, "unsupported", "ignore", "refuse"); ok {
		r.registrar().SecAgree = SecAgree(i)
	}
}

// setURIs reads an option that may be repeated; in an endpoint the first one takes the
// place of those of [general].
func setURIs(list func(*RegistrarOptions) *[]string) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		uri := strings.Trim(v, "<> ")
		if uri == "" {
			r.bad(v, "a URI")
			return
		}
		l := list(r.registrar())
		if r.p != nil && slices.Equal(*l, *list(r.g.Reg)) {
			*l = nil
		}
		*l = append(slices.Clip(*l), uri)
	}
}

// setHA1 reads a stored HA1.
func setHA1(a auth.Algorithm) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		if len(v) != a.Size() || strings.Trim(strings.ToLower(v), "0123456789abcdef") != "" {
			r.warn("'%s' must be %d hexadecimal digits: the credentials of '%s' are never right", r.name, a.Size(), r.p.Name)
			v = "-" // so that nobody is let in without any
		}
		r.rare().HA1[a] = strings.ToLower(v)
	}
}

// aka is the endpoint's SIM card, made when the first of its options is read.
func (r *optionReader) aka() *AKAOptions {
	own := AKAOptions{AKA: auth.AKA{AMF: [2]byte{0x80}}}
	if r.rare().AKA != nil {
		own = *r.rare().AKA
	}
	r.rare().AKA = &own
	return &own
}

// hex reads digits that fill the field.
func (r *optionReader) hex(to []byte, v string) bool {
	b, err := hex.DecodeString(v)
	if err != nil || len(b) != len(to) {
		r.bad(v, strconv.Itoa(2*len(to))+" hexadecimal digits")
		return false
	}
	copy(to, b)
	return true
}

func setAKAKey(r *optionReader, v string) { a := r.aka(); a.hasK = r.hex(a.K[:], v) }

func setAKAOP(isOPc bool) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		a := r.aka()
		a.hasOP, a.IsOPc = r.hex(a.OP[:], v), isOPc
	}
}

func setAKAAMF(r *optionReader, v string) { r.hex(r.aka().AMF[:], v) }

func setAKASQN(r *optionReader, v string) {
	n, err := strconv.ParseUint(v, 16, 48)
	if err != nil {
		r.bad(v, "up to 12 hexadecimal digits")
		return
	}
	r.aka().SQN = n
}

func setAutoCreate(r *optionReader, v string) {
	switch {
	case strings.EqualFold(v, "persist"):
		r.g.AutoCreate = AutoCreatePersist
	case r.truth(v):
		r.g.AutoCreate = AutoCreateVolatile
	default:
		r.g.AutoCreate = AutoCreateOff
	}
}

func setRegContext(r *optionReader, v string) {
	r.g.RegContexts = nil
	for _, w := range strings.Split(v, "&") {
		if w = strings.TrimSpace(w); w != "" {
			r.g.RegContexts = append(r.g.RegContexts, w)
		}
	}
}
