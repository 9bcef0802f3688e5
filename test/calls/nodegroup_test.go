package calls

import (
	"testing"
	"time"
)

// GROUP_COUNT counts the channels of all nodes; those of a call that has ended, and of a node that has died, no more.
func TestGroupsOverNodes(t *testing.T) {
	plan := "[inside]\nexten => 910,1,Set(GROUP(trunk)=sales)\nsame => n,Answer()\nsame => n,Wait(100)\n" +
		"exten => 911,1,Answer()\nsame => n,Set(GLOBAL(COUNTED)=${GROUP_COUNT(sales@trunk)} ${GROUP_MATCH_COUNT(^sa@t)})\n"
	inNodesWith(t, 2, nodeKit{plan: plan}, func(n []*node) {
		a, b := n[0], n[1]
		one, two := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1002", "two", "10.0.1.7:5060")
		defer one.Close()
		defer two.Close()
		counts := func(want string) {
			t.Helper()
			one.Dial("911")
			time.Sleep(time.Second)
			if got := a.global("COUNTED"); got != want {
				t.Errorf("%q are counted, not %q", got, want)
			}
		}
		first, second := two.Dial("910"), two.Dial("910")
		time.Sleep(time.Second)
		counts("2 2")
		own := one.Dial("910")
		time.Sleep(time.Second)
		counts("3 3")
		first.Hangup()
		time.Sleep(time.Second)
		counts("2 2")
		own.Hangup()
		b.kill()
		time.Sleep(6 * time.Second)
		counts("0 0")
		_ = second
	})
}
