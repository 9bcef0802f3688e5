package calls

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// relaxdtmf: a key whose high tone is 5 dB over the low one.
func TestRelaxDTMF(t *testing.T) {
	for general, want := range map[string]string{"": "none", "relaxdtmf=yes\n": "5", "relaxdtmf=no\n": "none"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, configured(general, "dtmfmode=inband\n", ""),
				"[inside]\nexten => 1,1,Answer()\n same => n,Read(X,,1,,,3)\n same => n,Set(GLOBAL(R)=${IF($[\"${X}\" = \"\"]?none:${X})})\n",
				testkit.Faults{})
			a := w.registered("1001", "one", "10.0.0.11:5060")
			call := a.Dial("1")
			if !call.Wait("200", time.Second) {
				t.Fatal("not answered")
			}
			time.Sleep(100 * time.Millisecond)
			call.Media.Chord(200*time.Millisecond, testkit.Sine{Hz: 770, Amplitude: 4000}, testkit.Sine{Hz: 1336, Amplitude: 7100})
			call.Wait("BYE", 10*time.Second)
			if got, _ := w.sys.Core().Global("R"); got != want {
				t.Errorf("%q: heard %q, want %q", general, got, want)
			}
			a.Close()
			w.stop()
		})
	}
}

// cid_tag is the tag of the endpoint, as caller and as who was called.
func TestCallerIDTag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, configured("", "cid_tag=sales\n", "callerid=Bob <1002>\ncid_tag=door\n"),
			"[inside]\nexten => 1,1,Set(GLOBAL(A)=${CALLERID(tag)})\n same => n,Dial(SIP/1002,9,b(inside^2^1)g)\n"+
				" same => n,Set(GLOBAL(C)=${CONNECTEDLINE(tag)})\n same => n,Set(CALLERID(tag)=mine)\n same => n,Set(GLOBAL(D)=${CALLERID(tag)})\n"+
				"exten => 2,1,Set(GLOBAL(B)=${CALLERID(tag)}/${CONNECTEDLINE(tag)})\n same => n,Return()\n", testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call, in := connected(t, a, b, "1")
		in.Hangup()
		call.Wait("BYE", 2*time.Second)
		for name, want := range map[string]string{"A": "sales", "B": "door/sales", "C": "door", "D": "mine"} {
			if got, _ := w.sys.Core().Global(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		a.Close()
		b.Close()
		w.stop()
	})
}
