package body

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"obelisk/internal/sipstack"
)

const someSDP = "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0"

// withBody is a message with that body; lines are its headers.
func withBody(t testing.TB, lines, body string) *sipstack.Message {
	t.Helper()
	m, err := sipstack.Parse(fmt.Appendf(nil, "INVITE sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:b@h>;tag=1\r\n"+
		"To: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n%sContent-Length: %d\r\n\r\n%s",
		lines, len(body), body))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parts writes parts between boundaries.
func parts(boundary string, list ...string) string {
	return "--" + boundary + "\r\n" + strings.Join(list, "\r\n--"+boundary+"\r\n") + "\r\n--" + boundary + "--\r\n"
}

const (
	sdpPart  = "Content-Type: application/sdp\r\n\r\n" + someSDP
	isupPart = "Content-Type: application/isup; version=itu-t92+\r\n\r\n\x01\x11\x00"
	pidfPart = "Content-Type: application/pidf+xml\r\nContent-ID: <here@h>\r\n\r\n<presence/>"
	isupMust = "Content-Type: application/isup\r\nContent-Disposition: signal;handling=required\r\n\r\n\x01"
	isupMay  = "Content-Type: application/isup\r\nContent-Disposition: signal ; Handling=Optional\r\n\r\n\x01"
)

// Where the session is, in whatever it is wrapped, and what is refused.
func TestSessionPart(t *testing.T) {
	mixed := "Content-Type: multipart/mixed;boundary=b\r\n"
	nested := "Content-Type: multipart/mixed; boundary=\"in side\"\r\n\r\n" + parts("in side", pidfPart, sdpPart)
	for name, c := range map[string]struct {
		lines, body string
		found       bool
		refused     string
	}{
		"plain":                      {"Content-Type: application/sdp\r\n", someSDP, true, ""},
		"plain, with parameters":     {"c: Application/SDP ;charset=utf-8\r\n", someSDP, true, ""},
		"no type":                    {"", someSDP, true, ""},
		"no body":                    {"Content-Type: application/sdp\r\n", "", false, ""},
		"another type":               {"Content-Type: text/plain\r\n", "x", false, ""},
		"no type and no description": {"", "hello", false, ""},
		"another type, optional":     {"Content-Type: text/plain\r\nContent-Disposition: render;handling=optional\r\n", "x", false, ""},
		"session required": {"Content-Type: application/sdp\r\nContent-Disposition: session;handling=required\r\n", someSDP, true,
			""},
		"early session": {"Content-Type: application/sdp\r\nContent-Disposition: early-session\r\n", someSDP, false, ""},
		"another type, required": {"Content-Type: text/plain\r\nContent-Disposition: render;handling=required\r\n", "x", false,
			"the body is text/plain"},
		"only what is required": {mixed, parts("b", isupMust), false, "the body is application/isup"},
		"early session, optional": {"Content-Type: application/sdp\r\nContent-Disposition: early-session;handling=optional\r\n", someSDP,
			false, ""},
		"encoded":                    {"Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "x", false, "the body is encoded"},
		"not encoded":                {"Content-Type: application/sdp\r\nContent-Encoding: identity\r\n", someSDP, true, ""},
		"first part":                 {mixed, parts("b", sdpPart, isupMay), true, ""},
		"second part":                {mixed, parts("b", isupMay, sdpPart), true, ""},
		"nothing said of the other":  {mixed, parts("b", isupPart, sdpPart), true, ""},
		"the other is required":      {mixed, parts("b", sdpPart, isupMust), false, "the body is application/isup"},
		"quoted boundary":            {"Content-Type: multipart/mixed; charset=x; boundary=\"a=b;c\"\r\n", parts("a=b;c", sdpPart), true, ""},
		"boundary with equals signs": {"Content-Type: multipart/mixed; boundary=----=_Part_0\r\n", parts("----=_Part_0", sdpPart), true, ""},
		"lines of LF":                {mixed, strings.ReplaceAll(parts("b", isupMay, sdpPart), "\r\n", "\n"), true, ""},
		"compact form":               {mixed, parts("b", isupMay, strings.Replace(sdpPart, "Content-Type:", "c:", 1)), true, ""},
		"no last boundary":           {mixed, strings.TrimSuffix(parts("b", isupMay, sdpPart), "\r\n--b--\r\n"), true, ""},
		"words before and after":     {mixed, "preamble\r\n" + parts("b", sdpPart) + "epilogue", true, ""},
		"base64": {mixed, parts("b", "Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
			"dj0wDQpvPS0gMSAxIElOIElQNCAxMC4wLjAuOQ0Kcz0tDQpjPUlOIElQNCAxMC4wLjAuOQ0KdD0wIDANCm09YXVkaW8gNDAwMCBSVFAvQVZQIDA="), true, ""},
		"only what is not known": {mixed, parts("b", isupPart, pidfPart), false, ""},
		"only what is optional":  {mixed, parts("b", isupMay), false, ""},
		"optional as a whole":    {mixed + "Content-Disposition: session;handling=optional\r\n", parts("b", isupMust), false, ""},
		"no boundary":            {"Content-Type: multipart/mixed\r\n", parts("b", sdpPart), false, ""},
		"nested":                 {mixed, parts("b", isupMay, nested), true, ""},
		"alternatives": {"Content-Type: multipart/alternative;boundary=b\r\n", parts("b", "Content-Type: text/plain\r\n\r\nhello",
			sdpPart, isupMust), true, ""},
		"related, the first": {"Content-Type: multipart/related;boundary=b\r\n", parts("b", sdpPart, pidfPart), true, ""},
		"related, named": {"Content-Type: multipart/related;boundary=b;start=\"<s@h>\"\r\n",
			parts("b", pidfPart, "Content-ID: <s@h>\r\n"+sdpPart), true, ""},
		"signed": {"Content-Type: multipart/signed;boundary=b\r\n",
			parts("b", sdpPart, "Content-Type: application/pkcs7-signature\r\nContent-Disposition: attachment;handling=required\r\n\r\nx"), true,
			""},
		"a type that has parts too": {"Content-Type: multipart/x-ours;boundary=b\r\n", parts("b", isupMay, sdpPart), true, ""},
		"an early one before": {mixed, parts("b", "Content-Disposition: early-session;handling=optional\r\n"+strings.Replace(sdpPart,
			"4000", "5000", 1), sdpPart), true, ""},
		"of more parts than are read": {mixed, parts("b", append(slicesOf(isupMay, 30), sdpPart)...), false, ""},
		"deeper than is read":         {mixed, deep(8), false, ""},
		"not deeper":                  {mixed, deep(2), true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text, r := SDP(withBody(t, c.lines, c.body))
			why := ""
			if r != nil {
				why = r.Rule
			}
			got := strings.ReplaceAll(strings.TrimSpace(string(text)), "\r\n", "\n")
			if want := strings.ReplaceAll(someSDP, "\r\n", "\n"); (got == want) != c.found || !c.found && got != "" || why != c.refused {
				t.Errorf("found %q, refused for %q", text, why)
			}
		})
	}
}

func slicesOf(s string, n int) (out []string) {
	for range n {
		out = append(out, s)
	}
	return out
}

// deep is a description in so many nested bodies.
func deep(n int) string {
	if n == 0 {
		return parts("b", sdpPart)
	}
	inner := deep(n - 1)
	name := fmt.Sprint("d", n)
	return parts("b", "Content-Type: multipart/mixed;boundary="+name+"\r\n\r\n"+strings.ReplaceAll(inner, "--b", "--"+name))
}

// FuzzBody reads bodies in parts: nothing crashes, and a session that is put between
// parts is found as it is.
func FuzzBody(f *testing.F) {
	f.Add("multipart/mixed;boundary=b", parts("b", isupMay, sdpPart))
	f.Add("multipart/related;boundary=\"x y\";start=\"<s@h>\"", parts("x y", pidfPart, "Content-ID: <s@h>\r\n"+sdpPart))
	f.Add("multipart/alternative;boundary=b", deep(3))
	f.Add("multipart/mixed;boundary=b", parts("b", "Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\ndj0w"))
	f.Fuzz(func(t *testing.T, kind, body string) {
		whole := Part{Text: []byte(body)}
		whole.Kind, whole.params = typeOf(kind)
		r := bodyReader{kinds: []string{"application/sdp"}}
		if p := r.find(&whole, 0); p != nil && p.Kind != "application/sdp" {
			t.Errorf("found %q", p.Kind)
		}
		const boundary = "b0undary-0f-this-test"
		if strings.Contains(body, boundary) {
			return
		}
		outer := Part{Kind: "multipart/mixed", params: "boundary=" + boundary,
			Text: []byte(parts(boundary, "Content-Type: text/plain\r\n\r\n"+body, "Content-Type: application/sdp\r\n\r\n"+body))}
		r = bodyReader{kinds: []string{"application/sdp"}}
		if p := r.find(&outer, 0); p == nil || !bytes.Equal(p.Text, []byte(body)) {
			t.Errorf("%q was not found as it is", body)
		}
	})
}
