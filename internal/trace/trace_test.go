package trace

import (
	"net/netip"
	"strings"
	"testing"

	"obelisk/internal/config"
)

func TestBookKeepsTheLastCalls(t *testing.T) {
	b := NewBook(2)
	first := b.Open("id-1")
	b.Also(first, "SIP/1000-00000000")
	b.Open("id-2")
	if b.Find("SIP/1000-00000000") != first || b.Search("C-00000001") != first || b.Search("id-1") != first {
		t.Error("not found")
	}
	b.Open("id-3")
	if b.Find("id-1") != nil || b.Find("SIP/1000-00000000") != nil || len(b.Last(9)) != 2 || b.Last(1)[0].ID != "C-00000003" {
		t.Error("the oldest call is still there")
	}
}

func TestStory(t *testing.T) {
	c := NewBook(1).Open("a@x")
	c.Message(true, "a@x", netip.MustParseAddrPort("10.0.0.1:5060"), "INVITE sip:100@pbx SIP/2.0")
	r := &Refusal{Status: 403, Reason: "Forbidden", Rule: "the password of 1000 is wrong", Pos: config.Pos{File: "/etc/asterisk/sip.conf", Line: 7}}
	c.Note("%s", r.Sentence())
	c.Verdict("%s", r.Sentence())
	c.Verdict("a later one")
	for range maxEntries {
		c.Note("x")
	}
	got := c.Render()
	for _, want := range []string{"refused with 403 Forbidden: the password of 1000 is wrong (sip.conf:7)\n", "A  pbx <-- 10.0.0.1:5060", "leg A: Call-ID a@x", "... and 2 more"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got[:300])
		}
	}
	var none *Call
	none.Note("nothing")
	none.Verdict("nothing")
}
