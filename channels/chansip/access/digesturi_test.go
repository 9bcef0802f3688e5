package access

import (
	"testing"

	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

func TestResourceOfADigest(t *testing.T) {
	for _, c := range []struct {
		uri, request string
		register     bool
		want         bool
	}{
		{"sip:200@10.0.0.1", "sip:200@10.0.0.1", false, true},
		{"sip:200@10.0.0.1", "sip:200@pbx.example:5062;transport=tcp", false, true},
		{"sips:200@10.0.0.1", "sip:200@10.0.0.1", false, true},
		{"sip:2%300@10.0.0.1", "sip:200@10.0.0.1", false, true},
		{"sip:%23200@10.0.0.1", "sip:#200@10.0.0.1", false, true},
		{"200@10.0.0.1", "sip:200@10.0.0.1", false, true},
		{"sip:10.0.0.1", "sip:200@10.0.0.1", false, true},
		{"10.0.0.1:5060", "sip:200@10.0.0.1", false, true},
		{"tel:+4930123;phone-context=x", "sip:+4930123@10.0.0.1;user=phone", false, true},
		{"sip:+4930123;isub=1@x", "tel:+4930123", false, true},
		{"sip:alice@10.0.0.1", "sip:10.0.0.1", true, true},
		{"sip:10.0.0.1", "sip:alice@10.0.0.1", true, true},
		{"sip:600@10.0.0.1", "sip:200@10.0.0.1", false, false},
		{"600@10.0.0.1", "sip:200@10.0.0.1", false, false},
		{"sip:600@10.0.0.1:99999", "sip:200@10.0.0.1", false, false},
		{"tel:600", "sip:200@10.0.0.1", false, false},
		{"sip:200@10.0.0.1", "sip:2001@10.0.0.1", false, false},
		{"sip:200@10.0.0.1", "sip:10.0.0.1", false, false},
		{"sip:alice@10.0.0.1", "sip:bob@10.0.0.1", true, false},
	} {
		if got := sameResource(c.uri, c.request, c.register); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// Of several credentials those for our realm are taken, by an algorithm that was asked for.
func TestCredentialsAmongOthers(t *testing.T) {
	const others, wrong, old, good = `Digest username="a", realm="elsewhere"`, `Digest username="b", realm="here", algorithm=SHA-512-256`,
		`Basic x`, `Digest username="c", realm="here"`
	for what, c := range map[string]struct {
		lines []string
		want  string
	}{
		"the only ones":          {[]string{good}, "c"},
		"behind another realm":   {[]string{others, good}, "c"},
		"before another realm":   {[]string{good, others}, "c"},
		"behind another scheme":  {[]string{old, good}, "c"},
		"another algorithm":      {[]string{wrong, good}, "c"},
		"nothing that fits":      {[]string{others, wrong}, "b"},
		"another realm only":     {[]string{others}, "a"},
		"no digest at all":       {[]string{old}, ""},
		"two of ours, the first": {[]string{good, `Digest username="d", realm="here"`}, "c"},
	} {
		for _, header := range []string{"Authorization", "Proxy-Authorization"} {
			text := "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:a@x>\r\nCall-ID: " +
				"1\r\nCSeq: 1 OPTIONS\r\n"
			for _, l := range c.lines {
				text += header + ": " + l + "\r\n"
			}
			m, err := sipstack.Parse([]byte(text + "Content-Length: 0\r\n\r\n"))
			if err != nil {
				t.Fatal(err)
			}
			got, ok := credentialsOf(m, header, "here", []auth.Algorithm{auth.MD5})
			if got["username"] != c.want || ok != (c.want != "") {
				t.Errorf("%s, %s: %v", header, what, got)
			}
		}
	}
}
