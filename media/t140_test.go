package media

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"obelisk/internal/rawnet"
)

// typist is a text stream whose far side takes T.140 as 98 and, if red, RFC 2198 as 99.
func (h *house) typist(red bool) (s *Stream, out *tape, came *[]string) {
	out, came = &tape{h: h}, new([]string)
	s = newStream(h.e, h.l)
	s.takeText(func(x string) { *came = append(*came, x) })
	s.rtp, s.rtcp = out, &tape{h: h}
	s.attach()
	p := Params{Remote: netip.MustParseAddrPort("192.0.2.1:4000"), Formats: []Format{{T140, 98, 98}}}
	if red {
		p.Formats = append(p.Formats, Format{T140Red, 99, 99})
	}
	s.apply(p)
	return s, out, came
}

// repeat is a redundant block of a test: milliseconds before the packet, and its text.
type repeat struct {
	ago  uint32
	text string
}

// textPacket is one as a phone sends it; blocks nil: without redundancy.
func textPacket(seq uint16, payload byte, blocks []repeat, text string) []byte {
	b := make([]byte, rtpHeader)
	b[0], b[1] = 2<<6, payload
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], uint32(seq)*300)
	binary.BigEndian.PutUint32(b[8:], 7)
	for _, x := range blocks {
		b = binary.BigEndian.AppendUint32(b, 1<<31|98<<24|x.ago<<10|uint32(len(x.text)))
	}
	if blocks != nil {
		b = append(b, 98)
	}
	for _, x := range blocks {
		b = append(b, x.text...)
	}
	return append(b, text...)
}

// What is typed goes out in packets 300 ms apart, each of which repeats the two before it; the
// first after a silence has the marker (RFC 4103 sections 4 and 5).
func TestTextIsSentWithRedundancy(t *testing.T) {
	h := newHouse(t, Config{})
	s, out, _ := h.typist(true)
	s.typed("hel")
	h.pass(100 * time.Millisecond)
	s.typed("lo")
	s.typed("!")
	h.pass(2 * time.Second)
	s.typed("again")
	h.pass(2 * time.Second)
	var got []string
	first := uint32(0)
	for i, x := range out.taken() {
		p := x.packet(t)
		if i == 0 {
			first = p.Timestamp
		}
		blocks, ok := redundant(p.Payload)
		if !ok || p.PayloadType != 99 {
			t.Fatalf("packet %d: type %d, % x", i, p.PayloadType, p.Payload)
		}
		got = append(got, fmt.Sprintf("%v %d %d %q", p.Marker, x.at.Milliseconds(), p.Timestamp-first, blocks))
	}
	want := []string{
		`true 0 0 ["" "" "hel"]`, `false 300 300 ["" "hel" "lo!"]`, `false 600 600 ["hel" "lo!" ""]`, `false 900 900 ["lo!" "" ""]`,
		`true 2100 2100 ["" "" "again"]`, `false 2400 2400 ["" "again" ""]`, `false 2700 2700 ["again" "" ""]`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("sent\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Without redundancy each text goes out once. A long one is cut between characters; on hold it
// waits.
func TestTextIsSentPlainly(t *testing.T) {
	h := newHouse(t, Config{})
	s, out, _ := h.typist(false)
	s.typed("hi\xff")
	h.pass(time.Second)
	sent := out.taken()
	if len(sent) != 1 || string(sent[0].packet(t).Payload) != "hi\uFFFD" || sent[0].packet(t).PayloadType != 98 || !sent[0].packet(t).Marker {
		t.Fatalf("sent %v", sent)
	}
	long := strings.Repeat("ä€𝄞", 1000)
	s.typed(long)
	h.pass(30 * time.Second)
	all := ""
	for _, x := range out.taken() {
		p := string(x.packet(t).Payload)
		if len(p) > textBlockMost || !utf8.ValidString(p) {
			t.Fatalf("%d octets: %q", len(p), p)
		}
		all += p
	}
	if all != long {
		t.Errorf("%d octets of %d arrived", len(all), len(long))
	}
	s.mute = true
	s.typed("later")
	h.pass(time.Second)
	if n := len(out.taken()); n != 0 {
		t.Errorf("%d packets to who holds the call", n)
	}
	s.mute = false
	h.pass(time.Second)
	if sent := out.taken(); len(sent) != 1 || string(sent[0].packet(t).Payload) != "later" {
		t.Errorf("after the hold: %v", sent)
	}
	s.typed(strings.Repeat("x", textQueueMost+1))
	if len(s.text.queue) > 0 || len(out.taken()) > 0 {
		t.Error("a text over the bound was taken")
	}
}

// What comes is told once: what was lost comes from the packets behind it, what is lost for good is
// marked, and what is late or repeated says nothing new (RFC 4103 section 5.4).
func TestTextThatComes(t *testing.T) {
	red := []repeat{{600, ""}, {300, "a"}}
	for name, c := range map[string]struct {
		packets [][]byte
		want    string
	}{
		"plain": {[][]byte{textPacket(1, 98, nil, "a"), textPacket(2, 98, nil, "b")}, "a|b"},
		"redundant": {[][]byte{textPacket(1, 99, []repeat{{0, ""}, {0, ""}}, "a"), textPacket(2, 99, red, "b"),
			textPacket(3, 99, []repeat{{600, "a"}, {300, "b"}}, "")}, "a|b"},
		"the first is lost": {[][]byte{textPacket(2, 99, red, "b")}, "ab"},
		"two lost":          {[][]byte{textPacket(1, 99, []repeat{}, "x"), textPacket(4, 99, []repeat{{600, "a"}, {300, "b"}}, "c")}, "x|abc"},
		"three lost": {[][]byte{textPacket(1, 99, []repeat{}, "x"), textPacket(5, 99, []repeat{{600, "a"}, {300, "b"}}, "c")},
			"x|\uFFFDabc"},
		"plain, one lost": {[][]byte{textPacket(1, 98, nil, "a"), textPacket(3, 98, nil, "c")}, "a|\uFFFDc"},
		"late and repeated": {[][]byte{textPacket(2, 98, nil, "b"), textPacket(1, 98, nil, "a"), textPacket(2, 98, nil, "b"),
			textPacket(3, 98, nil, "c")}, "b|c"},
		"counts anew": {[][]byte{textPacket(40000, 98, nil, "a"), textPacket(3, 98, nil, "b")}, "a|b"},
		"nothing but a mark": {[][]byte{textPacket(1, 98, nil, textMark), textPacket(2, 98, nil, ""), textPacket(3, 98, nil, textMark+"a")},
			"a"},
		"no UTF-8": {[][]byte{textPacket(1, 98, nil, "a\xe9\x08\r\n")}, "a\uFFFD\x08\r\n"},
		"cut short": {[][]byte{textPacket(1, 99, nil, "\xe2\x00\x00\xff"), textPacket(2, 99, nil, ""),
			textPacket(3, 99, nil, "\xe2\x00\x00\x05\x62abc")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, Config{})
			s, _, came := h.typist(true)
			for _, b := range c.packets {
				s.receive(false, b, netip.MustParseAddrPort("192.0.2.1:4000"))
			}
			if got := strings.Join(*came, "|"); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

// What one stream types another one reads, whatever single packets and pairs of them are lost.
func TestTextOverALossyLine(t *testing.T) {
	h := newHouse(t, Config{})
	a, line, _ := h.typist(true)
	b, _, came := h.typist(true)
	want := ""
	for i := range 200 {
		a.typed(fmt.Sprint(i, " "))
		want += fmt.Sprint(i, " ")
		h.pass(250 * time.Millisecond)
	}
	h.pass(time.Second)
	for i, x := range line.taken() {
		if i%4 < 2 {
			b.receive(false, x.b, netip.MustParseAddrPort("192.0.2.1:4000"))
		}
	}
	if got := strings.Join(*came, ""); got != want {
		t.Errorf("read %q", got)
	}
}

func FuzzRedundant(f *testing.F) {
	f.Add([]byte("\xe2\x00\x00\x00\xe2\x00\x00\x05\x62hellowor"))
	f.Add([]byte("\xe2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		blocks, ok := redundant(b)
		n := 0
		for _, x := range blocks {
			n += len(x)
		}
		if ok && (len(blocks) == 0 || n >= len(b)) || !ok && blocks != nil {
			t.Errorf("% x: %v %v", b, blocks, ok)
		}
	})
}

// Text leaves with its own marks (tos_text, cos_text).
func TestTextMarks(t *testing.T) {
	want := rawnet.Marks{TOS: 0x60, Priority: 2}
	h := newHouse(t, Config{TextMarks: want, Marks: rawnet.Marks{TOS: 0xb8}})
	s, _, _ := h.typist(true)
	if got := s.marks(); got != want {
		t.Errorf("marked %+v", got)
	}
}
