package auth

import "testing"

// DigestUser reads of credentials what ParseDigest does.
func TestDigestUserReadsAsParseDigest(t *testing.T) {
	for _, v := range []string{
		`Digest username="u", realm="r", nonce="n", uri="sip:x", response="1"`,
		`digest realm=r,username=u , username="second", realm="other"`,
		`Digest username="a\"b", x`, `Digest`, `Digest  `, `Basic dTp4`, `Digest ,,username = u`,
		`Digest nonce="username=\"z\""`, `Digest username="`,
		`Digest USERNAME="u",Realm="R"`, "",
	} {
		d, ok := ParseDigest(v)
		user, realm, also := DigestUser(v)
		if also != ok || user != d["username"] || realm != d["realm"] {
			t.Errorf("%s: %q %q %v, ParseDigest has %v %v", v, user, realm, also, d, ok)
		}
	}
}
