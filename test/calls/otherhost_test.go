package calls

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/testkit"
)

// Names from outside dial nothing that the dialplan does not name: a pattern does not
// match what a dial string gives meaning to, and a caller's number is told without.
func TestNamesFromOutside(t *testing.T) {
	for name, c := range map[string]struct{ general, called, caller, want string }{
		"plain":                 {"", "sip:81@10.0.0.1", "<sip:raw@10.0.0.60>", "81 of raw"},
		"two destinations":      {"", "sip:81&SIP%2f1002@10.0.0.1", "<sip:raw@10.0.0.60>", "404"},
		"encoded":               {"", "sip:81%26x@10.0.0.1", "<sip:raw@10.0.0.60>", "81%26x of raw"},
		"a technology":          {"", "sip:8/x@10.0.0.1", "<sip:raw@10.0.0.60>", "404"},
		"a context":             {"", "sip:81%40public@10.0.0.1", "<sip:raw@10.0.0.60>", "81%40public of raw"},
		"options":               {"", "sip:81,20,g@10.0.0.1", "<sip:raw@10.0.0.60>", "404"},
		"as with chan_sip":      {"safenames=no\n", "sip:81,20,g@10.0.0.1", "<sip:a%26b@10.0.0.60>", "81,20,g of a&b"},
		"tel":                   {"", "tel:8-1.2", "<tel:+49-30.12>", "812 of +493012"},
		"a caller of two":       {"", "sip:81@10.0.0.1", "<sip:a%26SIP%2fb%40c@10.0.0.60>", "81 of aSIPbc"},
		"a caller's parameters": {"", "sip:81@10.0.0.1", "<sip:+49;x=y@10.0.0.60>", "81 of +49"},
	} {
		t.Run(name, func(t *testing.T) {
			inLine(t, c.general, "", func(w *world, a, b *testkit.Phone, l *line) {
				l.send("INVITE " + c.called + " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.60:5060;branch=z9hG4bK1\r\nFrom: " + c.caller + ";tag=f\r\nTo: <" +
					c.called + ">\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContact: <sip:raw@10.0.0.60>\r\n" + withBody("", l.sdp(4000)))
				got := ""
				for answer := l.next("SIP/2.0", 2*time.Second); answer != ""; answer = l.next("SIP/2.0", 2*time.Second) {
					if s := status(answer); s > "2" {
						got = s[:3]
						l.send("ACK " + c.called + " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.60:5060;branch=z9hG4bK1\r\nFrom: " + c.caller + ";tag=f\r\nTo: " +
							field(answer, "To") + "\r\nCall-ID: c1\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n")
						break
					}
				}
				if v, ok := w.sys.Core().Global("GOT"); ok {
					got = v
				}
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				l.reply(l.next("BYE", 20*time.Second), "200 OK", "", "")
			})
		})
	}
}

// What comes in a dialog from another host than the far side's: taken, as by chan_sip,
// or only with credentials, or not at all. Another port is the same host.
func TestRequestsFromAnotherHost(t *testing.T) {
	for name, c := range map[string]struct {
		options, from string
		bye, update   string // the answers
	}{
		"as with chan_sip":      {"", "10.0.0.66:5060", "200", "200"},
		"challenge":             {"securedialog=challenge\n", "10.0.0.66:5060", "401", "401"},
		"refuse":                {"securedialog=refuse\n", "10.0.0.66:5060", "403", "403"},
		"refuse, another port":  {"securedialog=refuse\n", "10.0.0.12:40000", "200", "200"},
		"challenge, known host": {"securedialog=challenge\n", "10.0.0.12:40000", "200", "200"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, configured("", "", c.options), func(w *world, a, b *testkit.Phone) {
				call, in := connected(t, a, b, "1002")
				l := &line{wire: w.other(c.from), tag: in.Replaces()[strings.Index(in.Replaces(), "from-tag=")+len("from-tag="):], cseq: 100}
				defer l.conn.Close()
				invite := in.Invite().Raw
				ask := func(method string) string {
					answer := l.request(invite, method, "", "", nil)
					return strings.TrimPrefix(answer, "SIP/2.0 ")[:3]
				}
				before := w.sys.Stack().Counters.Foreign.Load()
				if got := ask("UPDATE"); got != c.update {
					t.Errorf("UPDATE: %s, want %s", got, c.update)
				}
				if !heardAt(call, in) {
					t.Error("the call is disturbed")
				}
				if got := ask("BYE"); got != c.bye {
					t.Errorf("BYE: %s, want %s", got, c.bye)
				}
				time.Sleep(time.Second)
				if over := call.Over(); over != (c.bye == "200") {
					t.Errorf("the call is over: %v", over)
				}
				if counted := w.sys.Stack().Counters.Foreign.Load() > before; counted != (c.bye == "403") {
					t.Errorf("counted: %v", counted)
				}
				call.Hangup()
				time.Sleep(time.Second)
			})
		})
	}
}

// A CANCEL from another host ends no call with securedialog.
func TestCancelFromAnotherHost(t *testing.T) {
	for option, want := range map[string]string{"": "200", "securedialog=refuse\n": "403"} {
		inLine(t, "", option, func(w *world, a, b *testkit.Phone, l *line) {
			x := &line{wire: w.other("10.0.0.66:5060")}
			defer x.conn.Close()
			text := "%s sip:1002@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.60:5060;branch=z9hG4bK1;rport\r\nFrom: " +
				"<sip:raw@10.0.0.60>;tag=f\r\nTo: <sip:1002@10.0.0.1>\r\nCall-ID: c1\r\nCSeq: 1 %s\r\nContact: <sip:raw@10.0.0.60>\r\n"
			l.send(strings.ReplaceAll(text, "%s", "INVITE") + withBody("", l.sdp(4000)))
			in := answered(t, b)
			in.Ring()
			x.send(strings.ReplaceAll(text, "%s", "CANCEL") + withBody("", ""))
			begins(t, option, x.next("SIP/2.0", time.Second), "SIP/2.0 "+want)
			if got := in.Wait("CANCEL", time.Second); got != (want == "200") {
				t.Errorf("%q: cancelled: %v", option, got)
			}
			in.Reject("486 Busy Here")
			for final := ""; final == ""; {
				if m := l.next("SIP/2.0", time.Second); m == "" || m > "SIP/2.0 3" {
					final = m + " "
					l.send(strings.ReplaceAll(strings.Replace(text, "To: <sip:1002@10.0.0.1>", "To: "+field(m, "To"), 1), "%s", "ACK") + withBody("", ""))
				}
			}
		})
	}
}

// An answer counts from the host that was asked, from any port, and from the other
// addresses of the peer; with answersfrom=any from everywhere.
func TestAnswersFromAnotherHost(t *testing.T) {
	for name, c := range map[string]struct {
		options, from string
		taken         bool
	}{
		"the host":         {"", "10.0.0.60:40000", true},
		"a third one":      {"", "10.0.0.66:5060", false},
		"its default host": {"defaultip=10.0.0.61\n", "10.0.0.61:5060", true},
		"any":              {"answersfrom=any\n", "10.0.0.66:5060", true},
	} {
		t.Run(name, func(t *testing.T) {
			inLine(t, "", c.options, func(w *world, a, b *testkit.Phone, l *line) {
				x := &line{wire: w.other(c.from), tag: "x"}
				defer x.conn.Close()
				call := a.Dial("9")
				invite := l.next("INVITE", time.Second)
				x.reply(invite, "180 Ringing", "", "")
				if got := call.Wait("180", time.Second); got != c.taken {
					t.Errorf("taken: %v", got)
				}
				l.reply(invite, "486 Busy Here", "", "")
				call.Wait("486", time.Second)
				if n := w.sys.Stack().Counters.Foreign.Load(); (n == 0) != c.taken {
					t.Errorf("%d counted", n)
				}
			})
		})
	}
}

// A route without lr is asked for in place of the far side, which is the last Route
// (RFC 3261 12.2.1.1), by every request of the dialog and its ACK.
func TestStrictRouter(t *testing.T) {
	inLine(t, "", "nat=no\n", func(w *world, a, b *testkit.Phone, l *line) {
		const routes = "Record-Route: <sip:10.0.0.61;lr>, <sip:p1@10.0.0.62>\r\n"
		p1 := &line{wire: w.other("10.0.0.62:5060"), tag: l.tag}
		defer p1.conn.Close()
		call := a.Dial("9")
		invite := l.next("INVITE", time.Second)
		l.reply(invite, "200 OK", routes, l.sdp(4000))
		check := func(what string) string {
			m := p1.next(what, time.Second)
			route := strings.Join(fields(m, "Route"), ", ")
			if !strings.HasPrefix(m, what+" sip:p1@10.0.0.62 SIP/2.0") || route != "<sip:10.0.0.61;lr>, <sip:"+l.tag+"@10.0.0.60:5060>" {
				t.Errorf("%s: %s\nRoute: %s", what, m, route)
			}
			return m
		}
		check("ACK")
		call.Wait("200", time.Second)
		call.Hangup()
		p1.reply(check("BYE"), "200 OK", "", "")
	})
}

// An answer also counts from another address of the name that was asked: of a register line,
// and of a peer.
func TestAnswersFromAnotherAddressOfTheName(t *testing.T) {
	for from, taken := range map[string]bool{"10.0.0.51:5060": true, "10.0.0.52:5060": true, "10.0.0.66:5060": false} {
		t.Run(from, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				many := dnsmgr.Resolver{Addr: names.Addr, Services: names.Services, Addrs: func(host string) ([]netip.Addr, error) {
					if a, err := netip.ParseAddr(host); err == nil {
						return []netip.Addr{a}, nil
					}
					return []netip.Addr{netip.MustParseAddr("10.0.0.50"), netip.MustParseAddr("10.0.0.51"), netip.MustParseAddr("10.0.0.52")}, nil
				}}
				sip := "[general]\nudpbindaddr=10.0.0.1:5060\nsrvlookup=no\nregister => acct:pw@many.example\n\n[trunk]\ntype=peer\n" +
					"host=many.example\nqualify=yes\n"
				w := newWorldResolving(t, testkit.NewNetwork(testkit.Faults{}), map[string]string{"sip.conf": sip, "extensions.conf": baseExtensions},
					many)
				asked, other := newLine(w, "10.0.0.50:5060"), newLine(w, from)
				time.Sleep(time.Second) // the first requests came before the provider was there
				w.ask("sip reload")
				w.sys.Driver().Qualify("trunk")
				other.reply(asked.next("OPTIONS", 5*time.Second), "200 OK", "", "")
				time.Sleep(time.Second)
				if got := w.console("sip show peers"); strings.Contains(got, "OK (") != taken {
					t.Errorf("the peer:\n%s", got)
				}
				other.reply(asked.next("REGISTER", 30*time.Second), "200 OK", "Expires: 3600\r\n", "")
				time.Sleep(time.Second)
				if got := w.console("sip show registry"); strings.Contains(got, " Registered ") != taken {
					t.Errorf("the registration:\n%s", got)
				}
				asked.conn.Close()
				other.conn.Close()
				w.stop()
			})
		})
	}
}
