package sipconf

import (
	"strings"
	"testing"

	"obelisk/internal/auth"
)

// What is said of options of authentication that cannot be used, and what they come to.
func TestAuthenticationOptions(t *testing.T) {
	const k, op = "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"
	for lines, want := range map[string]string{
		"secret=x\nauthchallenge=402":        "'402' is not a valid value of 'authchallenge' (401, 407)",
		"secret=x\nqop=auth-int":             "(none, auth)",
		"secret=x\nnoncelife=-1":             "(seconds)",
		"secret=x\nmax_contacts=0":           "(1 and up)",
		"secret=x\ncontact_policy=keep":      "(replace, refuse, refuse_other_address)",
		"secret=x\nsec_agree=yes":            "(unsupported, ignore, refuse)",
		"secret=x\nauth_algorithms=MD5,SHA1": "'SHA1' is not an algorithm",
		"secret=x\nservice_route=<>":         "(a URI)",
		"sha256secret=12": "'sha256secret' must be 64 hexadecimal digits: the credentials of 'p' " +
			"are never right",
		"md5secret=" + strings.Repeat("z", 32):        "'md5secret' must be 32 hexadecimal digits",
		"sha512_256secret=" + strings.Repeat("A", 64): "",
		"aka_k=" + k:              "needs aka_k and one of aka_op and aka_opc",
		"aka_opc=" + op:           "needs aka_k and one of aka_op and aka_opc",
		"aka_k=12\naka_opc=" + op: "(32 hexadecimal digits)",
		"aka_k=" + k + "\naka_opc=" + op + "\naka_sqn=zz":          "(up to 12 hexadecimal digits)",
		"aka_k=" + k + "\naka_opc=" + op + "\naka_amf=1":           "(4 hexadecimal digits)",
		"aka_k=" + k + "\naka_opc=" + op + "\naka_sqn=fe":          "",
		"md5secret=" + op + "\nauth_algorithms=SHA-256":            "has no secret for any of its auth_algorithms",
		"secret=x\nauth_algorithms=AKAv1-MD5":                      "has no secret for any of its auth_algorithms",
		"aka_k=" + k + "\naka_opc=" + op + "\nauth_algorithms=MD5": "has no secret for any of its auth_algorithms",
	} {
		d, diags := compile(t, "[general]\n[p]\ntype=friend\nhost=dynamic\n"+lines+"\n")
		got := strings.Join(diags, "\n")
		if want == "" && got != "" && !strings.HasPrefix(got, "To disallow") || !strings.Contains(got, want) {
			t.Errorf("%q: %s", lines, got)
		}
		if p := d.Lookup("p"); p == nil || !p.Secured() {
			t.Errorf("%q: the peer is gone, or open to everybody", lines)
		}
	}
}

// An endpoint's own options do not change those of [general] or of others.
func TestRegistrarOptionsAreInherited(t *testing.T) {
	d, _ := compile(t, "[general]\nqop=auth\nmax_contacts=4\np_associated_uri=sip:g@x\n[a]\ntype=friend\nhost=dynamic\nsecret=x\n[b]\n"+
		"type=friend\nhost=dynamic\nsecret=x\nmax_contacts=2\np_associated_uri=sip:1@x\np_associated_uri=sip:2@x\nauth_algorithms=SHA-256\n"+
		"[c]\ntype=friend\nhost=dynamic\n")
	a, b, c := d.Lookup("a").Reg, d.Lookup("b").Reg, d.Lookup("c").Reg
	if a != d.Reg || c != d.Reg || b == d.Reg {
		t.Error("who shares with [general] is wrong")
	}
	if a.MaxContacts != 4 || !b.QOP || b.MaxContacts != 2 || strings.Join(a.Associated, " ") != "sip:g@x" ||
		strings.Join(b.Associated, " ") != "sip:1@x sip:2@x" || a.Algorithms != nil || b.Algorithms[0] != auth.SHA256 {
		t.Errorf("%+v %+v", a, b)
	}
}
