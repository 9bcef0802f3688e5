package calls

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/manage/ami/wording"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

const parkingLots = `[default]
parkext = 700
parkpos = 701-703
context = parkedcalls
parkingtime = 10
comebackdialtime = 5
parkinghints = yes
`

const parkingPlan = `[inside]
include => parkedcalls
exten => 1,1,Dial(SIP/1002,20,tTkK)
exten => h,1,Set(GLOBAL(ENDED)=${GLOBAL(ENDED)} ${CHANNEL(peername)})
exten => 3,1,Answer()
same => n,Set(GLOBAL(FIRST)=${CHANNEL})
same => n,Wait(60)
same => n,Set(GLOBAL(ON)=here)
same => n,Wait(60)
exten => 4,1,Answer()
same => n,Bridge(${GLOBAL(FIRST)},kK)
exten => 5,1,Answer()
same => n,Bridge(${GLOBAL(FIRST)},kKF(inside^6^1))
exten => 6,1,Set(GLOBAL(ON)=there)
same => n,Wait(60)
exten => 8,1,Answer()
same => n,Bridge(${GLOBAL(FIRST)},kKx)
`

// inParking has three phones, a lot of three spaces, and nothing left at the end.
func inParking(t *testing.T, f func(w *world, a, b, c *testkit.Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[general]\n", "[general]\ndtmfmode=info\nnotifycid=yes\n",
			1), "extensions.conf": parkingPlan, "res_parking.conf": parkingLots,
			"features.conf": "[general]\ntransferdigittimeout = 2\n[featuremap]\nblindxfer = #1\natxfer = *2\nparkcall = #72\n"})
		w.prompts("digits/0", "digits/1", "digits/2", "digits/3", "digits/7", "pbx-invalidpark", "pbx-parkingfailed", "pbx-transfer", "beep",
			"beeperr")
		phones := []*testkit.Phone{w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060"),
			w.registered("1003", "three", "10.0.0.13:5060")}
		f(w, phones[0], phones[1], phones[2])
		time.Sleep(3 * time.Second)
		if n, _, _ := w.sys.Core().Counts(); n != 0 || len(w.sys.Core().Bridges()) != 0 {
			t.Errorf("%d channels and %d bridges are left", n, len(w.sys.Core().Bridges()))
		}
		w.stop()
		for _, p := range phones {
			p.Close()
		}
	})
}

// channelOf is the newest channel of a phone.
func (w *world) channelOf(user string) (found *pbx.Channel) {
	for _, c := range w.sys.Core().Channels() {
		if strings.HasPrefix(c.Name(), "SIP/"+user+"-") {
			found = c
		}
	}
	return found
}

// space is who is parked in a space of the lot.
func (w *world) space(n string) string {
	v, _ := w.sys.Core().Func("PARK_GET_CHANNEL").Value(nil, n+",default")
	return v
}

// Who dials 700 hears where he is and then waits; who dials that talks with him.
func TestParkAndFetch(t *testing.T) {
	inParking(t, func(w *world, a, b, _ *testkit.Phone) {
		var told []string
		defer w.sys.Core().Listen(func(e event.Event) {
			n := wording.Event(e)
			if n.Class != "call" || !strings.Contains(n.Name, "arkedCall") {
				return
			}
			line := n.Name
			for _, p := range n.Parts {
				line += " " + p.Prefix
				for _, f := range p.Fields {
					line += " " + f.Name + "=" + f.Value
				}
			}
			told = append(told, line)
		})()
		call := a.Dial("700")
		if !call.Wait("200", time.Second) {
			t.Fatal("no answer")
		}
		time.Sleep(2 * time.Second)
		if got := w.hears(w.channelOf("1001")); !slices.Equal(got, []string{"digits/7", "digits/0", "digits/1"}) {
			t.Errorf("it hears %q", got)
		}
		if got := w.space("701"); !strings.HasPrefix(got, "SIP/1001-") {
			t.Errorf("in the space is %q", got)
		}
		fetch := b.Dial("701")
		fetch.Wait("200", time.Second)
		time.Sleep(500 * time.Millisecond)
		if !heardAt(call, fetch) || !heardAt(fetch, call) {
			t.Error("they do not talk")
		}
		if x, y := w.channelOf("1001").View(), w.channelOf("1002").View(); x.Connected.Num != "1002" || y.Connected.Num != "1001" {
			t.Errorf("they are shown %q and %q", x.Connected.Num, y.Connected.Num)
		}
		if got := w.space("701"); got != "" {
			t.Errorf("the space is not free: %q", got)
		}
		fetch.Hangup()
		if !call.Wait("BYE", 3*time.Second) {
			t.Error("who was parked stays")
		}
		want := []string{"ParkedCall Parkee  ParkerDialString=SIP/1001 Parkinglot=default ParkingSpace=701 ParkingTimeout=10 ParkingDuration=0",
			"UnParkedCall Parkee Retriever  ParkerDialString=SIP/1001 Parkinglot=default ParkingSpace=701 ParkingTimeout=8 ParkingDuration=2"}
		if !slices.Equal(told, want) {
			t.Errorf("programs are told %q", told)
		}
		empty := b.Dial("701")
		if !empty.Wait("BYE", 5*time.Second) {
			t.Error("an empty space is no end")
		}
	})
}

// A phone parks by REFER, as those with a key for it do: it is told 200, hears the space and hangs up by itself.
func TestParkByRefer(t *testing.T) {
	for _, byCaller := range []bool{true, false} {
		inParking(t, func(w *world, a, b, c *testkit.Phone) {
			call, in := connected(t, a, b, "1")
			by, other, user := in, call, "1002"
			if byCaller {
				by, other, user = call, in, "1001"
			}
			by.Hold("sendonly")
			if status := by.Send("REFER", "Refer-To: <sip:700@10.0.0.1>\r\nReferred-By: <sip:"+user+"@10.0.0.1>\r\n", ""); status != 202 {
				t.Fatalf("REFER was answered %d", status)
			}
			if got := heard(by, 500*time.Millisecond); !strings.Contains(got, "NOTIFY SIP/2.0 200 OK") {
				t.Errorf("who parks heard %q", got)
			}
			time.Sleep(2 * time.Second)
			if got := w.hears(w.channelOf(user)); !slices.Equal(got, []string{"digits/7", "digits/0", "digits/1"}) {
				t.Errorf("by the caller %v: it hears %q", byCaller, got)
			}
			if by.Over() || by.Hangup() != 200 {
				t.Error("who has parked is hung up")
			}
			fetch := c.Dial("701")
			fetch.Wait("200", time.Second)
			time.Sleep(500 * time.Millisecond)
			if !heardAt(other, fetch) || !heardAt(fetch, other) {
				t.Errorf("by the caller %v: they do not talk", byCaller)
			}
			other.Hangup()
			fetch.Wait("BYE", 2*time.Second)
		})
	}
}

// A phone that hangs up at once after its REFER parks as well; who is parked comes back to it.
func TestParkedComesBack(t *testing.T) {
	inParking(t, func(w *world, a, b, _ *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		in.Send("REFER", "Refer-To: <sip:700@10.0.0.1>\r\n", "")
		in.Hangup()
		time.Sleep(9 * time.Second)
		if got := w.space("701"); !strings.HasPrefix(got, "SIP/1001-") {
			t.Fatalf("in the space is %q", got)
		}
		back := answered(t, b)
		back.Answer()
		time.Sleep(500 * time.Millisecond)
		if !heardAt(call, back) || !heardAt(back, call) {
			t.Error("they do not talk")
		}
		v := w.channelOf("1001")
		for name, want := range map[string]string{"PARKER": "SIP/1002", "PARKER_FLAT": "SIP_1002", "PARKING_SPACE": "701",
			"PARKEDLOT": "default"} {
			if got := v.Variable(name); got != want {
				t.Errorf("%s is %q", name, got)
			}
		}
		call.Hangup()
		back.Wait("BYE", 2*time.Second)
	})
}

// A phone that calls 700 itself first, and then puts its caller through (REFER with Replaces): the
// caller has the space in its place.
func TestParkByAttendedRefer(t *testing.T) {
	inParking(t, func(w *world, a, b, c *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		in.Hold("sendonly")
		second := b.Dial("700")
		second.Wait("200", time.Second)
		time.Sleep(2 * time.Second)
		if status := in.Send("REFER", referTo("700", second), ""); status != 202 {
			t.Fatalf("REFER was answered %d", status)
		}
		time.Sleep(time.Second)
		for _, x := range []*testkit.Call{in, second} {
			if !x.Over() {
				x.Hangup()
			}
		}
		time.Sleep(time.Second)
		if got := w.space("701"); !strings.HasPrefix(got, "SIP/1001-") {
			t.Errorf("in the space is %q", got)
		}
		fetch := c.Dial("701")
		fetch.Wait("200", time.Second)
		time.Sleep(500 * time.Millisecond)
		if !heardAt(call, fetch) || !heardAt(fetch, call) {
			t.Error("they do not talk")
		}
		call.Hangup()
		fetch.Wait("BYE", 2*time.Second)
	})
}

// One who got another's space comes back when that one's time is over.
func TestSwappedComesBack(t *testing.T) {
	inParking(t, func(w *world, a, b, _ *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		second := b.Dial("700")
		second.Wait("200", time.Second)
		time.Sleep(2 * time.Second)
		in.Send("REFER", referTo("700", second), "")
		time.Sleep(500 * time.Millisecond)
		for _, x := range []*testkit.Call{in, second} {
			if !x.Over() {
				x.Hangup()
			}
		}
		time.Sleep(7 * time.Second)
		back := answered(t, b)
		back.Answer()
		time.Sleep(500 * time.Millisecond)
		if !heardAt(call, back) {
			t.Error("they do not talk")
		}
		call.Hangup()
		back.Wait("BYE", 2*time.Second)
	})
}

// Who presses the keys of parkcall hears the space, and is hung up.
func TestParkByKeys(t *testing.T) {
	inParking(t, func(w *world, a, b, _ *testkit.Phone) {
		call, in := connected(t, a, b, "1")
		time.Sleep(200 * time.Millisecond)
		parker := w.channelOf("1002")
		keyed(in, "#72")
		if !in.Wait("BYE", 5*time.Second) {
			t.Fatal("who has parked stays")
		}
		if got := w.hears(parker); !slices.Equal(got[max(0, len(got)-3):], []string{"digits/7", "digits/0", "digits/1"}) {
			t.Errorf("it hears %q", got)
		}
		if got := w.space("701"); !strings.HasPrefix(got, "SIP/1001-") {
			t.Errorf("in the space is %q", got)
		}
		call.Hangup()
		time.Sleep(time.Second)
		if got := w.space("701"); got != "" {
			t.Errorf("the space is not free: %q", got)
		}
	})
}

// Who was fetched out of his dialplan by Bridge() goes on there, or where F says, also after he was parked and
// fetched once more; with x he is hung up.
func TestParkedOutOfBridge(t *testing.T) {
	for exten, want := range map[string]string{"4": "here", "5": "there", "8": ""} {
		inParking(t, func(w *world, a, b, c *testkit.Phone) {
			call := a.Dial("3")
			call.Wait("200", time.Second)
			time.Sleep(time.Second) // it waits
			in := b.Dial(exten)
			in.Wait("200", time.Second)
			time.Sleep(time.Second)
			keyed(in, "#72")
			time.Sleep(3 * time.Second)
			if got := w.space("701"); !strings.HasPrefix(got, "SIP/1001-") {
				t.Fatalf("%s: in the space is %q", exten, got)
			}
			fetch := c.Dial("701")
			fetch.Wait("200", time.Second)
			time.Sleep(time.Second)
			fetch.Hangup()
			time.Sleep(time.Second)
			if got, _ := w.sys.Core().Global("ON"); got != want || call.Over() != (want == "") {
				t.Errorf("%s: it goes on %q, over is %v", exten, got, call.Over())
			}
			for _, x := range []*testkit.Call{call, in} {
				if !x.Over() {
					x.Hangup()
				}
			}
		})
	}
}

// The lamp of a space is lit while somebody waits there.
func TestParkingLamp(t *testing.T) {
	inParking(t, func(w *world, a, b, _ *testkit.Phone) {
		lamp := b.Subscribe("701", "dialog", "Accept: application/dialog-info+xml\r\nExpires: 300\r\n")
		state := func(want string) {
			t.Helper()
			n := lamp.Next(2 * time.Second)
			if n == nil || !strings.Contains(n.Body, "<state>"+want+"</state>") {
				t.Errorf("the lamp is not %s: %v", want, n)
			}
		}
		state("terminated")
		call := a.Dial("700")
		call.Wait("200", time.Second)
		n := lamp.Next(2 * time.Second)
		if n == nil || !strings.Contains(n.Body, "<state>confirmed</state>") || !strings.Contains(n.Body, "<identity display=\"Alice 0") ||
			!strings.Contains(n.Body, ">sip:1001@10.0.0.1<") {
			t.Errorf("the lamp does not say who waits: %v", n)
		}
		time.Sleep(time.Second)
		call.Hangup()
		state("terminated")
		lamp.Again("Expires: 0\r\n")
	})
}

// A reload keeps who is parked, also where the lot is no more; its spaces are extensions as long as the file says.
func TestParkingReload(t *testing.T) {
	inParking(t, func(w *world, a, b, _ *testkit.Phone) {
		call := a.Dial("700")
		call.Wait("200", time.Second)
		time.Sleep(time.Second)
		w.write("res_parking.conf", strings.Replace(parkingLots, "701-703", "710-712", 1))
		if err := w.sys.Reload("res_parking"); err != nil {
			t.Fatal(err)
		}
		if got := w.space("701"); !strings.HasPrefix(got, "SIP/1001-") {
			t.Errorf("in the space is %q", got)
		}
		if plan := w.sys.Core().Plan(); plan.Exists("inside", "701", pbx.QueryFor(nil)) || !plan.Exists("inside", "710", pbx.QueryFor(nil)) {
			t.Error("the extensions are not those of the new file")
		}
		if err := w.sys.Reload("dialplan"); err != nil || !w.sys.Core().Plan().Exists("inside", "710", pbx.QueryFor(nil)) {
			t.Errorf("a reload of the dialplan takes them away (%v)", err)
		}
		back := answered(t, a) // its own phone is called
		back.Reject("486 Busy Here")
		time.Sleep(time.Second)
		call.Hangup() // he hears that nobody takes him
	})
}
