package calls

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A step is told of where the place in the dialplan is another one than was told last: who jumps to where he is, or calls it
// as a subroutine, is no news; who is sent elsewhere is told of by the step there. As Asterisk 20 does it.
func TestStepsAsTold(t *testing.T) {
	const plan = `[inside]
exten => l,1,GotoIf($[${SET(I=$[0${I} + 1])} < 4]?l,1)
same => n,Gosub(g,1)
same => n,TryExec(NoOp(t))
same => n,Wait(1)
same => n,Wait(10)
exten => g,1,GosubIf($[${SET(J=$[0${J} + 1])} < 4]?g,1)
same => n,Return()
exten => r,1,Answer()
same => n,NoOp(here)
exten => w,1,Wait(20)
`
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, plan)
		m := w.client("admin", "secret")
		m.read(time.Second)
		m.ask("Action: Events\r\nEventMask: dialplan")
		w.console("channel originate Local/l@inside/n extension w@inside")
		time.Sleep(3 * time.Second)
		w.console("channel redirect " + w.half("l;2").Name() + " inside,r,1")
		time.Sleep(time.Second)
		var got []string
		for _, block := range strings.Split(m.read(time.Second), "\r\n\r\n") {
			if headerOf(block, "Event") == "Newexten" && strings.HasSuffix(headerOf(block, "Channel"), ";2") {
				got = append(got, headerOf(block, "Exten")+" "+headerOf(block, "Priority")+" "+headerOf(block, "Application"))
			}
		}
		want := []string{"l 1 GotoIf", "l 2 Gosub", "g 1 GosubIf", "g 2 Return", "l 3 TryExec", "l 4 Wait", "l 5 Wait", "r 1 Answer", "r 2 NoOp"}
		if !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
		w.stop()
	})
}
