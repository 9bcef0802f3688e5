package calls

import (
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// numbered is what tells channels of one name apart.
var numbered = regexp.MustCompile(`-[0-9a-f]{8}`)

// recordsOf are the lines of Master.csv, with the fields named by their places.
func recordsOf(w *world, fields ...int) (out []string) {
	lines, _ := csv.NewReader(strings.NewReader(w.cdr())).ReadAll()
	for _, f := range lines {
		var line []string
		for _, n := range fields {
			line = append(line, f[n])
		}
		out = append(out, strings.Join(line, "|"))
	}
	return out
}

// Records of whole calls as a running Asterisk 20.20.1 wrote them: destination, context, channels,
// application and what became of it.
func TestRecordsAsAsteriskHasThem(t *testing.T) {
	const conf = "[general]\nunanswered=yes\n"
	const takes = "exten => 2,1,Answer()\nsame => n,Set(CDR_PROP(disable)=1)\nsame => n,Echo()\n" +
		"exten => 3,1,Answer()\nsame => n,Set(GLOBAL(IT)=${CHANNEL})\nsame => n,Echo()\n" +
		"exten => 4,1,Answer()\nsame => n,Bridge(${IT})\nsame => n,Hangup()\n" +
		"exten => 5,1,Answer()\nsame => n,Set(GLOBAL(IT)=${CHANNEL})\nsame => n,Wait(60)\nsame => n,NoOp(on)\n" +
		"same => n,Wait(0.5)\nsame => n,NoOp()\n" // it ends after 4, which leaves the bridge in the same moment
	for _, c := range []struct {
		name, plan string
		play       func(w *world, a, b *testkit.Phone)
		want       []string
	}{
		{"a Dial in a macro", "exten => 1,1,Macro(out,SIP/1002)\n[macro-out]\nexten => s,1,Dial(${ARG1},10,g)\n",
			func(w *world, a, b *testkit.Phone) {
				_, in := connected(t, a, b, "1")
				in.Hangup()
			}, []string{"1|inside|SIP/1001|SIP/1002|Dial|ANSWERED"}},
		{"the subroutine of U decides", "exten => 1,1,Dial(SIP/1002,10,U(no))\nsame => n,Wait(0.5)\n[no]\nexten => " +
			"s,1,Set(GOSUB_RESULT=CONTINUE)\nsame => n,Return()\n", func(w *world, a, b *testkit.Phone) {
			call := a.Dial("1")
			answered(t, b).Answer()
			call.Wait("603", 3*time.Second)
		}, []string{"1|inside|SIP/1001|SIP/1002|Dial|FAILED", "1|inside|SIP/1001||Wait|NO ANSWER"}},
		{"the macro of M decides", "exten => 1,1,Dial(Local/2@inside/n,10,M(no^ABORT))\nexten => 2,1,Answer()\nsame => n,Wait(5)\n" +
			"[macro-no]\nexten => s,1,Set(MACRO_RESULT=${ARG1})\n", func(w *world, a, b *testkit.Phone) {
			a.Dial("1").Wait("603", 3*time.Second)
		}, []string{"2|inside|Local/2@inside;2||Answer|ANSWERED", "1|inside|SIP/1001|Local/2@inside;1|Dial|FAILED"}},
		{"a bridged caller is redirected", "exten => 1,1,Dial(SIP/1002,10)\n[gone]\nexten => s,1,Wait(0.3)\nsame => n,Wait(0.2)\n",
			func(w *world, a, b *testkit.Phone) {
				call, _ := connected(t, a, b, "1")
				w.console("channel redirect SIP/1001-00000000 gone,s,1")
				call.Wait("BYE", 3*time.Second)
			}, []string{"s|gone|SIP/1001|SIP/1002|Dial|ANSWERED"}},
		{"a transferred caller", "exten => 1,1,Dial(SIP/1002,10)\nexten => 2,1,Wait(0.5)\n", func(w *world, a, b *testkit.Phone) {
			call, in := connected(t, a, b, "1")
			in.Send("REFER", "Refer-To: <sip:2@10.0.0.1>\r\n", "")
			in.Hangup()
			call.Wait("BYE", 3*time.Second)
		}, []string{"2|inside|SIP/1001|SIP/1002|Dial|ANSWERED"}},
		{"a subroutine hangs the callee up before he is called", "exten => 1,1,Dial(SIP/1002,10,gb(no^s^1))\n" +
			"same => n,NoOp(${DIALSTATUS} ${HANGUPCAUSE})\n[no]\nexten => s,1,Hangup(17)\n", func(w *world, a, b *testkit.Phone) {
			a.Dial("1").Wait("486", 3*time.Second)
		}, []string{"1|inside|SIP/1002||Hangup|BUSY", "1|inside|SIP/1001||Dial|FAILED"}},
		{"a Local channel that leads nowhere", "exten => 1,1,Dial(Local/none@inside,10)\n", func(w *world, a, b *testkit.Phone) {
			a.Dial("1").Wait("503", 3*time.Second)
		}, []string{"none|inside|Local/none@inside;2|||FAILED", "1|inside|SIP/1001||Dial|FAILED"}},
		{"the caller gives up outside Dial", "exten => 1,1,Ringing()\nsame => n,Wait(20)\n", func(w *world, a, b *testkit.Phone) {
			call := a.Dial("1")
			time.Sleep(time.Second)
			call.Cancel()
		}, []string{"1|inside|SIP/1001||Wait|FAILED"}},
		{"what is left of a pickup", "exten => 1,1,Dial(SIP/1002,10)\nexten => 2,1,Pickup(1@inside)\n", picksUp("1", "2"),
			[]string{"2|inside|SIP/1002||AppDial|NO ANSWER", "1|inside|SIP/1001|SIP/1002|Dial|NO ANSWER",
				"1|inside|SIP/1001|SIP/1003|Dial|ANSWERED"}},
		{"a channel of the switchboard is taken by Bridge", takes, func(w *world, a, b *testkit.Phone) {
			w.console("channel originate Local/2@inside extension 3@inside")
			time.Sleep(time.Second)
			w.console("channel originate Local/2@inside extension 4@inside")
			time.Sleep(time.Second)
			w.console("channel request hangup Local/2@inside-00000000;1")
		}, []string{"4|inside|Local/2@inside;1|Local/2@inside;1|Bridge|ANSWERED", "4|inside|Local/2@inside;1||Hangup|ANSWERED"}},
		{"a caller is taken by Bridge", takes, func(w *world, a, b *testkit.Phone) {
			call := a.Dial("3")
			time.Sleep(time.Second)
			b.Dial("4")
			time.Sleep(time.Second)
			call.Hangup()
		}, []string{"3|inside|SIP/1001||Echo|ANSWERED", "4|inside|SIP/1002|SIP/1001|Bridge|ANSWERED", "4|inside|SIP/1002||Hangup|ANSWERED"}},
		{"option S of Bridge", strings.Replace(takes, "${IT}", "${IT},S(2)", 1), func(w *world, a, b *testkit.Phone) {
			call := a.Dial("5")
			time.Sleep(time.Second)
			b.Dial("4").Wait("BYE", 5*time.Second)
			call.Wait("BYE", 5*time.Second)
		}, []string{"4|inside|SIP/1002|SIP/1001|Bridge|ANSWERED", "5|inside|SIP/1001||Wait|ANSWERED", "5|inside|SIP/1001||NoOp|ANSWERED"}},
		{"nobody took a call of the switchboard", "exten => 1,1,Wait(1)\nexten => failed,1,NoOp()\n", func(w *world, a, b *testkit.Phone) {
			w.console("channel originate Local/none@inside extension 1@inside")
			time.Sleep(time.Second)
		}, []string{"none|inside|Local/none@inside;2|||FAILED", "none|inside|Local/none@inside;1||AppDial2|FAILED",
			"failed|inside|OutgoingSpoolFailed||NoOp|FAILED"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": "[inside]\n" + c.plan, "cdr.conf": conf})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				c.play(w, a, b)
				time.Sleep(5 * time.Second)
				a.Close()
				b.Close()
				w.stop()
				got := recordsOf(w, 2, 3, 5, 6, 7, 14)
				for i := range got {
					got[i] = numbered.ReplaceAllString(got[i], "")
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
				}
			})
		})
	}
}
