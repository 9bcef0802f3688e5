package calls

import (
	"testing"
	"time"

	"obelisk/internal/testkit"
)

const hardKit = "hardlimits=yes\nlimitlease=10\nnodes=3\n[groups]\ntrunk=3\n"

// through lets calls go on for some seconds, and says how many of them were answered.
func through(calls []*testkit.Call) (up []*testkit.Call) {
	time.Sleep(3 * time.Second)
	for _, c := range calls {
		if c.Heard(200).Status == 200 {
			up = append(up, c)
		}
	}
	return up
}

// Calls that begin at all nodes in one moment are never more than call-limit where limits are hard; what one node has of it comes to
// another that needs it.
func TestHardCallLimit(t *testing.T) {
	inNodesWith(t, 3, nodeKit{nodes: hardKit}, func(n []*node) {
		var phones []*testkit.Phone
		for i, x := range n { // 1004 moves; calls from where it was go on
			p := x.phone("1004", "four", "10.0."+string(rune('0'+i))+".20:5060")
			defer p.Close()
			phones = append(phones, p)
		}
		phones[0].Register(300)
		time.Sleep(time.Second)
		var calls []*testkit.Call
		for range 2 {
			for _, p := range phones {
				calls = append(calls, p.Dial("600"))
			}
		}
		up := through(calls)
		if len(up) != 2 {
			t.Fatalf("%d of six are let in under call-limit=2", len(up))
		}
		for _, c := range up {
			c.Hangup()
		}
		time.Sleep(time.Second)
		for _, p := range phones { // all units go to each node in turn
			calls = []*testkit.Call{p.Dial("600"), p.Dial("600"), p.Dial("600")}
			if up = through(calls); len(up) != 2 {
				t.Errorf("%d of three are let in", len(up))
			}
			for _, c := range up {
				c.Hangup()
			}
			time.Sleep(time.Second)
		}
	})
}

// GROUP_COUNT of a group with a hard limit lets no more channels through than that, at whichever nodes and in whichever moment;
// what a dead node had is free when its lease is over.
func TestHardGroup(t *testing.T) {
	plan := "[inside]\nexten => 920,1,Set(GROUP()=trunk)\nsame => n,GotoIf($[${GROUP_COUNT(trunk)} > 3]?no)\nsame => n,Answer()\n" +
		"same => n,Wait(100)\nsame => n(no),Hangup(17)\n"
	inNodesWith(t, 3, nodeKit{nodes: hardKit, plan: plan}, func(n []*node) {
		var phones []*testkit.Phone
		for i, x := range n {
			p := x.phone("1001", "one", "10.0."+string(rune('0'+i))+".20:5060")
			defer p.Close()
			phones = append(phones, p)
		}
		count := func(at ...int) (up []*testkit.Call) {
			var calls []*testkit.Call
			for range 3 {
				for _, i := range at {
					calls = append(calls, phones[i].Dial("920"))
				}
			}
			return through(calls)
		}
		up := count(0, 1, 2)
		if len(up) != 3 {
			t.Fatalf("%d are let through, not 3", len(up))
		}
		for _, c := range up {
			c.Hangup()
		}
		time.Sleep(time.Second)
		if up = count(2); len(up) != 3 {
			t.Fatalf("%d are let through at c", len(up))
		}
		n[2].kill()
		if up = count(0, 1); len(up) != 0 {
			t.Errorf("%d are let through while the lease of c holds", len(up))
		}
		time.Sleep(15 * time.Second)
		if up = count(0, 1); len(up) != 3 {
			t.Errorf("%d are let through after it", len(up))
		}
	})
}
