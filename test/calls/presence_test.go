package calls

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

const presenceSIP = `[general]
udpbindaddr=10.0.0.1:5060
context=public
callcounter=yes
notifyhold=yes
subminexpiry=30
submaxexpiry=600
[phones](!)
type=friend
host=dynamic
context=inside
[1001](phones)
secret=one
mailbox=77
[1002](phones)
secret=two
busylevel=2
[1003](phones)
secret=three
[nosub](phones)
secret=no
allowsubscribe=no
[other](phones)
secret=other
subscribecontext=elsewhere
`

const presenceExtensions = `[inside]
exten => 1002,hint,SIP/1002
exten => 1003,hint,SIP/1003
exten => 1009,hint,SIP/1002&SIP/1003&Custom:lamp
exten => _*1XXX,hint,SIP/${EXTEN:1}
exten => 800,hint,Custom:lamp
exten => _8.,1,Set(DEVICE_STATE(Custom:lamp)=${EXTEN:1})
exten => _10XX,1,Dial(SIP/${EXTEN})
exten => 600,1,Answer()
same => n,Wait(30)
[elsewhere]
exten => 1,hint,Custom:lamp
`

func inPresence(t *testing.T, options string, f func(w *world, a, b *testkit.Phone)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, strings.Replace(presenceSIP, "notifyhold=yes\n", "notifyhold=yes\n"+options, 1), presenceExtensions, testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		f(w, a, b)
		synctest.Wait()
		w.stop()
		a.Close()
		b.Close()
	})
}

func accept(types ...string) string {
	out := "Expires: 300\r\n"
	for _, t := range types {
		out += "Accept: application/" + t + "\r\n"
	}
	return out
}

// What a SUBSCRIBE may be answered.
func TestSubscribeAnswers(t *testing.T) {
	const dialog = "dialog-info+xml"
	for name, c := range map[string]struct {
		number, event, lines string
		status               int
		header, value        string
	}{
		"dialog":                  {"1002", "dialog", accept(dialog), 200, "Expires", "300"},
		"presence":                {"1002", "presence", accept("pidf+xml"), 200, "Contact", "<sip:1002@10.0.0.1:5060>;expires=300"},
		"a pattern's hint":        {"*1002", "dialog", accept(dialog), 200, "Expires", "300"},
		"no Accept":               {"1002", "dialog", "", 200, "Expires", "120"},
		"another Accept":          {"1002", "dialog", accept("text"), 489, "", ""},
		"one of two Accepts":      {"1002", "dialog", "Accept: text/plain\r\nAccept: application/dialog-info+xml\r\n", 200, "Expires", "120"},
		"another event":           {"1002", "conference", accept(dialog), 489, "", ""},
		"no hint":                 {"600", "dialog", accept(dialog), 404, "", ""},
		"too short":               {"1002", "dialog", "Expires: 5\r\nAccept: application/dialog-info+xml\r\n", 423, "Min-Expires", "30"},
		"too long":                {"1002", "dialog", "Expires: 99999\r\nAccept: application/dialog-info+xml\r\n", 200, "Expires", "600"},
		"mailboxes":               {"1001", "message-summary", accept("simple-message-summary"), 200, "Expires", "300"},
		"mailboxes, other Accept": {"1001", "message-summary", accept("text"), 406, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			inPresence(t, "", func(w *world, a, b *testkit.Phone) {
				s := a.Subscribe(c.number, c.event, c.lines)
				if s.Status != c.status || c.header != "" && s.Answer.Get(c.header) != c.value {
					t.Errorf("%d, %s: %s", s.Status, c.header, s.Answer.Get(c.header))
				}
				if s.Status == 200 {
					if s.Next(time.Second) == nil {
						t.Error("no NOTIFY")
					}
					s.Again("Expires: 0\r\nAccept: application/dialog-info+xml\r\n")
					if m := s.Next(time.Second); m == nil || m.Get("Subscription-State") != "terminated;reason=timeout" {
						t.Errorf("the end: %v", m)
					}
				}
			})
		})
	}
	inPresence(t, "", func(w *world, a, b *testkit.Phone) {
		p, q := w.registered("nosub", "no", "10.0.0.21:5060"), w.registered("other", "other", "10.0.0.22:5060")
		defer p.Close()
		defer q.Close()
		if s := p.Subscribe("1002", "dialog", accept(dialog)); s.Status != 403 {
			t.Errorf("allowsubscribe=no: %d", s.Status)
		}
		if s := q.Subscribe("1002", "dialog", accept(dialog)); s.Status != 404 {
			t.Errorf("a hint of another context: %d", s.Status)
		}
		if s := q.Subscribe("1", "dialog", accept(dialog)); s.Status != 200 {
			t.Errorf("a hint of subscribecontext: %d", s.Status)
		}
		if s := b.Subscribe("1002", "message-summary", ""); s.Status != 404 {
			t.Errorf("no mailbox: %d", s.Status)
		}
		q.Secret = "wrong"
		if s := q.Subscribe("1", "dialog", accept(dialog)); s.Status != 403 {
			t.Errorf("wrong password: %d", s.Status)
		}
	})
}

var stateOf = regexp.MustCompile(`<state>(\w+)</state>|<note>([\w ]+)</note>|<status status="(\w+)"`)

// told is what the next NOTIFY says, in one word.
func told(t *testing.T, s *testkit.Subscription) string {
	t.Helper()
	m := s.Next(2 * time.Second)
	if m == nil {
		return "nothing"
	}
	f := stateOf.FindStringSubmatch(m.Body)
	if f == nil {
		return m.Body
	}
	return f[1] + f[2] + f[3]
}

// The life of a call as the subscribers to the called phone see it, in each format.
func TestStatesOfACall(t *testing.T) {
	for format, want := range map[string][6]string{
		"dialog-info+xml": {"terminated", "early", "confirmed", "confirmed", "confirmed", "terminated"},
		"pidf+xml":        {"Ready", "Ringing", "On the phone", "On hold", "On the phone", "Ready"},
		"xpidf+xml":       {"open", "inuse", "inuse", "closed", "inuse", "open"},
		"cpim-pidf+xml":   {"open", "inuse", "inuse", "closed", "inuse", "open"},
	} {
		t.Run(format, func(t *testing.T) {
			inPresence(t, "", func(w *world, a, b *testkit.Phone) {
				p := w.registered("1003", "three", "10.0.0.13:5060")
				defer p.Close()
				s := p.Subscribe("1002", "presence", accept(format))
				var got [6]string
				got[0] = told(t, s)
				call := a.Dial("1002")
				in := answered(t, b)
				in.Ring()
				got[1] = told(t, s)
				in.Answer()
				call.Wait("200", time.Second)
				got[2] = told(t, s)
				in.Hold("sendonly")
				got[3] = told(t, s)
				in.Hold("sendrecv")
				got[4] = told(t, s)
				call.Hangup()
				got[5] = told(t, s)
				if got != want {
					t.Errorf("%q, want %q", got, want)
				}
				if m := s.Next(time.Second); m != nil {
					t.Errorf("one more: %s", m.Body)
				}
			})
		})
	}
}

// The states of phones that are not there, are busy, or are several.
func TestStatesOfDevices(t *testing.T) {
	inPresence(t, "", func(w *world, a, b *testkit.Phone) {
		lines := accept("pidf+xml")
		three, all, lamp := a.Subscribe("1003", "presence", lines), a.Subscribe("1009", "presence", lines), a.Subscribe("800", "presence", lines)
		check := func(what string, s *testkit.Subscription, want string) {
			t.Helper()
			if got := told(t, s); got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		check("not registered", three, "Not online")
		check("one of three is there", all, "Ready")
		check("never set", lamp, "Ready")
		p := w.registered("1003", "three", "10.0.0.13:5060")
		defer p.Close()
		check("registered", three, "Ready")
		c := a.Dial("8INUSE")
		check("set by the dialplan", lamp, "On the phone")
		check("one of three in use", all, "On the phone")
		call := a.Dial("1003")
		in := answered(t, p)
		in.Ring()
		check("rings", three, "Ringing")
		check("rings, and another in use", all, "Ringing")
		in.Reject("486 Busy Here")
		check("refused", three, "Ready")
		check("still in use", all, "On the phone")
		call.Wait("486", time.Second)
		c.Wait("603", time.Second)
		p.Register(0)
		check("unregistered", three, "Not online")
		if w.sys.Core().DeviceState("Custom:lamp") != pbx.DeviceInUse || w.sys.Core().DeviceState("SIP/nobody") != pbx.DeviceInvalid {
			t.Error("DeviceState")
		}
	})
}

// busylevel makes a phone busy, callcounter=no leaves its calls out.
func TestBusyLevel(t *testing.T) {
	inPresence(t, "", func(w *world, a, b *testkit.Phone) {
		for i, want := range []pbx.DeviceState{pbx.DeviceInUse, pbx.DeviceBusy} {
			b.Dial("600").Wait("200", time.Second)
			if got := w.sys.Core().DeviceState("SIP/1002"); got != want {
				t.Errorf("%d calls: %s", i+1, got)
			}
		}
	})
	inPresence(t, "callcounter=no\n", func(w *world, a, b *testkit.Phone) {
		a.Dial("600").Wait("200", time.Second)
		if got := w.sys.Core().DeviceState("SIP/1001"); got != pbx.DeviceNotInUse {
			t.Errorf("not counted: %s", got)
		}
	})
}

// A subscriber that does not answer, or says 481, is told nothing more; one that is
// not refreshed is told of its end; a hint that is gone ends its subscriptions.
func TestSubscriptionsEnd(t *testing.T) {
	inPresence(t, "", func(w *world, a, b *testkit.Phone) {
		s := a.Subscribe("800", "dialog", accept("dialog-info+xml"))
		s.Next(time.Second)
		s.Reply = "481 Gone"
		a.Dial("8INUSE")
		if s.Next(time.Second) == nil {
			t.Fatal("not told")
		}
		time.Sleep(time.Second)
		a.Dial("8NOT_INUSE")
		if m := s.Next(time.Second); m != nil {
			t.Error("told after 481")
		}
		if n := len(w.sys.Driver().Subscriptions()); n != 0 {
			t.Errorf("%d left", n)
		}
		s = a.Subscribe("800", "dialog", accept("dialog-info+xml"))
		s.Next(time.Second)
		if m := s.Next(400 * time.Second); m == nil || m.Get("Subscription-State") != "terminated;reason=timeout" {
			t.Errorf("not refreshed: %v", m)
		}
		a.Register(300)
		s = a.Subscribe("800", "dialog", accept("dialog-info+xml"))
		s.Next(time.Second)
		w.write("extensions.conf", strings.Replace(presenceExtensions, "exten => 800,hint,Custom:lamp\n", "", 1))
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		if m := s.Next(time.Second); m == nil || m.Get("Subscription-State") != "terminated;reason=noresource" {
			t.Errorf("hint removed: %v", m)
		}
	})
}

// The versions of dialog-info grow by one, however fast the states change, and the
// last one told is the last state.
func TestVersionsAreInOrder(t *testing.T) {
	inPresence(t, "", func(w *world, a, b *testkit.Phone) {
		s := a.Subscribe("800", "dialog", accept("dialog-info+xml"))
		for i := range 20 {
			w.console("devstate change Custom:lamp " + []string{"INUSE", "NOT_INUSE"}[i%2])
		}
		w.console("devstate change Custom:lamp BUSY")
		last := ""
		for i := 0; ; i++ {
			m := s.Next(2 * time.Second)
			if m == nil {
				break
			}
			if !strings.Contains(m.Body, fmt.Sprintf(`version="%d"`, i)) {
				t.Errorf("NOTIFY %d: %s", i, m.Body)
			}
			last = m.Body
		}
		if !strings.Contains(last, "confirmed") {
			t.Errorf("the last: %s", last)
		}
	})
}

// With notifycid a phone is told who calls another, and may pick the call up.
func TestPickupOfWhatWasTold(t *testing.T) {
	inPresence(t, "notifycid=yes\n", func(w *world, a, b *testkit.Phone) {
		p := w.registered("1003", "three", "10.0.0.13:5060")
		defer p.Close()
		s := p.Subscribe("1002", "dialog", accept("dialog-info+xml"))
		s.Next(time.Second)
		call := a.Dial("1002")
		in := answered(t, b)
		in.Ring()
		call.Wait("180", time.Second)
		m := s.Next(time.Second)
		ours, theirs := s.Tags()
		want := fmt.Sprintf("<dialog id=\"1002\" call-id=\"pickup-%s\" local-tag=\"%s\" remote-tag=\"%s\" direction=\"recipient\">\n"+
			"<remote>\n<identity display=\"\">sip:1001@10.0.0.1</identity>\n<target uri=\"sip:1001@10.0.0.1\"/>\n</remote>", s.ID, ours, theirs)
		if m == nil || !strings.Contains(m.Body, want) {
			t.Fatalf("told %v\nwant %s", m, want)
		}
		p.Headers = fmt.Sprintf("Replaces: pickup-%s;to-tag=%s;from-tag=%s\r\n", s.ID, theirs, ours)
		n := p.Dial("1002")
		if !n.Wait("200", time.Second) || !call.Wait("200", time.Second) || !in.Wait("CANCEL", time.Second) {
			t.Fatal("not picked up")
		}
		if !heardAt(n, call) {
			t.Error("they do not hear each other")
		}
		call.Hangup()
		w.over(n)
	})
}

// Messages are told on registration, on change, and in a subscription; and what a
// provider tells of a mailbox is passed on.
func TestMessagesWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, presenceSIP+"[itsp]\ntype=peer\nhost=10.0.0.50\nunsolicited_mailbox=77\n", presenceExtensions, testkit.Faults{})
		a := w.phone("1001", "one", "10.0.0.11:5060")
		got := make(chan *testkit.Msg, 8)
		a.Serve = func(m *testkit.Msg) string {
			if m.Method == "NOTIFY" {
				got <- m
			}
			return "200 OK"
		}
		a.Register(300)
		next := func(want string) {
			t.Helper()
			select {
			case m := <-got:
				if m.Get("Event") != "message-summary" || m.Get("Content-Type") != "application/simple-message-summary" || m.Body != want {
					t.Errorf("%v\n%s", m.Headers, m.Body)
				}
			case <-time.After(time.Second):
				t.Error("not told")
			}
		}
		const body = "Messages-Waiting: %s\r\nMessage-Account: sip:asterisk@10.0.0.1\r\nVoice-Message: %s (0/0)\r\n"
		next(fmt.Sprintf(body, "no", "0/0"))
		w.sys.Core().SetMailbox("77@default", pbx.Mailbox{New: 2, Old: 1})
		next(fmt.Sprintf(body, "yes", "2/1"))
		itsp := w.phone("itsp", "", "10.0.0.50:5060")
		itsp.Ask("NOTIFY", "77", "Event: message-summary\r\nContent-Type: application/simple-message-summary\r\n",
			"Messages-Waiting: yes\r\nVoice-Message: 4/8 (0/0)\r\n")
		next(fmt.Sprintf(body, "yes", "4/8"))
		s := a.Subscribe("1001", "message-summary", "Expires: 300\r\n")
		if m := s.Next(time.Second); m == nil || !strings.Contains(m.Body, "Voice-Message: 4/8") || m.Get("Subscription-State") != "active" {
			t.Errorf("%v", m)
		} else if want := "Message-Account: sip:asterisk@10.0.0.1\r\n"; !strings.Contains(m.Body, want) {
			t.Errorf("no %q in the NOTIFY of a subscription\n%s", want, m.Body)
		}
		a.Close()
		itsp.Close()
		w.stop()
	})
}

// Strangers see the hints of their own context: subscribecontext of [general] is for endpoints.
func TestStrangerSubscribes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sip := strings.Replace(presenceSIP, "context=public\n", "context=public\nallowguest=yes\nsubscribecontext=elsewhere\n", 1)
		w := newWorld(t, sip, presenceExtensions+"[public]\nexten => 7,hint,SIP/1002\n", testkit.Faults{})
		p, a := w.phone("stranger", "", "10.0.0.66:5060"), w.registered("1001", "one", "10.0.0.11:5060")
		for _, c := range []struct {
			by     *testkit.Phone
			number string
			want   int
		}{{p, "7", 200}, {p, "1", 404}, {a, "7", 404}, {a, "1", 200}} {
			if s := c.by.Subscribe(c.number, "dialog", accept("dialog-info+xml")); s.Status != c.want {
				t.Errorf("%s: %d, not %d", c.number, s.Status, c.want)
			}
		}
		synctest.Wait()
		w.stop()
		p.Close()
		a.Close()
	})
}

// How messages are told: what the options change of the NOTIFY, or that there is none
// without a subscription.
func TestOptionsOfMessagesWaiting(t *testing.T) {
	for option, want := range map[string][]string{
		"buggymwi=yes":                     {"Voice-Message: 0/0\r\n"},
		"vmexten=*97":                      {"Message-Account: sip:*97@10.0.0.1\r\n"},
		"mwi_from=mailman":                 {"From: \"asterisk\" <sip:mailman@10.0.0.1>"},
		"notifymimetype=text/plain":        {"Content-Type: text/plain\r\n"},
		"mailbox=\nhasvoicemail=yes":       {"Messages-Waiting: no"},
		"subscribemwi=yes\nvmexten=nobody": nil,
	} {
		t.Run(option, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sip := strings.Replace(presenceSIP, "mailbox=77\n", "mailbox=77\n"+option+"\n", 1)
				switch {
				case strings.HasPrefix(option, "mailbox="):
					sip = strings.Replace(presenceSIP, "mailbox=77\n", "hasvoicemail=yes\n", 1)
				case strings.HasPrefix(option, "notifymimetype"):
					sip = strings.Replace(presenceSIP, "context=public\n", "context=public\n"+option+"\n", 1)
				}
				w := newWorld(t, sip, presenceExtensions, testkit.Faults{})
				a := w.phone("1001", "one", "10.0.0.11:5060")
				got := make(chan *testkit.Msg, 8)
				a.Serve = func(m *testkit.Msg) string {
					got <- m
					return "200 OK"
				}
				a.Register(300)
				time.Sleep(time.Second)
				if len(got) == 0 != (want == nil) {
					t.Fatalf("%d NOTIFYs", len(got))
				}
				for _, text := range want {
					m := <-got
					if !strings.Contains(m.Raw, text) {
						t.Errorf("%s", m.Raw)
					}
				}
				a.Close()
				w.stop()
			})
		})
	}
}

// notifyringing: a phone in a call that rings as well is early, or stays confirmed.
func TestNotifyRinging(t *testing.T) {
	for option, want := range map[string]string{"notifyringing=yes\n": "early", "notifyringing=no\n": "confirmed",
		"notifyringing=notinuse\n": "confirmed"} {
		t.Run(option, func(t *testing.T) {
			inPresence(t, option, func(w *world, a, b *testkit.Phone) {
				c := w.registered("1003", "three", "10.0.0.13:5060")
				defer c.Close()
				s := c.Subscribe("1002", "dialog", "Accept: application/dialog-info+xml\r\nExpires: 300\r\n")
				up := a.Dial("1002")
				answered(t, b).Answer()
				up.Wait("200", time.Second)
				second := c.Dial("1002")
				in := answered(t, b)
				in.Ring()
				state := ""
				for m := s.Next(2 * time.Second); m != nil; m = s.Next(2 * time.Second) {
					_, rest, _ := strings.Cut(m.Body, "<state>")
					state, _, _ = strings.Cut(rest, "<")
				}
				if state != want {
					t.Errorf("it is %s", state)
				}
				second.Cancel()
				up.Hangup()
				time.Sleep(time.Second)
			})
		})
	}
}

// An mwi line subscribes to the messages at a provider, answers its challenge, tells a
// phone what comes, refreshes in time and begins anew when the provider ends it.
func TestMessagesAtAProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(testkit.Faults{})
		itsp, err := testkit.NewPhone(n.Listen, netip.MustParseAddrPort("10.0.0.50:5060"), pbxAddr, "itsp", "")
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		var mu sync.Mutex
		var got []*testkit.Msg
		var at []time.Duration
		itsp.Serve = func(m *testkit.Msg) string {
			mu.Lock()
			defer mu.Unlock()
			got, at = append(got, m), append(at, time.Since(begun).Round(time.Second))
			if m.Get("Authorization") == "" {
				return "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"itsp\", nonce=\"n1\""
			}
			return "200 OK\r\nExpires: 100"
		}
		sip := strings.Replace(presenceSIP, "context=public\n", "context=public\nmwi => acct:pw:authname@10.0.0.50/77\nmwiexpiry=300\n", 1)
		sip = strings.Replace(sip, "mailbox=77\n", "mailbox=77@SIP_Remote\n", 1)
		w := newWorldOn(t, n, sip, presenceExtensions)
		a := w.phone("1001", "one", "10.0.0.11:5060")
		told := make(chan string, 8)
		a.Serve = func(m *testkit.Msg) string {
			told <- m.Body
			return "200 OK"
		}
		a.Register(300)
		<-told
		time.Sleep(100 * time.Millisecond)
		mu.Lock()
		first, second := got[0], got[1]
		mu.Unlock()
		if first.Start != "SUBSCRIBE sip:acct@10.0.0.50 SIP/2.0" || first.Get("Event") != "message-summary" || first.Get("Expires") != "300" ||
			!strings.Contains(second.Get("Authorization"), `username="authname"`) {
			t.Errorf("%s\n%s", first.Raw, second.Raw)
		}
		notify := func(state string) int {
			return itsp.Inside(second, "NOTIFY", "Event: message-summary\r\nSubscription-State: "+state+
				"\r\nContent-Type: application/simple-message-summary\r\n", "Messages-Waiting: yes\r\nVoice-Message: 3/4 (0/0)\r\n")
		}
		if status := notify("active"); status != 200 {
			t.Fatalf("NOTIFY answered %d", status)
		}
		if body := <-told; !strings.Contains(body, "Voice-Message: 3/4") {
			t.Error(body)
		}
		time.Sleep(90 * time.Second)
		notify("terminated;reason=timeout")
		time.Sleep(30 * time.Second)
		mu.Lock()
		if want := "[0s 0s 1m25s 1m50s]"; fmt.Sprint(at) != want {
			t.Errorf("SUBSCRIBE at %v, want %s", at, want)
		}
		mu.Unlock()
		a.Close()
		w.stop()
		itsp.Close()
	})
}
