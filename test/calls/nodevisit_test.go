package calls

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

const nodesPhones = `[desk](!)
type=friend
host=dynamic
context=inside
[1005](desk)
secret=five
callgroup=1
[1006](desk)
secret=six
pickupgroup=1
`

// nodesParking is a lot of all nodes.
var nodesParking = map[string]string{"res_parking.conf": "[default]\nparkext=700\nparkpos=701-703\ncontext=parkedcalls\n" +
	"parkingtime=60\nparkinghints=yes\n"}

// A call that is parked at one node is fetched at another one, which knows that its space is taken.
func TestParkingOverNodes(t *testing.T) {
	plan := "[inside]\ninclude => parkedcalls\n"
	inNodesWith(t, 3, nodeKit{plan: plan, files: nodesParking}, func(n []*node) {
		a, b, c := n[0], n[1], n[2]
		waiting, second, third := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1002", "two", "10.0.1.7:5060"),
			c.registered("1004", "four", "10.0.2.7:5060")
		for _, p := range []*testkit.Phone{waiting, second, third} {
			defer p.Close()
		}
		one := reaches(t, waiting, "700")
		time.Sleep(3 * time.Second)
		for _, x := range n {
			x.says("parking show calls", "701", "1001")
		}
		c.says("parking show calls", "Alice <1001> at a")
		two := reaches(t, second, "700")
		time.Sleep(3 * time.Second)
		c.says("parking show calls", "702", "at b")
		three := reaches(t, third, "701")
		time.Sleep(2 * time.Second)
		talk(t, one, three)
		c.says("parking show calls", "702")
		if got := c.ask("parking show calls"); strings.Contains(got, "701") {
			t.Errorf("701 is still taken: %s", got)
		}
		three.Hangup()
		if !one.Wait("BYE", 5*time.Second) {
			t.Error("who was fetched is not hung up")
		}
		b.kill() // with who waits there
		time.Sleep(6 * time.Second)
		a.says("parking show calls", "Nobody is parked.")
		_ = two
	})
}

// reaches wants a number to answer.
func reaches(t *testing.T, p *testkit.Phone, number string) *testkit.Call {
	t.Helper()
	c := p.Dial(number)
	if !c.Wait("200", 10*time.Second) {
		t.Fatalf("%s does not answer", number)
	}
	return c
}

// A call that a node has ring is picked up at another one: by its extension, its group, its channel.
func TestPickupOverNodes(t *testing.T) {
	plan := "[inside]\nexten => 80,1,Pickup()\nexten => 81,1,Pickup(1005)\nexten => 82,1,PickupChan(SIP/1005)\n"
	for _, code := range []string{"80", "81", "82"} {
		t.Run(code, func(t *testing.T) {
			inNodesWith(t, 3, nodeKit{sip: nodesPhones, plan: plan}, func(n []*node) {
				a, b, c := n[0], n[1], n[2]
				caller, rings, picks := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1005", "five", "10.0.1.7:5060"),
					c.registered("1006", "six", "10.0.2.7:5060")
				for _, p := range []*testkit.Phone{caller, rings, picks} {
					defer p.Close()
				}
				out := caller.Dial("1005")
				in := answered(t, rings)
				in.Ring()
				if !out.Wait("180", 10*time.Second) {
					t.Fatal("it does not ring")
				}
				up := reaches(t, picks, code)
				if !out.Wait("200", 5*time.Second) {
					t.Fatal("the caller is not connected")
				}
				time.Sleep(time.Second)
				if !in.Wait("CANCEL", time.Second) {
					t.Error("it rings on")
				}
				talk(t, out, up)
				out.Hangup()
				if !up.Wait("BYE", 5*time.Second) {
					t.Error("who picked up is not told of the end")
				}
			})
		})
	}
}

// A phone whose first call is of another node than its second joins the two (REFER with Replaces).
func TestAttendedTransferOverNodes(t *testing.T) {
	for _, ends := range []string{"party", "target"} {
		t.Run(ends, func(t *testing.T) {
			inNodesWith(t, 2, nodeKit{sip: nodesPhones}, func(n []*node) {
				a, b := n[0], n[1]
				party, desk, target := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1002", "two", "10.0.1.7:5060"),
					b.registered("1006", "six", "10.0.1.8:5060")
				for _, p := range []*testkit.Phone{party, desk, target} {
					defer p.Close()
				}
				out, first := party.Dial("1002"), answered(t, desk) // a call of node a
				first.Answer()
				if !out.Wait("200", 10*time.Second) {
					t.Fatal("not answered")
				}
				time.Sleep(time.Second)
				first.Hold("sendonly")
				second, third := connected(t, desk, target, "1006") // a call of node b
				time.Sleep(time.Second)
				refer := "Refer-To: <sip:1006@10.0.1.1?Replaces=" + url.QueryEscape(second.Replaces()) + ">\r\n"
				if status := first.Send("REFER", refer, ""); status != 202 {
					t.Fatalf("REFER was answered %d", status)
				}
				if got := heard(first, 2*time.Second); !strings.Contains(got, "NOTIFY SIP/2.0 200 OK") {
					t.Errorf("the transferrer heard %q", got)
				}
				if !second.Over() && !second.Wait("BYE", 5*time.Second) {
					t.Error("the second call goes on")
				}
				first.Hangup()
				time.Sleep(time.Second)
				talk(t, out, third)
				for _, x := range n {
					if list := x.sys.Core().Channels(); len(list) != 2 {
						t.Errorf("%s has %d channels", x.name, len(list))
					}
				}
				last, other := out, third
				if ends == "target" {
					last, other = third, out
				}
				last.Hangup()
				if !other.Wait("BYE", 5*time.Second) {
					t.Error("the other one is not hung up")
				}
			})
		})
	}
}

// A lamp's call is picked up at another node than the one that has it ring (INVITE with Replaces), also while that one is emptied.
func TestLampPickupOverNodes(t *testing.T) {
	inNodesWith(t, 2, nodeKit{sip: "notifycid=ignore-context\nsubscribecontext=inside\n", plan: "[inside]\nexten => 1002,hint,SIP/1002\n"},
		func(n []*node) {
			a, b := n[0], n[1]
			caller, rings, picks := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1002", "two", "10.0.1.7:5060"),
				b.registered("1004", "four", "10.0.1.8:5060")
			for _, p := range []*testkit.Phone{caller, rings, picks} {
				defer p.Close()
			}
			lamp := picks.Subscribe("1002", "dialog", "Accept: application/dialog-info+xml\r\n")
			out := caller.Dial("1002")
			answered(t, rings).Ring()
			if !out.Wait("180", 10*time.Second) {
				t.Fatal("it does not ring")
			}
			time.Sleep(time.Second)
			a.says("cluster drain", "takes no new calls")
			ours, theirs := lamp.Tags()
			picks.Headers = "Replaces: pickup-" + lamp.ID + ";to-tag=" + theirs + ";from-tag=" + ours + "\r\n"
			up := reaches(t, picks, "1002")
			if !out.Wait("200", 5*time.Second) {
				t.Fatal("the caller is not connected")
			}
			talk(t, out, up)
			up.Hangup()
			if !out.Wait("BYE", 5*time.Second) {
				t.Error("the caller is not hung up")
			}
		})
}

// A ticket is good from a node, once, and from nobody else.
func TestTicketOfAStranger(t *testing.T) {
	inNodes(t, 2, "", func(n []*node) {
		a, b := n[0], n[1]
		ticket, err := a.sys.Core().Ticket(pbx.Visit{App: "Answer"})
		if err != nil {
			t.Fatal(err)
		}
		mallory := a.socket("10.0.9.9:5060")
		invite := strings.ReplaceAll(mallory.request("INVITE", "sip:obk-visit-"+ticket+"@10.0.0.1", "", ""), "Route: <>\n", "")
		mallory.sends(a.addr, invite)
		if got := mallory.hears(); !strings.HasPrefix(got, "SIP/2.0 404") {
			t.Errorf("a stranger is answered %q", got)
		}
		call := func() pbx.Originated {
			return b.sys.Core().Originate(pbx.Originate{Tech: pbx.NodeTech, Resource: "a/" + ticket, App: "Wait", Data: "1",
				Timeout: 5 * time.Second})
		}
		if got := call(); got.Channel == nil {
			t.Errorf("a node is refused: %v", got.Err)
		}
		if got := call(); got.Channel != nil {
			t.Error("a ticket is taken twice")
		}
	})
}

// A visit ends when the node at its other side is gone, in either direction.
func TestVisitToADeadNode(t *testing.T) {
	for dead := range 2 {
		inNodesWith(t, 2, nodeKit{plan: "[inside]\ninclude => parkedcalls\n", files: nodesParking}, func(n []*node) {
			one, two := n[0].registered("1001", "one", "10.0.0.7:5060"), n[1].registered("1002", "two", "10.0.1.7:5060")
			defer one.Close()
			defer two.Close()
			calls := []*testkit.Call{reaches(t, one, "700"), nil}
			time.Sleep(3 * time.Second)
			calls[1] = reaches(t, two, "701")
			time.Sleep(time.Second)
			talk(t, calls[0], calls[1])
			n[dead].kill()
			if !calls[1-dead].Wait("BYE", 8*time.Second) {
				t.Errorf("the call at %s goes on", n[1-dead].name)
			}
		})
	}
}
