package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// inOffice runs f in a world with a dialplan and further files, and three phones.
func inOffice(t *testing.T, plan string, more map[string]string, f func(w *world, a, b, c *testkit.Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		files := map[string]string{"sip.conf": baseSIP, "extensions.conf": plan}
		for name, text := range more {
			files[name] = text
		}
		w := newWorldWith(t, files)
		a, b, c := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060"), w.registered("1003", "three",
			"10.0.0.13:5060")
		f(w, a, b, c)
		synctest.Wait()
		w.stop()
		a.Close()
		b.Close()
		c.Close()
	})
}

// Two phones are asked to answer by themselves; both hear the caller, who hears neither; both are
// hung up with him.
func TestPage(t *testing.T) {
	inOffice(t, "[inside]\nexten => 700,1,Page(SIP/1002&SIP/1003,a(snom)q)\n", nil, func(w *world, a, b, c *testkit.Phone) {
		call := a.Dial("700")
		one, two := answered(t, b), answered(t, c)
		for _, in := range []*testkit.Call{one, two} {
			if got := in.Invite().Get("Call-Info"); got != "<sip:127.0.0.1>;answer-after=0" {
				t.Errorf("Call-Info: %q", got)
			}
			in.Answer()
		}
		if !call.Wait("200", 2*time.Second) || !one.Wait("ACK", 2*time.Second) || !two.Wait("ACK", 2*time.Second) {
			t.Fatal("not answered")
		}
		time.Sleep(time.Second)
		call.Media.Tone(440, time.Second)
		one.Media.Tone(880, time.Second)
		time.Sleep(3 * time.Second)
		if x, y := one.Media.Level(440), two.Media.Level(440); x < 1000 || y < 1000 {
			t.Errorf("the phones hear the caller with %.0f and %.0f", x, y)
		}
		if x, y := call.Media.Level(880), two.Media.Level(880); x > 300 || y > 300 {
			t.Errorf("one of them is heard: %.0f, %.0f", x, y)
		}
		call.Hangup()
		if !one.Wait("BYE", 2*time.Second) || !two.Wait("BYE", 2*time.Second) {
			t.Error("they are not hung up")
		}
	})
}

// An agent logs in, and a call of a queue reaches her by her device; she is in the pool again after it.
func TestAgentInQueue(t *testing.T) {
	inOffice(t, "[inside]\nexten => 11,1,AgentLogin(7,s)\nexten => 800,1,Answer()\nsame => n,Queue(sales,,,,60)\n[agents]\nexten => "+
		"7,1,AgentRequest(7)\n", map[string]string{
		"agents.conf": "[7]\nfullname=Ann\n", "queues.conf": "[sales]\nstrategy=linear\nringinuse=no\ntimeout=20\nmember => " +
			"Local/7@agents,0,Ann,Agent:7\n"}, func(w *world, a, b, c *testkit.Phone) {
		agent := b.Dial("11")
		agent.Wait("200", 2*time.Second)
		time.Sleep(6 * time.Second)
		for range 2 {
			call := a.Dial("800")
			call.Wait("200", 2*time.Second)
			time.Sleep(4 * time.Second)
			if !heardAt(call, agent) || !heardAt(agent, call) {
				t.Error("they do not hear each other")
			}
			call.Hangup()
			time.Sleep(2 * time.Second)
			if agent.Over() {
				t.Fatal("the agent is hung up")
			}
		}
		agent.Hangup()
		time.Sleep(time.Second)
	})
}

// What the caller has in the way of news of whom he is connected with is run by Queue when a member
// rings and when he answers, and may change what the caller's phone is told.
func TestInterceptedNewsInAQueue(t *testing.T) {
	const plan = "[inside]\nexten => 1,1,Answer()\nsame => n,Set(CONNECTED_LINE_SEND_SUB=subs,s,1)\nsame => " +
		"n,Set(CONNECTED_LINE_SEND_SUB_ARGS=x)\nsame => n,Queue(sales,%s,,,20)\n" +
		"[subs]\nexten => s,1,Set(GLOBAL(MET)=${GLOBAL(MET)} ${ARG1}:${CONNECTEDLINE(num)})\nsame => n,Set(CONNECTEDLINE(name)=Changed)\n" +
		"same => n,Return()\n"
	sip := strings.Replace(baseSIP, "secret=two\n", "secret=two\ncallerid=Bob <1002>\n", 1)
	for option, want := range map[string]string{"c": " x:1002 x:1002", "cI": ""} {
		inOffice(t, strings.Replace(plan, "%s", option, 1),
			map[string]string{"sip.conf": sip, "queues.conf": "[sales]\nstrategy=linear\nmember => SIP/1002\n"},
			func(w *world, a, b, _ *testkit.Phone) {
				call := a.Dial("1")
				in := answered(t, b)
				in.Ring()
				time.Sleep(time.Second)
				in.Answer()
				if !in.Wait("ACK", 2*time.Second) {
					t.Fatal("not answered")
				}
				time.Sleep(time.Second)
				if got := w.global("MET"); got != want {
					t.Errorf("option %s: run for%s", option, got)
				}
				call.Hangup()
				in.Wait("BYE", 2*time.Second)
			})
	}
}

// A device of which nothing was known and that is free then is another one for a queue, though not for
// a hint.
func TestUnknownDeviceIsFree(t *testing.T) {
	inOffice(t, "[inside]\nexten => 1,1,Wait(1)\n", map[string]string{"queues.conf": "[sales]\nmember => Local/1@inside,0,Ann,Custom:ann\n"},
		func(w *world, _, _, _ *testkit.Phone) {
			shown := func() string { return w.console("queue show sales") }
			if got := shown(); !strings.Contains(got, "(Unknown)") {
				t.Errorf("%s", got)
			}
			w.console("devstate change Custom:ann NOT_INUSE")
			time.Sleep(time.Second)
			if got := shown(); !strings.Contains(got, "(Not in use)") {
				t.Errorf("%s", got)
			}
		})
}
