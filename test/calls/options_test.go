package calls

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// configured is the base configuration with further lines in [general] and in the
// sections of 1001 and 1002.
func configured(general, one, two string) string {
	sip := asserting(map[string]string{"one": one, "two": two})
	return strings.Replace(sip, "[phone](!)", general+"[phone](!)", 1)
}

// What options do to the INVITE that a callee gets. A leading "!" is text that must not
// be in it.
func TestOptionsOfAnOutgoingInvite(t *testing.T) {
	for name, c := range map[string]struct {
		general, one, two string
		want              []string
	}{
		"maxforwards":          {two: "maxforwards=12\n", want: []string{"Max-Forwards: 12\r\n"}},
		"sdpowner, sdpsession": {general: "sdpowner=me\nsdpsession=chat\n", want: []string{"o=me ", "s=chat\r\n"}},
		"media_address":        {general: "media_address=192.0.2.7\n", want: []string{"c=IN IP4 192.0.2.7\r\n", "IN IP4 10.0.0.1\r\n"}},
		"compactheaders": {general: "compactheaders=yes\n", want: []string{"\r\nv: ", "\r\nf: ", "\r\nt: ", "\r\nm: ", "\r\ni: ",
			"\r\nc: ", "\r\nl: ", "\r\nk: ", "!Via: ", "!Content-Length"}},
		"cid_number, fullname":       {one: "cid_number=555\nfullname=Ali Baba\n", want: []string{`From: "Ali Baba" <sip:555@10.0.0.1>`}},
		"callingpres":                {one: "callingpres=prohib\n", want: []string{`From: "Anonymous" <sip:anonymous@anonymous.invalid>`}},
		"callingpres, allowed":       {one: "callingpres=allowed\n", want: []string{`From: "Alice" <sip:1001@10.0.0.1>`}},
		"avpf":                       {two: "avpf=yes\n", want: []string{" RTP/AVPF "}},
		"codec of the caller first":  {two: "disallow=all\nallow=alaw,ulaw\n", want: []string{" RTP/AVP 0 8 101"}},
		"ignore_requested_pref":      {two: "disallow=all\nallow=alaw,ulaw\nignore_requested_pref=yes\n", want: []string{" RTP/AVP 8 0 101"}},
		"allow with a packet length": {two: "disallow=all\nallow=alaw:30\n", want: []string{"a=ptime:30\r\n"}},
		"trust_id_outbound, legacy": {one: "callingpres=prohib\n", two: "sendrpid=pai\n",
			want: []string{"P-Asserted-Identity: \"Anonymous\" <sip:anonymous@anonymous.invalid>"}},
		"trust_id_outbound, yes": {one: "callingpres=prohib\n", two: "sendrpid=pai\ntrust_id_outbound=yes\n",
			want: []string{"<sip:1001@10.0.0.1>\r\n", "Privacy: id\r\n"}},
		"trust_id_outbound, no": {one: "callingpres=prohib\n", two: "sendrpid=pai\ntrust_id_outbound=no\n",
			want: []string{"!P-Asserted-Identity"}},
		"maxcallbitrate": {two: "videosupport=always\nallow=h264\nmaxcallbitrate=512\n", want: []string{"b=CT:512\r\n"}},
		"header":         {two: "header=X-Door: front\n", want: []string{"X-Door: front\r\n"}},
		"useragent":      {general: "useragent=Box\n", want: []string{"User-Agent: Box\r\n"}},
		"session-minse": {two: "session-timers=originate\nsession-expires=600\nsession-minse=120\n", want: []string{"Session-Expires: 600\r\n",
			"Min-SE: 120\r\n"}},
		"dtmfmode": {two: "dtmfmode=info\n", want: []string{"!telephone-event"}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, configured(c.general, c.one, c.two), func(w *world, a, b *testkit.Phone) {
				call := a.DialWith("1002", "8 0 9 101")
				in := answered(t, b)
				text := in.Invite().Raw
				for _, want := range c.want {
					unwanted, not := strings.CutPrefix(want, "!")
					if strings.Contains(text, unwanted) == not {
						t.Errorf("%q:\n%s", want, text)
					}
				}
				in.Reject("486 Busy Here")
				call.Wait("486", time.Second)
			})
		})
	}
}

// usereqphone, outboundproxy, timert1 and defaultip: where an INVITE goes and as what.
func TestOptionsOfTheWayOut(t *testing.T) {
	for name, c := range map[string]struct{ two, uri string }{
		"usereqphone":   {"host=10.0.0.12\ndefaultuser=+4930123\nusereqphone=yes\n", "INVITE sip:+4930123@10.0.0.12;user=phone SIP/2.0"},
		"outboundproxy": {"host=10.9.9.9\ndefaultuser=x\noutboundproxy=10.0.0.12\n", "INVITE sip:x@10.9.9.9 SIP/2.0"},
		"defaultip":     {"defaultip=10.0.0.12\ndefaultuser=y\n", "INVITE sip:y@10.0.0.12 SIP/2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, configured("", "", c.two), baseExtensions, testkit.Faults{})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.phone("1002", "two", "10.0.0.12:5060")
				call := a.Dial("1002")
				in := answered(t, b)
				if in.Invite().Start != c.uri {
					t.Error(in.Invite().Start)
				}
				in.Reject("486 Busy Here")
				call.Wait("486", time.Second)
				synctest.Wait()
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}

// bare is a socket of the network.
func (w *world) bare(addr string) net.PacketConn {
	c, err := w.net.Listen(netip.MustParseAddrPort(addr))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// timert1 is the time to the first repetition; keepalive sends empty lines.
func TestTimesOfASilentHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, configured("keepalive=yes\n", "", "host=10.0.0.12\ntimert1=1500\nkeepalive=7\n"), baseExtensions, testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		c := w.bare("10.0.0.12:5060")
		var mu sync.Mutex
		var invites []time.Time
		lines := 0
		go func() {
			for b := make([]byte, 4096); ; {
				n, _, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				mu.Lock()
				if text := string(b[:n]); strings.HasPrefix(text, "INVITE") {
					invites = append(invites, time.Now())
				} else if text == "\r\n" {
					lines++
				}
				mu.Unlock()
			}
		}()
		a.Dial("1002")
		time.Sleep(15 * time.Second)
		mu.Lock()
		if len(invites) < 3 || invites[1].Sub(invites[0]) != 1500*time.Millisecond || invites[2].Sub(invites[1]) != 3*time.Second {
			t.Errorf("INVITEs at %v", invites)
		}
		if lines != 2 {
			t.Errorf("%d empty lines in 15 seconds", lines)
		}
		mu.Unlock()
		time.Sleep(2 * time.Minute)
		c.Close()
		a.Close()
		w.stop()
	})
}

// What options do to the answer that a caller gets.
func TestOptionsOfAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		general, one, dial, plan, event string
		want                            []string
	}{
		"all common codecs":    {dial: "600", event: "200", want: []string{" RTP/AVP 0 8 101"}},
		"preferred_codec_only": {one: "preferred_codec_only=yes\n", dial: "600", event: "200", want: []string{" RTP/AVP 0 101"}},
		"allowoverlap":         {dial: "100", event: "484"},
		"allowoverlap=no":      {one: "allowoverlap=no\n", dial: "100", event: "404"},
		"progressinband=never": {one: "progressinband=never\n", dial: "705", event: "180"},
		"progressinband=no":    {dial: "705", event: "183"},
		"prematuremedia":       {dial: "1", plan: "exten => 1,1,Playback(beep,noanswer)\nsame => n,Busy()\n", event: "486"},
		"prematuremedia=no": {general: "prematuremedia=no\n", dial: "1", plan: "exten => 1,1,Playback(beep,noanswer)\nsame => n,Busy()\n",
			event: "183"},
		"session-refresher": {one: "session-timers=originate\nsession-refresher=uac\n", dial: "600", event: "200",
			want: []string{"refresher=uas"}},
		"Transfer, number": {dial: "1", plan: "exten => 1,1,Transfer(55)\n", event: "302",
			want: []string{"Contact: Transfer <sip:55@10.0.0.1>\r\n"}},
		"Transfer, with host": {dial: "1", plan: "exten => 1,1,Transfer(SIP/55@pbx.example)\n", event: "302",
			want: []string{"Contact: Transfer <sip:55@pbx.example>\r\n"}},
		"Transfer, another tech": {dial: "1", plan: "exten => 1,1,Transfer(IAX2/55)\nsame => n,GotoIf($[\"${TRANSFERSTATUS}\" = " +
			"\"UNSUPPORTED\"]?b)\nsame => n,Congestion()\nsame => n(b),Busy()\n", event: "486"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, configured(c.general, c.one, ""), strings.Replace(baseExtensions, "[inside]\n", "[inside]\n"+c.plan, 1),
					testkit.Faults{})
				a := w.registered("1001", "one", "10.0.0.11:5060")
				call := a.DialWith(c.dial, "0 8 101")
				got := "nothing"
				for e := range call.Events {
					if got = e; e != "100" {
						break
					}
				}
				if got != c.event {
					t.Fatalf("got %s, want %s", got, c.event)
				}
				var status int
				fmt.Sscan(c.event, &status)
				for _, want := range c.want {
					if text := call.Heard(status).Raw; !strings.Contains(text, want) {
						t.Errorf("%q is not in\n%s", want, text)
					}
				}
				if c.event == "200" {
					call.Hangup()
				} else {
					call.Cancel()
				}
				time.Sleep(time.Minute)
				a.Close()
				w.stop()
			})
		})
	}
}

// accountcode and amaflags are in the call record.
func TestOptionsOfTheRecord(t *testing.T) {
	inWorldOf(t, configured("", "accountcode=sales\namaflags=billing\n", ""), func(w *world, a, b *testkit.Phone) {
		call := a.Dial("600")
		call.Wait("200", time.Second)
		call.Hangup()
		time.Sleep(3 * time.Second)
		if got := w.cdr(); !strings.HasPrefix(got, `"sales",`) || !strings.Contains(got, `"BILLING"`) {
			t.Error(got)
		}
	})
}

// Transfer() of a call that is up: REFER, with the headers of the dialplan; the status
// is what the phone says of its new call.
func TestTransferOfAnAnsweredCall(t *testing.T) {
	for name, c := range map[string]struct{ general, status, result string }{
		"taken":                {"", "SIP/2.0 200 OK", "SUCCESS 200"},
		"not taken":            {"", "SIP/2.0 486 Busy", "FAILURE 486"},
		"refer_addheaders=no":  {"refer_addheaders=no\n", "SIP/2.0 100 Trying\r\n", "FAILURE 0"},
		"refer_addheaders=yes": {"refer_addheaders=yes\n", "SIP/2.0 200 OK\r\n", "SUCCESS 200"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, configured(c.general, "", ""), func(w *world, a, b *testkit.Phone) {
				w.write("extensions.conf", "[inside]\nexten => 1,1,Answer()\nsame => n,Wait(0.5)\nsame => n,SIPAddHeader(X-Why: because)\nsame => "+
					"n,Transfer(55)\nsame => n,Set(GLOBAL(R)=${TRANSFERSTATUS} ${TRANSFERSTATUSPROTOCOL})\nsame => n,Wait(5)\n")
				if err := w.sys.Reload("dialplan"); err != nil {
					t.Fatal(err)
				}
				call := a.Dial("1")
				call.Wait("200", time.Second)
				if !call.Wait("REFER ", time.Second) {
					t.Fatal("no REFER")
				}
				m := call.LastRequest("REFER")
				if m.Get("Refer-To") != "<sip:55@10.0.0.1>" || m.Get("Referred-By") != "<sip:1@10.0.0.1>" ||
					(m.Get("X-Why") == "because") == strings.Contains(name, "=no") {
					t.Errorf("%v", m.Headers)
				}
				call.Send("NOTIFY", "Event: refer\r\nSubscription-State: terminated;reason=noresource\r\nContent-Type: message/sipfrag;version=2.0\r\n", c.status)
				time.Sleep(35 * time.Second)
				if got, _ := w.sys.Core().Global("R"); got != c.result {
					t.Errorf("got %q, want %q", got, c.result)
				}
				call.Hangup()
			})
		})
	}
}

// Registration: a static host's address is nobody else's, the realm is the domain, and
// OPTIONS may be asked for credentials.
func TestOptionsOfIdentity(t *testing.T) {
	t.Run("dynamic_exclude_static", func(t *testing.T) {
		for option, want := range map[string]int{"dynamic_exclude_static=yes\n": 603, "dynamic_excludes_static=no\n": 200} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, configured(option, "", "host=10.0.0.11\n"), baseExtensions, testkit.Faults{})
				a := w.phone("1001", "one", "10.0.0.11:5060")
				if got, _, _ := a.Register(300); got != want {
					t.Errorf("%q answered %d", option, got)
				}
				a.Close()
				w.stop()
			})
		}
	})
	t.Run("domainsasrealm", func(t *testing.T) {
		for domain, want := range map[string]string{"10.0.0.1": "10.0.0.1", "other.example": "asterisk"} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, configured("domainsasrealm=yes\ndomain="+domain+"\n", "", ""), baseExtensions, testkit.Faults{})
				a := w.phone("1001", "one", "10.0.0.11:5060")
				call := a.Dial("600")
				call.Wait("200", time.Second)
				if got := call.Heard(401).Get("WWW-Authenticate"); !strings.Contains(got, `realm="`+want+`"`) {
					t.Errorf("%s: %s", domain, got)
				}
				call.Hangup()
				a.Close()
				w.stop()
			})
		}
	})
	t.Run("auth_options_requests", func(t *testing.T) {
		for option, want := range map[string]string{"": "200", "auth_options_requests=yes\n": "401"} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, configured(option, "", ""), baseExtensions, testkit.Faults{})
				c := w.bare("10.0.0.11:5060")
				c.WriteTo([]byte("OPTIONS sip:600@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.11;branch=z9hG4bKo\r\nFrom: <sip:1001@x>;tag=1\r\n"+
					"To: <sip:600@10.0.0.1>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"),
					net.UDPAddrFromAddrPort(pbxAddr))
				b := make([]byte, 4096)
				n, _, _ := c.ReadFrom(b)
				if !strings.HasPrefix(string(b[:n]), "SIP/2.0 "+want) {
					t.Errorf("%q: %s", option, b[:n])
				}
				c.Close()
				w.stop()
			})
		}
	})
}

// sip notify sends what sip_notify.conf says, and says what it cannot.
func TestSIPNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions,
			"sip_notify.conf": "[check]\nEvent=>check-sync\nContent-Length=>0\n[body]\nEvent=>x\nContent-Type=>text/plain\nContent=>line one\n" +
				"Content=>line two\n"})
		a := w.phone("1001", "one", "10.0.0.11:5060")
		heard := make(chan *testkit.Msg, 4)
		a.Serve = func(m *testkit.Msg) string {
			heard <- m
			return "200 OK"
		}
		a.Register(300)
		for _, c := range []struct{ kind, peer, err string }{{"check", "1001", ""}, {"body", "1001", ""},
			{"nope", "1001", "Unable to find notify type 'nope'"}, {"check", "1002", "Could not create address for '1002'"},
			{"check", "x", "Could not create address for 'x'"}} {
			if err := w.sys.Driver().Notify(c.kind, c.peer); fmt.Sprint(err) != c.err && (err != nil || c.err != "") {
				t.Errorf("%v: %v", c, err)
			}
		}
		first, second := <-heard, <-heard
		if first.Get("Content-Type") != "" {
			first, second = second, first
		}
		if first.Get("Event") != "check-sync" || first.Get("Subscription-State") != "terminated" || first.Body != "" {
			t.Errorf("%v", first)
		}
		if second.Get("Event") != "x" || second.Body != "line one\r\nline two" {
			t.Errorf("%v", second)
		}
		a.Close()
		w.stop()
	})
}

// rpid_update: a phone that rings learns by UPDATE who calls now, if it takes that.
func TestUpdateOfAPhoneThatRings(t *testing.T) {
	for option, want := range map[string]bool{"rpid_update=yes\n": true, "rpid_update=no\n": false,
		"rpid_update=yes\ndisallowed_methods=UPDATE\n": false} {
		t.Run(option, func(t *testing.T) {
			inWorldOf(t, configured("", "trustrpid=yes\n", "sendrpid=pai\n"+option), func(w *world, a, b *testkit.Phone) {
				w.write("extensions.conf", "[inside]\nexten => 1,1,Dial(Local/2@inside)\nexten => 2,1,Dial(SIP/1002)\n")
				if err := w.sys.Reload("dialplan"); err != nil {
					t.Fatal(err)
				}
				call := a.Dial("1")
				in := answered(t, b)
				in.RingAs("Allow: INVITE, UPDATE\r\n")
				call.Wait("180", time.Second)
				for _, ch := range w.sys.Core().Channels() {
					if l, ok := ch.Leg().(pbx.ConnectedLine); ok && ch.Outgoing() && strings.HasPrefix(ch.Name(), "SIP/") {
						l.Connected(pbx.CallerID{Num: "777", Name: "New"})
					}
				}
				if got := in.Wait("UPDATE", time.Second); got != want {
					t.Errorf("told: %v", got)
				}
				if m := in.LastRequest("UPDATE"); want && m.Get("P-Asserted-Identity") != `"New" <sip:777@10.0.0.1>` {
					t.Errorf("%v", m.Headers)
				}
				in.Reject("486 Busy Here")
				call.Wait("486", time.Second)
			})
		})
	}
}

// promiscredir: a 3xx is followed to the host that it names; without, to an extension.
func TestRedirectionToAHost(t *testing.T) {
	for option, want := range map[string]string{"promiscredir=yes\n": "INVITE sip:someone@10.0.0.13 SIP/2.0", "promiscredir=no\n": ""} {
		t.Run(option, func(t *testing.T) {
			inWorldOf(t, configured("", "", option), func(w *world, a, b *testkit.Phone) {
				c := w.phone("someone", "", "10.0.0.13:5060")
				defer c.Close()
				call := a.Dial("1002")
				answered(t, b).Redirect("<sip:someone@10.0.0.13>")
				got := ""
				select {
				case in := <-c.Incoming:
					got = in.Invite().Start
					in.Reject("486 Busy Here")
				case <-time.After(5 * time.Second):
				}
				if got != want {
					t.Errorf("got %q", got)
				}
				call.Cancel()
				time.Sleep(2 * time.Second)
			})
		})
	}
}

// shrinkcallerid takes the decoration out of numbers.
func TestShrinkCallerID(t *testing.T) {
	for option, want := range map[string]string{"": "<sip:55512345@10.0.0.1>", "shrinkcallerid=no\n": "<sip:(555)12-345@10.0.0.1>"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, strings.Replace(configured(option, "", ""), "context=public\n", "context=inside\n", 1), baseExtensions,
				testkit.Faults{})
			a, b := w.phone("(555)12-345", "", "10.0.0.31:5060"), w.registered("1002", "two", "10.0.0.12:5060")
			call := a.Dial("1002")
			in := answered(t, b)
			if got := in.Invite().Get("From"); !strings.Contains(got, want) {
				t.Errorf("%q: %s", option, got)
			}
			in.Reject("486 Busy Here")
			call.Wait("486", time.Second)
			a.Close()
			b.Close()
			time.Sleep(time.Minute)
			w.stop()
		})
	}
}

// qualifygap and qualifypeers spread the first checks.
func TestFirstChecksAreSpread(t *testing.T) {
	for options, want := range map[string][]time.Duration{
		"":                                 {0, 100 * time.Millisecond, 200 * time.Millisecond},
		"qualifygap=500\n":                 {0, 500 * time.Millisecond, time.Second},
		"qualifygap=500\nqualifypeers=2\n": {0, 0, 500 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := testkit.NewNetwork(testkit.Faults{})
			at := make([]time.Duration, 3)
			var mu sync.Mutex
			begun := time.Now()
			sip := "[general]\nudpbindaddr=10.0.0.1:5060\nqualify=yes\n" + options
			for i := range at {
				addr := fmt.Sprintf("10.0.0.2%d:5060", i)
				p, err := testkit.NewPhone(n.Listen, netip.MustParseAddrPort(addr), pbxAddr, "x", "")
				if err != nil {
					t.Fatal(err)
				}
				p.Serve = func(m *testkit.Msg) string {
					mu.Lock()
					defer mu.Unlock()
					at[i] = time.Since(begun).Round(50 * time.Millisecond)
					return "200 OK"
				}
				defer p.Close()
				sip += fmt.Sprintf("[p%d]\ntype=peer\nhost=10.0.0.2%d\n", i, i)
			}
			w := newWorldOn(t, n, sip, baseExtensions)
			time.Sleep(3 * time.Second)
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(at, want) {
				t.Errorf("%q: %v", options, at)
			}
			w.stop()
		})
	}
}

// supportpath: requests to a phone behind an edge proxy go by the Path of its REGISTER,
// after a restart too.
func TestPath(t *testing.T) {
	for option, kept := range map[string]bool{"supportpath=yes\n": true, "": false} {
		inWorldOf(t, configured(option, "", ""), func(w *world, a, b *testkit.Phone) {
			edge := w.phone("edge", "", "10.0.0.80:5070")
			defer edge.Close()
			const path = "<sip:10.0.0.80:5070;lr>, <sip:10.0.0.81;lr>"
			status, m, err := a.RegisterWith("Contact: <sip:1001@10.1.1.1>\r\nPath: <sip:10.0.0.80:5070;lr>\r\nPath: <sip:10.0.0.81;lr>\r\n" +
				"Supported: path\r\nExpires: 300\r\n")
			if err != nil || status != 200 || (m.Get("Path") == path) != kept || strings.Contains(m.Get("Supported"), "path") != kept {
				t.Fatalf("%d %v %s", status, err, m.Raw)
			}
			if !kept {
				return
			}
			for _, again := range []bool{false, true} {
				if again {
					w.sys.Stop("now")
					w.sys.Wait()
					w.start(nil)
				}
				call := b.Dial("1001")
				in := answered(t, edge)
				if got := in.Invite(); got.Start != "INVITE sip:1001@10.1.1.1 SIP/2.0" ||
					!strings.Contains(got.Raw, "Route: <sip:10.0.0.80:5070;lr>\r\nRoute: <sip:10.0.0.81;lr>\r\n") {
					t.Errorf("%s", got.Raw)
				}
				in.Reject("486 Busy Here")
				call.Wait("486", time.Second)
			}
		})
	}
}

// timert1 counts for what is repeated in a call as well; chan_sip takes no less than 100 ms
// (channels/SIP/no_ack_dialog_cleanup of the Asterisk test suite).
func TestTimerT1InACall(t *testing.T) {
	bareWorld(t, "timert1=50\n", "", func(w *world, a *testkit.Phone, u *bareUA) {
		call, g := callsBare(t, a, u, "")
		cseq := g.request("INVITE", "", u.sdp())
		first := u.final(cseq, time.Second)
		begun := time.Now()
		if u.final(cseq, time.Second) == "" || time.Since(begun) != 100*time.Millisecond {
			t.Errorf("the 200 is repeated after %v", time.Since(begun))
		}
		call.Hangup()
		if bye := u.next("BYE", 7*time.Second); bye == "" || codeOf(first) != "200 OK" {
			t.Errorf("after %v no BYE", time.Since(begun))
		}
		time.Sleep(7 * time.Second)
		if n := strings.Count(w.console("sip show channels"), "10.0.0.60"); n != 0 {
			t.Errorf("%d dialogs are left", n)
		}
	})
}
