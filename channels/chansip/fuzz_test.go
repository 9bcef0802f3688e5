package chansip

import (
	"testing"

	"obelisk/internal/sipstack"
)

// FuzzValues reads what far sides write into headers and descriptions: what is taken can
// be written again and means the same.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"abc@h;to-tag=1;from-tag=2;early-only", "1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^20|1:4", "sip:a@h?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2", "pickup-x;to-tag=;from-tag"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, ok := parseReplaces(s); ok {
			if again, ok := parseReplaces(r.String()); !ok || again != r {
				t.Errorf("%q: %+v, then %+v", s, r, again)
			}
		}
		if tag, suite, key, ok := cryptoLine(s); ok {
			if _, suite2, key2, ok := cryptoLine(tag + " " + string(suite) + " inline:" + key.String()); !ok || suite2 != suite || key2 != key {
				t.Errorf("%q is not read back", s)
			}
		}
		if u, ok := sipstack.ParseURI(s); ok {
			replacesOf(u)
		}
		quotable(s)
		escape(s)
	})
}
