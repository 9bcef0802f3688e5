package chansip

import (
	"slices"
	"testing"

	"obelisk/media"
)

// What the other leg cannot be given is left out, and Opus stands behind what both have; else the
// order is that of the far side.
func TestLimited(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want []media.Codec }{
		"a browser and a desk phone": {[]media.Codec{media.Opus, media.ALaw, media.ULaw, media.TelephoneEvent}, []media.Codec{media.ULaw},
			[]media.Codec{media.ULaw, media.Opus, media.ALaw, media.TelephoneEvent}},
		"two browsers": {[]media.Codec{media.Opus, media.ULaw}, []media.Codec{media.ULaw, media.Opus},
			[]media.Codec{media.Opus, media.ULaw}},
		"wideband stays before G.711": {[]media.Codec{media.G722, media.ULaw}, []media.Codec{media.ULaw},
			[]media.Codec{media.G722, media.ULaw}},
		"nothing that could be carried": {[]media.Codec{media.G729, media.TelephoneEvent}, []media.Codec{media.ULaw},
			[]media.Codec{media.G729, media.TelephoneEvent}},
		"what cannot be carried is left": {[]media.Codec{media.G729, media.ALaw}, []media.Codec{media.ULaw}, []media.Codec{media.ALaw}},
	} {
		if slices.Contains(c.from, media.Opus) && !media.Opus.Convertible() && !slices.Contains(c.to, media.Opus) {
			c.want = slices.DeleteFunc(slices.Clone(c.want), func(x media.Codec) bool { return x == media.Opus })
		}
		var in []media.Format
		for _, x := range c.from {
			in = append(in, media.Format{Codec: x})
		}
		var got []media.Codec
		for _, x := range limited(in, c.to) {
			got = append(got, x.Codec)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
