package boot

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The samples go as their tests say.
func TestSamplesAsTheirTestsSay(t *testing.T) {
	var out bytes.Buffer
	r := Rehearsal{Where: "../../etc", Coverage: true, SoundHomes: []string{}, Out: &out}
	if status := r.run(t); status != rehearsedWell {
		t.Errorf("status %d", status)
	}
	t.Log("\n" + out.String())
}

// They do with a sound set whose prompts are long, too.
func TestSamplesWithLongPrompts(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "en"), 0o755); err != nil {
		t.Fatal(err)
	}
	const half = 30 * 8000 // bytes of half a minute
	for _, name := range []string{"demo-echotest", "demo-echodone", "tt-weasels"} {
		if err := os.WriteFile(filepath.Join(home, "en", name+".ulaw"), bytes.Repeat([]byte{0xff}, half), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if status := (Rehearsal{Where: "../../etc", SoundHomes: []string{home}, Out: &out}).run(t); status != rehearsedWell {
		t.Errorf("status %d\n%s", status, out.String())
	}
}

const rehearsedPlan = `[in]
exten => 1,1,GotoIfTime(9:00-17:00,mon-fri,*,*?open)
same => n,Playback(closed)
same => n,Hangup()
same => n(open),Answer()
same => n,Background(menu)
same => n,WaitExten(5)
exten => 5,1,Dial(SIP/a&SIP/b,20)
same => n,Dial(Local/7@in,20)
exten => 6,1,Set(X=${DEVICE_STATE(SIP/d)} ${G} ${V} ${CALLERID(name)} ${CHANNEL(accountcode)})
same => n,Dial(SIP/d,3)
same => n,Hangup(21)
exten => 7,1,Dial(SIP/out,10)
exten => t,1,Playback(bye)
`

// Calls that go as expected and others that do not, each with what is said of it.
func TestRehearsals(t *testing.T) {
	for name, c := range map[string]struct {
		test, want string
		status     int
	}{
		"a menu": {"dial = 1@in\ntime = 2026-11-26 10:30\npress = 5 after 3 s\nwhen SIP/a = busy\nwhen SIP/b = busy after 1 s\nwhen SIP/o* = " +
			"ring, answer after 3s, hangup after 10 s\n" +
			"expect prompt = menu\nexpect dial = SIP/a\nexpect dial = Local/7@in\nexpect dial = SIP/out\nexpect record = dst=7 " +
			"disposition=ANSWERED\nexpect no prompt = closed\n", "ok    a menu", 0},
		"nothing pressed": {"dial = 1@in\ntime = 2026-11-26 10:30\nexpect prompt = menu\nexpect prompt = bye\n", "1 of 1 as expected", 0},
		"in the night": {"dial = 1@in\ntime = 2026-11-26 20:30:00\nexpect prompt = menu\n",
			"- expect prompt = menu   (x.test:4)\n      + closed\n      it ran:\n        1@in:1  GotoIfTime", 1},
		"what is given": {"dial = 6@in\ncaller = \"Ann B\" <55>\naccount = acc\nglobal G = g\nvariable V = v\ndevice SIP/d = INUSE\nwhen " +
			"SIP/d = unavailable\n" +
			"expect variable X = INUSE g v Ann B acc\nexpect variable DIALSTATUS = CHANUNAVAIL\nexpect cause = 21\nexpect answered = no\n",
			"1 of 1", 0},
		"forwarded": {"dial = 6@in\nwhen SIP/d = forward SIP/e\nwhen SIP/e = answer after 1 s, hangup after 2 s\nexpect dial = SIP/d\n" +
			"expect variable DIALEDPEERNUMBER = e\n", "1 of 1", 0},
		"order": {"dial = 1@in\ntime = 2026-11-26 10:30\nexpect prompt = bye\nexpect prompt = menu\n", "- expect prompt = menu", 1},
		"not to be": {"dial = 1@in\ntime = 2026-11-26 10:30\nexpect no prompt = b*\n",
			"- expect no prompt = b*   (x.test:4)\n      + menu\n      + bye", 1},
		"a record": {"dial = 7@in\nwhen SIP/out = ring, answer after 1 s, hangup after 3 s\nexpect record = dst=7 billsec=3\n",
			"+ account= src= dst=7", 1},
		"no extension": {"dial = 99@in\n", "there is no extension '99' in context 'in'", 1},
		"a word":       {"dail = 1@in\n", "x.test:2: ERROR: unknown word 'dail' (did you mean 'dial'?)", 2},
		"a time": {"dial = 1@in\npress = 1 after lunch\n", "x.test:3: ERROR: '1 after lunch': a time is a number with ms, s, min or h",
			2},
		"an action": {"dial = 1@in\nwhen SIP/a = anser\n",
			"x.test:3: ERROR: 'anser' is nothing that a party can do (did you mean 'answer'?)", 2},
		"an expectation": {"dial = 1@in\nexpect stepp = x\n", "x.test:3: ERROR: 'stepp' cannot be expected (did you mean 'step'?)", 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			os.WriteFile(filepath.Join(dir, "extensions.conf"), []byte(rehearsedPlan), 0o644)
			os.WriteFile(filepath.Join(dir, "x.test"), []byte("["+name+"]\n"+c.test), 0o644)
			var out bytes.Buffer
			r := Rehearsal{Where: dir, SoundHomes: []string{}, JUnit: filepath.Join(dir, "j.xml"), Out: &out}
			if status := r.run(t); status != c.status || !strings.Contains(out.String(), c.want) {
				t.Errorf("status %d:\n%s\nwant %d:\n%s", status, out.String(), c.status, c.want)
			}
			if xml, _ := os.ReadFile(r.JUnit); c.status < 2 && !strings.Contains(string(xml), `<testsuite name="obelisk test" tests="1" failures="`+
				strconv.Itoa(c.status)+`">`) {
				t.Errorf("JUnit: %s", xml)
			}
		})
	}
}

// A queue rings its members as the test has them, and tells how it went.
func TestQueueRehearsed(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"extensions.conf": "[in]\nexten => 1,1,Queue(sales,c,,,60)\nsame => n,NoOp(${QUEUESTATUS})\n",
		"queues.conf":     "[sales]\nstrategy=linear\ntimeout=10\nmember => SIP/a\nmember => SIP/b\nmember => SIP/c\n",
		"x.test": "[the second one]\ndial = 1@in\nmember SIP/a@sales = paused\nmember SIP/d@sales = ready\nwhen SIP/b = busy after 1 s\n" +
			"when SIP/c = ring, answer after 2 s, hangup after 20 s\nexpect dial = SIP/b\nexpect dial = SIP/c\nexpect no dial = SIP/a\nexpect " +
			"no step = AppQueue*\n" +
			"expect step = NoOp(CONTINUE)\nexpect queue sales = 1 answered, 0 abandoned, 0 waiting\nexpect member SIP/a@sales = paused, 0 calls\n" +
			"expect member SIP/c@sales = ready, 1 calls\nexpect member SIP/d@sales = ready, 0 calls\n\n[nobody]\ndial = 1@in\nexpect step = " +
			"NoOp(TIMEOUT)\n",
	} {
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	var out bytes.Buffer
	if status := (Rehearsal{Where: dir, SoundHomes: []string{}, Out: &out}).run(t); status != rehearsedWell {
		t.Errorf("status %d\n%s", status, out.String())
	}
}

// Dial's options, rehearsed.
func TestDialOptions(t *testing.T) {
	var out bytes.Buffer
	r := Rehearsal{Where: "testdata/dial", SoundHomes: []string{}, Out: &out}
	if status := r.run(t); status != rehearsedWell {
		t.Errorf("\n%s", out.String())
	}
}
