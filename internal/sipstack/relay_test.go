package sipstack

import (
	"net/netip"
	"strings"
	"testing"
)

// lines makes a message of lines, which end as SIP's do.
func lines(text string) []byte {
	return []byte(strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\n", "\r\n"))
}

var hop = Hop{To: Flow{Proto: WS, Remote: netip.MustParseAddrPort("10.0.1.7:40000")}, SentBy: "10.0.1.1:5060", Branch: RelayBranch + "d00",
	Token: "t.61", Record: []string{"<sip:out;lr>", "<sip:in;lr>"}}

// A request is passed on with our Via and Record-Routes on top, one Max-Forwards less, without the
// Routes that are ours, and else as it was.
func TestPassedOn(t *testing.T) {
	m, err := Parse(lines(`
INVITE sip:1002@10.0.1.7 SIP/2.0
v: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa, SIP/2.0/TCP h;branch=z9hG4bKb
Route: <sip:10.0.1.1;lr;obk-flow=t.61>, <sip:x;lr;obk-flow=t.61>
Route: <sip:edge;lr>
Record-Route: <sip:before;lr>
Max-Forwards: 12
f: "A, B" <sip:a@h>;tag=1
t: <sip:1002@h>
i: c@h
CSeq: 7 INVITE
X-Folded: one
 two
c: application/sdp
l: 5

v=0
`))
	if err != nil {
		t.Fatal(err)
	}
	m.Flow.Remote = netip.MustParseAddrPort("10.0.0.1:5070")
	want := string(lines(`
INVITE sip:1002@10.0.1.7 SIP/2.0
Via: SIP/2.0/WS 10.0.1.1:5060;branch=z9hG4bKobkd00;rport
Record-Route: <sip:out;lr>
Record-Route: <sip:in;lr>
Max-Forwards: 11
Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;received=10.0.0.1;rport=5070
Via: SIP/2.0/TCP h;branch=z9hG4bKb
Route: <sip:edge;lr>
Record-Route: <sip:before;lr>
From: "A, B" <sip:a@h>;tag=1
To: <sip:1002@h>
Call-ID: c@h
CSeq: 7 INVITE
X-Folded: one two
Content-Type: application/sdp
Content-Length: 5

v=0
`))
	if got := string(m.passedOn(&hop, 11, false)); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
}

// A response loses its topmost Via, and the Via below says where its request came from.
func TestPassedBack(t *testing.T) {
	m, err := Parse(lines(`
SIP/2.0 180 Ringing
Via: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bKobkd00;rport, SIP/2.0/UDP h;branch=z9hG4bKa;received=10.0.0.1;rport=5070
Via: SIP/2.0/TCP i;branch=z9hG4bKb
From: <sip:a@h>;tag=1
To: <sip:1002@h>;tag=2
Call-ID: c@h
CSeq: 7 INVITE
Content-Length: 0

`))
	if err != nil {
		t.Fatal(err)
	}
	got := string(m.passedBack(false))
	if !strings.HasPrefix(got, "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa;received=10.0.0.1;rport=5070\r\nVia: "+
		"SIP/2.0/TCP i;branch=z9hG4bKb\r\nFrom:") {
		t.Error(got)
	}
	below, _ := ParseVia(m.List("Via")[1])
	if a, ok := below.source(); !ok || a.String() != "10.0.0.1:5070" {
		t.Errorf("%s %v", a, ok)
	}
	for _, params := range []string{"", ";received=10.0.0.1", ";rport=5070", ";received=h;rport=5070", ";received=10.0.0.1;rport=70000",
		";received=10.0.0.1;rport"} {
		v, _ := ParseVia("SIP/2.0/UDP h;branch=z9hG4bKa" + params)
		if a, ok := v.source(); ok {
			t.Errorf("%q: %s", params, a)
		}
	}
}

// FuzzPassedOn passes on what anybody may send: what comes out is one message, of which nothing is
// lost, and of which the stack says the same.
func FuzzPassedOn(f *testing.F) {
	f.Add(lines("INVITE sip:a@h SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\nRoute: <sip:x;obk-flow=t.61>\nFrom: <sip:a@h>;tag=1\nTo: " +
		"<sip:b@h>\nCall-ID: c\nCSeq: 1 INVITE\n\nbody"))
	f.Add(lines("SIP/2.0 200 OK\nVia: SIP/2.0/UDP h;branch=z9hG4bKobk\nVia: SIP/2.0/UDP h;branch=x\nFrom: <sip:a@h>;tag=1\nTo: <sip:b@h>\n" +
		"Call-ID: c\nCSeq: 1 INVITE\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil || len(b) > maxMessage/2 || m.headers.len() > maxHeaders/2 {
			return
		}
		m.Flow.Remote = netip.MustParseAddrPort("10.0.0.1:5060")
		var out []byte
		if m.IsRequest() {
			out = m.passedOn(&hop, 7, false)
		} else if len(m.List("Via")) > 1 {
			out = m.passedBack(false)
		} else {
			return
		}
		again, err := Parse(out)
		if err != nil {
			if strings.Count(string(b), ";") > maxSemicolons/2 || !m.IsRequest() { // a Via below that is none
				return
			}
			t.Fatalf("%v\n%q\n%q", err, b, out)
		}
		if again.CallID != m.CallID || again.CSeq != m.CSeq || again.Method != m.Method || again.Status != m.Status ||
			string(again.Body) != string(m.Body) ||
			again.FromRaw != m.FromRaw || again.ToRaw != m.ToRaw {
			t.Fatalf("%q\n%q", b, out)
		}
	})
}
