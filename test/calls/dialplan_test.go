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

const featureExtensions = `[general]
autofallthrough=yes
[globals]
GREETING=hello
TRUNKNUM=0${GREETING:0:1}
[inside]
include => included
exten => 1,1,Set(CDR(userfield)=${GREETING}-${CALLERID(num)}-${EXTEN}@${CONTEXT}:${PRIORITY})
same => n,Goto(2,there)
exten => 2,1,Set(CDR(userfield)=wrong)
same => n(there),Set(N=$[3 * (4 + 1)])
same => n,GotoIf($[${N} = 15]?yes:no)
same => n(no),Set(CDR(userfield)=no)
same => n(yes),Set(CDR(userfield)=${CDR(userfield)}/${N}/${TRUNKNUM}/${LEN(${SIPCALLID})})
same => n,Answer()
same => n,Hangup()
exten => 3,1,Answer()
same => n,Playback(beep&nothing-such,noanswer)
same => n,Set(CDR(userfield)=${PLAYBACKSTATUS})
same => n,Hangup()
exten => 4,1,Answer()
same => n,Goto(99,1)
exten => 5,1,Answer()
same => n,NoSuchApp(x)
same => n,Set(CDR(userfield)=went on)
exten => 6,1,Answer()
same => n,Goto(nolabel)
exten => 7,1,Dial(SIP/1002,5,g)
same => n,Set(CDR(userfield)=${DIALSTATUS}-${HANGUPCAUSE})
same => n,Hangup()
exten => 8,1,Answer()
same => n,Busy(1)
exten => 9,1,Answer()
same => n,Wait(0.5)
exten => 12,1,Answer()
same => n,Set(TIMEOUT(absolute)=1.5)
same => n,Wait(30)
same => n,Set(CDR(userfield)=not reached)
exten => T,1,Set(CDR(userfield)=timeout)
same => n,Hangup()
exten => i,1,Set(CDR(userfield)=invalid ${INVALID_EXTEN})
same => n,Hangup()
exten => h,1,Set(CDR(userfield)=${CDR(userfield)}+h)
[included]
exten => _55X.,1,Answer()
same => n,Set(CDR(userfield)=pattern ${EXTEN:2})
same => n,Hangup()
exten => 10,1,Set(__DEEP=1)
same => n,Set(_ONCE=1)
same => n,Dial(Local/11@included,5)
exten => 11,1,Set(CDR(userfield)=deep ${DEEP} once ${ONCE})
same => n,Answer()
same => n,Wait(1)
`

// Each row dials a number and reads CDR(userfield) of the record.
func TestDialplanFeatures(t *testing.T) {
	for number, want := range map[string]string{
		"1":    "hello-1001-1@inside:1/15/0h/13+h",
		"3":    "FAILED+h",
		"4":    "invalid 99+h",
		"5":    "+h",
		"6":    "+h",
		"8":    "+h",
		"9":    "+h",
		"12":   "timeout+h",
		"5512": "pattern 12", // h is not in the included context's way: the call stays in inside
	} {
		t.Run(number, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": featureExtensions})
				a := w.registered("1001", "one", "10.0.0.11:5060")
				c := a.Dial(number)
				if !c.Wait("BYE", 20*time.Second) {
					t.Error("the call does not end")
				}
				time.Sleep(100 * time.Millisecond)
				a.Close()
				w.stop()
				b, _ := os.ReadFile(filepath.Join(w.dir, "log", "cdr-csv", "Master.csv"))
				if number == "5512" {
					want += "+h"
				}
				if !strings.HasSuffix(strings.TrimSpace(string(b)), `"`+want+`"`) {
					t.Errorf("record %s, want %s", b, want)
				}
			})
		})
	}
}

// Without autofallthrough the caller may dial on; nothing dialled goes to "t".
func TestDigitsAfterTheEnd(t *testing.T) {
	for digits, want := range map[string]string{"": "timed out", "42": "got 42", "7": "invalid 7"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": `[general]
autofallthrough=no
[inside]
exten => 1,1,Answer()
exten => _4X,1,Set(CDR(userfield)=got ${EXTEN})
same => n,Hangup()
exten => t,1,Set(CDR(userfield)=timed out)
same => n,Hangup()
exten => i,1,Set(CDR(userfield)=invalid ${INVALID_EXTEN})
same => n,Hangup()
`})
			a := w.registered("1001", "one", "10.0.0.11:5060")
			c := a.Dial("1")
			c.Wait("200", time.Second)
			for _, d := range digits {
				c.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal="+string(d)+"\r\nDuration=100\r\n")
			}
			if !c.Wait("BYE", 20*time.Second) {
				t.Error("the call does not end")
			}
			time.Sleep(100 * time.Millisecond)
			a.Close()
			w.stop()
			if r := w.cdr(); !strings.Contains(r, `"`+want+`"`) {
				t.Errorf("%q: %s", digits, r)
			}
		})
	}
}

func TestDialGoesOnWithG(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": featureExtensions})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		c, in := connected(t, a, b, "7")
		in.Hangup()
		if !c.Wait("BYE", time.Second) {
			t.Error("no BYE")
		}
		time.Sleep(100 * time.Millisecond)
		a.Close()
		b.Close()
		w.stop()
		if r := w.cdr(); !strings.Contains(r, `"ANSWER-16+h"`) || !strings.Contains(r, `"ANSWERED"`) {
			t.Error(r)
		}
	})
}

func TestVariablesReachLocalChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": featureExtensions})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		c := a.Dial("10")
		if !c.Wait("200", time.Second) || !c.Wait("BYE", 5*time.Second) {
			t.Error("no call through the Local channel")
		}
		time.Sleep(100 * time.Millisecond)
		a.Close()
		w.stop()
		// ;1 is the next channel and gets _ONCE plain; ;2 is a channel further.
		if r := w.cdr(); !strings.Contains(r, `"deep 1 once `) {
			t.Error(r)
		}
	})
}

func TestEarlyPromptIsPlayedInFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, "[inside]\nexten => 1,1,Progress()\nsame => n,Playback(beep,noanswer)\nsame => n,Busy()\n", testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		c := a.Dial("1")
		if !c.Wait("486", 5*time.Second) {
			t.Error("not refused after the prompt")
		}
		if _, n := c.Media.Counts(); n != 13 { // 0.25 s
			t.Errorf("%d packets", n)
		}
		a.Close()
		w.stop()
	})
}

func TestPromptIsPlayedInFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, "[inside]\nexten => 1,1,Playback(beep)\nsame => n,Hangup()\n", testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		c := a.Dial("1")
		answered := time.Now()
		c.Wait("BYE", 5*time.Second)
		// 13 frames, the last one half full: it is heard before the BYE.
		if d := time.Since(answered); d < 13*20*time.Millisecond {
			t.Errorf("hung up %v after the answer", d)
		}
		if l := c.Media.Level(1000); l < 2000 {
			t.Errorf("the beep arrived with level %.0f", l)
		}
		if _, n := c.Media.Counts(); n != 13 { // 0.25 s
			t.Errorf("%d packets", n)
		}
		a.Close()
		w.stop()
	})
}

// The called user is decoded before the dialplan sees it; with pedantic=no it may be found as it
// is written.
func TestCalledUserIsDecoded(t *testing.T) {
	for pedantic, want := range map[string]string{"yes": "*21#", "no": "*21%23"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[general]\n", "[general]\npedantic="+pedantic+"\n", 1),
				"extensions.conf": "[inside]\nexten => _[*].,1,Set(GLOBAL(E)=${EXTEN})\n"})
			p := w.registered("1001", "one", "10.0.0.11:5060")
			p.Dial("*21%23")
			time.Sleep(time.Second)
			if got := w.global("E"); got != want {
				t.Errorf("pedantic=%s: %q, want %q", pedantic, got, want)
			}
			p.Close()
			w.stop()
		})
	}
}
