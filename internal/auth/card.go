package auth

import (
	"crypto/hmac"
	"encoding/base64"
)

// Card does what a SIM card does with a challenge: it checks that the network knows K,
// and finds the answer and the sequence number. It is the other side of Vector, for
// what tests a network.
func (k *AKA) Card(nonce string) (v *Vector, sqn uint64, ok bool) {
	b, err := base64.StdEncoding.DecodeString(nonce)
	if err != nil || len(b) < 32 {
		return nil, 0, false
	}
	v = &Vector{Nonce: nonce, rand: [16]byte(b)}
	m := newMilenage(k.K, k.OP, k.IsOPc)
	var ak [6]byte
	v.res, v.ck, v.ik, ak = m.f2345(v.rand)
	seq := [6]byte(b[16:])
	xor(seq[:], ak[:])
	mac, _ := m.f1(v.rand, seq, [2]byte(b[22:]))
	return v, sqnNumber(seq), hmac.Equal(mac[:], b[24:32])
}

// AUTS is what a card answers to a challenge that is not fresh: the number it has seen.
func (k *AKA) AUTS(v *Vector, sqn uint64) string {
	m := newMilenage(k.K, k.OP, k.IsOPc)
	seq := sqnBytes(sqn)
	_, mac := m.f1(v.rand, seq, [2]byte{})
	ak := m.f5s(v.rand)
	xor(seq[:], ak[:])
	return base64.StdEncoding.EncodeToString(append(seq[:], mac[:]...))
}
