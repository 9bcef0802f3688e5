package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// transferPlan transfers by programs: *5 and *6 run a subroutine in the midst of a call.
const transferPlan = `[inside]
exten => 1,1,Set(DYNAMIC_FEATURES=blind#attended)
same => n,Set(TRANSFER_CONTEXT=inside)
same => n,Dial(SIP/1002,20,g)
same => n,Set(GLOBAL(AFTER)=${DIALSTATUS} ${BLINDTRANSFER:0:8})
exten => 3,1,Dial(SIP/1003,20)
exten => 5,1,Answer()
same => n,BlindTransfer(3)
same => n,Set(B=${BLINDTRANSFERSTATUS})
same => n,BlindTransfer()
same => n,Set(B=${B} ${BLINDTRANSFERSTATUS})
same => n,AttendedTransfer(3)
same => n,Set(A=${ATTENDEDTRANSFERSTATUS})
same => n,Set(TRANSFER_CONTEXT=inside)
same => n,AttendedTransfer(3)
same => n,Set(A=${A} ${ATTENDEDTRANSFERSTATUS})
same => n,AttendedTransfer()
same => n,Set(A=${A} ${ATTENDEDTRANSFERSTATUS})
same => n,Set(FEATUREMAP(atxfer)=)
same => n,AttendedTransfer(3)
same => n,Set(GLOBAL(ALONE)=${B} / ${A} ${ATTENDEDTRANSFERSTATUS})
[away]
exten => b,1,BlindTransfer(3,inside)
same => n,Set(GLOBAL(SAID)=${BLINDTRANSFERSTATUS})
same => n,Return()
exten => a,1,AttendedTransfer(3)
same => n,Set(GLOBAL(SAID)=${ATTENDEDTRANSFERSTATUS})
same => n,Return()
`

const transferMap = "[featuremap]\natxfer = *2\n[applicationmap]\n" +
	"blind => *5,self/both,Gosub(away,b,1)\nattended => *6,self/both,Gosub(away,a,1)\n"

func withTransfers(t *testing.T, f func(w *world, a, b, c *testkit.Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[general]\n", "[general]\ndtmfmode=info\n", 1),
			"extensions.conf": transferPlan, "features.conf": transferMap})
		w.prompts("pbx-transfer", "beep", "beeperr", "pbx-invalid")
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		c := w.registered("1003", "three", "10.0.0.13:5060")
		f(w, a, b, c)
		w.stop()
		a.Close()
		b.Close()
		c.Close()
	})
}

// BlindTransfer sends the other party away, and who has asked for it goes on in the dialplan.
func TestBlindTransferApp(t *testing.T) {
	withTransfers(t, func(w *world, a, b, c *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		time.Sleep(100 * time.Millisecond)
		keyed(call, "*5")
		third := answered(t, c)
		third.Answer()
		time.Sleep(time.Second)
		if !call.Over() || !heardAt(in, third) || !heardAt(third, in) {
			t.Error("the two others do not talk")
		}
		if said, after := w.global("SAID"), w.global("AFTER"); said != "SUCCESS" || after != "ANSWER SIP/1002" {
			t.Errorf("said %q, after it %q", said, after)
		}
		third.Hangup()
		time.Sleep(time.Second)
	})
}

// AttendedTransfer calls the target for who has asked for it, as the keys do; he hangs up, and the two others talk.
func TestAttendedTransferApp(t *testing.T) {
	withTransfers(t, func(w *world, a, b, c *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		time.Sleep(100 * time.Millisecond)
		keyed(call, "*6")
		third := answered(t, c)
		third.Answer()
		time.Sleep(time.Second)
		if w.global("SAID") != "SUCCESS" || !heardAt(call, third) || heardAt(in, third) {
			t.Errorf("said %q, or he does not talk with the third", w.global("SAID"))
		}
		call.Hangup()
		time.Sleep(time.Second)
		if !heardAt(in, third) || !heardAt(third, in) {
			t.Error("the two others do not talk")
		}
		third.Hangup()
		time.Sleep(time.Second)
	})
}

// Who is in no call transfers nobody: observed with Asterisk 20.20.1, as are the words.
func TestTransferAppsAlone(t *testing.T) {
	withTransfers(t, func(w *world, a, _, _ *testkit.Phone) {
		call := a.Dial("5")
		time.Sleep(2 * time.Second)
		if got := w.global("ALONE"); got != "INVALID FAILURE / NOTPERMITTED SUCCESS FAILURE NOTPERMITTED" {
			t.Errorf("%q", got)
		}
		call.Hangup()
		time.Sleep(time.Second)
	})
}
