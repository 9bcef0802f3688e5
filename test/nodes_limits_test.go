//go:build nats

package test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// hardCaller is a phone at a node that calls, as 1001.
func hardCaller(t *testing.T, phone, node string) *testkit.Phone {
	t.Helper()
	p, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort(phone), netip.MustParseAddrPort(node), "1001", "one")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// callsAtOnce has phones call in one moment, so many times each, and returns the calls that are answered. All are told something.
func callsAtOnce(t *testing.T, times int, phones ...*testkit.Phone) (up []*testkit.Call) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, p := range phones {
		for range times {
			all.Go(func() {
				c := p.Dial("600")
				for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
					r := c.Response()
					if r == nil || r.Status == 401 { // of which it does not hear the end yet
						continue
					}
					if r.Status == 200 {
						mu.Lock()
						up = append(up, c)
						mu.Unlock()
					}
					return
				}
				t.Error("a call is told nothing")
			})
		}
	}
	all.Wait()
	return up
}

// TestHardLimitsOverNATS: programs with real sockets never let more calls in than call-limit, in a race at both and when one is
// killed; its places are free when it is forgotten.
func TestHardLimitsOverNATS(t *testing.T) {
	alongside(t, nil)
	const most = 4
	nodes := nodesOverNATSWith(t, 37, 5237, "hardlimits=yes\nlimitlease=0\nnodes=2\n", fmt.Sprintf("[1001](+)\ncall-limit=%d\n", most),
		"a", "b")
	a, b := hardCaller(t, "127.0.37.21:5060", "127.0.37.11:5237"), hardCaller(t, "127.0.37.22:5060", "127.0.37.12:5237")
	if status, _, err := a.Register(120); status != 200 {
		t.Fatalf("%d %v", status, err)
	}
	nodes[1].eventually("cluster show registrations", "\n1 registrations")
	for range 5 {
		up := callsAtOnce(t, most, a, b)
		if len(up) > most || len(up) == 0 {
			t.Errorf("%d are let in under call-limit=%d", len(up), most)
		}
		for _, c := range up {
			c.Hangup()
		}
	}
	up := callsAtOnce(t, 1, b) // a place is used there when it dies
	nodes[1].cmd.Process.Kill()
	nodes[1].cmd.Wait()
	more := callsAtOnce(t, 2*most, a)
	if len(up)+len(more) > most {
		t.Errorf("%d are let in while the places of the dead node are its own", len(up)+len(more))
	}
	within(t, 30*time.Second, "the dead node is gone", func() bool {
		out, _ := nodes[0].rx("cluster show nodes")
		return !strings.Contains(out, "\nb ")
	})
	if out, code := nodes[0].rx("cluster forget b"); code != 0 || !strings.Contains(out, "Forgotten at all 1 nodes: b") {
		t.Errorf("%s %d", out, code)
	}
	for end := time.Now().Add(30 * time.Second); len(more) < most && time.Now().Before(end); {
		more = append(more, callsAtOnce(t, 1, a)...)
	}
	if len(more) != most || len(callsAtOnce(t, 2, a)) != 0 {
		t.Errorf("%d are let in at the one that is left, of %d", len(more), most)
	}
}
