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
	c.Message(true, "a@x", netip.MustParseAddrPort("10.0.0.1:5060"), []byte("INVITE sip:100@pbx SIP/2.0"))
	r := &Refusal{Status: 403, Reason: "Forbidden", Rule: "the password of 1000 is wrong", Pos: config.Pos{File: "/etc/asterisk/sip.conf",
		Line: 7}}
	c.Note("%s", r.Sentence())
	c.Verdict("%s", r.Sentence())
	c.Verdict("a later one")
	for range maxEntries {
		c.Note("x")
	}
	got := c.Render()
	for _, want := range []string{"refused with 403 Forbidden: the password of 1000 is wrong (sip.conf:7)\n", "A  pbx <-- 10.0.0.1:5060",
		"leg A: Call-ID a@x", "... and 2 more"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got[:300])
		}
	}
	var none *Call
	none.Note("nothing")
	none.Verdict("nothing")
}

// A caller who is only asked for credentials has a closed story; one who comes back goes on.
func TestStoryOfAChallenge(t *testing.T) {
	shown := func(c *Call) string { return strings.Split(c.Render(), "\n")[1] }
	c := NewBook(1).Open("a@x")
	c.Asked()
	if got := shown(c); got != "The caller was asked for credentials and did not come back." {
		t.Error(got)
	}
	c.Resume()
	if got := shown(c); got != "The call is still going on." {
		t.Error(got)
	}
	c.Asked()
	c.Verdict("refused")
	c.Resume()
	c.Asked()
	if got := shown(c); got != "refused" {
		t.Error(got)
	}
	var none *Call
	none.Asked()
	none.Resume()
}

// What is kept comes back as it was, in order; long texts and many peers do not
// harm the rest.
func TestEntriesComeBack(t *testing.T) {
	c := NewBook(1).Open("x")
	long := strings.Repeat("y", 70000)
	c.Note("first %d", 1)
	for i := range 300 {
		c.Message(i%2 == 0, "leg", netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), uint16(i+1)), []byte("OPTIONS"))
	}
	c.Note("%s", long)
	_, e, lost := c.Story()
	if len(e) != 302 || lost != 0 || e[0].Text != "first 1" || e[0].Kind != Fact || len(e[301].Text) != 65535 {
		t.Fatalf("%d entries, %d lost", len(e), lost)
	}
	if e[1].Kind != Receive || e[2].Kind != Send || e[3].Peer.Port() != 3 || e[3].Leg != "leg" {
		t.Errorf("%+v", e[1:4])
	}
	if c.Note("more"); len(c.log) > maxLog+70000 {
		t.Error("the log is not bounded")
	}
	if _, _, lost := c.Story(); lost != 1 {
		t.Errorf("%d lost", lost)
	}
}

func BenchmarkTraceCall(b *testing.B) {
	book, peer := NewBook(1000), netip.MustParseAddrPort("10.0.0.1:5060")
	start := []byte("SIP/2.0 200 OK")
	b.ReportAllocs()
	for b.Loop() {
		c := book.Open("call")
		for range 16 {
			c.Message(true, "call", peer, start)
			c.Note("dialplan: %s", "Dial")
		}
	}
}

// Packed, the book knows what it knew, and calls that go on are told of further.
func TestPack(t *testing.T) {
	b := NewBook(3)
	for _, id := range []string{"gone", "id-1", "id-2", "id-3"} {
		c := b.Open(id, "SIP/"+id)
		c.Message(true, id, netip.MustParseAddrPort("10.0.0.1:5060"), []byte("INVITE sip:100@pbx SIP/2.0"))
		c.Note("a fact of %s", id)
	}
	b.Find("id-2").Verdict("It went well.")
	b.Also(b.Find("id-1"), "shared")
	b.Also(b.Find("id-3"), "shared")
	b.Also(b.Find("id-2"), "shared") // not the newest call has it
	before := []string{}
	for _, c := range b.Last(9) {
		before = append(before, c.Render())
	}
	for range 2 {
		b.Pack()
		for i, c := range b.Last(9) {
			if got := c.Render(); got != before[i] {
				t.Errorf("%s, want\n%s", got, before[i])
			}
		}
	}
	if b.Find("gone") != nil || b.Find("shared") != b.Find("id-2") || b.Find("SIP/id-3") != b.Last(1)[0] ||
		b.Find("C-00000002") != b.Find("id-1") {
		t.Error("names are lost, or of other calls")
	}
	for _, id := range []string{"id-1", "id-2"} {
		c := b.Find(id)
		c.Note("more of %s", id)
		c.Message(false, "leg of "+id, netip.MustParseAddrPort("10.0.0.2:5060"), []byte("BYE sip:100@pbx SIP/2.0"))
		b.Also(c, "new "+id)
	}
	for i, id := range []string{"id-1", "id-2", "id-3"} {
		got := b.Find(id).Render()
		for _, want := range []string{"a fact of " + id, "more of " + id, "leg of " + id} {
			if strings.Contains(got, want) != (i < 2 || strings.HasPrefix(want, "a fact")) {
				t.Errorf("%s: %q in\n%s", id, want, got)
			}
		}
	}
	b.Open("id-4")
	if b.Find("id-1") != nil || b.Find("new id-1") != nil || b.Find("new id-2") == nil {
		t.Error("the oldest call is still there")
	}
}
