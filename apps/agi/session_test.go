package agi

import (
	"strings"
	"testing"
	"time"

	"obelisk/pbx"
)

const plan = `exten => 1,1,Answer()
same => n,AGI(agi://192.0.2.1/path/x?y=1,one,two words)
same => n,Set(AFTER=${CONTEXT}-${EXTEN}-${PRIORITY}-${AGISTATUS})
same => n,Wait(100)
same => n(label),Set(AFTER=${CONTEXT}-${EXTEN}-${PRIORITY})
same => n,Wait(100)
exten => sub,1,Set(SEEN=${ARG1})
same => n,Return(back)
exten => lost,1,NoOp()
exten => 2,1,Set(AGIEXITONHANGUP=yes)
same => n,AGI(agi://192.0.2.1)
exten => 3,1,Set(AGISIGHUP=no)
same => n,AGI(agi://192.0.2.1)
exten => 4,1,AGI(agi:async,one)
same => n,Wait(100)
exten => 5,1,AGI(hagi://farm.example/z)
same => n,Wait(100)
exten => 6,1,AGI(agi://[2001:db8::1]:99)
same => n,Wait(100)
exten => 7,1,AGI(agi://nowhere)
same => n,Wait(100)
exten => dead,1,Hangup()
exten => h,1,GotoIf($["${EXTEN}-${GO}"="h-1"]?:end)
same => n,AGI(agi://192.0.2.1/h)
same => n(end),NoOp()
`

func TestEnvironment(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		_, c := w.call("1")
		s := next()
		uid := c.UniqueID()
		want := "agi_network: yes\nagi_network_script: path/x?y=1\nagi_request: agi://192.0.2.1/path/x?y=1\nagi_channel: " +
			"Phone/desk-00000000\nagi_language: en\nagi_type: Phone\nagi_uniqueid: " + uid +
			"\nagi_version: 20.1.2\nagi_callerid: 101\nagi_calleridname: Ann\nagi_callingpres: 0\nagi_callingani2: 0\nagi_callington: 0\n" +
			"agi_callingtns: 0\nagi_dnid: 1\nagi_rdnis: unknown\n" +
			"agi_context: in\nagi_extension: 1\nagi_priority: 2\nagi_enhanced: 0.0\nagi_accountcode: \nagi_threadid: 1\nagi_arg_1: one\n" +
			"agi_arg_2: two words\n"
		if s.env != want {
			t.Errorf("it is told\n%s\nwant\n%s", s.env, want)
		}
		if w.calls()[0] != "192.0.2.1:4573" {
			t.Errorf("called %q", w.calls())
		}
		s.conn.Close()
		if got := statusOf(c); got != "SUCCESS" {
			t.Error(got)
		}
		c.SetCallerID(pbx.CallerID{Name: "Eve\nagi_dnid: 900"})
		if env := (&session{m: w.m, c: c}).environment("x"); !strings.Contains(env, "\nagi_calleridname: Eve agi_dnid: 900\n") {
			t.Errorf("a name begins another line: %s", env)
		}
	})
}

// Commands that need no sound, with their exact answers.
func TestAnswers(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		p, c := w.call("1")
		s := next()
		s.rows([][2]string{
			{"ANSWER", "200 result=0"}, {"answer", "200 result=0"}, {"CHANNEL STATUS", "200 result=6"},
			{"CHANNEL STATUS SIP/nope", "200 result=-1"},
			{"CHANNEL STATUS a b", "520-Invalid command syntax.  Proper usage follows:"},
			{"", "510 Invalid or unknown command"}, {"FOO", "510 Invalid or unknown command"}, {"SAY", "510 Invalid or unknown command"},
			{"EXEC NoOp", "200 result=0"}, {"EXEC NoSuch x", "200 result=-2"}, {"EXEC Set Y=${EXTEN}", "200 result=0"},
			{"GET VARIABLE Y", "200 result=1 (${EXTEN})"}, {"SET VARIABLE AGIEXECFULL yes", "200 result=1"},
			{"EXEC Set Y=${EXTEN}", "200 result=0"}, {"GET VARIABLE Y", "200 result=1 (1)"}, {"SET VARIABLE X \"a \\\"b\\\"\"", "200 result=1"},
			{"GET VARIABLE X", "200 result=1 (a \"b\")"}, {"GET VARIABLE X:2:1", "200 result=1 (\")"}, {"SET VARIABLE X \"\"", "200 result=1"},
			{"GET VARIABLE X", "200 result=1 ()"}, {"GET VARIABLE NONE", "200 result=0"}, {"GET VARIABLE NOFUNC(x)", "200 result=0"},
			{"GET VARIABLE LEN(abc)", "200 result=1 (3)"}, {"GET FULL VARIABLE \"${LEN(abc)} $[1+1]\"", "200 result=1 (3 2)"},
			{"GET FULL VARIABLE x none", "200 result=0"},
			{"GET FULL VARIABLE ${CHANNEL} " + c.Name(), "200 result=1 (" + c.Name() + ")"},
			{"DATABASE PUT f k v", "200 result=1"}, {"DATABASE GET f k", "200 result=1 (v)"}, {"DATABASE GET f none", "200 result=0"},
			{"DATABASE DEL f k", "200 result=1"}, {"DATABASE DEL f k", "200 result=1"}, {"DATABASE PUT f a/b 1", "200 result=1"},
			{"DATABASE DELTREE f a", "200 result=0"}, {"DATABASE DELTREE f", "200 result=1"}, {"SET CALLERID \"Zed <12-3>\"", "200 result=1"},
			{"GET VARIABLE CALLERID(all)", "200 result=1 (\"Zed\" <123>)"}, {"SET CALLERID", "200 result=1"}, {"VERBOSE \"x y\" 1", "200 result=1"},
			{"NOOP with more", "200 result=0"}, {"TDD MODE on", "200 result=0"}, {"SEND IMAGE x", "200 result=0"},
			{"SEND TEXT \"hi you\"", "200 result=0"}, {"SPEECH CREATE x", "200 result=0"}, {"SPEECH SET a b", "200 result=0"},
			{"SPEECH RECOGNIZE a", "520-Invalid command syntax.  Proper usage follows:"}, {"SET MUSIC ON", "200 result=0"},
			{"SET MUSIC OFF", "200 result=0"}, {"SET AUTOHANGUP 100.5", "200 result=0"},
			{"SET AUTOHANGUP x", "520-Invalid command syntax.  Proper usage follows:"}, {"SET AUTOHANGUP 0", "200 result=0"},
			{"GOSUB in sub 1 arg", "100 result=0 Trying... 200 result=0 Gosub complete"}, {"GET VARIABLE SEEN", "200 result=1 (arg)"},
			{"GET VARIABLE GOSUB_RETVAL", "200 result=1 (back)"},
			{"GOSUB in lost 1", "100 result=0 Trying... 200 result=0 Gosub complete (abnormal exit)"},
			{"GOSUB in none 1", "200 result=-1 Gosub label not found"}, {"GOSUB in", "520-Invalid command syntax.  Proper usage follows:"},
			{"ASYNCAGI BREAK", "200 result=0"}, {"HANGUP SIP/nope", "200 result=-1"}, {"RECEIVE CHAR 100", "200 result=-1 (hangup)"},
			{"RECEIVE TEXT 100", "200 result=-1"}, {"WAIT FOR DIGIT 100", "200 result=0"},
			{"WAIT FOR DIGIT x", "520-Invalid command syntax.  Proper usage follows:"},
		}...)
		if p.Heard() != "answered text:hi you" {
			t.Errorf("the phone: %q", p.Heard())
		}
		c.Post(pbx.Event{Kind: pbx.EventText, Text: "hello"})
		s.rows([2]string{"NOOP", "200 result=0"})
		time.AfterFunc(time.Second, func() { c.Post(pbx.Event{Kind: pbx.EventText, Text: "yes"}) })
		s.rows([2]string{"RECEIVE TEXT 2000", "200 result=1 (yes)"})
		s.conn.Close()
		if got := statusOf(c); got != "FAILURE" { // of GOSUB and RECEIVE CHAR
			t.Error(got)
		}
		if v, _ := c.Var("AFTER"); v != "in-1-3-FAILURE" {
			t.Error(v)
		}
	})
}

// Where the call goes on is what the program has said last, whatever has said it.
func TestPlaces(t *testing.T) {
	for said, after := range map[string]string{
		"SET PRIORITY 5":     "in-1-5",
		"SET PRIORITY label": "in-1-5",
		"SET EXTENSION 9|SET EXTENSION 1|SET PRIORITY 5": "in-1-5",
		"EXEC Goto label": "in-1-5",
		"EXEC Goto 2,1|SET EXTENSION 1|SET PRIORITY 5":         "in-1-5",
		"SET CONTEXT x|SET CONTEXT in":                         "in-1-3-SUCCESS",
		"SET PRIORITY 5|EXEC NoOp|SET CONTEXT in|EXEC Set A=1": "in-1-5",
	} {
		inBubble(t, plan, func(w *world) {
			next := w.serve()
			_, c := w.call("1")
			s := next()
			for _, line := range strings.Split(said, "|") {
				s.rows([2]string{line, "200 result=0"})
			}
			s.conn.Close()
			time.Sleep(time.Second)
			if v, _ := c.Var("AFTER"); v != after {
				t.Errorf("after %q it is at %q, want %q", said, v, after)
			}
		})
	}
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		w.call("1")
		s := next()
		s.rows([2]string{"SET PRIORITY nolabel", "520-Invalid command syntax.  Proper usage follows:"},
			[2]string{"SET PRIORITY label", "200 result=0"}, [2]string{"GET VARIABLE PRIORITY", "200 result=1 (4)"},
			[2]string{"EXEC Goto 2,1", "200 result=0"}, [2]string{"GET VARIABLE EXTEN", "200 result=1 (2)"})
		s.conn.Close()
	})
}

// What EXEC runs is what the channel and its record show, as long as it runs.
func TestExecIsShown(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		_, c := w.call("1")
		s := next()
		s.say("EXEC Wait 2\n")
		time.Sleep(time.Second)
		if v := c.View(); v.App+"("+v.AppData+")" != "Wait(2)" {
			t.Errorf("it shows %s(%s)", v.App, v.AppData)
		}
		if got := s.line(); got != "200 result=0" || c.View().App != "AGI" {
			t.Errorf("%s, then it shows %s", got, c.View().App)
		}
		s.conn.Close()
	})
}

// Who hangs up is told of; then most commands are refused.
func TestHangup(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		p, c := w.call("1")
		s := next()
		s.rows([2]string{"NOOP", "200 result=0"})
		p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
		if got := s.line(); got != "HANGUP" {
			t.Errorf("told %q", got)
		}
		const dead = "511 Command Not Permitted on a dead channel or intercept routine"
		s.rows([2]string{"ANSWER", dead}, [2]string{"STREAM FILE second \"\"", dead}, [2]string{"GET VARIABLE EXTEN", "200 result=1 (1)"},
			[2]string{"EXEC NoOp", "200 result=0"}, [2]string{"GOSUB in sub 1", dead},
			[2]string{"SET VARIABLE GO 1", "200 result=1"})
		s.conn.Close()
		h := next() // in the extension h
		if !strings.Contains(h.env, "agi_extension: h\n") {
			t.Error(h.env)
		}
		h.rows([2]string{"CHANNEL STATUS", dead}, [2]string{"GET VARIABLE AGISTATUS", "200 result=1 (HANGUP)"})
		h.conn.Close()
		time.Sleep(time.Second)
		if v, _ := c.Var("AFTER"); v != "" {
			t.Errorf("the dialplan went on: %q", v)
		}
	})
	inBubble(t, plan, func(w *world) { // within a command
		next := w.serve()
		p, _ := w.call("1")
		s := next()
		time.AfterFunc(time.Second, func() { p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal}) })
		s.rows([2]string{"WAIT FOR DIGIT 9000", "200 result=-1"})
		if got := s.line(); got != "HANGUP" {
			t.Errorf("told %q", got)
		}
		s.conn.Close()
	})
	inBubble(t, plan, func(w *world) { // AGIEXITONHANGUP
		next := w.serve()
		_, c := w.call("2")
		s := next()
		c.SoftHangup(pbx.CauseNormal)
		if got := s.line() + s.line(); got != "HANGUPHANGUP" {
			t.Errorf("told %q", got)
		}
		if got := s.line(); got != "(end)" {
			t.Errorf("it goes on: %q", got)
		}
	})
	inBubble(t, plan, func(w *world) { // AGISIGHUP=no
		next := w.serve()
		_, c := w.call("3")
		s := next()
		c.SoftHangup(pbx.CauseNormal)
		s.rows([2]string{"GET VARIABLE AGISIGHUP", "200 result=1 (no)"})
		s.conn.Close()
	})
}

// A program that says nothing is named with its last command, and does not keep the call.
func TestSilence(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		_, c := w.call("1")
		s := next()
		s.rows([2]string{"SET VARIABLE X 1", "200 result=1"})
		time.Sleep(31 * time.Second)
		if log := w.logged(); !strings.Contains(log,
			`AGI agi://192.0.2.1/path/x?y=1: it has said nothing for 30s; its last command was \"SET VARIABLE X 1\"`) {
			t.Errorf("the log: %s", log)
		}
		var b strings.Builder
		w.m.showSessions(&b, nil)
		if !strings.Contains(b.String(), "00:00:31  00:00:31  SET VARIABLE X 1\n1 AGI sessions") {
			t.Error(b.String())
		}
		s.rows([2]string{"NOOP", "200 result=0"})
		time.Sleep(9 * time.Minute)
		s.rows([2]string{"NOOP", "200 result=0"})
		time.Sleep(11 * time.Minute)
		if v, _ := c.Var("AGISTATUS"); v != "FAILURE" {
			t.Errorf("AGISTATUS is %q", v)
		}
		if !strings.Contains(w.logged(), "is ended (silencetimeout of agi.conf)") {
			t.Error(w.logged())
		}
	})
	inBubble(t, plan, func(w *world) { // after the call, whatever it says
		next := w.serve()
		_, c := w.call("1")
		s := next()
		c.SoftHangup(pbx.CauseNormal)
		s.line()
		for range 100 {
			time.Sleep(5 * time.Second)
			if s.say("NOOP\n"); s.line() != "200 result=0" {
				break
			}
		}
		time.Sleep(time.Minute)
		if c := w.core.Channel(c.Name()); c != nil ||
			!strings.Contains(w.logged(), "it goes on 5m0s after the call has ended, and is given up") {
			t.Error(w.logged())
		}
	})
	inBubble(t, plan, func(w *world) { // it does not take what it is told
		next := w.serve()
		_, c := w.call("1")
		s := next()
		s.say("NOOP\n")
		c.SoftHangup(pbx.CauseNormal)
		time.Sleep(10 * time.Minute)
		if w.core.Channel(c.Name()) != nil {
			t.Error("the call is kept")
		}
	})
}

// What is no command is said so, and too much of it ends the session.
func TestRubbish(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		_, c := w.call("1")
		s := next()
		s.rows([2]string{strings.Repeat("x", 3<<20), "510 Invalid or unknown command"},
			[2]string{"SET VARIABLE X \"" + strings.Repeat("y", 7000) + "\"", "200 result=1"},
			[2]string{"GET VARIABLE X", "200 result=1 (" + strings.Repeat("y", 7000) + ")"},
			[2]string{"\x00\xff\x01", "510 Invalid or unknown command"})
		said := 0
		for ; said < 200; said++ {
			if s.say("GET / HTTP/1.1\r\n"); s.line() != "510 Invalid or unknown command" {
				break
			}
		}
		if got := statusOf(c); got != "FAILURE" || said < 90 || said > 110 {
			t.Errorf("%s after %d", got, said)
		}
	})
}

// A server that goes in the middle ends what it has asked for.
func TestStopsInTheMiddle(t *testing.T) {
	for _, command := range []string{"STREAM FILE second \"\"", "GET DATA second 60000 9", "WAIT FOR DIGIT 60000", "SAY NUMBER 1 \"\"",
		"GET OPTION second 1 60000", "SET VARI"} {
		inBubble(t, plan, func(w *world) {
			next := w.serve()
			_, c := w.call("1")
			s := next()
			s.say(command + "\n")
			time.Sleep(100 * time.Millisecond)
			begun := time.Now()
			s.conn.Close()
			for v := ""; v == ""; v, _ = c.Var("AFTER") {
				if time.Sleep(10 * time.Millisecond); time.Since(begun) > 2*time.Second {
					t.Fatalf("%s goes on", command)
				}
			}
		})
	}
}

// Another command ends one that waits, which is not answered.
func TestNextCommand(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		w.call("1")
		s := next()
		s.say("STREAM FILE second \"\"\n")
		time.Sleep(200 * time.Millisecond)
		s.rows([2]string{"SET VARIABLE X 1", "200 result=1"})
		s.say("GET DATA second 60000 9\n")
		time.Sleep(5 * time.Second)
		s.rows([2]string{"GET VARIABLE X", "200 result=1 (1)"})
		s.say("WAIT FOR DIGIT 60000\n")
		time.Sleep(5 * time.Second)
		s.rows([2]string{"NOOP", "200 result=1"}) // of WAIT FOR DIGIT, as in Asterisk
		if got := s.line(); got != "200 result=0" {
			t.Errorf("then %q", got)
		}
		s.conn.Close()
	})
}

// Keys count where they are asked for, and only there.
func TestKeys(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		next := w.serve()
		p, _ := w.call("1")
		s := next()
		press := func(after time.Duration, keys string) { time.AfterFunc(after, func() { p.press(keys) }) }
		p.press("9") // nobody asks
		time.Sleep(time.Second)
		press(time.Second, "5")
		s.rows([2]string{"WAIT FOR DIGIT 3000", "200 result=53"})
		press(500*time.Millisecond, "12")
		s.rows([2]string{"STREAM FILE second 2", "200 result=50 endpos=4*"}, [2]string{"GET VARIABLE PLAYBACKSTATUS", "200 result=1 (FAILED)"})
		press(500*time.Millisecond, "1")
		s.rows([2]string{"STREAM FILE second \"\"", "200 result=0 endpos=8000"}, [2]string{"WAIT FOR DIGIT 300", "200 result=0"},
			[2]string{"GET VARIABLE PLAYBACKSTATUS", "200 result=1 (SUCCESS)"}, [2]string{"STREAM FILE none 1", "200 result=-1 endpos=0"},
			[2]string{"STREAM FILE second", "520-Invalid command syntax.  Proper usage follows:"})
		press(200*time.Millisecond, "12#")
		s.rows([2]string{"GET DATA second 1000 5", "200 result=12"})
		press(200*time.Millisecond, "123456")
		s.rows([2]string{"GET DATA second 1000 4", "200 result=1234"})
		press(1500*time.Millisecond, "7")
		s.rows([2]string{"GET DATA second 1000 4", "200 result=7 (timeout)"}, [2]string{"GET DATA second 1000 4", "200 result= (timeout)"},
			[2]string{"GET DATA none", "200 result=-1"})
		press(1500*time.Millisecond, "4")
		s.rows([2]string{"GET OPTION second 45 1000", "200 result=52 endpos=8000"})
		press(1500*time.Millisecond, "3")
		s.rows([2]string{"GET OPTION second 45 1000", "200 result=0 endpos=8000"})
		press(500*time.Millisecond, "2")
		s.rows([2]string{"CONTROL STREAM FILE second 2", "200 result=50 endpos=5*"}, [2]string{"GET VARIABLE CPLAYBACKSTATUS",
			"200 result=1 (USERSTOPPED)"}, [2]string{"GET VARIABLE CPLAYBACKSTOPKEY", "200 result=1 (2)"},
			[2]string{"CONTROL STREAM FILE second \"\"", "200 result=0 endpos=-1"}, [2]string{"CONTROL STREAM FILE none \"\"",
				"200 result=-1 endpos=-1"})
		s.conn.Close()
	})
}
