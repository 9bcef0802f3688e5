package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// headerWorld is the base configuration with options in [general] and for 1002, and
// a dialplan.
func headerWorld(t *testing.T, general, callee, extensions string, f func(w *world, a, b *testkit.Phone)) {
	t.Helper()
	sip := strings.Replace(baseSIP, "[general]\n", "[general]\n"+general, 1)
	sip = strings.Replace(sip, "secret=two\n", "secret=two\n"+callee, 1)
	inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
		w.write("extensions.conf", "[inside]\n"+extensions)
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		f(w, a, b)
	})
}

// Headers that the dialplan and header= add reach the callee, in order; what is no
// header does not, and nothing can be smuggled in.
func TestAddedHeaders(t *testing.T) {
	const plan = "exten => 1,1,SIPAddHeader(X-One: 1)\nsame => n,SIPAddHeader(X-Two: two words)\nsame => n,SIPAddHeader(X-Gone: x)\nsame " +
		"=> n,SIPRemoveHeader(X-Gone)\nsame => n,SIPAddHeader(no header)\nsame => n,Dial(SIP/1002)\n"
	headerWorld(t, "", "header=X-Peer: from the file\n", plan, func(w *world, a, b *testkit.Phone) {
		c := a.Dial("1")
		in := answered(t, b)
		m := in.Invite()
		for name, want := range map[string]string{"X-Peer": "from the file", "X-One": "1", "X-Two": "two words", "X-Gone": "", "no header": ""} {
			if got := m.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		in.Reject("486 Busy Here")
		c.Wait("486", time.Second)
	})
}

// SIP_HEADER and CHANNEL read the INVITE that came in; SIPPEER reads endpoints.
func TestHeadersAreRead(t *testing.T) {
	plan := "exten => 1,1,Set(A=${SIP_HEADER(X-Test)}|${SIP_HEADER(x-test,2)}|${SIP_HEADER(X-None)}|${SIP_HEADERS(X-)}|${CHANNEL(peername)}|${CHANNEL(peerip)}|${CHANNEL(secure_signaling)}${CHANNEL(secure_media)}|${SIPPEER(1002,context)}|${SIPPEER(1002,ip)}|${SIPPEER(1002,codec[0])}|${SIPPEER(1002,curcalls)}|${SIPPEER(nobody,ip)})\n" +
		"same => n,SIPAddHeader(X-Answer: ${A})\nsame => n,Dial(SIP/1002)\n"
	headerWorld(t, "", "", plan, func(w *world, a, b *testkit.Phone) {
		a.Headers = "X-Test: first\r\nX-Test: second\r\nX-Other: y\r\n"
		c := a.Dial("1")
		in := answered(t, b)
		want := "first|second||X-Test,X-Other|1001|10.0.0.11||inside|10.0.0.12|ulaw|0|"
		if got := in.Invite().Get("X-Answer"); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		in.Reject("486 Busy Here")
		c.Wait("486", time.Second)
	})
}

// What CHANNEL(secure_bridge_media) and CHANNEL(secure_bridge_signaling) ask of who is dialled: keys in
// the offer whatever encryption of the phone says, and none when it is taken back; a phone that is
// reached over UDP, and a Local channel, cannot do what is asked.
func TestSecuredBridges(t *testing.T) {
	for _, c := range []struct{ option, plan, dial, proto, status string }{
		{"", "Set(CHANNEL(secure_bridge_media)=1)", "SIP/1002", "RTP/SAVP", ""},
		{"", "Set(CHANNEL(secure_bridge_media)=yes)", "SIP/1002", "RTP/SAVP", ""},
		{"", "NoOp()", "SIP/1002", "RTP/AVP", ""},
		{"encryption=yes\n", "NoOp()", "SIP/1002", "RTP/SAVP", ""},
		{"encryption=yes\n", "Set(CHANNEL(secure_bridge_media)=0)", "SIP/1002", "RTP/AVP", ""},
		{"", "Set(CHANNEL(secure_bridge_signaling)=1)", "SIP/1002", "", "CHANUNAVAIL 1"},
		{"", "Set(CHANNEL(secure_bridge_media)=1)", "Local/2@inside", "", "CHANUNAVAIL"},
	} {
		plan := "exten => 1,1," + c.plan + "\nsame => n,Dial(" + c.dial + ",5)\nsame => n,Set(GLOBAL(WAS)=${DIALSTATUS} " +
			"${CHANNEL(secure_bridge_signaling)})\nexten => 2,1,Answer()\n"
		headerWorld(t, "", c.option, plan, func(w *world, a, b *testkit.Phone) {
			call := a.Dial("1")
			if c.proto == "" {
				if time.Sleep(time.Second); strings.TrimSpace(w.global("WAS")) != c.status {
					t.Errorf("%s, %s: %q", c.plan, c.dial, w.global("WAS"))
				}
				return
			}
			in := answered(t, b)
			if body := string(in.Invite().Body); !strings.Contains(body, " "+c.proto+" ") {
				t.Errorf("%s%s: %s", c.option, c.plan, body)
			}
			in.Reject("486 Busy Here")
			call.Wait("486", time.Second)
		})
	}
}

// Whom a 302 names hears of its reason, as chan_sip has it (channels/SIP/redirecting_reason
// of the Asterisk test suite).
func TestReasonOfARedirection(t *testing.T) {
	for header, want := range map[string]string{"\r\nDiversion: <sip:10.0.0.12>;reason=\"eggDog\"": `"eggDog"`,
		"\r\nDiversion: <sip:10.0.0.12>;reason=No-Answer": "cfnr", "": "cfu"} {
		headerWorld(t, "", "", "exten => 1,1,Dial(SIP/1002)\nexten => 7,1,Set(GLOBAL(REASON)=${REDIRECTING(reason)})\nsame => n,Answer()\n"+
			"same => n,Wait(2)\n", func(w *world, a, b *testkit.Phone) {
			c := a.Dial("1")
			answered(t, b).Redirect("<sip:7@10.0.0.1>" + header)
			if !c.Wait("200", 2*time.Second) {
				t.Fatal("nobody answers")
			}
			if got, _ := w.sys.Core().Global("REASON"); got != want {
				t.Errorf("%q: %s, want %s", header, got, want)
			}
			c.Hangup()
			time.Sleep(time.Second)
		})
	}
}

// Who sent a call elsewhere is told on: from a Diversion header, from the dialplan and
// after a 302.
func TestDiversion(t *testing.T) {
	const plan = "exten => 1,1,Dial(SIP/1002)\nexten => 2,1,Set(REDIRECTING(from-num)=4711)\nsame => " +
		"n,Set(REDIRECTING(reason)=user-busy)\nsame => n,Dial(SIP/1002)\nexten => 3,1,Set(CALLERID(rdnis)=${CALLERID(rdnis)}0)\nsame => " +
		"n,Dial(SIP/1002)\n" +
		"exten => 4,1,Set(REDIRECTING(from-name)=${REDIRECTING(reason)} ${SIPREDIRECTREASON})\nsame => n,Dial(SIP/1002)\n"
	for name, c := range map[string]struct{ general, number, header, want string }{
		"as it came": {"", "1", "Diversion: \"Boss\" <sip:55@192.0.2.1>;reason=no-answer\r\n",
			`"Boss" <sip:55@10.0.0.1>;reason=no-answer`},
		"the topmost": {"", "1", "Diversion: <sip:55@192.0.2.1>;reason=deflection, <sip:66@192.0.2.1>\r\n",
			"<sip:55@10.0.0.1>;reason=deflection"},
		"a word of its own": {"", "4", "Diversion: <sip:55@192.0.2.1>;reason=\"eggDog\"\r\n",
			`"\"eggDog\" eggDog" <sip:55@10.0.0.1>;reason="eggDog"`},
		"another token":     {"", "1", "Diversion: <sip:55@192.0.2.1>;reason=Egg\r\n", "<sip:55@10.0.0.1>;reason=Egg"},
		"quoted, but known": {"", "1", "Diversion: <sip:55@192.0.2.1>;reason=\"No-Answer\"\r\n", "<sip:55@10.0.0.1>;reason=no-answer"},
		"by the dialplan":   {"", "2", "", "<sip:4711@10.0.0.1>;reason=user-busy"},
		"rdnis":             {"", "3", "Diversion: <sip:55@192.0.2.1>\r\n", "<sip:550@10.0.0.1>;reason=unknown"},
		"none":              {"", "1", "", ""},
		"send_diversion=no": {"send_diversion=no\n", "2", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			headerWorld(t, c.general, "", plan, func(w *world, a, b *testkit.Phone) {
				a.Headers = c.header
				call := a.Dial(c.number)
				in := answered(t, b)
				if got := in.Invite().Get("Diversion"); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
				in.Reject("486 Busy Here")
				call.Wait("486", time.Second)
			})
		})
	}
}

// use_q850_reason: causes travel in Reason headers, both ways.
func TestReasonHeaders(t *testing.T) {
	const plan = "exten => 1,1,Dial(SIP/1002)\nsame => n,Hangup()\nexten => 2,1,Dial(SIP/1002)\nsame => n,Hangup(${HANGUPCAUSE})\n"
	headerWorld(t, "use_q850_reason=yes\n", "", plan, func(w *world, a, b *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		in.Send("BYE", "Reason: SIP;cause=200, Q.850;cause=41\r\n", "")
		time.Sleep(time.Second)
		if got := call.LastRequest("BYE").Get("Reason"); got != "Q.850;cause=16" { // as a running Asterisk 20.20.1
			t.Errorf("the BYE on the other side: %q", got)
		}
		call = a.Dial("2")
		in = answered(t, b)
		in.Reject("480 Gone\r\nReason: Q.850;cause=1")
		if !call.Wait("404", time.Second) {
			t.Error("the cause of the answer is not taken")
		}
		if got := call.Response().Get("Reason"); got != "Q.850;cause=1" {
			t.Errorf("our answer: %q", got)
		}
	})
	headerWorld(t, "", "", plan, func(w *world, a, b *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		in.Send("BYE", "Reason: Q.850;cause=41\r\n", "")
		time.Sleep(time.Second)
		if got := call.LastRequest("BYE").Get("Reason"); got != "" {
			t.Errorf("without the option: %q", got)
		}
	})
}
