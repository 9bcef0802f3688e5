package queue

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/pbx"
)

// A queue tells why who does not ring does not.
func TestExplain(t *testing.T) {
	const conf = "[general]\nautofill=yes\n[sales]\nstrategy=linear\nringinuse=no\nwrapuptime=30\ntimeout=60\nmember => Desk/a,0,Ann\n" +
		"member => Desk/b,0,Ben\nmember => Desk/c,0,Cid\nmember => Desk/d,9,Dan\nmember => Desk/e,0,Eve\n" +
		"[vip]\nweight=5\ntimeout=60\nmember => Desk/e\n"
	const plan = "[in]\nexten => _X.,1,Set(QUEUE_MAX_PENALTY=5)\nsame => n,Queue(${IF($[${EXTEN} = 30]?vip:sales)},c,,,100)\n"
	inHouse(t, conf, plan, func(h *house) {
		h.desks.acts = map[string]agent{"c": {rings: time.Second, talks: 2 * time.Second}}
		explained := func(a ...string) string {
			synctest.Wait()
			var w strings.Builder
			h.m.cmdExplain(&w, a)
			return w.String()
		}
		want := func(got string, lines ...string) {
			t.Helper()
			for _, l := range lines {
				if !strings.Contains(got, l+"\n") {
					t.Errorf("no %q in\n%s", l, got)
				}
			}
		}
		want(explained("sales"), "Queue sales, strategy linear: 5 of 5 members can take a call, 0 callers wait.",
			"For somebody who comes now, in this order:",
			"  Ann: rings (metric 0)", "  Dan: rings (metric 9000003)")
		h.desks.set("c", pbx.DeviceUnavailable)
		want(explained("sales", "Cid"), "  Cid: Desk/c is unavailable: there is nothing that could ring (metric 2)")
		h.desks.set("e", pbx.DeviceInvalid)
		want(explained("sales", "Eve"), "  Eve: Desk/e is invalid: there is nothing that could ring (metric 4)")
		want(explained("vip"), "  Desk/e: is called in vain, Desk/e is invalid (metric 0)")
		h.desks.set("c", pbx.DeviceNotInUse)
		h.desks.set("e", pbx.DeviceNotInUse)
		synctest.Wait() // the queue has heard of it before anybody calls
		h.m.paused("sales", "Desk/a", "tea", true)
		h.desks.set("b", pbx.DeviceOnHold)
		h.calls("30")
		h.calls("20")
		time.Sleep(10 * time.Second) // Cid has answered and hung up
		p := h.calls("20")
		time.Sleep(time.Second)
		want(explained("sales"), "Queue sales, strategy linear: 1 of 5 members can take a call, 1 callers wait.",
			"  Eve: Desk/e is ringing, and with ringinuse=no he rings only when it is not in use (metric 4)",
			"For "+p.Channel().Name()+", who is at place 1 and has waited for 1 s, in this order:", "  Ann: paused for 11 s, tea (metric 0)",
			"  Ben: Desk/b is on hold, and with ringinuse=no he rings only when it is not in use (metric 1)",
			"  Cid: wraps up the last call, in queue sales, for 22 s more (metric 2)",
			"  Dan: never, his penalty of 9 is outside of the limits")
		if got := explained("sales", "ben"); strings.Count(got, "\n") != 3 || !strings.Contains(got, "  Ben: Desk/b is on hold") {
			t.Errorf("of one member: %s", got)
		}
		if got := explained("sales", "Desk/x"); !strings.Contains(got, "  Desk/x is no member of the queue.\n") {
			t.Errorf("of nobody: %s", got)
		}
		if explained("nix") != "No such queue: nix.\n" {
			t.Error("a queue that is not there")
		}
	})
}

// The metrics are those of the queue as it is.
func TestMeasure(t *testing.T) {
	inHouse(t, "[general]\nautofill=yes\n[sales]\nringinuse=no\ntimeout=60\nmember => Desk/a\nmember => Desk/b\n",
		"[in]\nexten => 1,1,Queue(sales,,,,60)\n", func(h *house) {
			h.desks.acts["a"] = agent{rings: 2 * time.Second, talks: 30 * time.Second}
			h.m.paused("sales", "Desk/b", "", true)
			h.calls("1")
			second := h.calls("1")
			time.Sleep(10 * time.Second)
			var m pbx.Measures
			h.m.Measure(&m)
			got := map[string]float64{}
			for _, x := range m.Metrics {
				name := x.Name
				if len(x.Labels) > 1 {
					name += " " + x.Labels[1][1]
				}
				got[name] = x.Value
			}
			for name, want := range map[string]float64{"obelisk_queue_waiting": 1, "obelisk_queue_members all": 2,
				"obelisk_queue_members paused": 1, "obelisk_queue_members talking": 1,
				"obelisk_queue_longest_wait_seconds": 10, "obelisk_queue_hold_seconds": 2} {
				if got[name] != want {
					t.Errorf("%s is %v, not %v", name, got[name], want)
				}
			}
			second.hangsUp()
		})
}
