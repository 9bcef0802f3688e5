package chansip

import (
	"testing"

	"obelisk/media"
)

// channels/SIP/SDP_attribute_passthrough of the Asterisk test suite, and what Asterisk 20.20.1
// makes of the others.
func TestAttributesOfVideo(t *testing.T) {
	for _, c := range []struct {
		codec    media.Codec
		in, want string
	}{
		{media.H264, "profile-level-id=42801e;packetization-mode=1;max-mbps=48600",
			"max-mbps=48600;packetization-mode=1;profile-level-id=42801E"},
		{media.H264, "profile-level-id=42e01f; packetization-mode=0;max-fs=99;max-br=7;sprop-parameter-sets=Z0IACpZTBYmI,aMljiA==",
			"max-fs=99;max-br=7;packetization-mode=0;profile-level-id=42E01F;sprop-parameter-sets=Z0IACpZTBYmI,aMljiA=="},
		{media.H264, "own=1;level-asymmetry-allowed=1;;packetization-mode=1;", "packetization-mode=1;level-asymmetry-allowed=1;own=1"},
		{media.H264, "profile-level-id=nonsense", "profile-level-id=nonsense"},
		{media.H264, "", ""},
		{media.H263, "CIF=4;QCIF=2", "CIF=4;QCIF=2"},
	} {
		if got := attributesOf(c.codec, c.in); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.codec, c.in, got, c.want)
		}
	}
}
