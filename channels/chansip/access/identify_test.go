package access

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"obelisk/channels/chansip/sipconf/sipconftest"

	"obelisk/channels/chansip/location"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
)

// Re-registration moves an entry to the end: with two phones at one address
// the one that registered first is found.
func TestPhonesAtOneAddress(t *testing.T) {
	d, _ := sipconftest.Compile(t, "[general]\nallowguest=no\nalwaysauthreject=no\n[a]\ntype=peer\nhost=dynamic\ninsecure=port\n[b]\n"+
		"type=peer\nhost=dynamic\ninsecure=port\n")
	live := location.New(store.Memory())
	defer live.Close()
	at := netip.MustParseAddrPort("10.0.0.9:5060")
	live.Set(location.Binding{Name: "b", Addr: at, Expires: time.Now().Add(time.Hour), ContactParams: location.NoParams}, 1)
	live.Set(location.Binding{Name: "a", Addr: at, Expires: time.Now().Add(time.Hour), ContactParams: location.NoParams}, 1)
	who := func() string {
		id, r := Identify(d, live, Facts{FromUser: "x", Source: netip.MustParseAddrPort("10.0.0.9:7777")}, func(string) {})
		if r != nil {
			return r.Rule
		}
		return id.Peer.Name
	}
	if got := who(); got != "b" {
		t.Errorf("first: %s", got)
	}
	live.Set(location.Binding{Name: "b", Addr: at, Expires: time.Now().Add(time.Hour), ContactParams: location.NoParams}, 1)
	if got := who(); got != "a" {
		t.Errorf("after b registered again: %s", got)
	}
	live.Remove("a")
	live.Remove("b")
	if got := who(); got != "'x' from 10.0.0.9:7777 matches no endpoint and allowguest=no" {
		t.Errorf("after both left: %s", got)
	}
}

// An address that permit and deny refuse gets 403 at once, as of chan_sip; where neither guests are let
// in nor names may be told apart it is challenged as everybody is.
func TestRefusedAddress(t *testing.T) {
	for options, challenged := range map[string]bool{"": false, "allowguest=no\nalwaysauthreject=no\n": false, "allowguest=no\n": true} {
		d, _ := sipconftest.Compile(t, "[general]\n"+options+"[a]\ntype=friend\nhost=dynamic\ndeny=0.0.0.0/0\npermit=10.0.0.1\n")
		for at, in := range map[string]bool{"10.0.0.1:5060": true, "10.0.0.2:5060": false} {
			id, r := Identify(d, location.New(store.Memory()), Facts{FromUser: "a", Source: netip.MustParseAddrPort(at)}, func(string) {})
			switch {
			case in && (r != nil || id.Peer == nil):
				t.Errorf("%q: %s: %+v", options, at, r)
			case !in && challenged && (r != nil || !id.Bogus):
				t.Errorf("%q: %s: %+v, %+v", options, at, r, id)
			case !in && !challenged && (r == nil || r.Status != 403):
				t.Errorf("%q: %s: %+v", options, at, r)
			}
		}
	}
}

func TestMatchAuthUsername(t *testing.T) {
	d, _ := sipconftest.Compile(t, "[general]\nmatch_auth_username=yes\n[a]\ntype=friend\nhost=dynamic\n")
	id, _ := Identify(d, location.New(store.Memory()), Facts{FromUser: "x", DigestUser: "a"}, func(string) {})
	if id.Peer == nil || id.Peer.Name != "a" {
		t.Errorf("%+v", id)
	}
}

func BenchmarkIdentify(b *testing.B) {
	var text strings.Builder
	for i := range 10000 {
		name := "u" + sipstack.Hex8()
		if i == 5000 {
			name = "me"
		}
		text.WriteString("[" + name + "]\ntype=friend\nhost=dynamic\n")
	}
	d, _ := sipconftest.Compile(b, text.String())
	live := location.New(store.Memory())
	f := Facts{FromUser: "me", Source: netip.MustParseAddrPort("10.0.0.9:7777")}
	b.ReportAllocs()
	for b.Loop() {
		Identify(d, live, f, func(string) {})
	}
}
