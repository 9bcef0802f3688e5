package sipstack

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Who answers must have seen the request, and be where it went: a response with
// another Call-ID, From tag or CSeq number, from another host or over another
// transport, is not taken.
func TestForgedAnswersAreDropped(t *testing.T) {
	asked := Flow{Proto: UDP, Remote: netip.MustParseAddrPort("127.0.0.1:9")}
	second := netip.MustParseAddr("192.0.2.2")
	s, err := New(Config{UDP: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}, Handler: &uas{}, Shards: 1,
		Answers: func(to netip.AddrPort, by netip.Addr) bool { return to == asked.Remote && by == second }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := func(p Proto, a string) Flow { return Flow{Proto: p, Remote: netip.MustParseAddrPort(a)} }
	for name, c := range map[string]struct {
		by           Flow
		id, tag, num string
		taken        bool
	}{
		"the right one":               {asked, "c1@x", "right", "102", true},
		"from another port":           {at(UDP, "127.0.0.1:40000"), "c1@x", "right", "102", true},
		"from another of its hosts":   {at(UDP, "192.0.2.2:5060"), "c1@x", "right", "102", true},
		"tag in other case":           {asked, "c1@x", "RIGHT", "102", true},
		"another Call-ID":             {asked, "c2@x", "right", "102", false},
		"another From tag":            {asked, "c1@x", "wrong", "102", false},
		"no From tag":                 {asked, "c1@x", "", "102", false},
		"another CSeq":                {asked, "c1@x", "right", "103", false},
		"a third host":                {at(UDP, "203.0.113.66:666"), "c1@x", "right", "102", false},
		"a third host, right port":    {at(UDP, "203.0.113.66:9"), "c1@x", "right", "102", false},
		"the host, but over a stream": {at(TCP, "127.0.0.1:9"), "c1@x", "right", "102", false},
	} {
		got := 0
		s.Call("c1@x", func(sh *Shard) {
			out := &Outgoing{Method: "OPTIONS", URI: "sip:a@b", From: "<sip:me@x>;tag=right", To: "<sip:a@b>", CallID: "c1@x", CSeq: 102}
			tx := sh.Send(asked, out, SendOptions{SentBy: "127.0.0.1"}, func(m *Message, err error) { got++ })
			if random := strings.TrimPrefix(tx.branch, magicCookie); len(random) < 16 {
				t.Errorf("branch %s has %d random bits", tx.branch, 4*len(random))
			}
			text := fmt.Sprintf("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=%s\r\nFrom: <sip:x@y>;tag=%s\r\nTo: <sip:z@y>;tag=t\r\nCall-ID: "+
				"%s\r\nCSeq: %s OPTIONS\r\nContent-Length: 0\r\n\r\n",
				tx.branch, c.tag, c.id, c.num)
			m, err := Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			m.Flow, m.Arrived = c.by, time.Now()
			sh.response(m)
			sh.response(m)
			tx.end()
		})
		if (got == 1) != c.taken || got > 1 {
			t.Errorf("%s: taken %d times, want %v", name, got, c.taken)
		}
	}
	if n := s.Counters.Foreign.Load(); n == 0 {
		t.Error("none was counted")
	}
}
