package auth

import (
	"testing"
	"time"
)

// RFC 7616 section 3.9.1, whose computations RFC 8760 takes over.
func TestSHA256AsInTheRFC(t *testing.T) {
	for response, a := range map[string]Algorithm{"8ca523f5e9506fed4657c9700eebdbec": MD5,
		"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1": SHA256} {
		d := Digest{"username": "Mufasa", "uri": "/dir/index.html", "qop": "auth", "nc": "00000001",
			"cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "response": response}
		const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
		ha1 := a.HA1("Mufasa", "http-auth@example.org", "Circle of Life")
		if !d.Verify(a, ha1, nonce, "GET", true) {
			t.Errorf("%v", a)
		}
		if d.Verify(a, ha1, nonce, "POST", true) || d.Verify(a, ha1, nonce, "GET", false) {
			t.Errorf("%v takes too much", a)
		}
	}
	// The user's sum in the RFC's example of SHA-512-256.
	if got := SHA512256.HA1("J\u00e4s\u00f8n Doe", "api@example.org", "Secret, or not?"); len(got) != SHA512256.Size() {
		t.Error(got)
	}
}

func TestNamesOfAlgorithms(t *testing.T) {
	for name, want := range map[string]Algorithm{"": MD5, "md5": MD5, "SHA-256": SHA256, "sha-512-256": SHA512256, "AKAv1-MD5": AKAv1,
		"AKAv2-MD5": AKAv2} {
		if got, ok := ParseAlgorithm(name); !ok || got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	if _, ok := ParseAlgorithm("MD5-sess"); ok {
		t.Error("MD5-sess")
	}
}

func TestChoiceOfChallenge(t *testing.T) {
	offer := func(names ...string) (out []Digest) {
		for _, n := range names {
			out = append(out, Digest{"algorithm": n, "nonce": "n"})
		}
		return
	}
	for _, c := range []struct {
		offered []Digest
		allowed []Algorithm
		want    string
	}{
		{offer("MD5", "SHA-256"), []Algorithm{SHA512256, SHA256, MD5}, "SHA-256"},
		{offer("SHA-512-256", "MD5"), []Algorithm{MD5}, "MD5"},
		{offer("MD5"), []Algorithm{SHA256}, "none"},
		{offer("MD5-sess", "AKAv1-MD5"), []Algorithm{AKAv1, MD5}, "none"},
		{offer("SHA-256", "MD5"), []Algorithm{MD5, SHA256}, "MD5"},
		{[]Digest{{"nonce": "n"}}, []Algorithm{MD5}, ""},
		{[]Digest{{"nonce": "n", "qop": "auth-int"}, {"algorithm": "MD5", "nonce": "n", "qop": "auth-int, auth"}}, []Algorithm{MD5}, "MD5"},
	} {
		got := "none"
		if d, ok := Choose(c.offered, c.allowed); ok {
			got = d["algorithm"]
		}
		if got != c.want {
			t.Errorf("%v of %v: %s, want %s", c.allowed, c.offered, got, c.want)
		}
	}
}

// Whoever answers with a stored HA1 needs no password, and what is proven in return
// is checked with the same function.
func TestAnswerWithStoredHA1(t *testing.T) {
	for _, a := range []Algorithm{MD5, SHA256, SHA512256} {
		ch, _ := ParseDigest(Challenge{Realm: "r", Nonce: "n", Algorithm: a, QOP: true}.String())
		c := Credentials{User: "u"}
		c.HA1[a] = a.HA1("u", "r", "s")
		d, _ := ParseDigest(c.Answer(ch, "REGISTER", "sip:x", 7))
		if !d.Verify(a, c.HA1[a], "n", "REGISTER", true) || d.Count() != 7 || d["algorithm"] != a.String() {
			t.Errorf("%v: %v", a, d)
		}
		info, _ := ParseDigest("Digest " + d.Info(a, c.HA1[a]))
		want := a.hash(c.HA1[a] + ":n:00000007:" + d["cnonce"] + ":auth:" + a.hash(":sip:x"))
		if info["rspauth"] != want || info["nc"] != "00000007" {
			t.Errorf("%v: %v", a, info)
		}
	}
}

func TestNoncesThatAreReused(t *testing.T) {
	n, now := NewNonces(), time.Unix(1_700_000_000, 0)
	x := n.New(now)
	if age, ok := n.Age(x, now.Add(9*time.Second)); !ok || age != 9*time.Second {
		t.Errorf("%v %v", age, ok)
	}
	for what, bad := range map[string]string{"another's": NewNonces().New(now), "changed": "0" + x[1:], "short": x[:8], "none": ""} {
		if _, ok := n.Age(bad, now); ok && bad != x {
			t.Errorf("%s is taken", what)
		}
	}
	const life = 30 * time.Second
	for i, step := range []struct {
		count uint32
		after time.Duration
		want  bool
	}{{1, 0, true}, {1, 0, false}, {3, 0, true}, {2, 0, false}, {3, 29 * time.Second, false}, {4, 29 * time.Second, true},
		{4, 59 * time.Second, false}, {Spent, 60 * time.Second, true}, {Spent, 60 * time.Second, false}} {
		if got := n.Use(x, step.count, life, now.Add(step.after)); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
	for i := range 1000 {
		at := now.Add(time.Duration(i) * time.Minute)
		n.Use(n.New(at), 1, life, at)
	}
	if left := len(n.counts[0]) + len(n.counts[1]); left > 4 {
		t.Errorf("%d uses are still kept", left)
	}
}
