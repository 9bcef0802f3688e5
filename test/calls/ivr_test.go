package calls

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// Blocks of If are younger than the Asterisk that the scripts of testdata/flow ran on; what
// they should do is written beside each.
func TestBlocksOfIf(t *testing.T) {
	const step = " same => n,Set(GLOBAL(R)=${R}"
	for _, row := range []struct{ name, plan, want string }{
		{"true", "If(1)\n" + step + "a)\n same => n,EndIf()\n" + step + "z)", "az"},
		{"false", "If(0)\n" + step + "a)\n same => n,EndIf()\n" + step + "z)", "z"},
		{"else", "If(0)\n" + step + "a)\n same => n,Else()\n" + step + "b)\n same => n,EndIf()\n" + step + "z)", "bz"},
		{"not else", "If(1)\n" + step + "a)\n same => n,Else()\n" + step + "b)\n same => n,EndIf()\n" + step + "z)", "az"},
		{"else if", "If(0)\n" + step + "a)\n same => n,ElseIf($[1 = 2])\n" + step + "b)\n same => n,ElseIf($[1 = 1])\n" + step +
			"c)\n same => n,Else()\n" + step + "d)\n same => n,EndIf()\n" + step + "z)", "cz"},
		{"nested", "If(0)\n same => n,If(1)\n" + step + "a)\n same => n,Else()\n" + step +
			"b)\n same => n,EndIf()\n same => n,Else()\n same => n,If(0)\n" + step + "c)\n same => n,Else()\n" + step +
			"d)\n same => n,EndIf()\n same => n,EndIf()\n" + step + "z)", "dz"},
		{"exit", "If(1)\n" + step + "a)\n same => n,ExitIf()\n" + step + "b)\n same => n,EndIf()\n" + step + "z)", "az"},
		{"in a loop", "Set(i=0)\n same => n,While($[${i} < 3])\n same => n,If($[${i} = 1])\n" + step + "x)\n same => n,Else()\n" + step +
			"${i})\n same => n,EndIf()\n same => n,Set(i=$[${i} + 1])\n same => n,EndWhile()\n" + step + "z)", "0x2z"},
		{"without an end", "If(0)\n" + step + "a)", "a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, baseSIP, "[inside]\nexten => 1,1,"+row.plan+"\n", testkit.Faults{})
				p := w.registered("1001", "one", "10.0.0.11:5060")
				call := p.Dial("1")
				time.Sleep(time.Second)
				call.Cancel()
				time.Sleep(time.Minute)
				if got, _ := w.sys.Core().Global("R"); got != row.want {
					t.Errorf("%q, want %q", got, row.want)
				}
				p.Close()
				w.stop()
			})
		})
	}
}

const ivr = `[inside]
exten => s,1,Answer()
same => n(menu),Background(demo-welcome)
same => n,WaitExten(4)
same => n,Set(CDR(userfield)=nothing pressed)
same => n,Hangup()
exten => 1,1,Set(CDR(userfield)=one)
same => n,Hangup()
exten => 22,1,Set(CDR(userfield)=twenty-two)
same => n,Hangup()
exten => 2,1,Set(CDR(userfield)=two)
same => n,Hangup()
exten => i,1,Set(CDR(userfield)=no ${INVALID_EXTEN})
same => n,Hangup()
exten => 800,1,Goto(s,1)
exten => 801,1,Read(PIN,beep,4,,2,3)
same => n,Set(CDR(userfield)=${PIN} ${READSTATUS})
same => n,Hangup()
exten => 802,1,Answer()
same => n,WaitDigit(3,12)
same => n,Set(CDR(userfield)=${WAITDIGITSTATUS} ${WAITDIGITRESULT})
same => n,Hangup()
exten => 803,1,Answer()
same => n,SayNumber(-1210)
same => n,SayDigits(1*#)
same => n,SayAlpha(a1.)
same => n,Set(CDR(userfield)=said)
same => n,Hangup()
exten => 804,1,Background(beep&nosuch)
same => n,Set(CDR(userfield)=${BACKGROUNDSTATUS})
same => n,Hangup()
exten => 805,1,Background(demo-welcome,s)
same => n,Read(X,beep,4,s)
same => n,Set(CDR(userfield)=${READSTATUS})
same => n,Hangup()
exten => 806,1,Background(demo-welcome,m)
same => n,Set(CDR(userfield)=heard it all)
same => n,Hangup()
exten => 807,1,Background(demo-welcome,p)
same => n,Set(CDR(userfield)=heard it all)
same => n,Hangup()
`

// A menu, a PIN and spoken numbers, with keys pressed while the prompt runs and after it.
func TestMenuWithKeys(t *testing.T) {
	for _, row := range []struct{ number, keys, want string }{
		{"800", "1", "one"},            // it interrupts the prompt
		{"800", "22", "twenty-two"},    // 2 may become 22
		{"800", "2", "two"},            // and does not
		{"800", "9", "no 9"},           // not an extension
		{"800", "", "nothing pressed"}, // the step behind WaitExten
		{"801", "1234", "1234 OK"},
		{"801", "12#", "12 OK"},
		{"801", "12", "12 TIMEOUT"},
		{"801", "", " TIMEOUT"},
		{"802", "52", "DTMF 2"}, // 5 is not asked for
		{"802", "", "TIMEOUT "},
		{"803", "", "said"},
		{"804", "", "FAILED"},
		{"805", "", "SKIPPED"},
		{"806", "9", "heard it all"}, // 9 is no extension of one digit
		{"806", "1", "one"},
		{"807", "1", "heard it all"},
	} {
		t.Run(row.number+" "+row.keys, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, baseSIP, ivr, testkit.Faults{})
				p := w.registered("1001", "one", "10.0.0.11:5060")
				call := p.Dial(row.number)
				if row.number != "805" && !call.Wait("200", time.Second) {
					t.Error("not answered")
				}
				for _, d := range row.keys {
					time.Sleep(200 * time.Millisecond)
					call.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal="+string(d)+"\r\nDuration=100\r\n")
				}
				time.Sleep(time.Minute)
				p.Close()
				w.stop()
				b, _ := os.ReadFile(filepath.Join(w.dir, "log", "cdr-csv", "Master.csv"))
				if !strings.HasSuffix(strings.TrimSpace(string(b)), `"`+row.want+`"`) {
					t.Errorf("record %s, want %q", b, row.want)
				}
			})
		})
	}
}

// Who is called presses 1 to take the call; until then the caller hears ringing.
func TestCallIsTakenWithAKey(t *testing.T) {
	const plan = `[inside]
exten => _1XXX,1,Dial(SIP/1002&SIP/1003,20,U(ask))
same => n,Set(CDR(userfield)=${DIALSTATUS} ${GOSUB_RETVAL})
same => n,Hangup()
[ask]
exten => s,1,Read(KEY,beep,1,,1,5)
same => n,Set(GOSUB_RESULT=${IF($["${KEY}" = "1"]?:BUSY)})
same => n,Return(pressed ${KEY})
`
	for _, row := range []struct {
		name, key       string
		up, left, early bool
		want            string
	}{
		{"taken", "1", true, false, false, ""},
		{"refused", "2", false, false, false, "BUSY pressed 2"},
		{"no key", "", false, false, false, "BUSY pressed "},
		{"hung up", "", false, true, false, ""},
		{"the caller leaves", "1", false, false, true, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, strings.Replace(baseSIP, "[1002]", "[1003]\ntype=friend\nhost=dynamic\nsecret=three\ncontext=inside\n[1002]", 1),
					plan, testkit.Faults{})
				a, b, other := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060"), w.registered("1003",
					"three", "10.0.0.13:5060")
				call := a.Dial("1002")
				in, late := answered(t, b), answered(t, other)
				late.Ring()
				in.Answer()
				if !late.Wait("CANCEL", time.Second) {
					t.Error("the other goes on ringing")
				}
				if call.Wait("200", 200*time.Millisecond) {
					t.Error("the caller is answered before the call is taken")
				}
				switch {
				case row.early:
					call.Cancel()
				case row.left:
					in.Hangup()
				case row.key != "":
					in.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal="+row.key+"\r\nDuration=100\r\n")
				}
				if up := call.Wait("200", 10*time.Second); up != row.up {
					t.Errorf("the caller is answered: %v", up)
				}
				if row.up {
					call.Hangup()
				}
				if !row.left && !in.Wait("BYE", time.Minute) {
					t.Error("the callee is left up")
				}
				time.Sleep(time.Minute)
				if n := len(w.sys.Core().Channels()); n != 0 {
					t.Errorf("%d channels are left", n)
				}
				for _, p := range []*testkit.Phone{a, b, other} {
					p.Close()
				}
				w.stop()
				record, _ := os.ReadFile(filepath.Join(w.dir, "log", "cdr-csv", "Master.csv"))
				if !strings.Contains(string(record), `"`+row.want+`"`) {
					t.Errorf("record %s, want %q", record, row.want)
				}
			})
		})
	}
}
