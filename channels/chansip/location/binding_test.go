package location

import (
	"testing"
	"time"
)

// FuzzStored reads what an astdb may hold: nothing crashes, and what is written is read back.
func FuzzStored(f *testing.F) {
	for _, s := range []string{"10.0.0.1:5060:300:u:sip:u@10.0.0.1", `[{"Contact":"sip:a@h","Addr":"[::1]:5060","Expires":99999999999}]`,
		"sip:a@h;transport=tcp"} {
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
			if again := readBindings("n", storeBindings(&entry{Binding: b}), now); len(again) != 1 || *again[0].ContactParams != *b.ContactParams ||
				again[0].Contact != b.Contact || again[0].Addr != b.Addr || again[0].CSeq != b.CSeq {
				t.Errorf("%q: %+v, then %+v", s, b, again)
			}
			b.SameContact(&b)
			b.ContactValue()
		}
	})
}
