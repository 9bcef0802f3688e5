package calls

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/testkit"
)

// provider of a sample in etc/itsp: where it is, and what it does.
type provider struct {
	registers bool   // it wants to be registered at
	asks      bool   // for credentials of calls
	from      string // an address that its calls come from
	number    string // that it calls
	out       string // Request-URI of a call to 1 555 987 6543
	identity  string // From of that, without tag
}

var providers = map[string]provider{
	"telnyx": {true, true, "192.0.2.7", "15551230000", "sip:15559876543@sip.telnyx.com", `"Desk" <sip:15551230001@10.0.0.1>`},
	"voipms": {true, true, "192.0.2.7", "15551230000", "sip:15559876543@newyork.voip.ms", `"Desk" <sip:100000@10.0.0.1>`},
	"vonage": {false, true, "192.0.2.12", "15551230000", "sip:15559876543@sip.nexmo.com", `"Desk" <sip:15551230000@sip.nexmo.com>`},
	"twilio": {false, true, "192.0.2.22", "+15551230000", "sip:+15559876543@example.pstn.twilio.com",
		`"Desk" <sip:+15551230000@example.pstn.twilio.com>`},
}

// itspNames knows every provider's host at one address.
var itspNames = dnsmgr.Resolver{Addr: func(host string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return a, nil
	}
	return netip.ParseAddr("192.0.2.7")
}}

func sample(t *testing.T, name string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, f := range []string{"sip.conf", "extensions.conf"} {
		text, err := os.ReadFile(filepath.Join("../../etc/itsp", name, f))
		if err != nil {
			t.Fatal(err)
		}
		files[f] = string(text)
	}
	return files
}

// The samples work against a scripted provider: it is registered at, its calls ring the
// phone without a challenge, and the phone's calls reach it with credentials. A call
// from somewhere else is refused.
func TestITSPSamplesWork(t *testing.T) {
	for name, p := range providers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := testkit.NewNetwork(testkit.Faults{})
				itsp, err := testkit.NewPhone(n.Listen, netip.MustParseAddrPort("192.0.2.7:5060"), pbxAddr, "15557654321", "")
				if err != nil {
					t.Fatal(err)
				}
				var registered atomic.Bool
				itsp.Serve = func(m *testkit.Msg) string {
					switch {
					case m.Method != "REGISTER":
						return "200 OK"
					case m.Get("Authorization") == "":
						return challenge
					}
					registered.Store(true)
					return granted
				}
				files := sample(t, name)
				files["sip.conf"] = strings.Replace(files["sip.conf"], "[general]\n", "[general]\nudpbindaddr=10.0.0.1:5060\n", 1)
				w := newWorldResolving(t, n, files, itspNames)
				time.Sleep(time.Second)
				if registered.Load() != p.registers {
					t.Errorf("registered: %v", registered.Load())
				}
				a := w.registered("1001", "replace-this-secret", "10.0.0.11:5060")
				p.comesIn(t, w, a, itsp)
				p.goesOut(t, a, itsp)
				stranger := w.phone("15550000000", "x", "198.51.100.9:5060")
				refused := stranger.Dial(p.number)
				if !refused.Wait("403", time.Second) {
					t.Error("a stranger's call was not refused")
				}
				time.Sleep(time.Minute)
				for _, phone := range []*testkit.Phone{a, itsp, stranger} {
					phone.Close()
				}
				w.stop()
			})
		})
	}
}

func (p provider) comesIn(t *testing.T, w *world, a, itsp *testkit.Phone) {
	t.Helper()
	gateway := itsp
	if p.from != itsp.Addr().Addr().String() {
		gateway = w.phone("15557654321", "", p.from+":5060")
		defer gateway.Close()
	}
	call := gateway.Dial(p.number)
	in := answered(t, a)
	in.Answer()
	if !call.Wait("200", time.Second) || call.Challenged() {
		t.Errorf("a call that came in: challenged %v", call.Challenged())
	}
	if got := in.Invite().Get("From"); !strings.Contains(got, "15557654321") {
		t.Errorf("the phone shows %s", got)
	}
	call.Hangup()
	in.Wait("BYE", time.Second)
}

func (p provider) goesOut(t *testing.T, a, itsp *testkit.Phone) {
	t.Helper()
	call := a.Dial("15559876543")
	in := answered(t, itsp)
	if p.asks {
		again := in.Challenge(407, "itsp", "n")
		if again == nil || !strings.Contains(again.Get("Proxy-Authorization"), "username=") {
			t.Fatal("no credentials")
		}
	}
	m := in.Invite()
	from, _, _ := strings.Cut(m.Get("From"), ";tag=")
	if uri := strings.Fields(m.Start)[1]; uri != p.out || from != p.identity {
		t.Errorf("%s from %s", uri, from)
	}
	in.Answer()
	if !call.Wait("200", time.Second) || !heardAt(call, in) || !heardAt(in, call) {
		t.Error("a call that went out is not connected")
	}
	call.Hangup()
	in.Wait("BYE", time.Second)
}
