package chansip

import (
	"testing"
	"time"

	"obelisk/internal/sipstack"
	"obelisk/internal/store/realtime"
)

// FuzzStored reads what an astdb or a table may hold: nothing crashes, and what is written
// is read back.
func FuzzStored(f *testing.F) {
	for _, s := range []string{"10.0.0.1:5060:300:u:sip:u@10.0.0.1", `[{"Contact":"sip:a@h","Addr":"[::1]:5060","Expires":99999999999}]`, "a;b^3Bc^", "sip:a@h;transport=tcp", "^5E^^3b;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if b, ok := parseRow("n", s); ok {
			if again, ok := parseRow("n", b.row()); !ok || again.Contact != b.Contact || again.Addr != b.Addr {
				t.Errorf("%q: %+v, then %+v", s, b, again)
			}
		}
		now := time.Unix(1, 0)
		for _, b := range readBindings("n", s, now) {
			if again := readBindings("n", storeBindings([]*Binding{&b}), now); len(again) != 1 || *again[0].contactParams != *b.contactParams || again[0].Contact != b.Contact || again[0].Addr != b.Addr || again[0].CSeq != b.CSeq {
				t.Errorf("%q: %+v, then %+v", s, b, again)
			}
			b.same(&b)
			b.value()
		}
		if got := decodeValue(encodeValue(s)); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
		sectionOf("n", realtime.Row{{Name: "secret", Value: s}, {Name: s, Value: "x"}})
		bindingIn(&Peer{endpoint: defaultGeneral().endpoint}, realtime.Row{{Name: "ipaddr", Value: "10.0.0.1"}, {Name: "port", Value: s}, {Name: "regseconds", Value: "99999999999"}, {Name: "fullcontact", Value: s}}, true)
	})
}

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
