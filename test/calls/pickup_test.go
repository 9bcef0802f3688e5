package calls

import (
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// A call that rings at 1002 is picked up by 1003: by its group, by number, by mark, and
// by the code of features.conf; who is in no such group gets nothing.
func TestPickup(t *testing.T) {
	plan := "exten => 1002,1,Set(__PICKUPMARK=desk)\nsame => n,Dial(SIP/1002,20)\nexten => 80,1,Pickup()\nsame => n,Congestion()\nexten " +
		"=> 81,1,Pickup(77&1002)\nsame => n,Congestion()\nexten => 82,1,Pickup(desk@PICKUPMARK)\nsame => n,Congestion()\nexten => " +
		"83,1,Pickup(1002@elsewhere)\nsame => n,Congestion()\n"
	for name, c := range map[string]struct {
		groups, code, want string
	}{
		"own group":          {"pickupgroup=1,3-5\n", "80", "200"},
		"own named group":    {"namedpickupgroup=desks\n", "80", "200"},
		"another group":      {"pickupgroup=2\n", "80", "503"},
		"the code":           {"pickupgroup=4\n", "*8", "200"},
		"the code, no right": {"", "*8", "503"},
		"number":             {"", "81", "200"},
		"mark":               {"", "82", "200"},
		"other context":      {"", "83", "503"},
	} {
		t.Run(name, func(t *testing.T) {
			sip := strings.Replace(baseSIP, "secret=two\n", "secret=two\ncallerid=Bob <999>\ncallgroup=4\nnamedcallgroup=desks,others\n", 1)
			sip = strings.Replace(sip, "secret=three\n", "secret=three\n"+c.groups, 1)
			inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
				w.write("extensions.conf", "[inside]\n"+plan)
				if err := w.sys.Reload("dialplan"); err != nil {
					t.Fatal(err)
				}
				p := w.registered("1003", "three", "10.0.0.13:5060")
				defer p.Close()
				call := a.Dial("1002")
				in := answered(t, b)
				in.Ring()
				call.Wait("180", time.Second)
				n := p.Dial(c.code)
				if !n.Wait(c.want, 2*time.Second) {
					t.Fatalf("no %s", c.want)
				}
				if c.want != "200" {
					in.Answer()
					call.Wait("200", time.Second)
					call.Hangup()
					return
				}
				if !call.Wait("200", time.Second) || !in.Wait("CANCEL", time.Second) {
					t.Fatal("not picked up")
				}
				if !heardAt(n, call) || !heardAt(call, n) {
					t.Error("they do not hear each other")
				}
				n.Hangup()
				w.over(call)
			})
		})
	}
}

const messagePlan = `exten => 1002,1,Set(A=${MESSAGE(from)}|${MESSAGE(to)}|${MESSAGE_DATA(SIP_PEERNAME)})
same => n,Set(MESSAGE(body)=${MESSAGE(body)}!)
same => n,MessageSend(sip:1002,${MESSAGE(from)})
same => n,MessageSend(sip:1003,"${MESSAGE_SEND_STATUS}" <sip:status@x>)
same => n,MessageSend(xmpp:1)
exten => 600,1,Answer()
same => n,SendText(hello there)
same => n,Wait(20)
exten => 2,1,Dial(SIP/1002)
exten => back,1,Set(MESSAGE_DATA(X-Own)=${MESSAGE_DATA(X-Came)}, new)
same => n,MessageSend(sip:1002)
same => n,Set(MESSAGE_DATA(X-Own)=)
same => n,Set(MESSAGE(custom_data)=mark_all_outbound)
same => n,MessageSend(sip:1002)
same => n,Set(MESSAGE(custom_data)=clear_all_outbound)
same => n,MessageSend(sip:1002)
same => n,Set(MESSAGE_DATA(Max-Forwards)=0)
same => n,MessageSend(sip:1002)
same => n,Set(GLOBAL(STATUS)=${MESSAGE_SEND_STATUS})
exten => phone,1,Set(MESSAGE(body)=by hand)
same => n,Set(MESSAGE_DATA(X-Own)=a phone's)
same => n,MessageSend(sip:1002)
same => n,Hangup()
`

// A MESSAGE goes through the dialplan to another phone; what cannot be taken is told.
func TestMessages(t *testing.T) {
	sip := strings.Replace(baseSIP, "secret=two\n", "secret=two\noutofcall_message_context=texts\n", 1)
	inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
		w.write("extensions.conf", "[inside]\n"+messagePlan+"[texts]\nexten => only,1,NoOp()\n")
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		got := make(chan *testkit.Msg, 8)
		serve := func(m *testkit.Msg) string {
			if m.Method == "MESSAGE" {
				got <- m
			}
			return "200 OK"
		}
		b.Serve = serve
		const text = "Content-Type: text/plain\r\n"
		for name, c := range map[string]struct {
			by            *testkit.Phone
			number, lines string
			want          int
		}{
			"taken":             {a, "1002", text, 202},
			"no such extension": {a, "4711", text, 404},
			"not text":          {a, "1002", "Content-Type: application/pdf\r\n", 415},
			"another context":   {b, "1002", text, 404},
			"its context":       {b, "only", text, 202},
		} {
			if status := c.by.Ask("MESSAGE", c.number, c.lines, "hi"); status != c.want {
				t.Errorf("%s: %d", name, status)
			}
		}
		select {
		case m := <-got:
			if m.Body != "hi!" || !strings.HasPrefix(m.Get("From"), `"asterisk" <sip:1001@10.0.0.1>;tag=`) ||
				m.Get("Content-Type") != "text/plain;charset=UTF-8" {
				t.Errorf("%v %q", m.Headers, m.Body)
			}
		case <-time.After(2 * time.Second):
			t.Error("nothing came")
		}
		// By a program, in the name of a phone (channels/SIP/message_send_ami).
		if _, err := w.sys.Core().SendMessage(pbx.Message{To: "sip:1002", From: "1001", Body: "x",
			Data: []pbx.MessageDatum{{Name: "X-Own", Value: "a b", Send: true}, {Name: "Call-ID", Value: "evil", Send: true},
				{Name: "X-Kept", Value: "y"}}}); err != nil {
			t.Error(err)
		}
		select {
		case m := <-got:
			if !strings.HasPrefix(m.Get("From"), `"Alice" <sip:1001@10.0.0.1>;tag=`) || m.Get("X-Own") != "a b" || m.Get("Call-ID") == "evil" ||
				m.Get("X-Kept") != "" {
				t.Errorf("%v", m.Headers)
			}
		case <-time.After(2 * time.Second):
			t.Error("nothing came of the program")
		}
		time.Sleep(40 * time.Second)
		if n, _, _ := w.sys.Core().Counts(); n != 0 {
			t.Errorf("%d channels left", n)
		}
	})
	for options, want := range map[string]int{"accept_outofcall_message=no\n": 405, "auth_message_requests=no\n": 202} {
		inWorldOf(t, strings.Replace(baseSIP, "[general]\n", "[general]\n"+options, 1), func(w *world, a, b *testkit.Phone) {
			a.Secret = "wrong" // does not matter in either case
			if status := a.Ask("MESSAGE", "703", "Content-Type: text/plain\r\n", "hi"); status != want {
				t.Errorf("%s%d", options, status)
			}
		})
	}
}

// Text within a call reaches the other party; SendText reaches this one.
func TestTextWithinCalls(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		w.write("extensions.conf", "[inside]\n"+messagePlan)
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		call, in := connected(t, a, b, "2")
		if status := call.Send("MESSAGE", "Content-Type: text/plain\r\n", "are you there?"); status != 202 {
			t.Errorf("answered %d", status)
		}
		if !in.Wait("MESSAGE are you there?", time.Second) {
			t.Error("the other party has not got it")
		}
		if status := in.Send("MESSAGE", "Content-Type: image/png\r\n", "x"); status != 415 {
			t.Errorf("a picture: %d", status)
		}
		call.Hangup()
		in.Wait("BYE", time.Second)
		c := a.Dial("600")
		if got := heard(c, time.Second); !strings.Contains(got, "MESSAGE hello there") {
			t.Errorf("SendText: heard %q", got)
		}
		c.Hangup()
	})
}

// Headers of a message: those that came are known, and are sent on when the dialplan says so
// (channels/SIP/message_auth_cust_hdr, message_mark_all_outbound of the Asterisk test suite).
func TestHeadersOfMessages(t *testing.T) {
	inWorldOf(t, baseSIP, func(w *world, a, b *testkit.Phone) {
		w.write("extensions.conf", "[inside]\n"+messagePlan)
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		got := make(chan *testkit.Msg, 8)
		b.Serve = func(m *testkit.Msg) string {
			if m.Method == "MESSAGE" {
				got <- m
			}
			return "200 OK"
		}
		a.Ask("MESSAGE", "back", "Content-Type: text/plain\r\nX-Came: old\r\nX-Other: o\r\n", "hi")
		time.Sleep(time.Second)
		call := a.Dial("phone")
		call.Wait("603", time.Second)
		time.Sleep(time.Second)
		var heard []string
		for len(got) > 0 {
			m := <-got
			heard = append(heard, m.Body+"|"+m.Get("X-Own")+"|"+m.Get("X-Came")+"|"+m.Get("X-Other")+"|"+m.Get("SIP_RECVADDR"))
		}
		if want := []string{"hi|old, new|||", "hi||old|o|", "hi||||", "by hand|a phone's|||"}; !slices.Equal(heard, want) {
			t.Errorf("%q, want %q", heard, want)
		}
		if s := w.global("STATUS"); s != "FAILURE" {
			t.Errorf("a message that went too far: %s", s)
		}
	})
}
