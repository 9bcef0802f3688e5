package media

import (
	"testing"
)

// The two packings of G.726 are carried to each other, also where the length of packets is
// set; nothing else is carried to them.
func TestPackingsOfG726(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, []Format{{G726, 2, 2}}, nil)
	sb.Negotiate(Params{Remote: b.addr(), Formats: []Format{{G726AAL2, 97, 97}}, Ptime: 20})
	a.send(sa, 2, []byte{0x12, 0xf0, 0x0f})
	if p := b.receive(patience); p == nil || p.PayloadType != 97 || string(p.Payload) != "\x21\x0f\xf0" {
		t.Fatalf("to AAL2: %v", p)
	}
	b.send(sb, 97, []byte{0x21, 0x34})
	if p := a.receive(patience); p == nil || p.PayloadType != 2 || string(p.Payload) != "\x12\x43" {
		t.Fatalf("from AAL2: %v", p)
	}
	if !Translatable(G726, G726AAL2) || !Translatable(G726AAL2, G726) || Translatable(G726, ULaw) || Translatable(G726, NoCodec) ||
		Translatable(NoCodec, G726) {
		t.Error("what can be carried to what")
	}
}
