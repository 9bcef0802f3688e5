package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const registrarSIP = `[general]
udpbindaddr=10.0.0.1:5060
minexpiry=60
maxexpiry=3600
defaultexpiry=120
[1001]
type=friend
host=dynamic
secret=one
context=inside
qualify=500
qualifyfreq=30
[1002]
type=friend
host=dynamic
secret=two
context=inside
`

func inRegistrar(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, registrarSIP, baseExtensions, testkit.Faults{})
		f(w)
		w.stop()
	})
}

// The five flows of RFC 3665 chapter 2.
func TestRFC3665Flows(t *testing.T) {
	inRegistrar(t, func(w *world) {
		p := w.phone("1002", "two", "10.0.0.12:5060")
		defer p.Close()
		expect := func(what, lines string, status int, header, value string) *testkit.Msg {
			t.Helper()
			s, m, err := p.RegisterWith(lines)
			if err != nil || s != status || header != "" && m.Get(header) != value {
				t.Fatalf("%s: %d %v; %s: %q, want %q", what, s, err, header, m.Get(header), value)
			}
			return m
		}
		m := expect("2.1 new", "Contact: <sip:1002@10.0.0.12:5060>\r\nExpires: 300\r\n", 200, "Contact", "<sip:1002@10.0.0.12:5060>;expires=300")
		if m.Get("Expires") != "300" || !strings.HasSuffix(m.Get("Date"), " GMT") || m.Get("Server") == "" {
			t.Errorf("headers of the 200: %v", m.Headers)
		}
		expect("2.2 update", "Contact: <sip:1002@10.0.0.12:5062>\r\nExpires: 400\r\n", 200, "Contact", "<sip:1002@10.0.0.12:5062>;expires=400")
		time.Sleep(100 * time.Second)
		expect("2.3 query", "", 200, "Contact", "<sip:1002@10.0.0.12:5062>;expires=300")
		expect("2.4 cancel", "Contact: *\r\nExpires: 0\r\n", 200, "Expires", "0")
		if w.sys.Driver().Peers()[1].Binding != nil {
			t.Error("still bound")
		}
		expect("2.3 query of nothing", "", 200, "Contact", "")
		p.Secret = "wrong"
		expect("2.5 failed", "Contact: <sip:1002@10.0.0.12>\r\nExpires: 300\r\n", 403, "", "")
	})
}

func TestExpiryIsClamped(t *testing.T) {
	inRegistrar(t, func(w *world) {
		p := w.phone("1002", "two", "10.0.0.12:5060")
		defer p.Close()
		for lines, want := range map[string]string{
			"Contact: <sip:a@10.0.0.12>\r\nExpires: 20\r\n":              "60",
			"Contact: <sip:a@10.0.0.12>\r\nExpires: 7200\r\n":            "3600",
			"Contact: <sip:a@10.0.0.12>\r\n":                             "120",
			"Contact: <sip:a@10.0.0.12>;expires=200\r\n":                 "200",
			"Contact: <sip:a@10.0.0.12>;expires=100\r\nExpires: 200\r\n": "100",
			"m: <sip:a@10.0.0.12>;EXPIRES=250, <sip:b@10.0.0.12>\r\n":    "250",
		} {
			if s, m, _ := p.RegisterWith(lines); s != 200 || m.Get("Expires") != want {
				t.Errorf("%q: %d, Expires %s, want %s", lines, s, m.Get("Expires"), want)
			}
		}
	})
}

// A Contact without its closing bracket or without a scheme is taken, as with chan_sip.
func TestContactsThatAreNotWhole(t *testing.T) {
	inRegistrar(t, func(w *world) {
		p := w.phone("1002", "two", "10.0.0.12:5060")
		defer p.Close()
		for lines, want := range map[string]string{
			"<1002@10.0.0.12:5064>":            "<sip:1002@10.0.0.12:5064>",
			"1002@10.0.0.12:5064":              "<sip:1002@10.0.0.12:5064>",
			"<sip:1002@10.0.0.12:5064":         "<sip:1002@10.0.0.12:5064>",
			"\"x\" <sip:1002@10.0.0.12;line=1": "<sip:1002@10.0.0.12;line=1>",
			"10.0.0.12:5064":                   "",
			"<tel:1002>":                       "",
			"<mailto:1002@10.0.0.12>":          "",
			"<sip:1002@10.0.0.12>, <sip:x@h":   "<sip:1002@10.0.0.12>",
			"<>":                               "",
		} {
			s, m, _ := p.RegisterWith("Contact: " + lines + "\r\n")
			if got, _, _ := strings.Cut(m.Get("Contact"), ";expires"); s == 200 != (want != "") || got != want {
				t.Errorf("%q: %d, Contact %s, want %s", lines, s, got, want)
			}
		}
	})
}

func TestBindingExpiresAndSurvivesARestart(t *testing.T) {
	inRegistrar(t, func(w *world) {
		p := w.registered("1002", "two", "10.0.0.12:5060")
		defer p.Close()
		w.stop()
		w.start(nil)
		if b := w.sys.Driver().Peers()[1].Binding; b == nil || b.Addr.String() != "10.0.0.12:5060" || b.Contact != "sip:1002@10.0.0.12:5060" {
			t.Fatalf("after the restart: %+v", b)
		}
		time.Sleep(311 * time.Second)
		if w.sys.Driver().Peers()[1].Binding != nil {
			t.Error("the binding outlived its time")
		}
	})
}

func TestQualify(t *testing.T) {
	inRegistrar(t, func(w *world) {
		p := w.registered("1001", "one", "10.0.0.11:5060")
		defer p.Close()
		status := func() string { return w.sys.Driver().Peers()[0].Health.Status() }
		time.Sleep(time.Second)
		if s := status(); s != "OK (1 ms)" {
			t.Errorf("after registering: %s", s)
		}
		w.net.SetFaults(testkit.Faults{Delay: 300 * time.Millisecond})
		time.Sleep(31 * time.Second)
		if s := status(); s != "LAGGED (600 ms)" {
			t.Errorf("slow: %s", s)
		}
		w.net.SetFaults(testkit.Faults{Loss: 1})
		time.Sleep(12 * time.Second)
		if s := status(); s != "UNREACHABLE" {
			t.Errorf("gone: %s", s)
		}
		w.net.SetFaults(testkit.Faults{})
		time.Sleep(11 * time.Second)
		if s := status(); s != "OK (1 ms)" {
			t.Errorf("back: %s", s)
		}
	})
}

func TestUnreachablePeerIsNotDialled(t *testing.T) {
	inRegistrar(t, func(w *world) {
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		defer b.Close()
		a.Close()
		time.Sleep(40 * time.Second)
		c := b.Dial("1001")
		if !c.Wait("503", time.Second) {
			t.Error("no 503 at once")
		}
		if s := w.sys.Core().Book().Search(c.ID).Render(); !strings.Contains(s, "peer '1001' is UNREACHABLE (qualify)") {
			t.Error(s)
		}
	})
}

// A phone of type=peer that calls is known by its registered address.
func TestRegisteredPeerIsKnownByAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "[general]\nudpbindaddr=10.0.0.1:5060\ncontext=public\n[desk]\ntype=peer\nhost=dynamic\nsecret=one\ncontext=inside\n",
			"[inside]\nexten => 1,1,Answer()\nsame => n,Wait(5)\n[public]\n", testkit.Faults{})
		p := w.registered("desk", "one", "10.0.0.11:5060")
		c := p.Dial("1")
		if !c.Wait("200", time.Second) {
			t.Error("no answer")
		}
		if v := w.sys.Core().Channels(); len(v) != 1 || v[0].View().At.Context != "inside" {
			t.Errorf("%v", v)
		}
		c.Hangup()
		p.Close()
		w.stop()
	})
}
