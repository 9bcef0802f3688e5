package calls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// What the keys of desk phones send, as two makers do it.

// maker is how a maker's phones transfer, and take a call that rings elsewhere.
type maker struct {
	name string
	// transfer sends the other party of a call somewhere: its transfer key, or its park key.
	transfer func(t *testing.T, call *testkit.Call, number string)
	// pickUp takes the call that a lamp of another phone shows.
	pickUp func(p *testkit.Phone, lamp *testkit.Subscription) *testkit.Call
}

var makers = []maker{
	{"Yealink", func(t *testing.T, call *testkit.Call, number string) { // holds first, and hangs up with the NOTIFY
		call.Hold("sendonly")
		refers(t, call, number)
		call.Hangup()
	}, func(p *testkit.Phone, _ *testkit.Subscription) *testkit.Call { return p.Dial("*8") }},
	{"Snom", func(t *testing.T, call *testkit.Call, number string) { // refers at once, and waits before it hangs up
		refers(t, call, number)
		time.Sleep(2 * time.Second)
		if !call.Over() {
			call.Hangup()
		}
	}, func(p *testkit.Phone, lamp *testkit.Subscription) *testkit.Call { // takes what its lamp was told
		ours, theirs := lamp.Tags()
		p.Headers = fmt.Sprintf("Replaces: pickup-%s;to-tag=%s;from-tag=%s\r\n", lamp.ID, theirs, ours)
		return p.Dial("1002")
	}},
}

func refers(t *testing.T, call *testkit.Call, number string) {
	t.Helper()
	if status := call.Send("REFER", "Refer-To: <sip:"+number+"@10.0.0.1>\r\nReferred-By: <sip:desk@10.0.0.1>\r\n", ""); status != 202 {
		t.Errorf("REFER was answered %d", status)
	}
	if got := heard(call, 500*time.Millisecond); !strings.Contains(got, "NOTIFY SIP/2.0 200 OK") {
		t.Errorf("it was told %q", got)
	}
}

const deskPlan = `[inside]
include => parkedcalls
exten => 1002,hint,SIP/1002
exten => _100X,1,Dial(SIP/${EXTEN},20)
`

// A day at the desk: a call is taken, parked, fetched by the lamp, transferred with a word before and
// without, and another one's is picked up.
func TestDeskPhones(t *testing.T) {
	for _, m := range makers {
		t.Run(m.name, func(t *testing.T) {
			keysWorld(t, deskPlan, func(w *world, a, b, c *testkit.Phone) {
				talk := func(what string, x, y *testkit.Call) {
					t.Helper()
					time.Sleep(500 * time.Millisecond)
					if x.Over() || y.Over() || !heardAt(x, y) || !heardAt(y, x) {
						t.Errorf("%s: they do not talk", what)
					}
				}
				space := c.Subscribe("701", "dialog", "Accept: application/dialog-info+xml\r\nExpires: 300\r\n")
				space.Next(time.Second)
				// 1002 parks the call of 1001; 1003 sees it and takes it.
				call, in := connected(t, a, b, "1002")
				m.transfer(t, in, "700")
				if n := space.Next(3 * time.Second); n == nil || !strings.Contains(n.Body, "confirmed") {
					t.Errorf("the lamp: %v", n)
				}
				fetch := c.Dial("701")
				fetch.Wait("200", time.Second)
				talk("fetched", call, fetch)
				if n := space.Next(3 * time.Second); n == nil || !strings.Contains(n.Body, "terminated") {
					t.Errorf("the lamp: %v", n)
				}
				// 1003 sends it to 1002, without a word.
				m.transfer(t, fetch, "1002")
				in = answered(t, b)
				in.Answer()
				talk("transferred", call, in)
				// 1002 asks 1003 first, and puts it through.
				in.Hold("sendonly")
				asks, third := connected(t, b, c, "1003")
				if status := in.Send("REFER", referTo("1003", asks), ""); status != 202 {
					t.Errorf("REFER was answered %d", status)
				}
				heard(in, time.Second)
				for _, x := range []*testkit.Call{in, asks} {
					if !x.Over() {
						x.Hangup()
					}
				}
				talk("put through", call, third)
				call.Hangup()
				w.over(third)
				// What rings at 1002 is picked up by 1003.
				lamp := c.Subscribe("1002", "dialog", "Accept: application/dialog-info+xml\r\nExpires: 300\r\n")
				lamp.Next(time.Second)
				call = a.Dial("1002")
				in = answered(t, b)
				in.Ring()
				lamp.Next(time.Second)
				picked := m.pickUp(c, lamp)
				if !picked.Wait("200", 2*time.Second) || !in.Wait("CANCEL", 2*time.Second) {
					t.Fatal("not picked up")
				}
				talk("picked up", call, picked)
				call.Hangup()
				w.over(picked)
				for _, s := range []*testkit.Subscription{space, lamp} {
					s.Again("Expires: 0\r\n")
				}
			})
		})
	}
}
