package chansip

import (
	"slices"
	"testing"

	"obelisk/internal/sdp"
	"obelisk/media"
)

// By g726nonstandard an endpoint's G726-32 is the packing of AAL2, in what it offers, answers
// and is offered.
func TestG726NonStandard(t *testing.T) {
	named := func(pt uint8, name string) *sdp.Media {
		return &sdp.Media{Kind: "audio", Formats: []sdp.Format{{Payload: pt, Name: name, Rate: 8000}}}
	}
	for options, want := range map[string]struct {
		codec media.Codec // of what is called G726-32
		name  string      // of what we offer first
		aal2  media.Codec // of what is called AAL2-G726-32
	}{
		"allow=g726\n":                                    {media.G726, "G726-32", media.NoCodec},
		"allow=g726\ng726nonstandard=yes\n":               {media.G726AAL2, "G726-32", media.G726AAL2},
		"g726nonstandard=yes\nallow=g726,g726aal2,ulaw\n": {media.G726AAL2, "G726-32", media.G726AAL2},
		"allow=g726aal2\n":                                {media.NoCodec, "AAL2-G726-32", media.G726AAL2},
		"allow=g726aal2\ng726nonstandard=yes\n":           {media.G726AAL2, "G726-32", media.G726AAL2},
	} {
		p, diags := dtlsPeer(t, "disallow=all\n"+options)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		e := &p.Endpoint
		first := func(m *sdp.Media) media.Codec {
			if list := jointFormats(e, m); len(list) > 0 {
				return list[0].Codec
			}
			return media.NoCodec
		}
		if got := first(named(2, "G726-32")); got != want.codec {
			t.Errorf("%q: G726-32 is %s", options, got)
		}
		if got := first(named(98, "AAL2-G726-32")); got != want.aal2 {
			t.Errorf("%q: AAL2-G726-32 is %s", options, got)
		}
		offer := offeredFormats(e, nil, false)
		if got := rtpName(e, offer[0].Codec); got != want.name {
			t.Errorf("%q: offers %s", options, got)
		}
		if a := answerOf(e, offer, named(2, want.name)); len(a) == 0 || a[0].Codec != offer[0].Codec {
			t.Errorf("%q: answered %v", options, a)
		}
		if n := len(slices.Compact(slices.Clone(e.Codecs))); n != len(e.Codecs) {
			t.Errorf("%q: %v", options, e.Codecs)
		}
	}
}
