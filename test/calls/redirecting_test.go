package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const redirectingPlan = "exten => 9,1,Dial(SIP/bare/bare)\nsame => n,Set(GLOBAL(R)=${REDIRECTING(reason)} ${REDIRECTING(from-num)} " +
	"${REDIRECTING(to-num)})\nsame => n,Hangup()\n" +
	"exten => 55,1,Set(GLOBAL(T)=${REDIRECTING(reason)} ${REDIRECTING(from-num)} ${REDIRECTING(to-num)})\nsame => n,Busy()\n" +
	"exten => w,1,Set(REDIRECTING(from-num)=4711)\nsame => n,Set(REDIRECTING(reason)=cfu)\nsame => n,Hangup()\n" +
	"exten => q,1,Set(REDIRECTING(from-num,i)=4711)\nsame => n,Set(REDIRECTING(reason,i)=cfu)\nsame => n,Hangup()\n" +
	"exten => t,1,Set(REDIRECTING(to-num)=99)\nsame => n,Hangup()\n" +
	"exten => l,1,Dial(Local/to@inside)\nsame => n,Set(GLOBAL(R)=${REDIRECTING(reason)} ${REDIRECTING(from-num)} ${REDIRECTING(to-num)} " +
	"${REDIRECTING(to-num-pres)} ${REDIRECTING(count)})\nsame => n,Hangup()\n" +
	"exten => to,1,Set(REDIRECTING(to-num,i)=2000)\nsame => n,Set(REDIRECTING(to-num-pres,i)=allowed)\nsame => " +
	"n,Set(REDIRECTING(from-num,i)=1000)\nsame => n,Set(REDIRECTING(count,i)=1)\nsame => n,Set(REDIRECTING(reason)=user-busy)\nsame => " +
	"n,Wait(1)\nsame => n,Busy()\n" +
	"exten => d,1,Set(GLOBAL(R)=${CALLERID(dnid)} ${CALLERID(ani)} ${EXTEN})\nsame => n,Set(CALLERID(num)=5)\nsame => " +
	"n,Set(GLOBAL(T)=${CALLERID(ani)})\nsame => n,Dial(Local/dl@inside)\n" +
	"exten => dl,1,Set(GLOBAL(L)=${CALLERID(dnid)} ${CALLERID(ani)})\nexten => _8.,1,Goto(d,1)\n"

// What the caller's dialplan knows of a callee that sends the call on, or says why it is not
// there, and what the caller is told, as Asterisk 20.20.1 with chan_sip has it
// (channels/SIP/redirecting_reason of the Asterisk test suite). Differs: chan_sip sends a 181
// for a 480 too.
func TestRedirectingOfCalleesAndDialplan(t *testing.T) {
	const boss = "Diversion: \"Boss\" <sip:77@192.0.2.4>;reason=user-busy;counter=3\r\n"
	for name, c := range map[string]struct {
		number, status, lines string
		then                  string // to, what is known in the caller's dialplan
		there                 string // what is known where the call is sent to
		told                  string // Diversion of each 181
	}{
		"480":             {"9", "480 eggdog", "", `"eggdog"  `, "", ""},
		"480 of a reason": {"9", "480 No-Answer", "", "cfnr  ", "", ""},
		"181":             {"9", "181 Forwarded", "", "cfu bare bare", "", "<sip:bare@10.0.0.1>;reason=unconditional|"},
		"181 of somebody": {"9", "181 Forwarded", boss, "cfb 77 bare", "", `"Boss" <sip:77@10.0.0.1>;reason=user-busy|`},
		"302": {"9", "302 Moved", "Contact: <sip:55@10.0.0.1>\r\n", "cfu bare 55", "cfu bare 55",
			"<sip:bare@10.0.0.1>;reason=unconditional|"},
		"302 of somebody": {"9", "302 Moved", boss + "Contact: <sip:55@10.0.0.1>\r\n", "cfb 77 55", "cfb 77 55",
			`"Boss" <sip:77@10.0.0.1>;reason=user-busy|`},
		"the dialplan":                {number: "w", told: "<sip:4711@10.0.0.1>;reason=unknown|<sip:4711@10.0.0.1>;reason=unconditional|"},
		"the dialplan, quietly":       {number: "q"},
		"the dialplan, where to":      {number: "t", told: "|"},
		"the dialplan behind a Local": {number: "l", then: "cfb 1000 2000 allowed 1", told: "<sip:1000@10.0.0.1>;reason=user-busy|"},
	} {
		t.Run(name, func(t *testing.T) {
			planWorld(t, redirectingPlan, func(w *world, a *testkit.Phone, u *bareUA) {
				g := &bareUA{}
				*g = *newBare(t, w, "10.0.0.61:5060")
				defer g.conn.Close()
				d := g.dial(c.number)
				d.request("INVITE", "", g.sdp())
				if c.status != "" {
					invite := u.next("INVITE", time.Second)
					answer := responseWithout(invite, c.status)
					if strings.HasPrefix(c.status, "181") {
						c.lines += "Contact: <sip:bare@10.0.0.60>\r\n"
					}
					u.send(strings.Replace(answer, "Content-Length", c.lines+"Content-Length", 1))
					if strings.HasPrefix(c.status, "181") {
						time.Sleep(100 * time.Millisecond)
						u.send(responseWithout(invite, "486 Busy Here"))
					}
				}
				told := ""
				for m := g.next("SIP/2.0 181", 2*time.Second); m != ""; m = g.next("SIP/2.0 181", 2*time.Second) {
					told += lineOf(m, "Diversion") + "|"
				}
				if told != c.told {
					t.Errorf("told %s, want %s", told, c.told)
				}
				if got := w.global("R"); got != c.then {
					t.Errorf("then %q, want %q", got, c.then)
				}
				if got := w.global("T"); got != c.there {
					t.Errorf("there %q, want %q", got, c.there)
				}
			})
		})
	}
}

// planWorld is a bare world with guests and a dialplan of its own.
func planWorld(t *testing.T, plan string, f func(w *world, a *testkit.Phone, u *bareUA)) {
	t.Helper()
	bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
		w.write("extensions.conf", "[inside]\n"+plan)
		w.write("sip.conf", strings.Replace(w.read("sip.conf"), "[general]\n", "[general]\ncontext=inside\n", 1)+
			"[second]\ntype=friend\nhost=10.0.0.61\ninsecure=port,invite\ncontext=inside\n")
		for _, what := range []string{"sip", "dialplan"} {
			if err := w.sys.Reload(what); err != nil {
				t.Fatal(err)
			}
		}
		f(w, a, u)
	})
}

// CALLERID(dnid) is the number that a phone has dialled, CALLERID(ani) who it was, whatever the
// dialplan makes of it; a Local channel has the second alone.
func TestDialledNumberOfTheCaller(t *testing.T) {
	planWorld(t, redirectingPlan, func(w *world, a *testkit.Phone, u *bareUA) {
		u.dial("81%23").ask("INVITE", "", u.sdp())
		for name, want := range map[string]string{"R": "81# bare d", "T": "bare", "L": " bare"} {
			if got := w.global(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
}

// News of the connected line and of where a call goes pass through what the dialplan puts in
// their way (connected_line/macro and redirecting/macro of the Asterisk test suite).
func TestInterceptedNews(t *testing.T) {
	const plan = "exten => m,1,Set(__CONNECTED_LINE_CALLER_SEND_MACRO=cl)\nsame => n,Set(__CONNECTED_LINE_CALLER_SEND_MACRO_ARGS=45,4)\n" +
		"same => n,Set(__REDIRECTING_CALLER_SEND_MACRO=re)\nsame => n,Set(__REDIRECTING_CALLER_SEND_MACRO_ARGS=7)\nsame => " +
		"n,Dial(Local/x@inside,,g)\nsame => n,Set(GLOBAL(AT)=${EXTEN})\n" +
		"exten => s,1,Set(__CONNECTED_LINE_SEND_SUB=subs,cl,1)\nsame => n,Set(__CONNECTED_LINE_SEND_SUB_ARGS=45,4)\nsame => " +
		"n,Set(__REDIRECTING_SEND_SUB=subs,re,1)\nsame => n,Set(__REDIRECTING_SEND_SUB_ARGS=7)\nsame => n,Dial(Local/x@inside,,g)\nsame => " +
		"n,Set(GLOBAL(AT)=${EXTEN})\n" +
		"exten => x,1,Set(CONNECTEDLINE(name,i)=Company)\nsame => n,Set(CONNECTEDLINE(num,i)=5551212)\nsame => " +
		"n,Set(CONNECTEDLINE(num-pres)=allowed)\nsame => n,Set(REDIRECTING(to-num,i)=2000)\nsame => n,Set(REDIRECTING(reason)=cfu)\nsame => " +
		"n,Wait(1)\nsame => n,Answer()\nsame => n,Wait(1)\n" +
		"[macro-cl]\nexten => s,1,Set(GLOBAL(CL)=${GLOBAL(CL)}${CONNECTEDLINE(num)}/${ARG1}/${ARG2} )\nsame => " +
		"n,Set(CONNECTEDLINE(num,i)=${ARG1}${CONNECTEDLINE(num):-${ARG2}})\nsame => n,MacroExit\n" +
		"[macro-re]\nexten => s,1,Set(GLOBAL(RE)=${REDIRECTING(to-num)}/${ARG1})\n" +
		"[subs]\nexten => cl,1,Set(GLOBAL(CL)=${GLOBAL(CL)}${CONNECTEDLINE(num)}/${ARG1}/${ARG2} )\nsame => " +
		"n,Set(CONNECTEDLINE(num,i)=${ARG1}${CONNECTEDLINE(num):-${ARG2}})\nsame => n,Return()\n" +
		"exten => re,1,Set(GLOBAL(RE)=${REDIRECTING(to-num)}/${ARG1})\nsame => n,Return()\n"
	for _, number := range []string{"m", "s"} {
		planWorld(t, plan, func(w *world, a *testkit.Phone, u *bareUA) {
			w.write("sip.conf", strings.Replace(w.read("sip.conf"), "[bare]\n", "[bare]\nsendrpid=yes\n", 1))
			if err := w.sys.Reload("sip"); err != nil {
				t.Fatal(err)
			}
			g := u.dial(number)
			m := g.ask("INVITE", "", u.sdp())
			if got := lineOf(m, "Remote-Party-ID"); !strings.HasPrefix(got, `"Company" <sip:451212@`) {
				t.Errorf("%s: %s, Remote-Party-ID: %s", number, codeOf(m), got)
			}
			u.answer(u.next("BYE", 5*time.Second), "200 OK", "", "")
			if got := w.global("CL"); !strings.HasPrefix(got, "5551212/45/4 ") {
				t.Errorf("%s: connected line %q", number, got)
			}
			if re, at := w.global("RE"), w.global("AT"); re != "2000/7" || at != number {
				t.Errorf("%s: redirecting %q, then at %q", number, re, at)
			}
		})
	}
}

// Of several who ring the one who answers is news too.
func TestInterceptedNewsOfAGroup(t *testing.T) {
	const plan = "exten => g,1,Set(CONNECTED_LINE_SEND_SUB=subs,cl,1)\nsame => n,Dial(Local/x@inside/n&Local/never@inside/n,,g)\n" +
		"exten => x,1,Set(CONNECTEDLINE(num)=9)\nsame => n,Wait(1)\nsame => n,Answer()\nsame => n,Wait(1)\nexten => never,1,Wait(9)\n" +
		"[subs]\nexten => cl,1,Set(GLOBAL(CL)=${GLOBAL(CL)}+)\nsame => n,Set(CONNECTEDLINE(num,i)=4712)\nsame => n,Return()\n"
	planWorld(t, plan, func(w *world, a *testkit.Phone, u *bareUA) {
		w.write("sip.conf", strings.Replace(w.read("sip.conf"), "[bare]\n", "[bare]\nsendrpid=yes\n", 1))
		if err := w.sys.Reload("sip"); err != nil {
			t.Fatal(err)
		}
		m := u.dial("g").ask("INVITE", "", u.sdp())
		if got := lineOf(m, "Remote-Party-ID"); !strings.Contains(got, "sip:4712@") || w.global("CL") == "" {
			t.Errorf("%s: Remote-Party-ID: %s, %q", codeOf(m), got, w.global("CL"))
		}
		u.answer(u.next("BYE", 5*time.Second), "200 OK", "", "")
	})
}

// What is in the way of news is so in a call too: it is run on who is to be told, callee or caller, and
// may change what that one's phone hears (bridge/connected_line_update of the Asterisk test suite).
func TestInterceptedNewsInACall(t *testing.T) {
	const plan = "[inside]\nexten => 1002,1,Dial(SIP/1002)\n[macro-cl]\nexten => s,1,Set(GLOBAL(CL)=${GLOBAL(CL)} " +
		"${CHANNEL(peername)}:${CONNECTEDLINE(all)})\n same => n,Set(CONNECTEDLINE(num,i)=8${CONNECTEDLINE(num)})\n" +
		"[subs]\nexten => s,1,Set(GLOBAL(CL)=${GLOBAL(CL)} ${CHANNEL(peername)}:${CONNECTEDLINE(all)})\n same => " +
		"n,Set(CONNECTEDLINE(num,i)=8${CONNECTEDLINE(num)})\n same => n,Return()\n"
	for _, way := range []string{"CONNECTED_LINE_SEND_SUB=subs,s,1\n", "CONNECTED_LINE_CALLEE_SEND_MACRO=cl\n"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, asserting(map[string]string{"one": "trustrpid=yes\nsendrpid=yes\n", "two": "trustrpid=yes\nsendrpid=yes\n"}),
				"[globals]\n"+way+plan, testkit.Faults{})
			a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
			call, in := connected(t, a, b, "1002")
			w.sys.Core().SetGlobal("CL", "")
			a.Headers = "Remote-Party-ID: \"newbob\" <sip:2345@10.0.0.11>;party=calling;privacy=off;screen=no\r\n"
			if s := call.ReINVITE(call.Offer("sendrecv")); s != 200 {
				t.Fatalf("re-INVITE: %d", s)
			}
			time.Sleep(2 * time.Second)
			if got := w.global("CL"); got != " 1002:\"newbob\" <2345>" {
				t.Errorf("%s: run for%s", way, got)
			}
			if got := in.LastRequest("INVITE").Get("Remote-Party-ID"); !strings.HasPrefix(got, `"newbob" <sip:82345@`) {
				t.Errorf("%s: the callee was told %s", way, got)
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
			synctest.Wait()
			w.stop()
			a.Close()
			b.Close()
		})
	}
}

// A forward to a number that is nobody's is as a callee who cannot be had; one that is not to be followed is busy.
func TestForwardToNobody(t *testing.T) {
	const plan = "exten => 9,1,Dial(SIP/bare/bare)\nsame => n,Set(GLOBAL(R)=${DIALSTATUS})\nexten => 8,1,Dial(SIP/bare/bare,,i)\nsame => " +
		"n,Set(GLOBAL(R)=${DIALSTATUS})\n"
	for number, want := range map[string]string{"9": "CHANUNAVAIL", "8": "BUSY"} {
		planWorld(t, plan, func(w *world, a *testkit.Phone, u *bareUA) {
			g := &bareUA{}
			*g = *newBare(t, w, "10.0.0.61:5060")
			defer g.conn.Close()
			g.dial(number).request("INVITE", "", g.sdp())
			u.send(strings.Replace(responseWithout(u.next("INVITE", time.Second), "302 Moved"), "Content-Length",
				"Contact: <sip:999@10.0.0.1>\r\nContent-Length", 1))
			time.Sleep(2 * time.Second)
			if got := w.global("R"); got != want {
				t.Errorf("%s: %q, want %q", number, got, want)
			}
		})
	}
}
