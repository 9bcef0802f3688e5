package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// within waits until something is so.
func within(t *testing.T, d time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, d)
		}
	}
}

// lamps wants all nodes to show a state of 1002.
func lamps(t *testing.T, n []*node, state string) {
	t.Helper()
	for _, x := range n {
		within(t, 10*time.Second, state+" at "+x.name, func() bool { return strings.Contains(x.ask("core show hints"), state) })
	}
}

// talk wants each of two calls to hear the other.
func talk(t *testing.T, a, b *testkit.Call) {
	t.Helper()
	a.Media.Tone(440, time.Second)
	b.Media.Tone(880, time.Second)
	time.Sleep(1500 * time.Millisecond)
	if x, y := a.Media.Level(880), b.Media.Level(440); x < 0.1 || y < 0.1 {
		t.Errorf("levels %.2f and %.2f", x, y)
	}
}

// across is a call from a phone at a to one at b, which rings.
func across(t *testing.T, n []*node) (from, to *testkit.Phone, out, in *testkit.Call) {
	t.Helper()
	from, to = n[0].registered("1001", "one", "10.0.0.7:5060"), n[1].registered("1002", "two", "10.0.1.7:5060")
	out = from.Dial("1002")
	in = answered(t, to)
	in.Ring()
	if !out.Wait("180", 10*time.Second) {
		t.Fatal("it does not ring")
	}
	return from, to, out, in
}

// A phone at one node calls one at another: it rings, they hear each other, either side holds and
// ends, and the records are those of one call.
func TestCallOverNodes(t *testing.T) {
	keys := nodeKeys(t)
	for _, x := range [][2]string{{"caller", ""}, {"called", ""}, {"caller", keys}, {"called", keys}} {
		who, way := x[0], map[string]string{"": "UDP", keys: "TLS"}[x[1]]
		t.Run(who+" ends, over "+way, func(t *testing.T) {
			inNodesWith(t, 2, nodeKit{keys: x[1]}, func(n []*node) {
				a, b := n[0], n[1]
				from, to, out, in := across(t, n)
				defer from.Close()
				defer to.Close()
				lamps(t, n, "State:Ringing")
				if raw := in.Invite().Raw; !strings.Contains(raw, "SIP/2.0/"+way+" 10.0.0.1:506") {
					t.Errorf("it came by another way:\n%s", raw)
				}
				in.Answer()
				if !out.Wait("200", 10*time.Second) {
					t.Fatal("not answered")
				}
				talk(t, out, in)
				lamps(t, n, "State:InUse")
				for _, c := range []*testkit.Call{in, out} {
					for _, direction := range []string{"sendonly", "sendrecv"} {
						if s := c.Hold(direction); s != 200 {
							t.Errorf("%s is answered %d", direction, s)
						}
						time.Sleep(time.Second)
					}
				}
				talk(t, out, in)
				first, second := out, in
				if who == "called" {
					first, second = in, out
				}
				if s := first.Hangup(); s != 200 {
					t.Errorf("BYE answered %d", s)
				}
				within(t, 10*time.Second, "the other side ends", second.Over)
				lamps(t, n, "State:Idle")
				if r := a.cdr(); strings.Count(r, "\n") != 1 || !strings.Contains(r, `"ANSWERED"`) {
					t.Errorf("records of a: %s", r)
				}
				if r := b.cdr(); r != "" {
					t.Errorf("records of b: %s", r)
				}
			})
		})
	}
}

// A call over nodes that comes to nothing: busy, refused, given up.
func TestCallOverNodesUnanswered(t *testing.T) {
	inNodes(t, 2, "", func(n []*node) {
		a := n[0]
		from, to, out, in := across(t, n)
		defer from.Close()
		defer to.Close()
		in.Reject("486 Busy Here")
		if !out.Wait("486", 10*time.Second) {
			t.Error("the caller is not told")
		}
		within(t, 10*time.Second, "the record", func() bool { return strings.Contains(a.cdr(), `"BUSY"`) })

		out = from.Dial("1002")
		in = answered(t, to)
		in.Ring()
		if !out.Wait("180", 10*time.Second) {
			t.Fatal("it does not ring")
		}
		if err := out.Cancel(); err != nil {
			t.Error(err)
		}
		if !in.Wait("CANCEL", 10*time.Second) {
			t.Error("the phone still rings")
		}
		lamps(t, n, "State:Idle")
	})
}

// The node that has the phone is gone: a call fails at once, and one that rings within moments.
func TestNodeOfAPhoneIsGone(t *testing.T) {
	inNodes(t, 2, "", func(n []*node) {
		a, b := n[0], n[1]
		from, to, out, _ := across(t, n)
		defer from.Close()
		defer to.Close()
		b.kill()
		if !out.Wait("503", 5*time.Second) {
			t.Errorf("the call goes on: %v", out.Response())
		}
		out = from.Dial("1002")
		if !out.Wait("503", 2*time.Second) {
			t.Errorf("the next one does not fail at once")
		}
		if r := a.cdr(); strings.Count(r, `"CHANUNAVAIL"`) != 2 {
			t.Errorf("records: %s", r)
		}
	})
}

// A phone outside is told the outer address of the node that its media goes to, and in its routes that of
// the node that it is registered at.
func TestPhoneOutsideOverNodes(t *testing.T) {
	inNodes(t, 2, "externaddr=203.0.113.5\nlocalnet=10.0.0.0/8\n", func(n []*node) {
		from, to := n[0].registered("1001", "one", "10.0.0.7:5060"), n[1].registered("1002", "two", "198.51.100.7:5060")
		defer from.Close()
		defer to.Close()
		out := from.Dial("1002")
		in := answered(t, to)
		m := in.Invite()
		if !strings.Contains(m.Body, "c=IN IP4 203.0.113.5") {
			t.Errorf("media: %s", m.Body)
		}
		if r := m.Get("Record-Route"); !strings.HasPrefix(r, "<sip:203.0.113.5:5060;lr;") {
			t.Errorf("route %s", r)
		}
		in.Answer()
		if !out.Wait("200", 10*time.Second) {
			t.Fatal("not answered")
		}
		if s := in.Hangup(); s != 200 {
			t.Errorf("BYE answered %d", s)
		}
		within(t, 10*time.Second, "the other side ends", out.Over)
	})
}

// A limit of calls counts those of all nodes.
func TestCallLimitOverNodes(t *testing.T) {
	inNodes(t, 2, "", func(n []*node) {
		a, b := n[0], n[1]
		to := b.registered("1004", "four", "10.0.1.7:5060")
		here, there := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1002", "two", "10.0.1.8:5060")
		defer to.Close()
		defer here.Close()
		defer there.Close()
		var calls []*testkit.Call
		for _, from := range []*testkit.Phone{here, there} {
			c := from.Dial("1004")
			answered(t, to).Answer()
			if !c.Wait("200", 10*time.Second) {
				t.Fatal("not answered")
			}
			calls = append(calls, c)
			time.Sleep(time.Second)
		}
		a.says("sip show inuse", "1004", "1/0/0")
		for _, x := range n {
			if s := x.sys.Core().DeviceState("SIP/1004").String(); s != "BUSY" {
				t.Errorf("at %s it is %s", x.name, s)
			}
		}
		for _, from := range []*testkit.Phone{here, there} {
			if c := from.Dial("1004"); !c.Wait("486", 10*time.Second) && c.Response() != nil && c.Response().Status < 300 {
				t.Errorf("a third call is taken: %v", c.Response())
			}
		}
		calls[0].Hangup()
		time.Sleep(time.Second)
		c := there.Dial("1004")
		answered(t, to).Answer()
		if !c.Wait("200", 10*time.Second) {
			t.Error("a call is refused that there is room for")
		}
		c.Hangup()
		calls[1].Hangup()
	})
}

// A text and a NOTIFY reach a phone that is registered at another node, which answers who has sent them.
func TestRequestsOverNodes(t *testing.T) {
	plan := "[inside]\nexten => 800,1,Set(MESSAGE(body)=hello)\nsame => n,MessageSend(sip:1002,sip:1001)\n" +
		"same => n,Set(DB(got/it)=${MESSAGE_SEND_STATUS})\n"
	inNodesWith(t, 2, nodeKit{plan: plan, files: map[string]string{"sip_notify.conf": "[check]\nEvent=>check-sync\n"}}, func(n []*node) {
		a, b := n[0], n[1]
		from, to := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1002", "two", "10.0.1.7:5060")
		defer from.Close()
		defer to.Close()
		got := make(chan *testkit.Msg, 9)
		to.SetServe(func(m *testkit.Msg) string { got <- m; return "200 OK" })
		from.Dial("800")
		a.says("sip notify check 1002", "Sending NOTIFY of type 'check' to '1002'")
		seen := ""
		for range 2 {
			select {
			case m := <-got:
				seen += m.Method + " " + m.Get("Event") + m.Body + "\n"
			case <-time.After(10 * time.Second):
			}
		}
		if !strings.Contains(seen, "MESSAGE hello") || !strings.Contains(seen, "NOTIFY check-sync") {
			t.Errorf("the phone got %q", seen)
		}
		time.Sleep(time.Second)
		a.says("database get got it", "SUCCESS")
	})
}
