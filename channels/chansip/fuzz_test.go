package chansip

import (
	"strings"
	"testing"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/sipconf"
	"obelisk/channels/chansip/sipconf/sipconftest"

	"obelisk/internal/sipstack"
	"obelisk/internal/store/realtime"
)

// FuzzRealtimeBinding reads what a table may hold of a registration: nothing crashes.
func FuzzRealtimeBinding(f *testing.F) {
	dir, _ := sipconftest.Compile(f, "[p]\ntype=peer\nhost=dynamic\n")
	peer := dir.Lookup("p")
	for _, s := range []string{"5060", "sip:a@h;transport=tcp"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		bindingIn(peer, realtime.Row{{Name: "ipaddr", Value: "10.0.0.1"}, {Name: "port", Value: s}, {Name: "regseconds", Value: "99999999999"},
			{Name: "fullcontact", Value: s}}, true)
	})
}

// FuzzValues reads what far sides write into headers and descriptions: what is taken can
// be written again and means the same.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"abc@h;to-tag=1;from-tag=2;early-only", "1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^20|1:4",
		"sip:a@h?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2", "pickup-x;to-tag=;from-tag"} {
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
	})
}

// FuzzForward reads the contacts of a redirection, a route and a called number: whatever
// is written there, a forward dials one number of one context or one host, and a number
// means nothing to a dial string.
func FuzzForward(f *testing.F) {
	for _, s := range []string{"<sip:1234%40internal%2fn@x>;q=0.5, <tel:+49-30;phone-context=x>", "<sip:a&SIP/b:c@h:5062;transport=tcp>;q=x",
		"sip:1,2!3^4|5%00%0d%0a@[::1%25eth0]", "<sip:p1;method=BYE?x=y>", "sip:%,0"} {
		f.Add(s)
	}
	dir, _ := sipconftest.Compile(f, "[p]\ntype=peer\nhost=dynamic\npromiscredir=yes\n")
	promiscuous := dir.Lookup("p")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := sipstack.Parse([]byte("SIP/2.0 302 X\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: " +
			"<sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: " + s + "\r\n\r\n"))
		if err != nil {
			return
		}
		for _, l := range []*Leg{{Dialog: dialog.Dialog{Dir: dir}}, {Dialog: dialog.Dialog{Dir: dir, Peer: promiscuous}}} {
			targets := l.forwardTargets(m)
			if len(targets) > maxForwards {
				t.Errorf("%q: %d targets", s, len(targets))
			}
			for _, target := range targets {
				tech, rest, _ := strings.Cut(target, "/")
				number, place, _ := strings.Cut(rest, "@")
				local := tech == "Local" && place == l.Endpoint().Context
				host := tech == "SIP" && l.Peer != nil && hostName(strings.Trim(place, "[]")) || tech == "SIP" && strings.HasPrefix(place, "[")
				if !local && !host || strings.ContainsAny(number, sipconf.DialMeaning+"\r\n\x00") || strings.ContainsAny(place, "@/&,!^|\n") {
					t.Errorf("%q: %q", s, target)
				}
			}
		}
		u, _ := sipstack.ParseURI(s)
		if n := dir.NumberOf(u); strings.ContainsAny(n, sipconf.DialMeaning) {
			t.Errorf("%q: number %q", s, n)
		}
		sipstack.Routed(s, []string{s, s})
	})
}
