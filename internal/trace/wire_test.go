package trace

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var here, there = netip.MustParseAddrPort("10.0.0.1:5060"), netip.MustParseAddrPort("[2001:db8::2]:5061")

func TestWire(t *testing.T) {
	w, book := NewWire(20000), NewBook(10)
	c := book.Open("leg-a")
	book.Also(c, "leg-b")
	at := time.Unix(1795700000, 123456000)
	w.Note(here, there, at, "other", []byte("not ours"))
	for i := range 3 {
		w.Note(there, here, at.Add(time.Duration(i)*time.Second), []string{"leg-a", "leg-b", "leg-a"}[i], fmt.Appendf(nil, "message %d", i))
	}
	list := w.Packets(c)
	if len(list) != 3 || string(list[1].Data) != "message 1" || list[1].From != there || list[1].To != here ||
		!list[1].At.Equal(at.Add(time.Second)) {
		t.Fatalf("%+v", list)
	}
	for i := range 1000 { // bounded, and the newest stay
		w.Note(here, there, at, "leg-b", fmt.Appendf(nil, "%d %s", i, strings.Repeat("x", 100)))
	}
	list = w.Packets(c)
	if len(w.newer)+len(w.before) > 20000 || len(list) < 50 || !strings.HasPrefix(string(list[len(list)-1].Data), "999 ") ||
		strings.HasPrefix(string(list[0].Data), "message") {
		t.Errorf("%d bytes, %d packets, the last %.10s", len(w.newer)+len(w.before), len(list), list[len(list)-1].Data)
	}
	w.Note(here, there, at, "leg-a", make([]byte, 30000)) // larger than all
}

// Checksums of what is written are right, for both versions of IP.
func TestPCAP(t *testing.T) {
	v6 := netip.MustParseAddrPort("[2001:db8::1]:5060")
	var b bytes.Buffer
	at := time.Unix(1795700000, 5000)
	err := WritePCAP(&b, []Packet{{at, here, netip.MustParseAddrPort("10.0.0.2:5062"), []byte("odd")}, {at, v6, there, []byte("even")}})
	if err != nil {
		t.Fatal(err)
	}
	f := b.Bytes()
	le := binary.LittleEndian
	if le.Uint32(f) != 0xa1b2c3d4 || le.Uint32(f[20:]) != 101 {
		t.Errorf("head: % x", f[:24])
	}
	for i, f := 0, f[24:]; len(f) > 0; i++ {
		n := int(le.Uint32(f[8:]))
		if le.Uint32(f) != 1795700000 || le.Uint32(f[4:]) != 5 || le.Uint32(f[12:]) != uint32(n) {
			t.Errorf("packet %d: % x", i, f[:16])
		}
		p := f[16 : 16+n]
		head, addresses := 20, 12
		if p[0]>>4 == 6 {
			head, addresses = 40, 8
		} else if checksum(0, p[:20]) != 0 {
			t.Error("checksum of IPv4")
		}
		if checksum(sumOf(p[addresses:head])+17+uint32(n-head), p[head:]) != 0 {
			t.Errorf("checksum of UDP, packet %d", i)
		}
		if int(binary.BigEndian.Uint16(p[head+4:])) != n-head {
			t.Error("length of UDP")
		}
		f = f[16+n:]
	}
}

func BenchmarkWireNote(b *testing.B) {
	w, m := NewWire(8<<20), bytes.Repeat([]byte("x"), 700)
	b.ReportAllocs()
	for b.Loop() {
		w.Note(here, here, time.Now(), "3848276298220188511@atlanta.example.com", m)
	}
}
