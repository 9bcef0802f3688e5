package stasis

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/pbx"
)

func pressed(d byte) pbx.Event { return pbx.Event{Kind: pbx.EventDigit, Digit: d} }

// An application hears of what it has subscribed to, as often as it has.
func TestSubscribe(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, c := w.call("up")
		source := []string{"channel:" + id(c)}
		for range 2 {
			if _, err := w.m.Subscribe("prog", source, true); err != nil {
				t.Error(err)
			}
		}
		c.SetVar("X", "1")
		w.expect(prog.told(), "ChannelVarset")
		for _, want := range []int{0, 0, 422} {
			_, err := w.m.Subscribe("prog", source, false)
			if want == 0 {
				w.ok(err)
			} else {
				w.refused(err, want)
			}
		}
		c.SetVar("X", "2")
		w.expect(prog.told(), "")
		for _, x := range []struct {
			app, source string
			status      int
		}{{"nosuch", "channel:x", 404}, {"prog", "channel:x", 422}, {"prog", "bridge:x", 422}, {"prog", "endpoint:SIP/x", 422},
			{"prog", "foo:x", 400}, {"prog", "", 400}} {
			_, err := w.m.Subscribe(x.app, []string{x.source}, true)
			w.refused(err, x.status)
		}
		o, err := w.m.Subscribe("prog", []string{"endpoint:SIP/1001", "endpoint:SIP", "deviceState:Stasis:door", "channel:"}, true)
		if err != nil || !slices.Equal(ids(o, "endpoint_ids"), []string{"SIP", "SIP/1001"}) ||
			!slices.Equal(ids(o, "device_names"), []string{"Stasis:door"}) || ids(o, "channel_ids")[0] != "__AST_CHANNEL_ALL_TOPIC" {
			t.Error(string(JSON(o)), err)
		}
		c.SetVar("X", "3")
		w.core.FollowHints()
		w.ok(w.m.SetDevice("Stasis:door", "INUSE"))
		time.Sleep(time.Second)
		w.expect(prog.told(), "ChannelVarset DeviceStateChanged")
		w.refused(w.m.SetDevice("door", "INUSE"), 409)
		w.refused(w.m.SetDevice("Stasis:door", "OPEN"), 500)
		w.refused(w.m.SetDevice("", "INUSE"), 404)
		w.expect(string(JSON(w.m.DeviceStates())), `[{"name":"Stasis:door","state":"INUSE"}]`)
		w.expect(w.core.DeviceState("Stasis:door").String(), "INUSE")
		w.ok(w.m.DeleteDevice("Stasis:door"))
		w.expect(string(JSON(w.m.DeviceStates())), `[]`)
	})
}

func TestFilter(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		list := func(types ...string) (out []any) {
			for _, x := range types {
				out = append(out, map[string]any{"type": x})
			}
			return out
		}
		set := func(allowed, disallowed any) {
			t.Helper()
			if _, err := w.m.Filter("prog", allowed, disallowed); err != nil {
				t.Error(err)
			}
		}
		set(list("StasisStart", "StasisEnd"), list("StasisEnd"))
		_, c := w.call("app")
		c.SetVar("X", "1")
		w.ok(w.m.Continue(id(c), "", "", "", 0))
		time.Sleep(time.Second)
		w.expect(prog.told(), "StasisStart")
		set([]any{}, list("StasisStart"))
		_, c = w.call("app")
		c.SetVar("X", "1")
		w.expect(prog.told(), "ChannelVarset")
		set(list("StasisEnd"), nil) // which leaves the other list as it is
		if o, _ := w.m.Application("prog"); !strings.Contains(string(JSON(o)), `"events_disallowed":[{"type":"StasisStart"}]`) {
			t.Error(string(JSON(o)))
		}
		set(nil, nil)
		c.SetVar("X", "1")
		w.expect(prog.told(), "ChannelVarset")
		_, err := w.m.Filter("prog", "x", nil)
		w.refused(err, 400)
		_, err = w.m.Filter("prog", []any{"x"}, nil)
		w.refused(err, 400)
		_, err = w.m.Filter("nosuch", nil, nil)
		w.refused(err, 404)
	})
}

// A program's call: answered, it is the application's; before, its variables and both of its halves are
// known. One of an id that is taken is refused.
func TestOriginate(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		call := func(exten, id string) Call {
			o := Call{Application: "prog", Args: []string{"x"}}
			o.Tech, o.Resource, o.ID = "Local", exten+"@in", id
			o.Vars = [][2]string{{"V", "1"}}
			return o
		}
		o, err := w.m.Originate(call("ring", "c1"))
		if err != nil || text(o, "state") != "Down" || text(o, "id") != "c1" {
			t.Fatal(string(JSON(o)), err)
		}
		_, err = w.m.Originate(call("ring", "c1"))
		w.refused(err, 409)
		time.Sleep(time.Second)
		w.expect(prog.told("StasisStart"), "")
		time.Sleep(2 * time.Second)
		w.expect(prog.told("StasisStart"), "StasisStart")
		if v, err := w.m.Variable("c1", "V"); v != "1" || err != nil {
			t.Error(v, err)
		}
		app, _ := w.m.Application("prog")
		if got := ids(app, "channel_ids"); !slices.Equal(got, []string{"c1", "c1;2"}) {
			t.Errorf("%v", got)
		}
		bad := call("ring", "c2")
		bad.Tech = "Nosuch"
		_, err = w.m.Originate(bad)
		w.refused(err, 500)
		bad = call("ring", "c2")
		bad.Originator = "nosuch"
		_, err = w.m.Originate(bad)
		w.refused(err, 400)
		with := call("up", "c3")
		with.Originator = "c1"
		if _, err = w.m.Originate(with); err != nil {
			t.Error(err)
		}
		w.expect(w.m.Find("c3").View().LinkedID, w.m.Find("c1").View().LinkedID)
		time.Sleep(time.Second)
	})
}

// A channel that is created is in the application before it is called, may sit in a bridge while it
// rings, and is told as it is answered there, is busy, or is not answered in time.
func TestCreateAndDial(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		create := func(exten, id string) {
			t.Helper()
			o := Call{Application: "prog"}
			o.Tech, o.Resource, o.ID = "Local", exten+"@in", id
			m, err := w.m.Create(o)
			if err != nil || text(m, "state") != "Down" {
				t.Fatal(string(JSON(m)), err)
			}
			time.Sleep(time.Second)
			w.expect(prog.told("StasisStart"), "StasisStart")
		}
		_, caller := w.call("app")
		prog.told()
		create("ring", "d1")
		w.m.NewBridge("b1", "", "", nil)
		w.ok(w.m.Add("b1", []string{id(caller), "d1"}, Seating{}))
		w.refused(w.m.Dial(id(caller), "", 0), 409)
		w.refused(w.m.Dial("nosuch", "", 0), 404)
		prog.told()
		w.ok(w.m.Dial("d1", id(caller), 10*time.Second))
		time.Sleep(time.Second)
		w.expect(prog.told("Dial"), "Dial Dial")
		w.expect(w.m.Find("d1").View().State.String(), "Ringing")
		time.Sleep(2 * time.Second)
		w.expect(prog.told("Dial"), "Dial")
		w.expect(w.m.Find("d1").View().State.String(), "Up")
		w.refused(w.m.Dial("d1", "", 0), 409)
		time.Sleep(10 * time.Second) // its limit is no more
		create("busy", "d2")
		w.ok(w.m.Dial("d2", "", 0))
		time.Sleep(time.Second)
		w.expect(prog.told("Dial", "StasisEnd"), "Dial Dial StasisEnd")
		create("silent", "d3")
		w.ok(w.m.Dial("d3", "", 2*time.Second))
		time.Sleep(1500 * time.Millisecond)
		w.expect(prog.told("StasisEnd"), "")
		time.Sleep(time.Second)
		w.expect(prog.told("StasisEnd"), "StasisEnd")
		create("silent", "d4") // given up before it was called
		w.refused(w.m.Answer("d4"), 412)
		w.ok(w.m.Hangup("d4", 16))
		time.Sleep(time.Second)
		w.expect(prog.told("StasisEnd"), "StasisEnd")
		w.ok(w.m.Destroy("b1"))
	})
}

// A channel that snoops hears the other one, and is heard by whom it whispers to.
func TestSnoop(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		p, c := w.call("app")
		prog.told()
		o, err := w.m.Snoop(id(c), Snoop{ID: "s", Spy: "in", Whisper: "out", App: "prog", Args: []string{"z"}})
		if err != nil || text(o, "name") != "Snoop/"+id(c)+"-00000000" || text(o, "state") != "Up" {
			t.Fatal(string(JSON(o)), err)
		}
		time.Sleep(time.Second)
		if e := prog.last("StasisStart"); e == nil || e["channel"].(map[string]any)["id"] != "s" || e["args"].([]any)[0] != "z" {
			t.Errorf("%v", e)
		}
		if _, err := w.m.Record("s", Record{Name: "heard", Format: "sln"}); err != nil {
			t.Error(err)
		}
		time.Sleep(200 * time.Millisecond)
		w.speak(p, time.Second)
		w.ok(w.m.ControlRecording("heard", "stop"))
		time.Sleep(time.Second)
		if n := w.level("heard.sln", 400*time.Millisecond, 600*time.Millisecond); n < 1000 {
			t.Errorf("the spy has heard %d", n)
		}
		w.m.Play("s", Play{Media: []string{"sound:third"}})
		time.Sleep(500 * time.Millisecond)
		if n := w.hears(p, time.Second); n < 500 {
			t.Errorf("the whisper is %d", n)
		}
		for _, bad := range []Snoop{{Spy: "x", Whisper: "none", App: "prog"}, {Spy: "none", Whisper: "x", App: "prog"},
			{Spy: "none", Whisper: "none", App: "prog"}, {Spy: "in", Whisper: "none"}} {
			_, err := w.m.Snoop(id(c), bad)
			w.refused(err, 400)
		}
		_, err = w.m.Snoop("nosuch", Snoop{Spy: "in", Whisper: "none", App: "prog"})
		w.refused(err, 404)
		prog.told()
		w.ok(w.m.Hangup(id(c), 16)) // it goes with it
		time.Sleep(time.Second)
		w.expect(prog.told("StasisEnd"), "StasisEnd StasisEnd")
	})
}

func TestUserEvent(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		_, c := w.call("app")
		prog.told()
		w.ok(w.m.UserEvent("Foo", "prog", []string{"channel:" + id(c)}, Object{"a", "b"}))
		e := prog.last("ChannelUserevent")
		if b, _ := json.Marshal(e["userevent"]); string(b) != `{"a":"b","eventname":"Foo"}` || e["channel"].(map[string]any)["id"] != id(c) {
			t.Errorf("%v", e)
		}
		w.expect(prog.told(), "ChannelUserevent")
		w.refused(w.m.UserEvent("Foo", "nosuch", nil, nil), 404)
		w.refused(w.m.UserEvent("Foo", "prog", []string{"channel:x"}, nil), 422)
		w.refused(w.m.UserEvent("Foo", "prog", []string{"foo:x"}, nil), 400)
		w.ok(w.m.SetMailbox("1", 2, 3))
		w.expect(string(JSON(w.m.Mailboxes())), `[{"name":"1","old_messages":3,"new_messages":2}]`)
		if w.core.LookInto("1").New != 2 {
			t.Error("its lamp is off")
		}
		w.ok(w.m.DeleteMailbox("1"))
		w.refused(w.m.DeleteMailbox("1"), 404)
		_, err := w.m.Mailbox("1")
		w.refused(err, 404)
		list, err := w.m.Endpoints("SIP")
		w.expect(string(JSON(list)), `[{"technology":"SIP","resource":"1001","state":"online","channel_ids":[]}]`)
		w.ok(err)
		_, err = w.m.Endpoints("IAX")
		w.refused(err, 404)
		w.refused(w.m.SendText("", "", "", nil), 400)
		w.refused(w.m.SendText("carrier:pigeon", "", "", nil), 404)
	})
}

// What is written is JSON, whatever stands in it, and its members stay in their order.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{"a", "\"\\\n\r\t\x01", "é\xff", "<&>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := JSON(Object{s, s, "n", 1, "gone", Absent, "list", []string{s}, "o", Object{"x", true, "y", nil}})
		var o map[string]any
		if err := json.Unmarshal(b, &o); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
	})
}
