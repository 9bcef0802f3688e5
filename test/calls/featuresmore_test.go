package calls

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/manage/ami/wording"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

var keysSIP = strings.NewReplacer("[general]\n", "[general]\ndtmfmode=info\nnotifycid=yes\ncallcounter=yes\n", "[phone](!)\n",
	"[phone](!)\ncallgroup=1\npickupgroup=1\n").Replace(baseSIP)

// keysWorld has three phones with features and a parking lot.
func keysWorld(t *testing.T, plan string, f func(w *world, a, b, c *testkit.Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": keysSIP, "extensions.conf": plan, "res_parking.conf": parkingLots,
			"manager.conf": managerConf, "features.conf": featureKeys + "sub => *8,self,Gosub(sub,s,1(x))\n"})
		w.prompts("pbx-transfer", "beep", "beeperr", "pbx-invalid", "privacy-incorrect", "pbx-invalidpark", "pbx-parkingfailed", "digits/0",
			"digits/1", "digits/2", "digits/3", "digits/7")
		phones := []*testkit.Phone{w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060"),
			w.registered("1003", "three", "10.0.0.13:5060")}
		f(w, phones[0], phones[1], phones[2])
		w.stop()
		for _, p := range phones {
			p.Close()
		}
	})
}

// With H the caller ends a Dial by keys while it rings, and the dialplan goes on.
func TestDisconnectWhileItRings(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Answer()\nsame => n,Dial(SIP/1002,20,H)\nsame => n,Set(GLOBAL(AFTER)=${DIALSTATUS})\nsame => "+
		"n,Wait(5)\n", func(w *world, a, b, _ *testkit.Phone) {
		call := a.Dial("1")
		in := answered(t, b)
		in.Ring()
		time.Sleep(time.Second)
		keyed(call, "1*0")
		if !in.Wait("CANCEL", 2*time.Second) || call.Over() || w.global("AFTER") != "CANCEL" {
			t.Errorf("it goes on: over %v, %q", call.Over(), w.global("AFTER"))
		}
		call.Hangup()
		time.Sleep(time.Second)
	})
}

// FEATURE(inherit) gives who is called the caller's own codes; without it they are the caller's alone.
func TestFeatureInherit(t *testing.T) {
	for _, inherit := range []string{"yes", "no"} {
		keysWorld(t, "[inside]\nexten => 1,1,Set(FEATURE(inherit)="+inherit+
			")\nsame => n,Set(FEATUREMAP(disconnect)=*9)\nsame => n,Dial(SIP/1002,20,h)\n", func(w *world, a, b, _ *testkit.Phone) {
			call, in := connected(t, a, b, "1")
			time.Sleep(200 * time.Millisecond)
			keyed(in, "*9")
			time.Sleep(2 * time.Second)
			if call.Over() != (inherit == "yes") {
				t.Errorf("inherit %s: the call is over: %v", inherit, call.Over())
			}
			if !call.Over() {
				call.Hangup()
			}
			time.Sleep(time.Second)
		})
	}
}

// Gosub of the applicationmap runs until it returns, on a channel that was dialled too.
func TestDynamicGosub(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Set(__DYNAMIC_FEATURES=sub)\nsame => n,Dial(SIP/1002)\n[sub]\nexten => "+
		"s,1,Set(GLOBAL(SUB)=${GLOBAL(SUB)} ${ARG1}${CHANNEL(peername)})\nsame => n,Return()\n", func(w *world, a, b, _ *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		time.Sleep(200 * time.Millisecond)
		keyed(call, "*8")
		time.Sleep(time.Second)
		keyed(in, "*8")
		time.Sleep(time.Second)
		if got := w.global("SUB"); got != " x1001 x1002" || !heardAt(call, in) || !heardAt(in, call) {
			t.Errorf("%q", got)
		}
		call.Hangup()
		time.Sleep(time.Second)
	})
}

// "features show channel" says which keys work for whom, and why.
func TestFeaturesShowChannel(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Set(DYNAMIC_FEATURES=note#nope)\nsame => n,Dial(SIP/1002,20,th)\n",
		func(w *world, a, b, _ *testkit.Phone) {
			call, _ := connected(t, a, b, "1")
			time.Sleep(200 * time.Millisecond)
			got := w.console("features show channel SIP/1001")
			for _, want := range []string{"SIP/1001-", "SIP/1002-", "*7     note           works DYNAMIC_FEATURES names it",
				"nope           no    DYNAMIC_FEATURES names it, and features.conf does not", "#1     blindxfer      works option T or t lets it",
				"#1     blindxfer      no    no option T or t lets it", "*0     disconnect     works option H or h lets it"} {
				if !strings.Contains(got, want) {
					t.Errorf("there is no %q in\n%s", want, got)
				}
			}
			call.Hangup()
			time.Sleep(time.Second)
		})
}

// The manager's Atxfer begins an attended transfer, CancelAtxfer ends it.
func TestManagerAtxfer(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Dial(SIP/1002,20)\nexten => 3,1,Dial(SIP/1003,20)\n", func(w *world, a, b, c *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		time.Sleep(200 * time.Millisecond)
		begin := func() *testkit.Call {
			m := w.client("admin", "secret")
			m.send("Action: Atxfer\r\nChannel: %s\r\nExten: 3\r\nContext: inside", w.channelOf("1002").Name())
			if got := m.read(100 * time.Millisecond); !strings.Contains(got, "Atxfer successfully queued") {
				t.Errorf("%s", got)
			}
			m.conn.Close()
			third := answered(t, c)
			third.Answer()
			time.Sleep(time.Second)
			if !heardAt(in, third) || !heardAt(third, in) {
				t.Error("they do not talk")
			}
			return third
		}
		begin()
		m := w.client("admin", "secret")
		m.send("Action: CancelAtxfer\r\nChannel: %s", w.channelOf("1002").Name())
		m.read(100 * time.Millisecond)
		m.conn.Close()
		time.Sleep(time.Second)
		if !heardAt(call, in) || !heardAt(in, call) {
			t.Error("after the end they do not talk")
		}
		third := begin()
		in.Hangup()
		time.Sleep(time.Second)
		if !heardAt(call, third) || !heardAt(third, call) {
			t.Error("after the transfer they do not talk")
		}
		call.Hangup()
		time.Sleep(2 * time.Second)
	})
}

// When neither the target nor who has transferred takes the call, the target is called once more after atxferloopdelay.
func TestTransferIsTriedAgain(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Dial(SIP/1002,20,t)\nexten => 3,1,Dial(SIP/1003,60)\n", func(w *world, a, b, c *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		time.Sleep(200 * time.Millisecond)
		keyed(in, "*2")
		time.Sleep(300 * time.Millisecond)
		keyed(in, "3")
		first := answered(t, c)
		first.Ring()
		time.Sleep(time.Second)
		in.Hangup()
		back := answered(t, b) // after atxfernoanswertimeout
		back.Reject("486 Busy Here")
		if !first.Wait("CANCEL", 2*time.Second) {
			t.Error("the target still rings")
		}
		again := answered(t, c)
		again.Ring()
		again.Answer()
		time.Sleep(time.Second)
		if call.Over() || !heardAt(call, again) || !heardAt(again, call) {
			t.Error("they do not talk")
		}
		call.Hangup()
		again.Wait("BYE", 2*time.Second)
		time.Sleep(time.Second)
		if n, _, _ := w.sys.Core().Counts(); n != 0 || len(w.sys.Core().Bridges()) != 0 {
			t.Errorf("%d channels and %d bridges are left", n, len(w.sys.Core().Bridges()))
		}
	})
}

// Who picks a call up by pickupexten hears pickupsound; without a call he is answered, hears pickupfailsound and is hung up.
func TestPickupSounds(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Dial(SIP/1002,20)\n", func(w *world, a, b, c *testkit.Phone) {
		w.write("features.conf", "[general]\npickupsound=beep\npickupfailsound=beeperr\n")
		if err := w.sys.Reload("features"); err != nil {
			t.Fatal(err)
		}
		call := a.Dial("1")
		in := answered(t, b)
		in.Ring()
		picks := c.Dial("*8")
		if !picks.Wait("200", 2*time.Second) {
			t.Fatal("not picked up")
		}
		time.Sleep(time.Second)
		if got := w.hears(w.sys.Core().Channels()[0]); !slices.Contains(got, "beep") || !heardAt(call, picks) || !heardAt(picks, call) {
			t.Errorf("it hears %q", got)
		}
		call.Hangup()
		picks.Wait("BYE", 2*time.Second)
		none := c.Dial("*8")
		if !none.Wait("200", 2*time.Second) || !none.Wait("BYE", 3*time.Second) {
			t.Error("without a call it is not answered and hung up")
		}
	})
}

const randomPlan = `[inside]
include => parkedcalls
exten => 1,1,Dial(SIP/1001,10,tTkKhH)
exten => 2,1,Dial(SIP/1002,10,tTkKhH)
exten => 3,1,Dial(SIP/1003,10,tTkKhH)
exten => 4,1,Answer()
same => n,Wait(7)
`

// Whatever is pressed, referred, hung up and fetched at whatever moment: in the end nobody is left, in no
// bridge and in no space, and a call goes through.
func TestTransfersAtAnyMoment(t *testing.T) {
	var happened sync.Map
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			keysWorld(t, randomPlan, func(w *world, a, b, c *testkit.Phone) {
				r := rand.New(rand.NewPCG(seed, 7))
				defer w.sys.Core().Listen(func(e event.Event) { happened.Store(wording.Event(e).Name, true) })()
				phones := []*testkit.Phone{a, b, c}
				var calls []*testkit.Call
				for range 60 {
					for _, p := range phones { // whoever is called answers sooner or later, or does not
						select {
						case in := <-p.Incoming:
							calls = append(calls, in)
							if in.Ring(); r.IntN(4) > 0 {
								in.Answer()
							}
						default:
						}
					}
					if len(calls) == 0 || r.IntN(6) == 0 {
						calls = append(calls, phones[r.IntN(3)].Dial([]string{"1", "2", "3", "700", "701"}[r.IntN(5)]))
					}
					x := calls[r.IntN(len(calls))]
					exten := []string{"1", "3", "700", "4", "9"}[r.IntN(5)]
					switch {
					case x.Over():
					case r.IntN(8) == 0:
						x.Hangup()
					case r.IntN(4) == 0:
						x.Send("REFER", "Refer-To: <sip:"+exten+"@10.0.0.1>\r\n", "")
					case r.IntN(6) == 0 && len(calls) > 1:
						x.Send("REFER", referTo("3", calls[r.IntN(len(calls))]), "")
					default:
						keyed(x, []string{"#1", "*2", "#72", "*0", "*1", "*3", "*4", "2"}[r.IntN(8)])
						if r.IntN(2) == 0 {
							time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond)
							keyed(x, exten)
						}
					}
					time.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond)
				}
				for range 3 {
					w.sys.Core().HangupAll(pbx.CauseNormal)
					time.Sleep(15 * time.Second)
				}
				if n, _, _ := w.sys.Core().Counts(); n != 0 || len(w.sys.Core().Bridges()) != 0 {
					t.Errorf("%d channels and %d bridges are left: %s", n, len(w.sys.Core().Bridges()), w.console("core show channels"))
				}
				if got := w.console("parking show calls"); !strings.Contains(got, "Nobody") {
					t.Errorf("%s", got)
				}
			})
		})
	}
	for _, name := range []string{"BlindTransfer", "ParkedCall", "UnParkedCall", "ParkedCallGiveUp"} {
		if _, ok := happened.Load(name); !ok {
			t.Errorf("there was no %s in all of it", name)
		}
	}
}

// A target that does not answer in time is given up while who transfers waits, too: he talks with the party again.
func TestTransferWaitsSoLong(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Dial(SIP/1002,20,t)\nexten => 3,1,Dial(SIP/1003,60)\n", func(w *world, a, b, c *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		time.Sleep(200 * time.Millisecond)
		keyed(in, "*2")
		time.Sleep(300 * time.Millisecond)
		keyed(in, "3")
		first := answered(t, c)
		first.Ring()
		if !first.Wait("CANCEL", 7*time.Second) { // atxfernoanswertimeout is 5
			t.Error("the target still rings")
		}
		time.Sleep(2 * time.Second)
		if call.Over() || in.Over() || !heardAt(call, in) || !heardAt(in, call) {
			t.Error("they do not talk again")
		}
		call.Hangup()
		in.Wait("BYE", 2*time.Second)
	})
}

// A target that is busy is heard to be so until who transfers gives up, or atxfernoanswertimeout; the party has heard one
// piece of music all the time.
func TestTransferToABusyTarget(t *testing.T) {
	for _, abort := range []bool{true, false} {
		keysWorld(t, "[inside]\nexten => 1,1,Dial(SIP/1002,20,t)\nexten => 3,1,Dial(SIP/1003,60)\n", func(w *world, a, b, c *testkit.Phone) {
			call, in := connected(t, a, b, "1")
			time.Sleep(200 * time.Millisecond)
			var mu sync.Mutex
			var told []string
			music := func() []string {
				mu.Lock()
				defer mu.Unlock()
				return slices.Clone(told)
			}
			defer w.sys.Core().Listen(func(e event.Event) {
				n := wording.Event(e)
				if strings.HasPrefix(n.Name, "MusicOnHold") {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, strings.TrimPrefix(n.Name, "MusicOnHold"))
				}
			})()
			keyed(in, "*2")
			time.Sleep(300 * time.Millisecond)
			keyed(in, "3")
			answered(t, c).Reject("486 Busy Here")
			time.Sleep(2 * time.Second)
			if got := music(); !slices.Equal(got, []string{"Start"}) {
				t.Errorf("the attempt is over before its time: %q", got)
			}
			if abort {
				keyed(in, "*1")
				time.Sleep(time.Second)
			} else {
				time.Sleep(5 * time.Second)
			}
			if call.Over() || !heardAt(call, in) || !heardAt(in, call) {
				t.Errorf("abort %v: they do not talk", abort)
			}
			if got := music(); !slices.Equal(got, []string{"Start", "Stop"}) {
				t.Errorf("music: %q", got)
			}
			call.Hangup()
			time.Sleep(2 * time.Second)
			if n, _, _ := w.sys.Core().Counts(); n != 0 || len(w.sys.Core().Bridges()) != 0 {
				t.Errorf("%d channels and %d bridges are left", n, len(w.sys.Core().Bridges()))
			}
		})
	}
}

// Who hangs up while the target rings has it ring for the party: it is told of that one, and so are call records.
func TestBlondeTransferNamesTheParty(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Dial(SIP/1002,20,t)\nexten => 3,1,Dial(SIP/1003,60)\n", func(w *world, a, b, c *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		time.Sleep(200 * time.Millisecond)
		keyed(in, "*2")
		time.Sleep(300 * time.Millisecond)
		keyed(in, "3")
		third := answered(t, c)
		third.Ring()
		time.Sleep(time.Second)
		if got := w.channelOf("1003").View().Connected.Num; got != "1" { // what was dialled
			t.Errorf("before it the target is connected with %q", got)
		}
		in.Hangup()
		time.Sleep(time.Second)
		if got := w.channelOf("1003").View().Connected.Num; got != "1001" {
			t.Errorf("after it the target is connected with %q", got)
		}
		third.Answer()
		time.Sleep(time.Second)
		if call.Over() || !heardAt(call, third) || !heardAt(third, call) {
			t.Error("they do not talk")
		}
		call.Hangup()
		time.Sleep(2 * time.Second)
	})
}

// Who ends a call by keys, and who leaves a conference or is fetched out of a lot, has a cause: a normal end.
func TestCauseAfterKeys(t *testing.T) {
	keysWorld(t, "[inside]\nexten => 1,1,Dial(SIP/1002,20,H)\nexten => h,1,Set(GLOBAL(CAUSE)=${HANGUPCAUSE})\n",
		func(w *world, a, b, _ *testkit.Phone) {
			call, _ := connected(t, a, b, "1")
			time.Sleep(200 * time.Millisecond)
			keyed(call, "*0")
			time.Sleep(2 * time.Second)
			if got := w.global("CAUSE"); got != "16" || !call.Over() {
				t.Errorf("HANGUPCAUSE %q, over %v", got, call.Over())
			}
		})
}
