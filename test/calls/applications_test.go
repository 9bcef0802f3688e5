package calls

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// What a running Asterisk 20 did with an application: a text that was set after it, or the end of
// the call.
func TestApplicationsAsAsterisk(t *testing.T) {
	table, err := os.ReadFile("testdata/golden/app.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	var plan strings.Builder
	plan.WriteString("[gsub]\nexten => s,1,Return(${ARG1}-${ARG2})\n[test]\n")
	for i, row := range rows {
		f := strings.Split(row, "\t")
		fmt.Fprintf(&plan, "exten => r%d,1,NoOp()\n same => n,%s\n same => n,Set(GLOBAL(R%d)=%s)\n", i, f[0], i, f[1])
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan.String()})
		for i := range rows {
			go w.sys.Core().Originate(pbx.Originate{Tech: "Local", Resource: fmt.Sprintf("r%d@test/n", i), App: "Wait", Data: "20"})
		}
		time.Sleep(time.Minute)
		for i, row := range rows {
			f := strings.Split(row, "\t")
			want := f[2]
			if want == "-" {
				want = ""
			}
			if got := w.global(fmt.Sprintf("R%d", i)); got != want {
				t.Errorf("%s: %s is %q, want %q", f[0], f[1], got, f[2])
			}
		}
		w.stop()
	})
}

// Keys that one half of a Local channel presses come to the other half, whatever that runs.
func TestKeysThroughLocal(t *testing.T) {
	text, _ := os.ReadFile("testdata/keys.txt")
	plan, want, _ := strings.Cut(string(text), "--\n")
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": strings.ReplaceAll(plan, "NoOp(",
			"Set(GLOBAL(SAID)=${SAID}/")})
		go w.sys.Core().Originate(pbx.Originate{Tech: "Local", Resource: "s@test/n", At: dialplan.Location{Context: "presser", Exten: "s",
			Priority: 1}})
		time.Sleep(time.Minute)
		if got, want := w.global("SAID"), "/"+strings.ReplaceAll(strings.TrimSuffix(want, "\n"), "\n", "/"); got != want {
			t.Errorf("said %q, want %q", got, want)
		}
		w.stop()
	})
}

// Dialplans, and below each what its NoOp have said when Asterisk ran it.
func TestStepsOfAsterisk(t *testing.T) {
	files, _ := filepath.Glob("testdata/steps/*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		plan, want, _ := strings.Cut(string(text), "--\n")
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			askedAsterisk(t, strings.ReplaceAll(plan, "NoOp(", "Set(GLOBAL(SAID)=${SAID}/"), func(w *world) {
				if got, want := w.global("SAID"), "/"+strings.ReplaceAll(strings.TrimSuffix(want, "\n"), "\n", "/"); got != want {
					t.Errorf("said %q,\nwant %q", got, want)
				}
			})
		})
	}
}

// What CHANNEL() says of a phone that holds the call.
func TestOnHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": "[inside]\nexten => 1,1,Answer()\n same => " +
			"n,Set(GLOBAL(A)=${CHANNEL(onhold)} ${CHANNEL(audioreadformat)} ${CHANNEL(audionativeformat)})\n same => n,Wait(4)\n same => " +
			"n,Set(GLOBAL(B)=${CHANNEL(onhold)})\n same => n,Wait(4)\n same => n,Set(GLOBAL(C)=${CHANNEL(onhold)})\n"})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		call := p.Dial("1")
		call.Wait("200", time.Second)
		time.Sleep(time.Second)
		call.Hold("sendonly")
		time.Sleep(4 * time.Second)
		call.Hold("sendrecv")
		time.Sleep(5 * time.Second)
		for name, want := range map[string]string{"A": "0 ulaw (ulaw)", "B": "1", "C": "0"} {
			if got := w.global(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		p.Close()
		w.stop()
	})
}
