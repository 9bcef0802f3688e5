package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// milenage are the authentication functions of 3GPP TS 35.206 for one subscriber.
// No library for them could be had; the test sets of TS 35.207 are the test.
type milenage struct {
	block cipher.Block
	opc   [16]byte
}

// newMilenage takes K and OP, or OPc.
func newMilenage(k, op [16]byte, isOPc bool) *milenage {
	b, _ := aes.NewCipher(k[:]) // the length is right
	m := &milenage{block: b, opc: op}
	if !isOPc {
		b.Encrypt(m.opc[:], op[:])
		xor(m.opc[:], op[:])
	}
	return m
}

func xor(to, with []byte) {
	for i := range to {
		to[i] ^= with[i]
	}
}

// out is OUTn of section 4.1 for n = 2 to 5.
func (m *milenage) out(rand [16]byte, rotate int, c byte) (o [16]byte) {
	temp := rand
	xor(temp[:], m.opc[:])
	m.block.Encrypt(temp[:], temp[:])
	xor(temp[:], m.opc[:])
	for i := range o {
		o[i] = temp[(i+rotate/8)%16]
	}
	o[15] ^= c
	m.block.Encrypt(o[:], o[:])
	xor(o[:], m.opc[:])
	return o
}

// f1 is MAC-A, and MAC-S for f1*.
func (m *milenage) f1(rand [16]byte, sqn [6]byte, amf [2]byte) (macA, macS [8]byte) {
	temp := rand
	xor(temp[:], m.opc[:])
	m.block.Encrypt(temp[:], temp[:])
	var in, o [16]byte
	copy(in[:], sqn[:])
	copy(in[6:], amf[:])
	copy(in[8:], in[:8])
	xor(in[:], m.opc[:])
	for i := range o {
		o[i] = in[(i+8)%16] // rotated by r1 = 64
	}
	xor(o[:], temp[:])
	m.block.Encrypt(o[:], o[:])
	xor(o[:], m.opc[:])
	copy(macA[:], o[:8])
	copy(macS[:], o[8:])
	return macA, macS
}

// f2345 is RES, CK, IK and AK.
func (m *milenage) f2345(rand [16]byte) (res [8]byte, ck, ik [16]byte, ak [6]byte) {
	o := m.out(rand, 0, 1)
	copy(res[:], o[8:])
	copy(ak[:], o[:])
	return res, m.out(rand, 32, 2), m.out(rand, 64, 4), ak
}

// f5s is AK for resynchronisation.
func (m *milenage) f5s(rand [16]byte) (ak [6]byte) {
	o := m.out(rand, 96, 8)
	copy(ak[:], o[:])
	return ak
}

// sqnBytes and sqnNumber are a sequence number of 48 bits.
func sqnBytes(n uint64) (b [6]byte) {
	var all [8]byte
	binary.BigEndian.PutUint64(all[:], n)
	copy(b[:], all[2:])
	return b
}

func sqnNumber(b [6]byte) uint64 {
	var all [8]byte
	copy(all[2:], b[:])
	return binary.BigEndian.Uint64(all[:])
}
