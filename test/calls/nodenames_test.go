package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Programs and people are told which node they hear, where there are several; without cluster.conf nothing of it is there.
func TestNodeIsNamed(t *testing.T) {
	want := func(t *testing.T, w *world, node string) {
		t.Helper()
		c := w.client("admin", "secret")
		time.Sleep(time.Second)
		c.send("Action: CoreSettings")
		c.send("Action: UserEvent\r\nUserEvent: Bell")
		text := c.read(time.Second)
		if n := strings.Count(text, "\r\nNode: "+node+"\r\n"); node != "" && n < 3 || node == "" && strings.Contains(text, "\r\nNode:") {
			t.Errorf("%d times Node %q in\n%s", n, node, text)
		}
		if got := w.ask("core show settings"); strings.Contains(got, "Node:") != (node != "") {
			t.Errorf("%q says\n%s", node, got)
		}
		c.conn.Close()
	}
	inNodesWith(t, 2, nodeKit{files: map[string]string{"manager.conf": managerConf}}, func(n []*node) {
		want(t, n[0].world, "a")
		want(t, n[1].world, "b")
	})
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, originatePlan)
		want(t, w, "")
		w.stop()
	})
}
