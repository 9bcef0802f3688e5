package auth

import (
	"encoding/base64"
	"encoding/hex"
	"testing"
)

// The test sets 1, 3 and 4 of 3GPP TS 35.207.
var testSets = []struct{ k, rand, sqn, amf, op, opc, f1, f1s, f2, f5, f3, f4, f5s string }{
	{"465b5ce8b199b49faa5f0a2ee238a6bc", "23553cbe9637a89d218ae64dae47bf35", "ff9bb4d0b607", "b9b9", "cdc202d5123e20f62b6d676ac72cb318",
		"cd63cb71954a9f4e48a5994e37a02baf", "4a9ffac354dfafb3", "01cfaf9ec4e871e9", "a54211d5e3ba50bf", "aa689c648370",
		"b40ba9a3c58b2a05bbf0d987b21bf8cb", "f769bcd751044604127672711c6d3441", "451e8beca43b"},
	{"fec86ba6eb707ed08905757b1bb44b8f", "9f7c8d021accf4db213ccff0c7f71a6a", "9d0277595ffc", "725c", "dbc59adcb6f9a0ef735477b7fadf8374",
		"1006020f0a478bf6b699f15c062e42b3", "9cabc3e99baf7281", "95814ba2b3044324", "8011c48c0c214ed2", "33484dc2136b",
		"5dbdbb2954e8f3cde665b046179a5098", "59a92d3b476a0443487055cf88b2307b", "deacdd848cc6"},
	{"9e5944aea94b81165c82fbf9f32db751", "ce83dbc54ac0274a157c17f80d017bd6", "0b604a81eca8", "9e09", "223014c5806694c007ca1eeef57f004f",
		"a64a507ae1a2a98bb88eb4210135dc87", "74a58220cba84c49", "ac2cc74a96871837", "f365cd683cd92e96", "f0b9c08ad02e",
		"e203edb3971574f5a94b0d61b816345d", "0c4524adeac041c4dd830d20854fc46b", "6085a86c6f63"},
}

func fill(t *testing.T, to []byte, text string) {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(to) {
		t.Fatalf("%s: %v", text, err)
	}
	copy(to, b)
}

func TestMilenage(t *testing.T) {
	for i, s := range testSets {
		var k, op, opc, rand [16]byte
		var sqn [6]byte
		var amf [2]byte
		fill(t, k[:], s.k)
		fill(t, op[:], s.op)
		fill(t, opc[:], s.opc)
		fill(t, rand[:], s.rand)
		fill(t, sqn[:], s.sqn)
		fill(t, amf[:], s.amf)
		m := newMilenage(k, op, false)
		if m.opc != opc || newMilenage(k, opc, true).opc != opc {
			t.Errorf("set %d: OPc %x", i, m.opc)
		}
		macA, macS := m.f1(rand, sqn, amf)
		res, ck, ik, ak := m.f2345(rand)
		aks := m.f5s(rand)
		for name, v := range map[string][2]string{"f1": {hex.EncodeToString(macA[:]), s.f1}, "f1*": {hex.EncodeToString(macS[:]), s.f1s},
			"f2": {hex.EncodeToString(res[:]), s.f2}, "f3": {hex.EncodeToString(ck[:]), s.f3}, "f4": {hex.EncodeToString(ik[:]), s.f4},
			"f5": {hex.EncodeToString(ak[:]), s.f5}, "f5*": {hex.EncodeToString(aks[:]), s.f5s}} {
			if v[0] != v[1] {
				t.Errorf("set %d, %s: %s, want %s", i, name, v[0], v[1])
			}
		}
		if sqnBytes(sqnNumber(sqn)) != sqn {
			t.Errorf("%x", sqn)
		}
	}
}

// A card that has heard of later numbers says so, and cannot be imitated without K.
func TestAKAResynchronisation(t *testing.T) {
	k := &AKA{AMF: [2]byte{0x80}}
	fill(t, k.K[:], testSets[0].k)
	fill(t, k.OP[:], testSets[0].op)
	v := k.Vector(32)
	if b, err := base64.StdEncoding.DecodeString(v.Nonce); err != nil || len(b) != 32 || [16]byte(b) != v.rand {
		t.Fatalf("%s: %v", v.Nonce, err)
	}
	if seen, sqn, ok := k.Card(v.Nonce); !ok || sqn != 32 || seen.HA1(AKAv2, "u", "r") != v.HA1(AKAv2, "u", "r") {
		t.Errorf("the card reads %d %v", sqn, ok)
	}
	auts := k.AUTS(v, 5000)
	if sqn, ok := k.Resync(v, auts); !ok || sqn != 5000 {
		t.Errorf("%d %v", sqn, ok)
	}
	other := *k
	other.K[0]++
	if _, _, ok := other.Card(v.Nonce); ok {
		t.Error("a card with another K believes the network")
	}
	for _, bad := range []string{"", "AAAA", "%", other.AUTS(v, 5000), k.AUTS(k.Vector(64), 5000)} {
		if _, ok := k.Resync(v, bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
	if v.HA1(AKAv1, "u", "r") == v.HA1(AKAv2, "u", "r") {
		t.Error("AKAv2 is AKAv1")
	}
}
