package app

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/rehearse"
	"obelisk/internal/testkit/handset"
	"obelisk/manage/ami/wording"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// phone is a leg that is told what scripts have no words for: texts, transfers, groups.
type phone struct {
	*handset.Handset
	groups pbx.Groups
	refers string // what it answers to a transfer
}

func (p *phone) Refer(to string) bool {
	p.Note("refer:" + to)
	if p.refers != "" {
		ch := p.Channel()
		time.AfterFunc(time.Second, func() { ch.Post(pbx.Event{Kind: pbx.EventReferred, Text: p.refers}) })
	}
	return to != "refused"
}

func (p *phone) Call(pbx.CallInfo)        { p.Channel().Post(pbx.Event{Kind: pbx.EventRinging}) }
func (p *phone) Indicate(pbx.Indication)  { p.Note("indicated") }
func (p *phone) SendText(text string)     { p.Note("text:" + text) }
func (p *phone) Groups() pbx.Groups       { return p.groups }
func (p *phone) Connected(i pbx.CallerID) { p.Note("connected:" + i.Num) }

// phones is the technology of one phone.
type phones struct{ p *phone }

func (phones) Name() string                           { return "Phone" }
func (t phones) Request(pbx.Request) (pbx.Leg, error) { return t.p, nil }

func newPhone(b *rehearse.Board) *phone {
	return &phone{Handset: handset.New(b.Media, "desk")}
}

// calls has the phone call an extension.
func (p *phone) calls(t *testing.T, b *rehearse.Board, exten string) {
	t.Helper()
	n := pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: "7"}, Trace: b.Core.Book().Open()}
	if _, err := b.Core.Incoming(n); err != nil {
		t.Fatal(err)
	}
}

// hangsUp is that on the phone's side.
func (p *phone) hangsUp() { p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal}) }

// onBoard is newBoard in a bubble; none of its calls may be left at the end.
func onBoard(t *testing.T, plan string, f func(t *testing.T, b *rehearse.Board)) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, plan)
		defer b.Close()
		f(t, b)
		time.Sleep(time.Minute)
		for _, c := range b.Core.Channels() {
			t.Errorf("%s is left", c.Name())
		}
	})
}

func global(b *rehearse.Board, name string) string {
	v, _ := b.Core.Global(name)
	return v
}

// Texts go to the phone, messages to whoever serves their scheme.
func TestSendText(t *testing.T) {
	onBoard(t, "[in]\nexten => s,1,SendText(hello)\nsame => n,Set(GLOBAL(T)=${SENDTEXTSTATUS})\n", func(t *testing.T, b *rehearse.Board) {
		p := newPhone(b)
		p.calls(t, b, "s")
		synctest.Wait()
		if global(b, "T") != "SUCCESS" || p.Heard() != "text:hello" {
			t.Errorf("%s, the phone has %s", global(b, "T"), p.Heard())
		}
	})
	const other = "[in]\nexten => s,1,Set(SENDTEXT_BODY=other)\nsame => n,SendText(hello)\nsame => n,Set(T=${SENDTEXTSTATUS} " +
		"${SENDTEXTTYPE})\nsame => n,Set(SENDTEXT_CONTENT_TYPE=image/png)\nsame => n,SendText(x)\nsame => n,Set(GLOBAL(T)=${T} " +
		"${SENDTEXTSTATUS} ${SENDTEXTTYPE})\n"
	onBoard(t, other, func(t *testing.T, b *rehearse.Board) {
		p := newPhone(b)
		p.calls(t, b, "s")
		synctest.Wait()
		if global(b, "T") != "SUCCESS BASIC UNSUPPORTED NONE" || p.Heard() != "text:other" {
			t.Errorf("%s, the phone has %s", global(b, "T"), p.Heard())
		}
	})
}

// sent are the messages of a scheme.
type sent struct{ list []pbx.Message }

func (s *sent) SendMessage(to string, m pbx.Message) error {
	s.list = append(s.list, m)
	if to == "down" {
		return errors.New("it is down")
	}
	return nil
}

func TestMessageSend(t *testing.T) {
	const plan = `[in]
exten => s,1,MessageSend(fax:1)
same => n,Set(T=${MESSAGE_SEND_STATUS})
same => n,MessageSend(fax:down,me)
same => n,Set(GLOBAL(T)=${T} ${MESSAGE_SEND_STATUS})
`
	onBoard(t, plan, func(t *testing.T, b *rehearse.Board) {
		s := &sent{}
		b.Core.RegisterMessenger("fax", s)
		if err := b.Core.Deliver(pbx.Message{To: "sip:s", From: "sip:you", Body: "text"}, "in", "s"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := global(b, "T"); got != "SUCCESS FAILURE" {
			t.Errorf("%q", got)
		}
		if len(s.list) != 2 || s.list[0].Body != "text" || s.list[0].From != "" || s.list[1].From != "me" {
			t.Errorf("%+v", s.list)
		}
	})
}

// Transfer waits for what the phone says became of it.
func TestTransfer(t *testing.T) {
	for _, c := range []struct{ to, answer, want string }{
		{"100", "200", "SUCCESS 200"}, {"Phone/100", "202", "SUCCESS 202"}, {"100", "603", "FAILURE 603"}, {"100", "", "FAILURE 0"},
		{"refused", "200", "UNSUPPORTED 0"}, {"SIP/100", "200", "UNSUPPORTED 0"},
	} {
		plan := "[in]\nexten => s,1,Transfer(" + c.to + ")\nsame => n,Set(GLOBAL(T)=${TRANSFERSTATUS} ${TRANSFERSTATUSPROTOCOL})\n"
		onBoard(t, plan, func(t *testing.T, b *rehearse.Board) {
			p := newPhone(b)
			p.refers = c.answer
			p.calls(t, b, "s")
			time.Sleep(time.Minute)
			if got := global(b, "T"); got != c.want {
				t.Errorf("Transfer(%s), answered %s: %s, want %s", c.to, c.answer, got, c.want)
			}
		})
	}
}

// Pickup takes a call that rings: by the extension that was dialled, by groups, by a mark.
func TestPickup(t *testing.T) {
	const plan = `[in]
exten => ring,1,Set(__PICKUPMARK=mine)
same => n,Dial(Phone/x,30)
exten => exten,1,Pickup(99&ring)
exten => context,1,Pickup(ring@in)
exten => groups,1,Pickup()
exten => mark,1,Pickup(mine@PICKUPMARK)
exten => device,1,PickupChan(Phone/none&phone/desk)
exten => channel,1,PickupChan(Phone/desk-00000001)
exten => id,1,PickupChan(${ID})
exten => begins,1,PickupChan(Phone/de,p)
exten => short,1,PickupChan(Phone/de)
same => n,PickupChan()
same => n,Set(GLOBAL(T)=on)
exten => other,1,Pickup(ring@out)
same => n,Set(GLOBAL(T)=on)
`
	for way, takes := range map[string]bool{"exten": true, "context": true, "groups": true, "mark": true, "other": false,
		"device": true, "channel": true, "id": true, "begins": true, "short": false} {
		t.Run(way, func(t *testing.T) {
			onBoard(t, plan, func(t *testing.T, b *rehearse.Board) {
				rings, caller, by := newPhone(b), newPhone(b), newPhone(b)
				rings.groups, by.groups = pbx.Groups{Call: 2}, pbx.Groups{Pickup: 6}
				b.Core.RegisterTech(phones{rings})
				caller.calls(t, b, "ring")
				time.Sleep(time.Second)
				b.Core.SetGlobal("ID", rings.Channel().UniqueID())
				by.calls(t, b, way)
				time.Sleep(time.Second)
				peer := caller.Channel().View().Bridged
				if takes != (peer != nil && peer == by.Channel()) || rings.Ended() != takes {
					t.Errorf("the caller is with %v, the phone that rang is over: %v", peer, rings.Ended())
				}
				if (global(b, "T") == "on") == takes {
					t.Error("the dialplan goes on where nothing is picked up, and only there")
				}
				if heard := by.Heard(); takes && !strings.Contains(heard, "answered") {
					t.Errorf("who picked up was told %s", heard)
				}
				caller.hangsUp()
			})
		})
	}
}

// Dial without a stream is not for messages.
func TestDialOfMessage(t *testing.T) {
	onBoard(t, `[in]
exten => s,1,Dial(Local/x@in)
same => n,Set(GLOBAL(T)=${DIALSTATUS})
same => n,Playback(beep)
same => n,Echo()
same => n,Set(GLOBAL(T)=${T} ${PLAYBACKSTATUS})
`, func(t *testing.T, b *rehearse.Board) {
		if err := b.Core.Deliver(pbx.Message{To: "sip:s", From: "sip:you"}, "in", "s"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := global(b, "T"); got != "CHANUNAVAIL FAILED" {
			t.Errorf("%q", got)
		}
	})
}

// A prompt that is not there is passed over by Playback, and ends the list of Background; Read
// asks with the last one.
func TestMissingPrompts(t *testing.T) {
	const plan = `[in]
exten => s,1,Playback(none-such&beep)
same => n,Set(T=${PLAYBACKSTATUS})
same => n,Background(none-such&beep)
same => n,Set(T=${T} ${BACKGROUNDSTATUS})
same => n,Read(R,none-such,1,,2,1)
same => n,Set(T=${T} ${READSTATUS})
same => n,Read(R,none-such&beep,1,,1,1)
same => n,Set(GLOBAL(T)=${T} ${READSTATUS})
`
	onBoard(t, plan, func(t *testing.T, b *rehearse.Board) {
		newPhone(b).calls(t, b, "s")
		time.Sleep(time.Minute)
		if got := global(b, "T"); got != "FAILED FAILED ERROR TIMEOUT" {
			t.Errorf("%q", got)
		}
	})
}

// What programs and the log of queues are told.
func TestTold(t *testing.T) {
	onBoard(t, "[in]\nexten => s,1,UserEvent(Mine,A: 1,B:2,nothing)\n", func(t *testing.T, b *rehearse.Board) {
		var events []string
		defer b.Core.Listen(func(e event.Event) {
			n := wording.Event(e)
			if n.Name == "UserEvent" {
				for _, f := range n.Fields {
					events = append(events, f.Name+"="+f.Value)
				}
			}
		})()
		newPhone(b).calls(t, b, "s")
		synctest.Wait()
		if got := strings.Join(events, " "); got != "UserEvent=Mine A=1 B=2" {
			t.Errorf("%q", got)
		}
	})
}

// What a dialplan's files are checked for.
func TestChecks(t *testing.T) {
	b := newBoard(t, "")
	defer b.Close()
	for app, rows := range map[string]map[string][]string{
		"Dial":    {"SIP/a,20,tb(sub^s^1)U(ask^x)": {"sub,s,1", "ask,s,1"}, "SIP/a,20,${OPT}": nil, "SIP/a": nil},
		"Goto":    {"a,b,1": {"a,b,1"}},
		"GotoIf":  {"$[${A}]?a,1:b": {"a,1", "b"}, "1?:b": {"b"}, "nothing": nil},
		"Gosub":   {"sub,s,1(x)": {"sub,s,1"}, "${X},s,1": nil},
		"GosubIf": {"1?sub,s,1(x):other,s,1": {"sub,s,1", "other,s,1"}},
		"Macro":   {"m,x": {"macro-m,s,1"}, "${M}": nil, "": nil},
	} {
		for args, want := range rows {
			if got := b.Core.App(app).Targets(args); !slices.Equal(got, want) {
				t.Errorf("%s(%s) leads to %v, want %v", app, args, got, want)
			}
		}
	}
	for args, want := range map[string]string{
		"SIP/a,20,g": "", "SIP/a,20,kK": "", "SIP/a,20,l": "l", "SIP/a,20,${O}": "", "SIP/a,20,!": "!",
	} {
		if got := strings.Join(b.Core.App("Dial").Check(args), "; "); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("Dial(%s): %q, want %q", args, got, want)
		}
	}
	if r := b.Core.App("Goto").Exec(b.Core.Bare(dialplan.Location{Context: "in", Exten: "s", Priority: 1}), "nowhere"); !r.Ended() {
		t.Error("Goto to nowhere goes on")
	}
}
