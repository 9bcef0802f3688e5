package media

import (
	"net/netip"
	"testing"
)

// Streams that agree on the same share the table of what comes; one that agrees on something else has
// another, and past a bound each has its own.
func TestStreamsShareTheTableOfPayloads(t *testing.T) {
	l := &loop{back: nullBackend{}, now: epoch}
	e := &Engine{loops: []*loop{l}}
	e.cfg.defaults()
	agreed := func(f ...Format) *payloads {
		s := newStream(e, l)
		s.rtp, s.rtcp, s.opened = nullSocket{}, nullSocket{}, true
		s.apply(Params{Remote: netip.MustParseAddrPort("127.0.0.1:4000"), Formats: f})
		return s.recv
	}
	one, two := agreed(Format{ULaw, 0, 0}, Format{TelephoneEvent, 101, 96}), agreed(Format{ULaw, 0, 0}, Format{TelephoneEvent, 101, 96})
	if one != two {
		t.Error("two tables of the same")
	}
	if one[0] != ULaw || one[101] != TelephoneEvent || one[96] != TelephoneEvent || one[8] != NoCodec {
		t.Errorf("%v", *one)
	}
	other := agreed(Format{ULaw, 0, 0}, Format{TelephoneEvent, 100, 100})
	if other == one || other[101] != NoCodec || other[100] != TelephoneEvent {
		t.Errorf("%v", *other)
	}
	for n := range uint8(127) {
		if p := agreed(Format{GSM, n, n}); p[n] != GSM || p[(n+1)&0x7f] != NoCodec {
			t.Errorf("%d: %v", n, *p)
		}
	}
	if len(l.payloads) > mostShared {
		t.Errorf("%d tables are kept", len(l.payloads))
	}
	if noPayloads != (payloads{}) {
		t.Error("the table of those that have agreed on nothing was written to")
	}
}
