package auth

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestDigestBothSides(t *testing.T) {
	ch, ok := ParseDigest(`Digest algorithm=MD5, realm="aster\"isk", nonce="29d31550"`)
	if !ok || !ch.Usable() || ch["realm"] != `aster"isk` {
		t.Fatalf("%v %v", ch, ok)
	}
	d, _ := ParseDigest(Credentials{User: "1000", Password: "s"}.Answer(ch, "REGISTER", "sip:pbx", 1))
	ha1 := MD5.HA1("1000", `aster"isk`, "s")
	if !d.Verify(MD5, ha1, "29d31550", "REGISTER", false) || d.Verify(MD5, ha1, "29d31550", "INVITE", false) ||
		d.Verify(MD5, ha1, "x", "REGISTER", false) || d.Verify(MD5, MD5.HA1("1000", "r", "t"), "29d31550", "REGISTER", false) {
		t.Errorf("%v", d)
	}
}

// The exchange of the eyeBeam in the owner's reading: realm 10.2.84.19. The
// password is not in the document; the form of the answer is what is tested.
func TestReadEyeBeam(t *testing.T) {
	d, ok := ParseDigest(
		`Digest username="401999",realm="10.2.84.19",nonce="5eb6117930f436d5c6dfab18f8b2da91e65c1537",uri="sip:10.2.84.19",response="9c46fa8d95df62b2d204c82bf4fcdccc",algorithm=MD5`)
	if !ok || d["username"] != "401999" || d["uri"] != "sip:10.2.84.19" || d["algorithm"] != "MD5" || len(d["response"]) != 32 {
		t.Errorf("%v", d)
	}
	// The 407 exchange of the Bria: "Digestusername" without a blank, a realm with one.
	d, ok = ParseDigest(`Digestusername="1002",realm="soft3000 ",nonce="1dbb0165",uri="sip:1000@192.168.50.34",response="eb3a",algorithm=MD5`)
	if !ok || d["username"] != "1002" || d["realm"] != "soft3000 " {
		t.Errorf("%v", d)
	}
}

// RFC 2617 section 3.5.
func TestQopAsInTheRFC(t *testing.T) {
	ch := Digest{"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093", "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
		"qop": "auth,auth-int"}
	a, _ := ParseDigest(Credentials{User: "Mufasa", Password: "Circle Of Life"}.Answer(ch, "GET", "/dir/index.html", 1))
	want := MD5.hash(MD5.HA1("Mufasa", "testrealm@host.com", "Circle Of Life") + ":" + ch["nonce"] + ":00000001:" + a["cnonce"] + ":auth:" +
		MD5.hash("GET:/dir/index.html"))
	if a["response"] != want || a["opaque"] != ch["opaque"] || a["qop"] != "auth" || a["nc"] != "00000001" {
		t.Errorf("%v", a)
	}
	if MD5.HA1("Mufasa", "testrealm@host.com", "Circle Of Life") != "939e7578ed9e3c518a452acee763bce9" {
		t.Error("HA1")
	}
}

func TestChallengeForm(t *testing.T) {
	if got := (Challenge{Realm: "asterisk", Nonce: "0a1b2c3d",
		Stale: true}).String(); got != `Digest algorithm=MD5, realm="asterisk", nonce="0a1b2c3d", stale=true` {
		t.Error(got)
	}
	if n := Nonce(); len(n) != 8 || n == Nonce() {
		t.Error(n)
	}
}

// One without a nonce is answered (channels/SIP/message_send_ami of the Asterisk test suite).
func TestChallengeWithoutNonce(t *testing.T) {
	ch, ok := ParseDigest(`digest realm="test",stale=true`)
	if !ok || !ch.Usable() {
		t.Fatal(ch)
	}
	a, _ := ParseDigest(Credentials{User: "u", Password: "p"}.Answer(ch, "MESSAGE", "sip:x", 1))
	if want := MD5.hash(MD5.HA1("u", "test", "p") + "::" + MD5.hash("MESSAGE:sip:x")); a["response"] != want || a["nonce"] != "" {
		t.Errorf("%v", a)
	}
}

func TestUnusableChallenges(t *testing.T) {
	for _, v := range []string{"Basic realm=x", "", `Digest nonce="n", algorithm=SHA-1`, `Digest nonce="n", algorithm=AKAv1-MD5`,
		`Digest nonce="n", qop="auth-int"`} {
		if d, ok := ParseDigest(v); ok && d.Usable() {
			t.Errorf("%q was taken", v)
		}
	}
}

func TestACL(t *testing.T) {
	var a ACL
	for _, l := range []string{"-0.0.0.0/0.0.0.0", "+192.168.1.0/255.255.255.0,10.0.0.0/8", "-10.1.0.0/16", "+!192.168.1.9"} {
		if err := a.Add(l[0] == '+', l[1:]); err != nil {
			t.Fatal(err)
		}
	}
	for addr, want := range map[string]bool{"1.2.3.4": false, "192.168.1.5": true, "192.168.1.9": false, "10.2.0.1": true, "10.1.0.1": false,
		"::1": true, "::ffff:1.2.3.4": false} {
		if a.Allows(netip.MustParseAddr(addr)) != want {
			t.Errorf("%s: want %v", addr, want)
		}
	}
	for text, want := range map[string]string{"::ffff:10.0.0.0/104": "10.0.0.0/8", "::ffff:10.1.2.3": "10.1.2.3/32",
		"::ffff:10.1.2.3/255.0.0.0": "10.0.0.0/8", "fd00::1/8": "fd00::/8"} {
		if p, err := ParseNet(text); err != nil || p.String() != want {
			t.Errorf("%s: %v, %v", text, p, err)
		}
	}
	for _, bad := range []string{"x", "1.2.3.4/33", "1.2.3.4/255.0.255.0", "", "::ffff:10.0.0.0/8", "::ffff:10.0.0.0/129"} {
		if err := a.Add(true, bad); err == nil || !strings.Contains(err.Error(), "'") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzDigest(f *testing.F) {
	n := NewNonces()
	k := &AKA{}
	f.Add(`Digest username="a\"b", realm=x, nonce="n", response=00, uri="sip:x"`)
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := ParseDigest(s); ok {
			d.Verify(SHA256, "x", "y", "REGISTER", true)
			d.Info(MD5, "x")
			n.Age(d["nonce"], time.Now())
			k.Resync(k.Vector(1), d["auts"])
			k.Card(d["nonce"])
			Choose([]Digest{d}, []Algorithm{SHA256, MD5})
			Credentials{User: "u"}.Answer(d, "INVITE", "sip:x", 1)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	ch := Digest{"realm": "asterisk", "nonce": "29d31550"}
	d, _ := ParseDigest(Credentials{User: "1000", Password: "s"}.Answer(ch, "REGISTER", "sip:pbx", 1))
	ha1 := MD5.HA1("1000", "asterisk", "s")
	b.ReportAllocs()
	for b.Loop() {
		if !d.Verify(MD5, ha1, "29d31550", "REGISTER", false) {
			b.Fatal("wrong")
		}
	}
}
