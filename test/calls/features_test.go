package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const featureKeys = `[general]
transferdigittimeout = 2
atxfernoanswertimeout = 5
atxferloopdelay = 1
[featuremap]
blindxfer = #1
atxfer = *2
disconnect = *0
[applicationmap]
note => *7,self,Set(GLOBAL(NOTE)=${DYNAMIC_WHO_ACTIVATED:0:8})
`

const featurePlan = `[inside]
exten => 1,1,Dial(SIP/1002,20,tThHg)
same => n,Set(GLOBAL(AFTER)=${DIALSTATUS})
exten => 2,1,Set(DYNAMIC_FEATURES=note)
same => n,Dial(SIP/1002)
exten => 3,1,Dial(SIP/1003,20)
exten => 4,1,Dial(Local/5@inside/n,20,tT)
exten => 5,1,Dial(SIP/1002,20)
`

// keyed presses keys in a call, one after the other.
func keyed(call *testkit.Call, keys string) {
	for _, d := range keys {
		call.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal="+string(d)+"\r\nDuration=100\r\n")
		time.Sleep(100 * time.Millisecond)
	}
}

// inFeatures has three phones, two of which talk.
func inFeatures(t *testing.T, number string, f func(w *world, call, in *testkit.Call, b, c *testkit.Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[general]\n", "[general]\ndtmfmode=info\n", 1),
			"extensions.conf": featurePlan, "features.conf": featureKeys})
		w.prompts("pbx-transfer", "beep", "beeperr", "pbx-invalid", "privacy-incorrect")
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		c := w.registered("1003", "three", "10.0.0.13:5060")
		call, in := connected(t, a, b, number)
		time.Sleep(100 * time.Millisecond)
		f(w, call, in, b, c)
		w.stop()
		a.Close()
		b.Close()
		c.Close()
	})
}

// Both parties may transfer by keys: who has pressed them is hung up, and the two others talk.
func TestBlindTransferByKeys(t *testing.T) { blindTransfers(t, "1") }

// Also where a Local channel stays between them, as with members of queues that are Local/number@context/n.
func TestBlindTransferThroughLocal(t *testing.T) { blindTransfers(t, "4") }

func blindTransfers(t *testing.T, number string) {
	t.Helper()
	for _, byCaller := range []bool{true, false} {
		inFeatures(t, number, func(w *world, call, in *testkit.Call, _, c *testkit.Phone) {
			by, other := in, call
			if byCaller {
				by, other = call, in
			}
			keyed(by, "#1")
			time.Sleep(200 * time.Millisecond)
			keyed(by, "3")
			third := answered(t, c)
			third.Answer()
			time.Sleep(time.Second)
			if !by.Over() || !heardAt(other, third) || !heardAt(third, other) {
				t.Errorf("by the caller %v: the two others do not talk", byCaller)
			}
			third.Hangup()
			time.Sleep(time.Second)
		})
	}
}

// An extension that is not there is asked for three times, and the two talk again.
func TestBlindTransferToNowhere(t *testing.T) {
	inFeatures(t, "1", func(w *world, call, in *testkit.Call, _, _ *testkit.Phone) {
		keyed(call, "#1")
		time.Sleep(300 * time.Millisecond)
		keyed(call, "9")
		time.Sleep(10 * time.Second)
		if call.Over() || !heardAt(call, in) || !heardAt(in, call) {
			t.Error("the two do not talk again")
		}
		call.Hangup()
		time.Sleep(time.Second)
	})
}

// The disconnect keys end the call, and the caller goes on after Dial with g.
func TestDisconnectByKeys(t *testing.T) {
	inFeatures(t, "1", func(w *world, call, in *testkit.Call, _, _ *testkit.Phone) {
		keyed(in, "*0")
		time.Sleep(2 * time.Second)
		if !call.Over() || !in.Over() || w.global("AFTER") != "ANSWER" {
			t.Errorf("%v %v, after it %q", call.Over(), in.Over(), w.global("AFTER"))
		}
	})
}

// An application of the applicationmap runs in the midst of a call.
func TestDynamicFeature(t *testing.T) {
	inFeatures(t, "2", func(w *world, call, in *testkit.Call, _, _ *testkit.Phone) {
		keyed(call, "*7")
		keyed(in, "*7") // has none
		time.Sleep(2 * time.Second)
		if got := w.global("NOTE"); got != "SIP/1001" || !heardAt(call, in) {
			t.Errorf("%q", got)
		}
		call.Hangup()
		time.Sleep(time.Second)
	})
}

// consulting is a call of which the callee talks with a third one.
func consulting(t *testing.T, f func(w *world, call, in, third *testkit.Call)) {
	inFeatures(t, "1", func(w *world, call, in *testkit.Call, _, c *testkit.Phone) {
		keyed(in, "*2")
		time.Sleep(300 * time.Millisecond)
		keyed(in, "3")
		third := answered(t, c)
		third.Answer()
		time.Sleep(time.Second)
		if !heardAt(in, third) || !heardAt(third, in) {
			t.Error("they do not talk")
		}
		f(w, call, in, third)
		for _, x := range []*testkit.Call{call, in, third} {
			if !x.Over() {
				x.Hangup()
			}
		}
		time.Sleep(6 * time.Second)
		if n, _, _ := w.sys.Core().Counts(); n != 0 || len(w.sys.Core().Bridges()) != 0 {
			t.Errorf("%d channels and %d bridges are left", n, len(w.sys.Core().Bridges()))
		}
	})
}

func TestAttendedTransferByKeys(t *testing.T) {
	talk := func(t *testing.T, what string, a, b *testkit.Call) {
		t.Helper()
		if a.Over() || b.Over() || !heardAt(a, b) || !heardAt(b, a) {
			t.Errorf("%s: they do not talk", what)
		}
	}
	t.Run("hang up", func(t *testing.T) {
		consulting(t, func(w *world, call, in, third *testkit.Call) {
			in.Hangup()
			time.Sleep(time.Second)
			talk(t, "after it", call, third)
		})
	})
	t.Run("complete", func(t *testing.T) {
		consulting(t, func(w *world, call, in, third *testkit.Call) {
			keyed(in, "*2")
			time.Sleep(time.Second)
			if !in.Over() {
				t.Error("who transfers is still there")
			}
			talk(t, "after it", call, third)
		})
	})
	t.Run("abort", func(t *testing.T) {
		consulting(t, func(w *world, call, in, third *testkit.Call) {
			keyed(in, "*1")
			time.Sleep(time.Second)
			if !third.Over() {
				t.Error("the target is still there")
			}
			talk(t, "after it", call, in)
		})
	})
	t.Run("target hangs up", func(t *testing.T) {
		consulting(t, func(w *world, call, in, third *testkit.Call) {
			third.Hangup()
			time.Sleep(time.Second)
			talk(t, "after it", call, in)
		})
	})
	t.Run("three-way", func(t *testing.T) {
		consulting(t, func(w *world, call, in, third *testkit.Call) {
			keyed(in, "*3")
			time.Sleep(time.Second)
			talk(t, "all", call, third)
			talk(t, "all", call, in)
			talk(t, "all", in, third)
		})
	})
	t.Run("swap", func(t *testing.T) {
		consulting(t, func(w *world, call, in, third *testkit.Call) {
			keyed(in, "*4")
			time.Sleep(time.Second)
			talk(t, "swapped", call, in)
			keyed(in, "*4")
			time.Sleep(time.Second)
			talk(t, "swapped back", third, in)
		})
	})
}

// Who transfers may hang up while the target rings: the party gets it when it answers, and he is
// called back when it does not.
func TestBlondeTransferByKeys(t *testing.T) {
	for _, answers := range []bool{true, false} {
		inFeatures(t, "1", func(w *world, call, in *testkit.Call, b, c *testkit.Phone) {
			keyed(in, "*2")
			time.Sleep(300 * time.Millisecond)
			keyed(in, "3")
			third := answered(t, c)
			third.Ring()
			time.Sleep(time.Second)
			in.Hangup()
			time.Sleep(time.Second)
			with := third
			if answers {
				third.Answer()
			} else {
				with = answered(t, b)
				with.Answer()
			}
			time.Sleep(time.Second)
			if call.Over() || !heardAt(call, with) || !heardAt(with, call) {
				t.Errorf("answers %v: they do not talk", answers)
			}
			call.Hangup()
			time.Sleep(6 * time.Second)
			if n, _, _ := w.sys.Core().Counts(); n != 0 {
				t.Errorf("%d channels are left", n)
			}
		})
	}
}
