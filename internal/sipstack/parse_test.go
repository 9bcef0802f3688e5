package sipstack

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// torture: the messages of RFC 4475 and what becomes of them here. 0 means
// understood (the answer is the handler's), -1 dropped, else the status.
var torture = map[string]int{
	"badaspec.dat": 0, "badbranch.dat": 0, "baddate.dat": 0, "baddn.dat": 0, "badinv01.dat": 0, "badvers.dat": 505,
	"bcast.dat": 0, "bext01.dat": 0, "bigcode.dat": -1, "clerr.dat": 0, "cparam01.dat": 0, "cparam02.dat": 0,
	"dblreq.dat": 0, "esc01.dat": 0, "esc02.dat": 0, "escnull.dat": 0, "escruri.dat": 0, "insuf.dat": 400,
	"intmeth.dat": 400, // Differs: it has a NUL in a quoted string
	"inv2543.dat": 0, "invut.dat": 0, "longreq.dat": 0, "ltgtruri.dat": 0, "lwsdisp.dat": 0, "lwsruri.dat": 400,
	"lwsstart.dat": 0, "mcl01.dat": 0, "mismatch01.dat": 0, "mismatch02.dat": 0, "mpart01.dat": 0,
	"multi01.dat": 0, "ncl.dat": 0, "noreason.dat": 0, "novelsc.dat": 0, "quotbal.dat": 0, "regaut01.dat": 0,
	"regbadct.dat": 0, "regescrt.dat": 0, "scalar02.dat": 400, "scalarlg.dat": -1, "sdp01.dat": 0, "semiuri.dat": 0,
	"test.dat": -1, "transports.dat": 0, "trws.dat": 0, "unkscm.dat": 0, "unksm2.dat": 0, "unreason.dat": 0,
	"wsinv.dat": 0, "zeromf.dat": 0,
}

func TestTortureMessages(t *testing.T) {
	for name, want := range torture {
		b, err := os.ReadFile(filepath.Join("testdata/torture", name))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(b)
		got := 0
		var r *Reject
		if errors.As(err, &r) {
			if got = r.Status; got == 0 {
				got = -1
			}
			if r.Msg != nil && r.Status != 0 {
				(&Answer{Status: r.Status, Reason: r.Reason}).render(nil, r.Msg, NAT{}, false) // must not panic
			}
		} else if m == nil {
			t.Errorf("%s: neither message nor rejection", name)
		}
		if got != want {
			t.Errorf("%s: %d, want %d (%v)", name, got, want, err)
		}
	}
}

func TestTortureWhitespaceIsRead(t *testing.T) {
	b, _ := os.ReadFile("testdata/torture/wsinv.dat")
	m, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if m.Method != "INVITE" || m.From.Tag() != "98asjd8" || m.To.Tag() != "1918181833n" || m.CSeq != 9 || m.Via.Branch == "" ||
		m.Via.Host != "192.0.2.2" {
		t.Errorf("%+v", m)
	}
	if c, ok := m.Contact(); !ok || !strings.Contains(c.URI, "jdrosen@example.com") {
		t.Errorf("contact %+v", c)
	}
}

const invite = "INVITE sip:100@pbx SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bKabc;rport\r\nFrom: \"A, \\\"B\\\"\" " +
	"<sip:1000@pbx>;tag=f1\r\nTo: <sip:100@pbx>\r\nCall-ID: c1@x\r\nCSeq: 7 INVITE\r\nContact: <sip:a@10.0.0.1;transport=udp>, " +
	"<sip:b@h>\r\nContent-Length: 4\r\n\r\nbody"

func TestParseReads(t *testing.T) {
	forms := map[string]string{
		"plain": invite,
		"compact": strings.NewReplacer("Via:", "v:", "From:", "f:", "To:", "t:", "Call-ID:", "i:", "Contact:", "m :", "Content-Length:",
			"l:").Replace(invite),
		"LF only":  strings.ReplaceAll(invite, "\r\n", "\n"),
		"upper":    strings.NewReplacer("tag=", "TAG = ", "branch=", "Branch=", "Call-ID", "CALL-ID").Replace(invite),
		"folded":   strings.Replace(invite, ";tag=f1", "\r\n ;tag=f1", 1),
		"preamble": "\r\n\r\n" + invite,
	}
	for name, text := range forms {
		b := []byte(text)
		m, err := Parse(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c, _ := m.Contact()
		if m.Method != "INVITE" || m.RequestURI != "sip:100@pbx" || m.From.Tag() != "f1" || m.From.Display != `A, "B"` || m.CallID != "c1@x" ||
			m.CSeq != 7 || m.Via.Branch != "z9hG4bKabc" || m.Via.Port != 5062 || !m.Via.RPort || string(m.Body) != "body" ||
			c.URI != "sip:a@10.0.0.1;transport=udp" {
			t.Errorf("%s: %+v", name, m)
		}
		if string(b) != text {
			t.Errorf("%s: the input was changed", name)
		}
	}
}

func TestRejects(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(invite, old, new, 1) }
	for name, c := range map[string]struct {
		text   string
		status int
	}{
		"no From":          {edit("From:", "X-From:"), 400},
		"no To":            {edit("To:", "X-To:"), 400},
		"no Call-ID":       {edit("Call-ID:", "X-Call:"), 400},
		"no CSeq":          {edit("CSeq:", "X-CSeq:"), 400},
		"empty To":         {edit("To: <sip:100@pbx>", "To:"), 400},
		"From, open <":     {edit("<sip:1000@pbx>", "<sip:1000@pbx"), 416},
		"From, open quote": {edit("\"A, \\\"B\\\"\"", "\"A"), 416},
		"URI with blanks":  {edit("sip:100@pbx SIP", "sip:100@pbx; lr SIP"), 400},
		"no version":       {edit(" SIP/2.0\r\n", "\r\n"), 400},
		"folded start":     {edit("\r\n", "\r\n x\r\n"), 400},
		"no Via":           {edit("Via:", "X-Via:"), 0},
		"ACK is silent":    {strings.ReplaceAll(edit("CSeq:", "X:"), "INVITE", "ACK"), 0},
		"too large":        {edit("body", strings.Repeat("x", maxMessage)), 513},
		"parameter bomb":   {edit(";rport", strings.Repeat(";a=b", 300)), 400},
		"header bomb":      {edit("CSeq:", strings.Repeat("X: y\r\n", 200)+"CSeq:"), 400},
		"NUL":              {edit("tag=f1", "tag=\x00"), 400},
		"wrong version":    {edit("SIP/2.0\r\n", "SIP/3.0\r\n"), 505},
		"CSeq too large":   {edit("7 INVITE", "4294967296 INVITE"), 400},
		"CSeq of a word":   {edit("7 INVITE", "x INVITE"), 400},
		"CSeq below 0":     {edit("7 INVITE", "-7 INVITE"), 400},
		"Via unreadable":   {edit("Via:", "Via: broken\r\nVia:"), 0},
		"Via without host": {edit("10.0.0.1:5062", ""), 0},
	} {
		_, err := Parse([]byte(c.text))
		var r *Reject
		if !errors.As(err, &r) || r.Status != c.status {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What RFC 3261 calls malformed and chan_sip takes: it lets nobody in, and phones send it.
// Source is what shows it: a test of the Asterisk test suite, RFC 4475, or Asterisk
// 20.20.1 asked with this very message.
func TestLenient(t *testing.T) {
	const asked = "asked"
	for name, c := range map[string]struct{ old, new, source string }{
		"To, open <":                   {"<sip:100@pbx>", "test <sip:100@pbx", "channels/SIP/directrtpsetup"},
		"To, open < with parameter":    {"<sip:100@pbx>", "test <sip:100@pbx;user=phone", asked},
		"To, open quote":               {"<sip:100@pbx>", "\"J. User <sip:100@pbx>", "RFC 4475 3.1.2.6"},
		"To without a URI":             {"<sip:100@pbx>", "test <>", asked},
		"To without a scheme":          {"<sip:100@pbx>", "100", asked},
		"second From":                  {"To:", "f: <sip:other@pbx>;tag=f2\r\nTo:", "channels/SIP/header_parsing"},
		"second From, long form":       {"To:", "From: <sip:other@pbx>;tag=f2\r\nTo:", "RFC 4475 3.3.9"},
		"second To":                    {"Call-ID:", "t: <sip:9@pbx>\r\nCall-ID:", asked},
		"second Call-ID":               {"CSeq:", "i: other\r\nCSeq:", asked},
		"second CSeq":                  {"Contact:", "CSeq: 9 INVITE\r\nContact:", asked},
		"second Content-Length":        {"Length: 4", "Length: 4\r\nl: 2", "RFC 4475 3.3.9"},
		"CSeq of another method":       {"7 INVITE", "7 OPTIONS", "channels/SIP/alwaysauthreject"},
		"CSeq without a method":        {"7 INVITE", "7", asked},
		"CSeq without a blank":         {"7 INVITE", "7INVITE", asked},
		"CSeq of three":                {"7 INVITE", "7 INVITE x", asked},
		"CSeq with a sign":             {"7 INVITE", "+7 INVITE", asked},
		"line without a colon":         {"CSeq:", "no header\r\nCSeq:", asked},
		"line without a colon, folded": {"CSeq:", "no header\r\n at all\r\nCSeq:", asked},
		"name with blanks":             {"CSeq:", "X Y: z\r\nCSeq:", asked},
		"name that is empty":           {"CSeq:", ": z\r\nCSeq:", asked},
		"name in 8 bits":               {"CSeq:", "X\xe4: z\r\nCSeq:", asked},
		"blanks in the first line":     {"INVITE sip:100@pbx SIP/2.0", " INVITE  sip:100@pbx\t SIP/2.0 ", "RFC 4475 3.1.2.10"},
		"URI in brackets":              {"INVITE sip:100@pbx SIP", "INVITE <sip:100@pbx> SIP", "RFC 4475 3.1.2.7"},
		"method in lower case":         {"INVITE sip", "invite sip", asked},
		"length too long":              {"Length: 4", "Length: 44", asked},
		"length that is a word":        {"Length: 4", "Length: four", asked},
		"length and more":              {"Length: 4", "Length: 4 bytes", asked},
		"length below 0":               {"Length: 4", "Length: -4", "RFC 4475 3.1.2.3"},
		"length of nothing":            {"Length: 4", "Length:", asked},
	} {
		if !strings.Contains(invite, c.old) || c.source == "" {
			t.Fatal(name)
		}
		m, err := Parse([]byte(strings.Replace(invite, c.old, c.new, 1)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.Method != "INVITE" || m.RequestURI != "sip:100@pbx" || m.From.URI != "sip:1000@pbx" || m.From.Tag() != "f1" || m.To.Tag() != "" ||
			m.CallID != "c1@x" || m.CSeq != 7 || string(m.Body) != "body" || len(m.Names()) < 7 || slices.Contains(m.Names(), "") {
			t.Errorf("%s: %+v", name, m)
		}
	}
	m, err := Parse([]byte(strings.Replace(invite, "<sip:100@pbx>", "test <sip:100@pbx;tag=t1", 1)))
	if err != nil || m.To.Tag() != "t1" || m.To.URI != "sip:100@pbx" {
		t.Errorf("the tag of a To that is not closed: %v %+v", err, m)
	}
}

// A datagram ends where it ends: the empty line may be missing, and the end of the last line (RFC 4475
// baddn.dat; Asterisk 20.20.1 asked).
func TestWithoutAnEmptyLine(t *testing.T) {
	head, _, _ := strings.Cut(invite, "\r\n\r\n")
	for _, end := range []string{"", "\r", "\n", "\r\n"} {
		if m, err := Parse([]byte(head + end)); err != nil || m.CallID != "c1@x" || len(m.Body) != 0 || m.Header("Content-Length") != "4" {
			t.Errorf("%q: %v", end, err)
		}
	}
}

// A tab is white space like a blank (RFC 3261 25.1), wherever one may stand.
func TestTabs(t *testing.T) {
	tabs := strings.NewReplacer(": ", "\t:\t", "UDP 1", "UDP\t1", "SIP/2.0/", "SIP\t/ 2.0\t/\t", ";", "\t;\t", "7 INVITE", "7\t INVITE",
		"> , <", ">\t,\t<", "\" <", "\"\t<", "tag=", "tag\t=\t")
	start, rest, _ := strings.Cut(invite, "\r\n")
	rest = strings.ReplaceAll(rest, ";transport=udp", "")
	m, err := Parse([]byte(start + "\r\n" + tabs.Replace(rest)))
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := m.Contact(); m.CSeq != 7 || m.Method != "INVITE" || m.Via.Host != "10.0.0.1" || m.Via.Port != 5062 ||
		m.Via.Transport != "UDP" || m.Via.Branch != "z9hG4bKabc" || !m.Via.RPort ||
		m.From.Tag() != "f1" || m.From.Display != `A, "B"` || m.To.URI != "sip:100@pbx" || c.URI != "sip:a@10.0.0.1" ||
		string(m.Body) != "body" {
		t.Errorf("%+v", m)
	}
}

func TestURIs(t *testing.T) {
	for text, want := range map[string]URI{
		"sip:a:pw@h:5062;transport=tcp?x=y": {Scheme: "sip", User: "a", Host: "h", Port: 5062, Params: "transport=tcp", Header: "x=y"},
		"sip:a@h?Replaces=c@x%3Bto-tag":     {Scheme: "sip", User: "a", Host: "h", Header: "Replaces=c@x%3Bto-tag"},
		"sip:[2001:db8::1]:5070":            {Scheme: "sip", Host: "2001:db8::1", Port: 5070},
		"SIPS:*60%23@pbx":                   {Scheme: "sips", User: "*60%23", Host: "pbx"},
		"tel:+4930;phone-context=x":         {Scheme: "tel", User: "+4930", Params: "phone-context=x"},
	} {
		u, ok := ParseURI(text)
		want.Raw = text
		if !ok || u != want {
			t.Errorf("%s: %+v %v", text, u, ok)
		}
	}
	for _, bad := range []string{"", "sip:", "sip:h:70000", "sip:h:-5", "nothing", "sip:[::1"} {
		if _, ok := ParseURI(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
	if Unescape("%2a60%23%4") != "*60#%4" || EscapeUser("*60# a") != "*60%23%20a" {
		t.Errorf("%q %q", Unescape("%2a60%23%4"), EscapeUser("*60# a"))
	}
}

func TestNoTextBeginsAHeader(t *testing.T) {
	evil := "x\r\nEvil: 1\nEvil: 2\rEvil: 3\x00"
	o := Outgoing{Method: "INVITE", URI: "sip:" + evil, From: evil, To: evil, Contact: evil, CallID: evil, Routes: []string{evil},
		Headers: []Header{{"Subject", evil}, {evil, evil}}, ContentType: evil, Body: []byte("b")}
	m, _ := Parse([]byte(invite))
	for _, b := range [][]byte{o.render(nil, evil, false),
		(&Answer{Status: 200, Reason: evil, ToTag: evil, Headers: []Header{{"X", evil}}}).render(nil, m, NAT{}, false)} {
		head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
		for _, l := range strings.FieldsFunc(string(head), func(r rune) bool { return r == '\r' || r == '\n' }) {
			if strings.HasPrefix(l, "Evil:") {
				t.Errorf("injected: %q", b)
			}
		}
	}
}

func TestAnswerShape(t *testing.T) {
	m, err := Parse([]byte(invite))
	if err != nil {
		t.Fatal(err)
	}
	m.Flow.Remote = addrPort(mustAddr("192.0.2.9"), 4000)
	a := Answer{Status: 401, Reason: "Unauthorized", ToTag: "as1", Headers: []Header{{"Server", "x"}}}
	want := "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bKabc;received=192.0.2.9;rport=4000\r\n" +
		"From: \"A, \\\"B\\\"\" <sip:1000@pbx>;tag=f1\r\nTo: <sip:100@pbx>;tag=as1\r\nCall-ID: c1@x\r\nCSeq: 7 INVITE\r\nServer: x\r\n" +
		"Content-Length: 0\r\n\r\n"
	if got := string(a.render(nil, m, NAT{}, false)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if f := returnFlow(m, NAT{}); f.Remote.Port() != 4000 {
		t.Errorf("rport: to %v", f.Remote)
	}
	m.Via.RPort = false
	if f := returnFlow(m, NAT{}); f.Remote.Port() != 5062 || f.Remote.Addr().String() != "192.0.2.9" {
		t.Errorf("no rport: to %v", f.Remote)
	}
	if f := returnFlow(m, NAT{ForceRport: true}); f.Remote.Port() != 4000 {
		t.Errorf("forced: to %v", f.Remote)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(invite))
	files, _ := filepath.Glob("testdata/torture/*.dat")
	for _, p := range files {
		b, _ := os.ReadFile(p)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		var r *Reject
		if errors.As(err, &r) {
			m = r.Msg
		}
		if m == nil {
			return
		}
		m.Contact()
		m.List("Route")
		ParseURI(m.RequestURI)
		out := (&Answer{Status: 400, Reason: "x", ToTag: "t"}).render(nil, m, NAT{}, false)
		if err == nil && m.IsRequest() {
			if again, err := Parse(out); err == nil && again.CallID != m.CallID {
				t.Errorf("Call-ID %q became %q", m.CallID, again.CallID)
			}
		}
	})
}

func BenchmarkParseInvite(b *testing.B) {
	text := []byte(invite)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	m, _ := Parse([]byte(invite))
	a := Answer{Status: 200, Reason: "OK", ToTag: "as1", Headers: []Header{{"Server", "x"}}}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = a.render(buf[:0], m, NAT{}, false)
	}
}

func Example() {
	m, _ := Parse([]byte(invite))
	fmt.Println(m.Method, m.From.URI)
	// Output: INVITE sip:1000@pbx
}
