package calls

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const trunkSIP = `[general]
udpbindaddr=10.0.0.1:5060
context=public
register => acct:pw:authname@10.0.0.50/200
[trunk]
type=peer
host=10.0.0.50
defaultuser=authname
remotesecret=pw
secret=unused
fromuser=4930123
fromdomain=itsp.example
insecure=port,invite
context=from-itsp
disallow=all
allow=ulaw
[1001]
type=friend
host=dynamic
secret=one
context=inside
`

const trunkExtensions = `[inside]
exten => _0X.,1,Dial(SIP/trunk/${EXTEN:1},30)
exten => _9X.,1,Dial(SIP/${EXTEN:1}@trunk,30)
[from-itsp]
exten => 200,1,Dial(SIP/1001,20)
exten => _4930.,1,Dial(SIP/1001,20)
[public]
`

// registrarOf is a provider that answers REGISTERs by a list of status lines.
type registrarOf struct {
	mu   sync.Mutex
	list []string
	got  []*testkit.Msg
	at   []time.Duration
	from time.Time
}

func (r *registrarOf) serve(m *testkit.Msg) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.Method != "REGISTER" {
		return "200 OK"
	}
	r.got = append(r.got, m)
	r.at = append(r.at, time.Since(r.from).Round(time.Second))
	if len(r.list) == 0 {
		return ""
	}
	s := r.list[0]
	if len(r.list) > 1 {
		r.list = r.list[1:]
	}
	return s
}

func (r *registrarOf) messages() []*testkit.Msg {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*testkit.Msg(nil), r.got...)
}

func (r *registrarOf) times() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprint(r.at)
}

// inTrunk runs a test with a provider at 10.0.0.50.
func inTrunk(t *testing.T, answers []string, f func(w *world, itsp *testkit.Phone, r *registrarOf)) {
	t.Helper()
	inTrunkWith(t, "", answers, f)
}

// inTrunkWith is inTrunk with further lines in [general].
func inTrunkWith(t *testing.T, options string, answers []string, f func(w *world, itsp *testkit.Phone, r *registrarOf)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &registrarOf{list: answers, from: time.Now()}
		net := testkit.NewNetwork(testkit.Faults{})
		itsp, err := testkit.NewPhone(net.Listen, netip.MustParseAddrPort("10.0.0.50:5060"), pbxAddr, "itsp", "")
		if err != nil {
			t.Fatal(err)
		}
		itsp.Serve = r.serve
		w := newWorldOn(t, net, strings.Replace(trunkSIP, "context=public\n", "context=public\n"+options, 1), trunkExtensions)
		f(w, itsp, r)
		w.stop()
		itsp.Close()
	})
}

// A register line whose host is the name of a peer registers where that peer is.
func TestRegistrationAtAPeerByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &registrarOf{list: []string{granted}, from: time.Now()}
		net := testkit.NewNetwork(testkit.Faults{})
		itsp, err := testkit.NewPhone(net.Listen, netip.MustParseAddrPort("10.0.0.50:5060"), pbxAddr, "x", "")
		if err != nil {
			t.Fatal(err)
		}
		defer itsp.Close()
		itsp.Serve = r.serve // before anybody sends to it
		w := newWorldOn(t, net, "[general]\nudpbindaddr=10.0.0.1:5060\nregister => u:s@q\n[q]\ntype=peer\nhost=10.0.0.50\n", baseExtensions)
		defer w.stop()
		time.Sleep(25 * time.Second)
		if got := w.console("sip show registry"); !strings.Contains(got, " Registered ") || len(r.messages()) == 0 {
			t.Errorf("%s", got)
		}
	})
}

const (
	challenge = "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"itsp\", nonce=\"n1\", qop=\"auth\", opaque=\"o1\""
	granted   = "200 OK\r\nExpires: 100"
)

func TestTrunkRegisters(t *testing.T) {
	inTrunk(t, []string{challenge, granted}, func(w *world, itsp *testkit.Phone, r *registrarOf) {
		time.Sleep(time.Second)
		reg := w.sys.Driver().Registrations()
		if len(reg) != 1 || reg[0].State != "Registered" || reg[0].Refresh != 85 || reg[0].Host != "10.0.0.50:5060" || reg[0].User != "acct" {
			t.Fatalf("%+v", reg)
		}
		first, second := r.messages()[0], r.messages()[1]
		if first.Start != "REGISTER sip:10.0.0.50 SIP/2.0" || !strings.HasPrefix(first.Get("From"), "<sip:acct@10.0.0.50>;tag=as") ||
			first.Get("To") != "<sip:acct@10.0.0.50>" ||
			first.Get("Contact") != "<sip:200@10.0.0.1:5060>" || first.Get("CSeq") != "102 REGISTER" || first.Get("Expires") != "120" {
			t.Errorf("%s\n%v", first.Start, first.Headers)
		}
		a := second.Get("Authorization")
		if second.Get("CSeq") != "103 REGISTER" || second.Get("Call-ID") != first.Get("Call-ID") ||
			!strings.Contains(a, `username="authname"`) || !strings.Contains(a, `opaque="o1"`) || !strings.Contains(a, "qop=auth") ||
			!strings.Contains(a, "nc=00000001") {
			t.Errorf("%v", second.Headers)
		}
		time.Sleep(86 * time.Second)
		if got := r.messages(); len(got) != 3 || !strings.Contains(got[2].Get("Authorization"), "nc=00000002") {
			t.Errorf("refresh: at %s, %v", r.times(), got[len(got)-1].Headers)
		}
	})
}

func TestTrunkRegistrationAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		state   string
		times   string
		wait    time.Duration
	}{
		"silence":   {nil, "Request Sent", "[0s 1s 2s 4s 8s 12s 16s 20s 20s 21s 22s 24s]", 25 * time.Second},
		"403 stops": {[]string{"403 Forbidden"}, "No Authentication", "[0s]", time.Minute},
		"404 stops": {[]string{"404 Not Found"}, "Rejected", "[0s]", time.Minute},
		"423 asks longer": {[]string{"423 Interval Too Brief\r\nMin-Expires: 600", "200 OK\r\nExpires: 600"}, "Registered", "[0s 0s]",
			time.Minute},
		"500 tries again":    {[]string{"500 Error", granted}, "Registered", "[0s 20s]", 30 * time.Second},
		"challenge for ever": {[]string{challenge}, "Auth. Sent", "[0s 0s 0s 0s]", 10 * time.Second},
		"short expiry":       {[]string{"200 OK\r\nExpires: 20"}, "Registered", "[0s 16s 32s]", 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inTrunk(t, c.answers, func(w *world, itsp *testkit.Phone, r *registrarOf) {
				time.Sleep(c.wait)
				if s := w.sys.Driver().Registrations()[0].State; s != c.state {
					t.Errorf("state %s, want %s", s, c.state)
				}
				if got := r.times(); got != c.times {
					t.Errorf("at %s, want %s", got, c.times)
				}
			})
		})
	}
}

// registertimeout, registerattempts and register_retry_403.
func TestOptionsOfARegistration(t *testing.T) {
	for options, c := range map[string]struct {
		answers []string
		state   string
		times   string
	}{
		"registertimeout=5\n":                          {[]string{"500 Error"}, "Request Sent", "[0s 5s 10s 15s 20s 25s]"},
		"registertimeout=5\nregisterattempts=2\n":      {[]string{"500 Error"}, "Failed", "[0s 5s]"},
		"registertimeout=10\nregister_retry_403=yes\n": {[]string{"403 Forbidden"}, "Request Sent", "[0s 10s 20s]"},
		"defaultexpiry=50\nregistertimeout=5\n":        {[]string{"200 OK"}, "Registered", "[0s]"},
		"registertimeout=10\nregister_retry_403=no\n":  {[]string{"403 Forbidden"}, "No Authentication", "[0s]"},
	} {
		t.Run(options, func(t *testing.T) {
			inTrunkWith(t, options, c.answers, func(w *world, itsp *testkit.Phone, r *registrarOf) {
				time.Sleep(28 * time.Second)
				if s := w.sys.Driver().Registrations()[0].State; s != c.state {
					t.Errorf("state %s, want %s", s, c.state)
				}
				if got := r.times(); got != c.times {
					t.Errorf("at %s, want %s", got, c.times)
				}
			})
		})
	}
}

// After a 403 that is tried again the registrar is asked anew, without the credentials that
// it refused (channels/SIP/register_forbidden_retry of the Asterisk test suite).
func TestRegistersAnewAfterForbidden(t *testing.T) {
	const asked = "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\""
	inTrunkWith(t, "registertimeout=10\nregister_retry_403=yes\n", []string{asked, "403 Forbidden", granted},
		func(w *world, itsp *testkit.Phone, r *registrarOf) {
			time.Sleep(15 * time.Second)
			r.mu.Lock()
			defer r.mu.Unlock()
			if len(r.got) != 3 || r.got[0].Get("Authorization") != "" || r.got[1].Get("Authorization") == "" ||
				r.got[2].Get("Authorization") != "" {
				t.Errorf("%d requests", len(r.got))
				for _, m := range r.got {
					t.Log(m.Raw)
				}
			}
		})
}

func TestCallOutThroughTrunk(t *testing.T) {
	for _, status := range []int{401, 407} {
		for _, number := range []string{"0555", "9555"} {
			t.Run(fmt.Sprint(status, number), func(t *testing.T) {
				inTrunk(t, []string{granted}, func(w *world, itsp *testkit.Phone, r *registrarOf) {
					a := w.registered("1001", "one", "10.0.0.11:5060")
					defer a.Close()
					c := a.Dial(number)
					in := answered(t, itsp)
					inv := in.Invite()
					if inv.Start != "INVITE sip:555@10.0.0.50 SIP/2.0" || !strings.HasPrefix(inv.Get("From"), "<sip:4930123@itsp.example>") ||
						inv.Get("To") != "<sip:555@10.0.0.50>" || !strings.HasSuffix(inv.Get("Call-ID"), "@itsp.example") {
						t.Errorf("%s\n%v", inv.Start, inv.Headers)
					}
					again := in.Challenge(status, "itsp", "abc")
					if again == nil {
						t.Fatal("the challenge was not answered")
					}
					name := map[int]string{401: "Authorization", 407: "Proxy-Authorization"}[status]
					if h := again.Get(name); !strings.Contains(h, `username="authname"`) || !strings.Contains(h, `uri="sip:555@10.0.0.50"`) {
						t.Errorf("%s: %s", name, h)
					}
					in.Answer()
					if !c.Wait("200", time.Second) {
						t.Fatal("not connected")
					}
					c.Hangup()
					if !in.Wait("BYE", time.Second) {
						t.Error("no BYE")
					}
				})
			})
		}
	}
}

func TestCallInThroughTrunk(t *testing.T) {
	for _, number := range []string{"200", "493077"} {
		t.Run(number, func(t *testing.T) {
			inTrunk(t, []string{granted}, func(w *world, itsp *testkit.Phone, r *registrarOf) {
				a := w.registered("1001", "one", "10.0.0.11:5060")
				defer a.Close()
				c := itsp.Dial(number)
				in := answered(t, a)
				in.Answer()
				if !c.Wait("200", time.Second) {
					t.Fatal("not connected")
				}
				c.Hangup()
			})
		})
	}
}

// Where DNS names two servers, a call that the first one does not take, or does not
// answer, goes to the second; and calls from the second are the trunk's.
func TestCallGoesToTheNextServer(t *testing.T) {
	const sip = "[general]\nudpbindaddr=10.0.0.1:5060\n[1001]\ntype=friend\nhost=dynamic\nsecret=one\ncontext=inside\n[trunk]\ntype=peer\n" +
		"host=trunks.example\ninsecure=invite,port\ncontext=inside\n"
	for name, first := range map[string]string{"503": "503 Service Unavailable", "silence": "", "486": "486 Busy Here"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sip, "[inside]\nexten => 5,1,Dial(SIP/trunk/5)\nsame => n,Hangup()\nexten => 600,1,Answer()\nsame => n,Wait(1)\n",
					testkit.Faults{})
				phone := func(addr string) *testkit.Phone {
					p, err := testkit.NewPhone(w.net.Listen, netip.MustParseAddrPort(addr), pbxAddr, "itsp", "")
					if err != nil {
						t.Fatal(err)
					}
					return p
				}
				down, up := phone("10.0.0.50:5060"), phone("10.0.0.51:5062")
				a := w.registered("1001", "one", "10.0.0.11:5060")
				if first == "" {
					down.Close()
				}
				c := a.Dial("5")
				if first != "" {
					answered(t, down).Reject(first)
					defer down.Close()
				}
				switch name {
				case "486":
					if !c.Wait("486", time.Second) {
						t.Error("a busy callee is not passed on")
					}
				default:
					if first == "" {
						time.Sleep(31 * time.Second)
					}
					in := answered(t, up)
					if in.Invite().Start != "INVITE sip:5@trunks.example SIP/2.0" {
						t.Errorf("%s", in.Invite().Start)
					}
					in.Answer()
					if !c.Wait("200", time.Second) {
						t.Error("not connected")
					}
					c.Hangup()
				}
				time.Sleep(time.Second)
				if in := up.Dial("600"); !in.Wait("200", time.Second) {
					t.Error("a call from the second server is not the trunk's")
				}
				time.Sleep(2 * time.Second)
				for _, p := range []*testkit.Phone{a, up} {
					p.Close()
				}
				w.stop()
			})
		})
	}
}

// What we answer of several challenges: the strongest, or only what auth_algorithms has.
func TestTrunkChoosesTheAlgorithm(t *testing.T) {
	ask := func(algorithms ...string) string {
		s := "401 Unauthorized"
		for _, a := range algorithms {
			s += "\r\nWWW-Authenticate: Digest realm=\"itsp\", nonce=\"n1\", qop=\"auth\", algorithm=" + a
		}
		return s
	}
	for _, c := range []struct {
		options, challenge, want string
	}{
		{"", ask("MD5", "SHA-256"), "algorithm=SHA-256"},
		{"", ask("SHA-512-256", "SHA-256", "MD5"), "algorithm=SHA-512-256"},
		{"", ask("MD5"), "algorithm=MD5"},
		{"auth_algorithms=SHA-256\n", ask("MD5", "SHA-256"), "algorithm=SHA-256"},
		{"auth_algorithms=SHA-256\n", ask("MD5"), ""},
		{"auth_algorithms=MD5\n", ask("SHA-256", "MD5"), "algorithm=MD5"},
		{"", ask("AKAv1-MD5", "MD5-sess"), ""},
	} {
		inTrunkWith(t, c.options, []string{c.challenge, granted}, func(w *world, itsp *testkit.Phone, r *registrarOf) {
			time.Sleep(time.Second)
			got := r.messages()
			if c.want == "" {
				if len(got) != 1 {
					t.Errorf("%q, %q: %d REGISTERs", c.options, c.challenge, len(got))
				}
				return
			}
			if len(got) != 2 || !strings.Contains(got[1].Get("Authorization"), c.want) {
				t.Errorf("%q, %q: %v", c.options, c.challenge, got[len(got)-1].Headers)
			}
		})
	}
}

// With supportpath our REGISTER tells of Path and of a flow, which is kept open, and
// calls take the registrar's Service-Route.
func TestTrunkFollowsServiceRoute(t *testing.T) {
	inTrunkWith(t, "supportpath=yes\n", []string{"200 OK\r\nExpires: 100\r\nRequire: outbound\r\nFlow-Timer: 20\r\nService-Route: " +
		"<sip:10.0.0.50;lr>, <sip:orig@core.example;lr>"}, func(w *world, itsp *testkit.Phone, r *registrarOf) {
		time.Sleep(time.Second)
		first := r.messages()[0]
		c := first.Get("Contact")
		if first.Get("Supported") != "path, outbound" || !strings.HasPrefix(c, `<sip:200@10.0.0.1:5060>;+sip.instance="<urn:uuid:`) ||
			!strings.HasSuffix(c, `>";reg-id=1`) {
			t.Errorf("%s", first.Raw)
		}
		a := w.registered("1001", "one", "10.0.0.11:5060")
		call := a.Dial("0555")
		in := answered(t, itsp)
		if got := strings.Join(fields(in.Invite().Raw, "Route"), ", "); got != "<sip:10.0.0.50;lr>, <sip:orig@core.example;lr>" {
			t.Errorf("Route %s", got)
		}
		in.Reject("486 Busy Here")
		call.Wait("486", time.Second)
		time.Sleep(time.Minute)
		if n := itsp.Empty(); n != 4 {
			t.Errorf("%d empty lines in a minute", n)
		}
		instance, _ := w.sys.DB().Get("SIP/Instance", "urn")
		if !strings.Contains(c, instance) {
			t.Errorf("%s is not the one that is kept, %s", c, instance)
		}
		a.Close()
	})
}
