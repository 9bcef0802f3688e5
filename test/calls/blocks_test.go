package calls

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What programs see of loops, blocks, macros and subroutines: the steps, and the variables that are set, in the
// order of a running Asterisk 20.20.1.
func TestBlocksInEvents(t *testing.T) {
	plan, err := os.ReadFile("testdata/blocks/extensions.conf")
	if err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile("testdata/blocks/events.txt")
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": string(plan), "manager.conf": managerConf})
		c := w.client("admin", "secret")
		var got strings.Builder
		for _, exten := range []string{"a", "b"} {
			c.read(time.Second)
			c.send("Action: Originate\r\nChannel: Local/%s@inside/n\r\nApplication: Wait\r\nData: 3\r\nAsync: true", exten)
			for _, e := range eventsIn(c.read(10 * time.Second)) {
				switch {
				case !strings.HasSuffix(e["Channel"], ";2"):
				case e["Event"] == "VarSet":
					fmt.Fprintf(&got, "%s = %s\n", e["Variable"], e["Value"])
				case e["Event"] == "Newexten":
					fmt.Fprintf(&got, "  step %s %s\n", e["Application"], e["AppData"])
				}
			}
		}
		if got.String() != string(want) {
			t.Errorf("%s", got.String())
		}
		w.stop()
	})
}

// eventsIn are the blocks of a text of the manager interface.
func eventsIn(text string) (out []map[string]string) {
	for _, block := range strings.Split(text, "\r\n\r\n") {
		e := map[string]string{}
		for _, l := range strings.Split(block, "\r\n") {
			name, value, _ := strings.Cut(l, ": ")
			e[name] = value
		}
		out = append(out, e)
	}
	return out
}
