package test

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestBaresipWatches: a real phone subscribes to a hint and shows what it is told; it
// ends its subscription when it ends.
func TestBaresipWatches(t *testing.T) {
	alongside(t, &officeLane)
	tool(t, "baresip")
	const registrar = "127.0.0.1:5970"
	sys := started(t, "testdata/none", map[string]string{
		"sip.conf": "[general]\nudpbindaddr=127.0.0.1:5970\ncallcounter=yes\n" +
			"[1002]\ntype=friend\nhost=dynamic\nsecret=one\ncontext=inside\n",
		"extensions.conf": "[inside]\nexten => 800,hint,Custom:lamp\n",
	})
	h := handset{user: "1002", secret: "one", listen: "127.0.0.1:5093", registrar: registrar, hz: 440, answer: "manual",
		control:  "127.0.0.1:5099",
		config:   "module_app contact.so\nmodule_app presence.so\n",
		contacts: "\"Lamp\" <sip:800@" + registrar + ">;presence=p2p\n"}
	lamp := newBaresip(t, h)
	defer func() {
		if t.Failed() {
			t.Log(lamp.log())
		}
	}()
	for end := time.Now().Add(15 * time.Second); len(sys.Driver().Subscriptions()) < 1; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", sys.Driver().Subscriptions())
		}
	}
	shows := func(state string) {
		t.Helper()
		said := ""
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if said = h.do(t, "contacts", ""); strings.Contains(said, state) {
				return
			}
		}
		t.Errorf("the phone does not show %s: %q", state, said)
	}
	shows("Online")
	for state, want := range map[string]string{"UNAVAILABLE": "Offline", "NOT_INUSE": "Online"} {
		if !sys.Console().Run(io.Discard, "devstate change Custom:lamp "+state) {
			t.Error("devstate change")
		}
		shows(want)
	}
	lamp.stop()
	time.Sleep(200 * time.Millisecond)
	if n := len(sys.Driver().Subscriptions()); n != 0 {
		t.Errorf("%d subscriptions left", n)
	}
}
