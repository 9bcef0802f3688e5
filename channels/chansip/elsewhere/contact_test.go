package elsewhere

import (
	"strings"
	"testing"
	"time"

	"obelisk/channels/chansip/location"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
)

// FuzzWord reads what another node may say: nothing of it can begin a line of a message, and what
// is written is read back.
func FuzzWord(f *testing.F) {
	for _, s := range []string{`[{"c":"sip:a@h","a":"10.0.0.1:5060","k":"t.61","s":1}]`, `[{"c":"sip:a@h\r\nX: y","k":"t"}]`, `[null]`, `{}`,
		``} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := read(&store.Word{Node: "b", Value: s})
		for _, c := range list {
			if strings.ContainsAny(c.URI+strings.Join(c.Route(), ""), "\r\n\x00") {
				t.Errorf("%+v", c)
			}
		}
		if len(s) < 1000 && len(list) > 0 {
			if again := read(&store.Word{Node: "b", Value: write(list)}); len(again) != len(list) || again[0] != list[0] {
				t.Errorf("%v, then %v", list, again)
			}
		}
	})
}

// Of more contacts than a word has room for some are said.
func TestLongWord(t *testing.T) {
	list := make([]Contact, 100)
	for i := range list {
		list[i] = Contact{URI: "sip:someone@" + strings.Repeat("x", 100), Token: "t"}
	}
	if got := read(&store.Word{Value: write(list)}); len(got) < 20 || len(got) == 100 {
		t.Errorf("%d of them", len(got))
	}
}

// FuzzToken takes any text for a token: only what this run has made names a flow.
func FuzzToken(f *testing.F) {
	db, err := store.Open(f.TempDir(), 0, func(error) {})
	if err != nil {
		f.Fatal(err)
	}
	bindings := location.New(db)
	f.Cleanup(bindings.Close)
	bindings.Set(location.Binding{Name: "1002", Contact: "sip:1002@10.0.0.7", Expires: time.Now().Add(time.Hour), Granted: time.Hour,
		Flow: sipstack.Flow{}, ContactParams: location.NoParams}, 1)
	k, other := newKeys(), newKeys()
	own := k.token(bindings.Get("1002"))
	if k.find(bindings, own) == nil || other.find(bindings, own) != nil {
		f.Fatal("a token is not its own run's")
	}
	for _, s := range []string{own[1:], "00.31303032", ".", "", "x.31303032", own + "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k.find(bindings, s) != nil && s != own {
			t.Errorf("%q is taken", s)
		}
	})
}
