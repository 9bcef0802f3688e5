package auth

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
)

// AKA is what the network knows of a SIM card.
type AKA struct {
	K     [16]byte
	OP    [16]byte
	IsOPc bool // OP is OPc, already made from K
	AMF   [2]byte
}

// Vector is one authentication vector: a challenge for the card and what answers it.
type Vector struct {
	Nonce string // base64 of RAND and AUTN (RFC 3310 section 3.2)
	rand  [16]byte
	res   [8]byte
	ck    [16]byte
	ik    [16]byte
}

// SQNStep is the distance of sequence numbers given out: the lowest five bits are the
// card's index (3GPP TS 33.102 annex C.3.2).
const SQNStep = 1 << 5

// SQNMask are the 48 bits of a sequence number.
const SQNMask = 1<<48 - 1

// Vector makes the challenge for a sequence number.
func (k *AKA) Vector(sqn uint64) *Vector {
	v := &Vector{}
	rand.Read(v.rand[:]) // never fails
	return k.vector(v, sqn)
}

func (k *AKA) vector(v *Vector, sqn uint64) *Vector {
	m := newMilenage(k.K, k.OP, k.IsOPc)
	var ak [6]byte
	v.res, v.ck, v.ik, ak = m.f2345(v.rand)
	seq := sqnBytes(sqn)
	mac, _ := m.f1(v.rand, seq, k.AMF)
	xor(seq[:], ak[:])
	b := append(append(append(append([]byte(nil), v.rand[:]...), seq[:]...), k.AMF[:]...), mac[:]...)
	v.Nonce = base64.StdEncoding.EncodeToString(b)
	return v
}

// HA1 is what the digest is computed with: the password is RES (RFC 3310 section 3.4),
// or for AKAv2 one made of RES, IK and CK (RFC 4169 section 3).
func (v *Vector) HA1(a Algorithm, user, realm string) string {
	password := string(v.res[:])
	if a == AKAv2 {
		h := hmac.New(md5.New, append(append(append([]byte(nil), v.res[:]...), v.ik[:]...), v.ck[:]...))
		h.Write([]byte("http-digest-akav2-password"))
		password = base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return a.HA1(user, realm, password)
}

// Resync reads the AUTS with which a card says that our sequence numbers are not
// fresh (RFC 3310 section 3.4), and returns the card's; false when the card's
// signature is wrong.
func (k *AKA) Resync(v *Vector, auts string) (sqn uint64, ok bool) {
	b, err := base64.StdEncoding.DecodeString(auts)
	if err != nil || len(b) != 14 {
		return 0, false
	}
	m := newMilenage(k.K, k.OP, k.IsOPc)
	ak := m.f5s(v.rand)
	var seq [6]byte
	copy(seq[:], b)
	xor(seq[:], ak[:])
	_, mac := m.f1(v.rand, seq, [2]byte{}) // AMF is zero there (TS 33.102 section 6.3.3)
	if !hmac.Equal(mac[:], b[6:]) {
		return 0, false
	}
	return sqnNumber(seq), true
}
