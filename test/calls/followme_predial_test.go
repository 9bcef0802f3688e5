package calls

import (
	"testing"
	"testing/synctest"
	"time"
)

// The subroutine of FollowMe's b runs on who is called, and what its name leaves out is where the caller
// is (predial of the Asterisk test suite): the number's context has no such label.
func TestFollowMePredial(t *testing.T) {
	for option, want := range map[string]string{"c2(told)": "told 1 inside/", "other^1(x)": "x other inside/", "apart^s^lab(y)": "y s apart/"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "followme.conf": "[general]\nenable_callee_prompt=>false\n" +
				"[me]\ncontext=>far\nnumber=>7,10\n", "extensions.conf": "[inside]\nexten => 1,1,FollowMe(me,db(" + option + "))\n" +
				"same => n,Hangup()\nsame => n(c2)," + note("${ARG1} ${EXTEN} ${CONTEXT}") + "\nsame => n,Return()\n" +
				"exten => other,1," + note("${ARG1} ${EXTEN} ${CONTEXT}") + "\nsame => n,Return()\n" +
				"[apart]\nexten => s,1,NoOp()\nsame => n(lab)," + note("${ARG1} ${EXTEN} ${CONTEXT}") + "\nsame => n,Return()\n" +
				"[far]\nexten => 7,1,Answer()\nsame => n,Wait(5)\n"})
			a := w.registered("1001", "one", "10.0.0.11:5060")
			call := a.Dial("1")
			time.Sleep(3 * time.Second)
			if got := w.global("OUT"); got != want {
				t.Errorf("b(%s): %q", option, got)
			}
			call.Hangup()
			a.Close()
			w.stop()
		})
	}
}
