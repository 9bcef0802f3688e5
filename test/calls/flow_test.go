package calls

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// Whole scripts, each dialled once: subroutines, loops, jumps, execution, ends. What they
// leave behind was taken from a running Asterisk; the scripts are in testdata/flow.
func TestScriptsAsAsterisk(t *testing.T) {
	plan, err := os.ReadFile("testdata/flow/extensions.conf")
	if err != nil {
		t.Fatal(err)
	}
	results, _ := os.ReadFile("testdata/flow/results.txt")
	want := map[string]string{}
	for _, l := range strings.Split(strings.TrimSpace(string(results)), "\n") {
		name, value, _ := strings.Cut(l, "=")
		want[name] = value
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, strings.Replace(baseSIP, "context=inside", "context=flow", 1), string(plan), testkit.Faults{})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		dialled := regexp.MustCompile(`(?m)^exten => (\d+),1`).FindAllStringSubmatch(string(plan), -1)
		for _, m := range dialled {
			call := p.Dial(m[1])
			time.Sleep(time.Second)
			call.Cancel()
			time.Sleep(time.Second)
		}
		good := 0
		for _, m := range dialled {
			name := "R_" + m[1]
			got, _ := w.sys.Core().Global(name)
			if expected, ok := want[name]; !ok || got != expected {
				t.Errorf("%s: %s, want %s (%v)", m[1], got, expected, ok)
			} else {
				good++
			}
		}
		t.Logf("%d of %d scripts", good, len(want))
		time.Sleep(time.Minute)
		p.Close()
		w.stop()
	})
}
