package calls

import (
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// pjsipWorld is a world whose dialplan uses the names of chan_pjsip.
func pjsipWorld(t *testing.T, plan string, f func(w *world, a, b *testkit.Phone)) {
	t.Helper()
	headerWorld(t, "callcounter=yes\n", "", "", func(w *world, a, b *testkit.Phone) {
		w.write("extensions.conf", "[general]\npjsipnames=yes\n[inside]\n"+plan)
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		f(w, a, b)
	})
}

// PJSIP/ names endpoints of sip.conf; headers of a pre-dial handler go out, and the channels are
// called SIP/.
func TestPJSIPNames(t *testing.T) {
	const plan = `exten => 1,1,Dial(PJSIP/1002,,b(inside^add^1))
exten => 2,1,Dial(${PJSIP_DIAL_CONTACTS(1002)})
exten => 3,1,Dial(PJSIP/77@1002)
exten => 4,1,Dial(PJSIP/1002/sip:88@10.0.0.12)
exten => add,1,Set(PJSIP_HEADER(add,X-One)=1)
same => n,Set(PJSIP_HEADER(add,X-Two)=2)
same => n,Set(PJSIP_HEADER(update,X-Two)=two, and more)
same => n,Set(PJSIP_HEADER(add,X-Gone)=x)
same => n,Set(PJSIP_HEADER(add,X-Name)=${CHANNEL(name):0:9} ${PJSIP_HEADER(read,X-One)})
same => n,Set(PJSIP_HEADER(remove,X-G*)=)
same => n,Return()
`
	pjsipWorld(t, plan, func(_ *world, a, b *testkit.Phone) {
		for number, user := range map[string]string{"1": "1002", "2": "1002", "3": "77", "4": "88"} {
			c := a.Dial(number)
			in := answered(t, b)
			if got := in.Invite().Start; !uriOf(got, user) {
				t.Errorf("%s calls %s, want %s", number, got, user)
			}
			if number == "1" {
				for name, want := range map[string]string{"X-One": "1", "X-Two": "two, and more", "X-Gone": "", "X-Name": "SIP/1002- 1"} {
					if got := in.Invite().Get(name); got != want {
						t.Errorf("%s: %q, want %q", name, got, want)
					}
				}
			}
			in.Reject("486 Busy Here")
			c.Wait("486", time.Second)
			time.Sleep(time.Second)
		}
	})
}

// uriOf says whether a request is to a user.
func uriOf(uri, user string) bool {
	return strings.HasPrefix(uri, "INVITE sip:"+user+"@")
}

// The functions of chan_pjsip read endpoints and calls.
func TestPJSIPFunctions(t *testing.T) {
	const plan = `exten => 1,1,Set(GLOBAL(A)=${PJSIP_HEADER(read,X-Test,2)}|${PJSIP_HEADER(read,X-*)}|${PJSIP_ENDPOINT(1002,context)}|${CHANNEL(endpoint)}|${PJSIP_DTMF_MODE()})
same => n,Set(GLOBAL(B)=${PJSIP_CONTACT(${PJSIP_AOR(1002,contact)},uri)}|${PJSIP_CONTACT(${PJSIP_AOR(1002,contact)},status)}|${DEVICE_STATE(PJSIP/1002)}|${DEVICE_STATE(PJSIP/nobody)}|${PJSIP_AOR(1002,contact)})
same => n,Set(GLOBAL(C)=${PJSIP_DIAL_CONTACTS(1002,,9)}|${IF($["${CHANNEL(pjsip,call-id)}" = "${SIPCALLID}"]?same:other)})
same => n,Hangup()
exten => 9,1,Answer()
same => n,Wait(5)
exten => 1002,hint,PJSIP/1002
`
	pjsipWorld(t, plan, func(w *world, a, b *testkit.Phone) {
		a.Headers = "X-Test: first\r\nX-Test: second\r\n"
		a.Dial("1").Wait("", time.Second)
		time.Sleep(time.Second)
		for name, want := range map[string]string{"A": "second|first|inside|1001|rfc4733",
			"B": "sip:1002@10.0.0.12:5060|NonQualified|NOT_INUSE|INVALID|1002;@b5d9390aef07ba0abaffa202d0f0c97b",
			"C": "PJSIP/9@1002|same"} {
			if got, _ := w.sys.Core().Global(name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		var told sync.Mutex
		var seen []pbx.ExtensionState
		watch, now, ok := w.sys.Core().WatchHint("inside", "1002", func(s pbx.HintState) {
			told.Lock()
			seen = append(seen, s.State)
			told.Unlock()
		})
		if !ok || now.State != pbx.ExtensionIdle {
			t.Fatalf("the hint is %v", now)
		}
		defer watch.Close()
		c := b.Dial("9")
		c.Wait("200", time.Second)
		time.Sleep(time.Second)
		c.Hangup()
		time.Sleep(time.Second)
		told.Lock()
		defer told.Unlock()
		if len(seen) != 2 || seen[0] != pbx.ExtensionInUse || seen[1] != pbx.ExtensionIdle {
			t.Errorf("watchers of the hint are told %v", seen)
		}
	})
}

// What channels are called by their beginnings has PJSIP/ too.
func TestPJSIPNamesOfChannels(t *testing.T) {
	const plan = `exten => 1,1,Dial(PJSIP/1002)
exten => 2,1,PickupChan(PJSIP/1002)
same => n,Hangup()
exten => 3,1,SoftHangup(PJSIP/1002,a)
same => n,Hangup()
exten => 4,1,ChanSpy(PJSIP/1002,qEX)
exten => 5,1,ChanSpy(PJSIP,qEX)
exten => 9,1,Answer()
same => n,Wait(60)
`
	pjsipWorld(t, plan, func(w *world, a, b *testkit.Phone) {
		out := a.Dial("1")
		answered(t, b).Ring()
		picks := a.Dial("2")
		picks.Wait("200", 2*time.Second)
		out.Wait("200", 2*time.Second)
		picks.Hangup()
		time.Sleep(time.Second)

		waits := b.Dial("9")
		waits.Wait("200", time.Second)
		for _, number := range []string{"4", "5"} {
			spies := a.Dial(number)
			spies.Wait("200", time.Second)
			time.Sleep(time.Second)
			if n := len(w.sys.Core().Channels()); n != 2 {
				t.Errorf("%s: %d channels, and nobody to listen to", number, n)
			}
			spies.Hangup()
			time.Sleep(time.Second)
		}
		a.Dial("3").Wait("", time.Second)
		time.Sleep(time.Second)
		if n := len(w.sys.Core().Channels()); n != 0 {
			t.Errorf("%d channels are left", n)
		}
	})
}
