package calls

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/testkit"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// ran has an extension of [test] run on a Local channel, and tells what it leaves behind in
// the global variable OUT.
func ran(t *testing.T, plan string, during func(*world)) (out string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, plan, testkit.Faults{})
		core := w.sys.Core()
		defer core.Listen(func(event.Event) {})()
		core.Originate(pbx.Originate{Tech: "Local", Resource: "s@test/n", App: "Wait", Data: "60", Timeout: time.Minute})
		if during != nil {
			during(w)
		}
		time.Sleep(2 * time.Minute)
		if n, _, _ := core.Counts(); n != 0 {
			t.Errorf("%d channels left", n)
		}
		if n := core.Panics(); n != 0 {
			t.Errorf("%d panics", n)
		}
		out = w.global("OUT")
		w.stop()
	})
	return out
}

// note is a step that adds to what is left behind.
func note(text string) string { return "Set(GLOBAL(OUT)=${OUT}" + text + "/)" }

// What ends, jumps and goes on in ways that are easily lost. The outcomes are Asterisk's.
func TestEndsOfADialplan(t *testing.T) {
	plan := func(lines ...string) string {
		return "[test]\n" + strings.Join(lines, "\n") + "\n"
	}
	for name, c := range map[string]struct{ plan, want string }{
		"jumps in h": {plan("exten => s,1,Hangup()", "exten => h,1,GotoIf(1?there)", "same => n,"+note("wrong"),
			"same => n(there),"+note("there"), "same => n,Goto(x,1)", "same => n,"+note("wrong"), "exten => x,1,"+note("x")), "there/x/"},
		"a subroutine in h": {plan("exten => s,1,Answer()", "exten => h,1,Gosub(sub,1(a))", "same => n,"+note("${GOSUB_RETVAL}"),
			"exten => sub,1,"+note("sub ${ARG1}"), "same => n,Return(r)"),
			"sub a/r/"},
		"h waits for nothing": {plan("exten => s,1,Answer()", "same => n,Hangup()", "exten => h,1,"+note("h"), "same => n,Wait(0)",
			"same => n,Playback(nosuch)", "same => n,System(true)", "same => n,StopMusicOnHold()", "same => n,"+note("on"), "same => n,Wait(1)",
			"same => n,"+note("wrong")), "h/on/"},
		"h calls nobody": {plan("exten => s,1,Hangup()", "exten => h,1,Dial(Local/x@test,5)", "same => n,"+note("wrong"),
			"exten => x,1,"+note("wrong")), ""},
		"a loop in h": {plan("exten => s,1,Hangup()", "exten => h,1,Set(GLOBAL(OUT)=ended)", "same => n(top),Set(n=1)",
			"same => n,Goto(top)"), "ended"},
		"TryExec of Hangup":        {plan("exten => s,1,TryExec(Hangup())", "same => n,"+note("wrong"), "exten => h,1,"+note("h")), "h/"},
		"TryExec of Busy":          {plan("exten => s,1,TryExec(Busy(1))", "same => n,"+note("wrong"), "exten => h,1,"+note("h")), "h/"},
		"TryExec of what is wrong": {plan("exten => s,1,TryExec(Gosub(nosuch,s,1))", "same => n,"+note("${TRYSTATUS}")), "FAILED/"},
		"Incomplete, nothing longer": {plan("exten => s,1,Goto(12,1)", "exten => 12,1,Incomplete()", "exten => i,1,"+note("i ${INVALID_EXTEN}"),
			"exten => t,1,"+note("t")), "i 12/"},
		"Incomplete, nobody types": {plan("exten => s,1,Goto(12,1)", "exten => 12,1,Incomplete()", "exten => 1234,1,"+note("wrong"),
			"exten => i,1,"+note("i"), "exten => t,1,"+note("t")), "t/"},
		"Incomplete, no i": {plan("exten => s,1,Goto(12,1)", "exten => 12,1,Incomplete()", "exten => h,1,"+note("h")), "h/"},
		"a redirect of oneself": {plan("exten => s,1,ChannelRedirect(${CHANNEL},test,r,1)", "same => n,"+note("wrong"),
			"exten => r,1,Gosub(sub,1)", "same => n,"+note("wrong"), "exten => sub,1,ChannelRedirect(${CHANNEL},test,q,1)", "same => n,Return()",
			"exten => q,1,"+note("q")), "q/"},
		"doubling": {plan("exten => s,1,Set(X=aaaaaaaaaaaaaaaa)", "same => n,Set(i=0)", "same => n,While($[${i}<40])",
			"same => n,Set(i=$[${i}+1])", "same => n,Set(X=${X}${X})", "same => n,EndWhile()", "same => n,"+note("${LEN(${X})}")), "4091/"},
		"subroutines without end": {plan("exten => s,1,Gosub(s,1)", "exten => h,1,"+note("h")), "h/"},
		"subroutines of long values": {plan("exten => s,1,Set(x="+strings.Repeat("x", 4000)+")", "same => n,Set(GLOBAL(N)=0)",
			"same => n,Gosub(d,1)", "exten => d,1,Set(GLOBAL(N)=$[${N}+1])", "same => n,Gosub(d,1(${x},${x},${x}))",
			"exten => h,1,"+note("${IF($[${N}<5000]?bounded:${N})}")), "bounded/"},
		"a handler of itself": {plan("exten => s,1,Set(CHANNEL(hangup_handler_push)=hh,1)", "same => n,Set(GLOBAL(N)=0)",
			"exten => hh,1,Set(GLOBAL(N)=$[${N}+1])", "same => n,Set(CHANNEL(hangup_handler_push)=hh,1)", "same => n,Set(GLOBAL(OUT)=${N})",
			"same => n,Return()"), "100"},
		"handlers without end": {plan("exten => s,1,Set(i=0)", "same => n,While($[${i}<300])", "same => n,Set(i=$[${i}+1])",
			"same => n,Set(CHANNEL(hangup_handler_push)=hh,1)", "same => n,EndWhile()", "exten => hh,1,Set(GLOBAL(N)=$[0${N}+1])",
			"same => n,Set(GLOBAL(OUT)=${N})", "same => n,Return()"), "100"},
		"two that lead back": {plan("exten => s,1,Dial(Local/s@test&Local/s@test,5)", "exten => h,1,Set(GLOBAL(OUT)=ended)"), "ended"},
		"variables without end": {plan("exten => s,1,Set(x="+strings.Repeat("x", 4000)+")", "same => n,Set(i=0)",
			"same => n,While($[${i}<5000])", "same => n,Set(i=$[${i}+1])", "same => n,Set(v${i}=${x})", "same => n,EndWhile()",
			"same => n,"+note("${LEN(${v1})} ${LEN(${v5000})} ${i}")), "4000 0 5000/"},
		"deep, and back": {plan("exten => s,1,Set(n=0)", "same => n,Gosub(d,1)", "same => n,"+note("back ${n}"), "exten => d,1,Set(n=$[${n}+1])",
			"same => n,GotoIf($[${n}>1500]?e)", "same => n,Gosub(d,1)", "same => n(e),Return()"), "back 1501/"},
		"hops": {plan("exten => s,1,"+note("${CHANNEL(max_forwards)}"), "same => n,Set(CHANNEL(max_forwards)=2)",
			"same => n,Dial(Local/a@test,5)", "same => n,"+note("${DIALSTATUS} ${CHANNEL(max_forwards)}"), "same => n,Set(CHANNEL(max_forwards)=0)",
			"same => n,Dial(Local/a@test,5)", "same => n,"+note("wrong"), "exten => a,1,"+note("a ${CHANNEL(max_forwards)}"),
			"same => n,Dial(Local/b@test,5)", "exten => b,1,"+note("b ${CHANNEL(max_forwards)}"), "same => n,Dial(Local/c@test,5)",
			"same => n,"+note("wrong"), "exten => c,1,"+note("wrong")), "20/a 1/b 0/CONGESTION 2/"},
		"round and round": {plan("exten => s,1,Dial(Local/a@test,30,g)", "same => n,"+note("${DIALSTATUS}"),
			"exten => a,1,Dial(Local/b@test,30)", "exten => b,1,Answer()", "same => n,Dial(Local/a@test,30)"), "ANSWER/"},
		"G that leads to itself": {plan("exten => s,1,Set(CHANNEL(max_forwards)=5)", "same => n,Set(GLOBAL(OUT)=ended)",
			"same => n,Goto(x,1)", "exten => x,1,Answer()", "same => n,Wait(0.2)", "same => n,Dial(Local/x@test,,G(test^x^1))"), "ended"},
		"G of one who goes round": {plan("exten => s,1,Set(GLOBAL(N)=$[0${N}+1])", "same => n,Set(CALLER=1)",
			"same => n,Dial(Local/w@test,,G(test^on^1))", "exten => w,1,Answer()", "exten => on,1,Goto(s,1)", "same => n,Hangup()",
			"exten => h,1,ExecIf($[0${CALLER}]?Set(GLOBAL(OUT)=${N}))"), "21"}, // the callees come to h as well, each at its time
		"Originate of oneself": {plan("exten => s,1,Set(GLOBAL(N)=$[0${N}+1])", "same => n,Originate(Local/s@test,app,Wait,0)",
			"exten => h,1,Set(GLOBAL(OUT)=${N})"), "21"},
		"a handler of a callee": {plan("exten => s,1,Dial(Local/ans@test,5,gb(pre^1(x)))", "same => n,"+note("end"),
			"exten => ans,1,Answer()", "same => n,Wait(1)", "exten => pre,1,Set(CHANNEL(hangup_handler_push)=hh,1(${ARG1}))", "same => n,Return()",
			"exten => hh,1,"+note("handler ${ARG1}"), "same => n,Return()"), "handler x/end/"},
		"a handler where it was pushed": {plan("exten => s,1,Set(CHANNEL(hangup_handler_push)=on(x))", "same => n,Goto(elsewhere,1)",
			"same => n(on),"+note("handler ${ARG1}"), "same => n,Return()", "exten => elsewhere,1,"+note("end"), "same => n,Hangup()"),
			"end/handler x/"},
		"twenty at once": {plan("exten => s,1,Dial("+strings.Repeat("Local/busy@test&", 99)+"Local/busy@test,2)",
			"same => n,"+note("${DIALSTATUS}"), "exten => busy,1,Ringing()", "same => n,Progress()", "same => n,Busy(1)"), "BUSY/"},
		"a hundred, one answers": {plan("exten => s,1,Dial("+strings.Repeat("Local/ring@test&", 99)+"Local/ans@test,3,g)",
			"same => n,"+note("${DIALSTATUS}"), "exten => ring,1,Ringing()", "same => n,Progress()", "same => n,Wait(9)",
			"exten => ans,1,Ringing()", "same => n,Wait(1)", "same => n,Answer()", "same => n,Wait(1)"), "ANSWER/"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ran(t, c.plan, nil); got != c.want {
				t.Errorf("%q, want %q\n%s", got, c.want, c.plan)
			}
		})
	}
}

// An endless dialplan ends when it is hung up, redirected, or its time is over; and others
// are served meanwhile.
func TestDialplanWithoutEnd(t *testing.T) {
	for name, end := range map[string]struct {
		do   func(*pbx.Channel)
		want string
	}{
		"hung up":    {func(c *pbx.Channel) { c.SoftHangup(pbx.CauseNormal) }, "h"},
		"redirected": {func(c *pbx.Channel) { c.Redirect(dialplan.Location{Context: "test", Exten: "r", Priority: 1}) }, "r"},
		"time-out":   {func(c *pbx.Channel) { c.Expire(time.Millisecond) }, "T"},
		"asked":      {func(c *pbx.Channel) { c.Visit(func(c *pbx.Channel) { c.HangupHere(pbx.CauseBusy) }) }, "h"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := "[test]\nexten => s,1,Answer()\nsame => n(top),Set(n=1)\nsame => n,Goto(top)\nexten => " +
				"h,1,ExecIf($[\"${OUT}\"=\"\"]?Set(GLOBAL(OUT)=h))\n" +
				"exten => T,1,Set(GLOBAL(OUT)=T)\nexten => r,1,Set(GLOBAL(OUT)=r)\n"
			got := ran(t, plan, func(w *world) {
				time.Sleep(time.Second)
				for _, c := range w.sys.Core().Channels() {
					if strings.HasSuffix(c.Name(), ";2") {
						end.do(c)
					}
				}
			})
			if got != end.want {
				t.Errorf("%q, want %q", got, end.want)
			}
		})
	}
}

// Somebody hangs up, or is asked for a variable, while a command of the system runs.
func TestChannelIsServedWhileACommandRuns(t *testing.T) {
	w := newWorldWith(t, map[string]string{"sip.conf": baseSIP,
		"extensions.conf": "[test]\nexten => s,1,Answer()\nsame => n,System(sleep 2)\nsame => n,Set(GLOBAL(OUT)=wrong)\n"})
	defer w.stop()
	core := w.sys.Core()
	core.Originate(pbx.Originate{Tech: "Local", Resource: "s@test/n", App: "Wait", Data: "60"})
	two := func() (c *pbx.Channel) {
		for _, o := range core.Channels() {
			if strings.HasSuffix(o.Name(), ";2") {
				c = o
			}
		}
		return c
	}
	for two() == nil || two().View().App != "System" {
		time.Sleep(time.Millisecond)
	}
	c, got := two(), ""
	if err := c.Visit(func(c *pbx.Channel) { got, _ = c.Function("CHANNEL", "exten") }); err != nil || got != "s" {
		t.Errorf("%q, %v", got, err)
	}
	for i := range 40 {
		c.Post(pbx.Event{Kind: pbx.EventDigit, Digit: byte('0' + i%10)})
	}
	c.SoftHangup(pbx.CauseNormal)
	for two() != nil {
		time.Sleep(10 * time.Millisecond)
	}
	if out := w.global("OUT"); out != "" {
		t.Error("the dialplan has gone on")
	}
}

// A call that is put through says how far it may still go; what came with the last hop goes
// to phones only.
func TestMaxForwardsIsHandedOn(t *testing.T) {
	for came, want := range map[int]string{70: "69", 5: "4", 1: "0", 255: "70"} {
		t.Run(fmt.Sprint(came), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, baseSIP, "[inside]\nexten => 1,1,Dial(SIP/1002,5)\n", testkit.Faults{})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				a.MaxForwards = came
				call := a.Dial("1")
				in := <-b.Incoming
				if got := in.Invite().Get("Max-Forwards"); got != want {
					t.Errorf("%s, want %s", got, want)
				}
				in.Reject("486 Busy Here")
				call.Wait("486", time.Second)
				time.Sleep(time.Minute)
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}
