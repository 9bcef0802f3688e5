package pbx_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

const plan = `[in]
exten => b,1,Dial(Phone/b,20,${OPT})
same => n,Set(GLOBAL(WENT)=on ${DIALSTATUS})
exten => c,1,Dial(Phone/c,20)
exten => wait,1,Answer()
same => n,Wait(100)
exten => sent,1,Set(GLOBAL(SENT)=${SENT}${CHANNEL(name):0:7} )
same => n,Wait(100)
exten => also,1,Set(GLOBAL(SENT)=${SENT}${CHANNEL(name):0:7} also)
same => n,Wait(100)
exten => lone,1,Ringing()
same => n,Wait(100)
exten => digits,1,Answer()
same => n,WaitExten(50)
exten => 12,1,Set(GLOBAL(SENT)=twelve)
exten => h,1,Set(GLOBAL(H)=${H}${CHANNEL(name):6:1}${HANGUPCAUSE} )
exten => 10,hint,Phone/b&Custom:x
exten => _2X,hint,Phone/${EXTEN:1}
`

// A call of two phones: whom each is told it is with, what goes from one to the other, its end.
func TestCall(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		a := b.calls("a", "b")
		if got := a.heard(); got != "ringing" {
			t.Errorf("the caller is told %q", got)
		}
		callee := b.phone("b")
		if v := callee.Channel().View(); v.State != pbx.StateRinging || v.CallerID.Num != "b" || v.Connected.Num != "a" || v.Language != "de" ||
			v.AccountCode != "acc" {
			t.Errorf("the callee rings as %+v", v)
		}
		callee.does(pbx.EventAnswered, "")
		if a.with() != "b" || callee.with() != "a" || !strings.Contains(a.heard(), "answered") ||
			a.Channel().View().BridgeID != callee.Channel().View().BridgeID {
			t.Errorf("they are with %q and %q", a.with(), callee.with())
		}
		callee.heard()
		a.does(pbx.EventText, "hello")
		a.does(pbx.EventFax, "T38")
		callee.does(pbx.EventFaxAnswer, "yes")
		callee.does(pbx.EventFaxOver, "")
		a.does(pbx.EventHeld, "")
		a.does(pbx.EventUnheld, "")
		a.does(pbx.EventDigit, "5")
		if got := callee.heard() + "/" + a.heard(); got != "text hello fax T38/answers fax yes fax over" {
			t.Errorf("what went over is %q", got)
		}
		if b.times("Hold") != 1 || b.times("Unhold") != 1 || len(b.happened("DTMFEnd")) != 1 ||
			b.happened("DTMFEnd")[0].Field("Direction") != "Sent" {
			t.Error("a hold or a key is not made known")
		}
		if v, _ := a.Channel().Var("BRIDGEPEER"); v != callee.Channel().Name() {
			t.Errorf("BRIDGEPEER is %q", v)
		}
		callee.does(pbx.EventHungUp, "")
		if !a.Ended() || a.Cause() != pbx.CauseNormal || b.global("WENT") != "" || b.global("H") != "a16 " {
			t.Errorf("over %v, cause %d, went %q, h %q", a.Ended(), a.Cause(), b.global("WENT"), b.global("H"))
		}
		cdr := b.happened("Cdr")
		if len(cdr) != 1 || cdr[0].Field("Disposition") != "ANSWERED" || cdr[0].Field("Source") != "a" || cdr[0].Field("Destination") != "b" ||
			cdr[0].Field("Duration") != "9" || cdr[0].Field("BillableSeconds") != "8" {
			t.Errorf("records %+v", cdr)
		}
		if tally := b.core.Tally(); tally.Outcomes["answered"] != 1 || tally.SetupCount != 1 || tally.SetupSum != 1 {
			t.Errorf("%+v", tally)
		}
	})
}

// Blind transfers, by either party.
func TestTransfer(t *testing.T) {
	for who, want := range map[string]string{"a": "b", "b": "a"} {
		onBoard(t, plan, func(b *board) {
			if b.calls("x", "lone").Channel().Transfer("in", "sent") {
				t.Error("who is with nobody transfers")
			}
			a := b.calls("a", "b")
			b.phone("b").does(pbx.EventAnswered, "")
			name := b.phone(who).Channel().Name()
			if !b.phone(who).Channel().Transfer("in", "sent") {
				t.Errorf("%s cannot transfer", who)
			}
			time.Sleep(time.Second)
			if got := b.global("SENT"); got != "Phone/"+want+" " || !b.phone(who).Ended() || b.phone(want).Ended() {
				t.Errorf("%s transfers: %q", who, got)
			}
			if n := b.happened("BlindTransfer"); len(n) != 1 || n[0].Who("Transferer").Name != name || n[0].Field("Extension") != "sent" ||
				a == nil {
				t.Errorf("%+v", n)
			}
		})
	}
}

// Attended transfers: the parties of somebody's two calls are connected.
func TestAttendedTransfer(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		a := b.calls("a", "b")
		b.phone("b").does(pbx.EventAnswered, "")
		second := b.calls("B", "c")
		b.phone("c").does(pbx.EventAnswered, "")
		if a.Channel().TransferTo(a.Channel()) {
			t.Error("a call is transferred to itself")
		}
		if !b.phone("b").Channel().TransferTo(second.Channel()) {
			t.Fatal("it cannot be")
		}
		time.Sleep(3 * time.Second)
		if a.with() != "c" || b.phone("c").with() != "a" || !b.phone("b").Ended() || !second.Ended() {
			t.Errorf("a is with %q, c with %q; over %v %v", a.with(), b.phone("c").with(), b.phone("b").Ended(), second.Ended())
		}
		if n := b.happened("AttendedTransfer"); len(n) != 1 || n[0].Field("Result") != "Success" {
			t.Errorf("%+v", n)
		}
	})
}

// A leg that takes the place of another (Replaces), and a party that joins (pickup).
func TestReplace(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		a := b.calls("a", "b")
		first := b.phone("b")
		first.does(pbx.EventAnswered, "")
		fresh := b.leg("d")
		if first.Channel().Adopt(fresh, pbx.CallerID{Num: "d"}) != nil {
			t.Fatal("it cannot be")
		}
		time.Sleep(time.Second)
		if a.with() != "d" || !first.Ended() || !strings.Contains(fresh.heard(), "answered") || !strings.Contains(a.heard(), "with d") {
			t.Errorf("a is with %q", a.with())
		}
	})
	onBoard(t, plan, func(b *board) {
		a := b.calls("a", "b")
		rings := b.phone("b")
		by := b.calls("x", "lone")
		if b.core.RingingCallTo("in", "b") != rings.Channel() || b.core.RingingAt("in", "10") != rings.Channel() ||
			b.core.RingingMarked("no") != nil || b.core.RingingFor(by.Channel()) != nil {
			t.Error("what rings is not found")
		}
		if by.Channel().GiveTo(by.Channel()) == nil || by.Channel().GiveTo(rings.Channel()) != nil {
			t.Error("joins")
		}
		time.Sleep(time.Second)
		if a.with() != "x" || !rings.Ended() || b.times("Pickup") != 1 || rings.Cause() != pbx.CauseNormal {
			t.Errorf("a is with %q, cause %d", a.with(), rings.Cause())
		}
	})
}

// Redirect sends one channel, or two that are bridged.
func TestRedirect(t *testing.T) {
	sent, also := dialplan.Location{Context: "in", Exten: "sent", Priority: 1}, dialplan.Location{Context: "in", Exten: "also", Priority: 1}
	onBoard(t, plan, func(b *board) {
		a := b.calls("a", "b")
		if err := b.phone("b").Channel().Redirect(sent); !errors.Is(err, pbx.ErrNotRedirectable) {
			t.Errorf("a phone that rings: %v", err)
		}
		b.phone("b").does(pbx.EventAnswered, "")
		c, d := b.calls("c", "wait"), b.calls("d", "wait")
		if err := pbx.RedirectBoth(c.Channel(), sent, d.Channel(), also); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if x, y := c.Channel().View().At.Exten, d.Channel().View().At.Exten; x != "sent" || y != "also" || a.with() != "b" {
			t.Errorf("they are at %s and %s", x, y)
		}
		d.does(pbx.EventHungUp, "")
		if err := pbx.RedirectBoth(d.Channel(), sent, c.Channel(), also); !errors.Is(err, pbx.ErrGone) || c.Channel().View().At.Exten != "sent" {
			t.Errorf("of one that is gone: %v", err)
		}
	})
	onBoard(t, plan, func(b *board) {
		a := b.calls("a", "b")
		b.phone("b").does(pbx.EventAnswered, "")
		if err := a.Channel().Redirect(sent); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if a.Channel().View().At.Exten != "sent" || a.Ended() || !b.phone("b").Ended() {
			t.Errorf("the caller is at %v, the callee is over: %v", a.Channel().View().At, b.phone("b").Ended())
		}
	})
}

// Originated calls, and why there are none.
func TestOriginate(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		answer := time.AfterFunc(3*time.Second, func() { b.phone("z").does(pbx.EventAnswered, "") })
		defer answer.Stop()
		r := b.core.Originate(pbx.Originate{Tech: "Phone", Resource: "z", At: dialplan.Location{Context: "in", Exten: "sent", Priority: 1},
			CallerID: pbx.CallerID{Num: "9"}, AccountCode: "x", Language: "fr", Vars: [][2]string{{"V", "1"}}})
		if r.Reason != pbx.OriginateAnswered || r.Err != nil {
			t.Fatalf("%+v", r)
		}
		if v := r.Channel.View(); v.CallerID.Num != "9" || v.AccountCode != "x" || v.Language != "fr" || r.Channel.Variable("V") != "1" ||
			!r.Channel.Outgoing() || v.State != pbx.StateUp {
			t.Errorf("%+v", v)
		}
		begun := time.Now()
		if r := b.core.Originate(pbx.Originate{Tech: "Phone", Resource: "y", App: "Wait",
			Timeout: 4 * time.Second}); r.Reason != pbx.OriginateNoAnswer || time.Since(begun) != 4*time.Second || !b.phone("y").Ended() {
			t.Errorf("nobody answers: %+v after %v", r, time.Since(begun))
		}
		if r := b.core.Originate(pbx.Originate{Tech: "Nope", Resource: "y", App: "Wait"}); r.Reason != pbx.OriginateFailed || r.Err == nil ||
			r.Err.Error() != "there is no channel technology 'Nope'" {
			t.Errorf("%+v", r)
		}
		b.core.Refuse(true)
		if r := b.core.Originate(pbx.Originate{Tech: "Phone", Resource: "y", App: "Wait"}); !errors.Is(r.Err, pbx.ErrStopping) {
			t.Errorf("while it stops: %+v", r)
		}
		if _, err := b.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: b.leg("w"), Context: "in", Exten: "wait",
			Trace: b.core.Book().Open()}); !errors.Is(err, pbx.ErrStopping) || !b.core.Refusing() {
			t.Errorf("an incoming call while it stops: %v", err)
		}
		b.core.Refuse(false)
		for range 4 { // the call of the switchboard that is in the dialplan is one as well
			b.calls("w", "wait")
		}
		if _, err := b.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: b.leg("w"), Context: "in", Exten: "wait",
			Trace: b.core.Book().Open()}); !errors.Is(err, pbx.ErrMaxCalls) {
			t.Errorf("one call more than maxcalls: %v", err)
		}
		if channels, calls, processed := b.core.Counts(); channels != 5 || calls != 5 || processed != 5 {
			t.Errorf("%d channels, %d calls, %d processed", channels, calls, processed)
		}
	})
}

// A call of the switchboard that is sent on knows by whom.
func TestOriginateForwarded(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		time.AfterFunc(time.Second, func() { b.phone("u").does(pbx.EventForward, "Phone/t") })
		time.AfterFunc(2*time.Second, func() { b.phone("t").does(pbx.EventAnswered, "") })
		r := b.core.Originate(pbx.Originate{Tech: "Phone", Resource: "u", App: "Wait", Data: "1"})
		if r.Channel == nil || !strings.HasPrefix(r.Channel.Variable("FORWARDERNAME"), "Phone/u-") {
			t.Errorf("%+v", r)
		}
	})
}

// Local channels are left out where they lead phones together.
func TestShortcut(t *testing.T) {
	onBoard(t, plan+"exten => l,1,Dial(Local/b@in,20)\nexten => n,1,Dial(Local/b@in/n,20)\n", func(b *board) {
		a := b.calls("a", "l")
		b.phone("b").does(pbx.EventAnswered, "")
		if a.with() != "b" || b.times("LocalOptimizationEnd") != 1 || len(b.core.Channels()) != 2 {
			t.Errorf("a is with %q, %d channels", a.with(), len(b.core.Channels()))
		}
		a.does(pbx.EventHungUp, "")
		a = b.calls("a", "n")
		b.phone("b").does(pbx.EventAnswered, "")
		if a.with() != "b@in" || len(b.core.Channels()) != 4 {
			t.Errorf("with /n a is with %q, %d channels", a.with(), len(b.core.Channels()))
		}
	})
}

// Hints and who watches them; mailboxes likewise.
func TestWatching(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		var states []string
		w, now, ok := b.core.WatchHint("in", "10", func(s pbx.HintState) { states = append(states, s.State.String()) })
		if !ok || now.State != pbx.ExtensionIdle {
			t.Fatalf("%v %v", now, ok)
		}
		if _, _, ok := b.core.WatchHint("in", "99", nil); ok {
			t.Error("a hint that is not there is watched")
		}
		var later []string
		await, now := b.core.AwaitHint("in", "11", func(s pbx.HintState) { later = append(later, s.State.String()) })
		if now.State != pbx.ExtensionRemoved {
			t.Errorf("a hint that is not there is %v", now)
		}
		a := b.calls("a", "b")
		b.core.DeviceChanged("Phone/b")
		time.Sleep(time.Second)
		a.does(pbx.EventHungUp, "")
		b.core.DeviceChanged("phone/B")
		time.Sleep(time.Second)
		if devices, ok := b.core.HintDevices("in", "25"); !ok || strings.Join(devices, " ") != "Phone/5" {
			t.Errorf("%v %v", devices, ok)
		}
		rows := b.core.Hints()
		if len(rows) != 2 || rows[0].Exten != "10" || rows[0].Watchers != 1 || rows[0].Devices != "Phone/b&Custom:x" || rows[1].Exten != "_2X" {
			t.Errorf("%+v", rows)
		}
		b.core.SetPlan(compiled(t, "[in]\nexten => 11,1,NoOp()\n"))
		time.Sleep(time.Second)
		w.Close()
		b.core.SetPlan(compiled(t, "[in]\nexten => 11,hint,Phone/b\n"))
		time.Sleep(time.Second)
		await.Close()
		if got := strings.Join(later, " "); got != "Idle" {
			t.Errorf("told %q of the hint that came", got)
		}
		b.core.SetPlan(compiled(t, plan))
		time.Sleep(time.Second)
		if got := strings.Join(states, " "); got != "InUse Idle "+pbx.ExtensionRemoved.String() {
			t.Errorf("told %q", got)
		}
		told := 0
		m := b.core.WatchMailboxes([]string{"1@d", "2@d"}, func() { told++ })
		b.core.SetMailbox("1@d", pbx.Mailbox{New: 1, Old: 2})
		b.core.SetMailbox("1@d", pbx.Mailbox{New: 1, Old: 2}) // nothing new
		b.core.SetMailbox("2@d", pbx.Mailbox{New: 3})
		b.core.SetMailbox("3@d", pbx.Mailbox{New: 9})
		m.Close()
		b.core.SetMailbox("2@d", pbx.Mailbox{})
		if sum := b.core.MailboxesOf([]string{"1@d", "3@d"}); told != 2 || sum != (pbx.Mailbox{New: 10, Old: 2}) ||
			b.times("MessageWaiting") != 4 {
			t.Errorf("told %d times, %+v", told, sum)
		}
		m = b.core.WatchMailboxes([]string{"1@d"}, func() { told++ })
		b.core.TellMailbox("1@d", pbx.Mailbox{New: 1, Old: 2}) // somebody was there
		b.core.SetMailbox("4@d", pbx.Mailbox{})                // known from now on
		if told != 3 || b.times("MessageWaiting") != 6 || b.core.MailboxWatchers("1@d") != 1 || !b.core.KnowsMailboxes([]string{"x", "4@d"}) ||
			b.core.KnowsMailboxes([]string{"5@d"}) {
			t.Errorf("told %d times", told)
		}
		m.Close()
		b.core.SetMailbox("7@default", pbx.Mailbox{New: 1})
		b.core.SetMailboxes(func(box string) (pbx.Mailbox, bool) { return pbx.Mailbox{New: 5, Urgent: 2}, box == "6@default" })
		if b.core.LookInto("6").Urgent != 2 || b.core.LookInto("7").New != 1 {
			t.Errorf("%+v %+v", b.core.LookInto("6"), b.core.LookInto("7"))
		}
	})
}

// Digits of an extension, and what else the switchboard keeps.
func TestOthers(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		a := b.calls("a", "digits")
		a.does(pbx.EventDigit, "1")
		a.does(pbx.EventDigit, "2")
		if b.global("SENT") != "twelve" || !a.Ended() {
			t.Errorf("%q", b.global("SENT"))
		}
		b.core.QueueLog("u", "q", "agent", "EVENT", "x", "y\nz")
		if len(b.log) != 1 || !strings.Contains(b.log[0], "|u|q|agent|EVENT|x|y") || strings.Contains(b.log[0], "\n") {
			t.Errorf("%q", b.log)
		}
		c := b.calls("c", "wait").Channel()
		c.Expire(2 * time.Second)
		time.Sleep(3 * time.Second)
		if b.core.Channel(c.Name()) != nil {
			t.Error("an absolute timeout does not end it")
		}
	})
}

// Texts of causes, states, caller ids and presentations.
func TestWords(t *testing.T) {
	for text, want := range map[string]pbx.Cause{"17": pbx.CauseBusy, "user_busy": pbx.CauseBusy, "NO_ROUTE_DESTINATION": pbx.CauseNoRoute} {
		if got, ok := pbx.ParseCause(text); !ok || got != want {
			t.Errorf("%s is %d", text, got)
		}
	}
	for _, text := range []string{"", "0", "256", "-1", "nonsense"} {
		if got, ok := pbx.ParseCause(text); ok {
			t.Errorf("%q is cause %d", text, got)
		}
	}
	for cause, want := range map[pbx.Cause]string{17: "User busy BUSY", 34: "Circuit/channel congestion CONGESTION",
		3: "No route to destination CHANUNAVAIL", 16: "Normal Clearing NOANSWER", 99: "Info. element nonexist or not implemented NOANSWER",
		90: "Unknown NOANSWER"} {
		if got := cause.Text() + " " + cause.DialStatus(); got != want {
			t.Errorf("%d: %s, want %s", cause, got, want)
		}
	}
	for text, want := range map[string]pbx.CallerID{`"A \"B\"" <12>`: {Name: `A "B"`, Num: "12"},
		"A <+49 (30) 1-2>": {Name: "A", Num: "+493012"}, "(555) 12": {Num: "55512"}, "Name": {Name: "Name"}, "": {}} {
		if got := pbx.ParseCallerID(text); got != want {
			t.Errorf("%s is %+v", text, got)
		}
	}
	for id, want := range map[pbx.CallerID]string{{}: "0x0 allowed_not_screened", {Private: true}: "0x20 prohib_not_screened",
		{Private: true, Screened: true}: "0x21 prohib_passed_screen", {Screened: true}: "0x1 allowed_passed_screen",
		{Pres: "unavailable"}: "0x43 unavailable"} {
		p := id.Presented()
		if want[strings.IndexByte(want, ' ')+1:] != p.Word || p.Prohibited() == strings.HasPrefix(p.Word, "allowed") {
			t.Errorf("%+v is presented as %+v", id, p)
		}
	}
	for _, c := range []struct {
		states []pbx.DeviceState
		want   pbx.DeviceState
	}{{[]pbx.DeviceState{pbx.DeviceRinging, pbx.DeviceInUse}, pbx.DeviceRingInUse},
		{[]pbx.DeviceState{pbx.DeviceNotInUse, pbx.DeviceInUse}, pbx.DeviceInUse}, {nil, pbx.DeviceInvalid}} {
		if got := pbx.Aggregate(c.states); got != c.want {
			t.Errorf("%v together are %v, want %v", c.states, got, c.want)
		}
	}
}

// recording is a media.Sink that counts what sounds.
type recording struct {
	mu          sync.Mutex
	loud, ended int
}

func (r *recording) Rate() int { return 8000 }
func (r *recording) Put(pcm []int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range pcm {
		if v != 0 {
			r.loud++
		}
	}
}
func (r *recording) End() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended++
}

// What records a channel goes on with the leg that takes the place of its own.
func TestRecordingFollowsTheChannel(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		b.calls("a", "b")
		first := b.phone("b")
		first.does(pbx.EventAnswered, "")
		r := &recording{}
		c := first.Channel()
		c.Leg().Stream().Tap(media.In, r)
		fresh := b.leg("d")
		c.Adopt(fresh, pbx.CallerID{Num: "d"})
		time.Sleep(time.Second)
		fresh.Far().Play(media.NewClip(slices.Repeat([]int16{1000}, 8000)), nil)
		time.Sleep(2 * time.Second)
		fresh.does(pbx.EventHungUp, "")
		time.Sleep(time.Second)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.loud < 7900 || r.ended != 1 {
			t.Errorf("%d samples of the new leg, ended %d times", r.loud, r.ended)
		}
	})
}

// A call of the switchboard is a call while it goes through the dialplan, and counts as processed then; with an application alone,
// or while it rings, it is a channel and no call (seen on Asterisk 20.20.1).
func TestOriginatedCallsAreCounted(t *testing.T) {
	onBoard(t, plan, func(b *board) {
		counts := func(what string, want [3]int) {
			t.Helper()
			channels, calls, processed := b.core.Counts()
			if got := [3]int{channels, calls, int(processed)}; got != want {
				t.Errorf("%s: channels, calls, processed: %v, want %v", what, got, want)
			}
		}
		originate := func(o pbx.Originate) {
			o.Tech, o.Resource = "Phone", "z"
			answer := time.AfterFunc(3*time.Second, func() { b.phone("z").does(pbx.EventAnswered, "") })
			defer answer.Stop()
			b.core.Originate(o)
		}
		time.AfterFunc(2*time.Second, func() { counts("while it rings", [3]int{1, 0, 0}) })
		originate(pbx.Originate{App: "Wait", Data: "100"})
		counts("an application alone", [3]int{1, 0, 0})
		b.phone("z").does(pbx.EventHungUp, "")
		time.Sleep(time.Second)
		counts("it is over", [3]int{0, 0, 0})
		originate(pbx.Originate{At: dialplan.Location{Context: "in", Exten: "sent", Priority: 1}})
		counts("in the dialplan", [3]int{1, 1, 1})
		b.phone("z").does(pbx.EventHungUp, "")
		time.Sleep(time.Second)
		counts("that is over", [3]int{0, 0, 1})
	})
}
