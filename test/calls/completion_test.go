package calls

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/manage/ami/wording"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

const completionSIP = `[general]
udpbindaddr=10.0.0.1:5060
context=public
[phone](!)
type=friend
host=dynamic
context=inside
callcounter=yes
cc_agent_policy=generic
cc_monitor_policy=generic
[1001](phone)
secret=one
callerid="Alice" <1001>
cc_offer_timer=8
cc_recall_timer=15
[1002](phone)
secret=two
ccbs_available_timer=100
ccnr_available_timer=200
[1003](phone)
secret=three
`

const completionExtensions = `[inside]
exten => 1002,1,Dial(SIP/1002,20)
exten => 1003,1,Dial(SIP/1003,20)
exten => 21,1,Answer()
same => n,CallCompletionRequest()
same => n,UserEvent(asked,Result: ${CC_REQUEST_RESULT} ${CC_REQUEST_REASON})
exten => 22,1,CallCompletionCancel()
same => n,UserEvent(cancelled,Result: ${CC_CANCEL_RESULT} ${CC_CANCEL_REASON})
exten => 30,1,Dial(Local/31@inside&SIP/nobody)
exten => 31,1,UserEvent(dials,Interfaces: ${CC_INTERFACES})
same => n,Dial(SIP/1002,20)
exten => _4X,1,Set(CALLCOMPLETION(cc_max_monitors)=0)
same => n,UserEvent(option,Now: ${CALLCOMPLETION(cc_max_monitors)} ${CALLCOMPLETION(CC_OFFER_TIMER)} ${CALLCOMPLETION(cc_agent_policy)})
same => n,Set(CALLCOMPLETION(cc_agent_policy)=never)
same => n,Dial(SIP/1002)
[greet]
exten => s,1,UserEvent(greets,Interfaces: ${CC_INTERFACES} ${CC_EXTEN}@${CC_CONTEXT})
same => n,Return()
[macro-old]
exten => s,1,UserEvent(macro,Exten: ${MACRO_EXTEN})
[unkind]
exten => s,1,Hangup()
`

// ccNews collects the events of call completion, and those of UserEvent.
type ccNews struct {
	mu   sync.Mutex
	list []string
	end  func()
}

func (w *world) ccNews() *ccNews {
	l := &ccNews{}
	l.end = w.sys.Core().Listen(func(e event.Event) {
		n := wording.Event(e)
		if !strings.HasPrefix(n.Name, "CC") && n.Name != "UserEvent" {
			return
		}
		var words []string
		for _, f := range n.Fields {
			words = append(words, f.Value)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.list = append(l.list, n.Name+" "+strings.Join(words, " "))
	})
	return l
}

// take returns what was told since, once all is quiet.
func (l *ccNews) take() []string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.list
	l.list = nil
	return list
}

func (l *ccNews) want(t *testing.T, when string, want ...string) {
	t.Helper()
	if got := l.take(); !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", when, got, want)
	}
}

func inCompletion(t *testing.T, more map[string]string, f func(w *world, a, b *testkit.Phone, l *ccNews)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		files := map[string]string{"sip.conf": completionSIP, "extensions.conf": completionExtensions}
		for name, text := range more {
			files[name] = text
		}
		w := newWorldWith(t, files)
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		l := w.ccNews()
		f(w, a, b, l)
		l.end()
		synctest.Wait()
		w.stop()
		a.Close()
		b.Close()
	})
}

// busy has a call come to a callee who is.
func busy(t *testing.T, a, b *testkit.Phone, number string) {
	t.Helper()
	call := a.Dial(number)
	answered(t, b).Reject("486 Busy Here")
	call.Wait("486", time.Second)
	synctest.Wait() // the caller's channel ends behind its answer
}

// asks is a call that asks for completion, or takes that back.
func asks(a *testkit.Phone, code string) {
	c := a.Dial(code)
	c.Wait("200", time.Second)
	c.Wait("BYE", time.Second)
	synctest.Wait()
}

// used has a phone have a call of two seconds, and be free again.
func (w *world) used(t *testing.T, b *testkit.Phone) {
	t.Helper()
	go w.sys.Core().Originate(pbx.Originate{Tech: "SIP", Resource: b.User, App: "Wait", Data: "2"})
	answered(t, b).Answer()
	time.Sleep(3 * time.Second)
	synctest.Wait()
}

// A caller of a busy phone asks to be called back; once it was used and is free, his own
// rings, and the extension that he had dialled runs anew.
func TestCompletionOfBusy(t *testing.T) {
	inCompletion(t, nil, func(w *world, a, b *testkit.Phone, l *ccNews) {
		busy(t, a, b, "1002")
		l.want(t, "busy", "CCAvailable 0 SIP/1002 CCBS", "CCOfferTimerStart 0 SIP/1001 8")
		if got := w.console("cc report status"); got != "1 Call completion transactions\nCore ID\t\tCaller\t\t\t\tStatus\n"+strings.Repeat("-",
			76)+
			"\n0\t\tSIP/1001\t\tCC offered to caller\n\t\t|-->1002@inside\n\t\t|-->SIP/1002(CCBS)\n" {
			t.Errorf("%q", got)
		}
		asks(a, "21")
		l.want(t, "asked", "CCRequested 0 SIP/1001 SIP/1002", "CCRequestAcknowledged 0 SIP/1001", "UserEvent asked SUCCESS")
		if s := w.sys.Core().DeviceState("ccss:SIP/1001"); s != pbx.DeviceInUse {
			t.Errorf("ccss:SIP/1001 is %v", s)
		}
		w.used(t, b)
		back := answered(t, a)
		if from := back.Invite().Get("From"); !strings.Contains(from, `"Alice" <sip:1001@`) {
			t.Errorf("called back by %s", from)
		}
		l.want(t, "it rings")
		back.Answer()
		callee := answered(t, b)
		callee.Answer()
		l.want(t, "called back", "CCCallerRecalling 0 SIP/1001", "CCRecallComplete 0 SIP/1001")
		if !heardAt(back, callee) || !heardAt(callee, back) {
			t.Error("they do not hear each other")
		}
		back.Hangup()
		synctest.Wait()
		if got := w.console("cc report status"); got != "There are currently no active call completion transactions\n" {
			t.Errorf("%q", got)
		}
	})
}

// Who did not answer is waited for until he has used his phone.
func TestCompletionOfNoReply(t *testing.T) {
	inCompletion(t, nil, func(w *world, a, b *testkit.Phone, l *ccNews) {
		call := a.Dial("1002")
		in := answered(t, b)
		in.Ring()
		call.Wait("180", time.Second)
		call.Cancel()
		in.Wait("CANCEL", time.Second)
		l.want(t, "no reply", "CCAvailable 0 SIP/1002 CCNR", "CCOfferTimerStart 0 SIP/1001 8")
		asks(a, "21")
		l.take()
		time.Sleep(150 * time.Second)
		l.want(t, "he is free all the time")
		w.used(t, b)
		back := answered(t, a)
		back.Ring()
		time.Sleep(15 * time.Second)
		if !back.Wait("CANCEL", time.Second) {
			t.Error("it rings longer than cc_recall_timer")
		}
		l.want(t, "nobody is at the phone", "CCFailure 0 SIP/1001 Failed to call back device SIP/1001")
	})
}

// Each way in which a request ends without a call back, and the times that end it.
func TestCompletionEnds(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		do    func(w *world, a, b *testkit.Phone)
		want  []string
	}{
		"nothing to ask for": {nil, func(w *world, a, b *testkit.Phone) { asks(a, "21"); a.Dial("22"); time.Sleep(time.Second) },
			[]string{"UserEvent asked FAIL NO_CORE_INSTANCE", "UserEvent cancelled FAIL NO_CORE_INSTANCE"}},
		"not asked in time": {nil, func(w *world, a, b *testkit.Phone) {
			busy(t, a, b, "1002")
			time.Sleep(10 * time.Second)
			asks(a, "21")
		},
			[]string{"CCAvailable 0 SIP/1002 CCBS", "CCOfferTimerStart 0 SIP/1001 8",
				"CCFailure 0 SIP/1001 Generic agent SIP/1001 offer timer expired", "UserEvent asked FAIL NO_CORE_INSTANCE"}},
		"only the last call": {nil, func(w *world, a, b *testkit.Phone) { busy(t, a, b, "1002"); busy(t, a, b, "1002") },
			[]string{"CCAvailable 0 SIP/1002 CCBS", "CCOfferTimerStart 0 SIP/1001 8", "CCAvailable 1 SIP/1002 CCBS",
				"CCOfferTimerStart 1 SIP/1001 8"}},
		"never free": {nil, func(w *world, a, b *testkit.Phone) {
			busy(t, a, b, "1002")
			asks(a, "21")
			time.Sleep(101 * time.Second)
		},
			[]string{"CCAvailable 0 SIP/1002 CCBS", "CCOfferTimerStart 0 SIP/1001 8", "CCRequested 0 SIP/1001 SIP/1002",
				"CCRequestAcknowledged 0 SIP/1001", "UserEvent asked SUCCESS",
				"CCMonitorFailed 0 SIP/1002", "CCFailure 0 SIP/1001 All monitors have failed"}},
		"taken back": {nil, func(w *world, a, b *testkit.Phone) {
			busy(t, a, b, "1002")
			asks(a, "21")
			a.Dial("22")
			time.Sleep(time.Second)
		}, []string{"CCAvailable 0 SIP/1002 CCBS", "CCOfferTimerStart 0 SIP/1001 8", "CCRequested 0 SIP/1001 SIP/1002",
			"CCRequestAcknowledged 0 SIP/1001", "UserEvent asked SUCCESS",
			"CCFailure 0 SIP/1001 Call completion request Cancelled for core ID 0 by caller SIP/1001", "UserEvent cancelled SUCCESS"}},
		"ended from the console": {nil, func(w *world, a, b *testkit.Phone) {
			busy(t, a, b, "1002")
			w.console("cc cancel core 7")
			w.console("cc cancel core 0")
		}, []string{"CCAvailable 0 SIP/1002 CCBS", "CCOfferTimerStart 0 SIP/1001 8",
			"CCFailure 0 SIP/1001 CC transaction canceled administratively"}},
		"no room": {map[string]string{"ccss.conf": "[general]\ncc_max_requests=0\n"}, func(w *world, a, b *testkit.Phone) {
			busy(t, a, b, "1002")
			asks(a, "21")
		},
			[]string{"CCAvailable 0 SIP/1002 CCBS", "CCOfferTimerStart 0 SIP/1001 8", "CCFailure 0 SIP/1001 Too many CC requests",
				"UserEvent asked FAIL TOO_MANY_REQUESTS"}},
		"switched off": {map[string]string{"ccss.conf": "[general]\nenabled=no\n"},
			func(w *world, a, b *testkit.Phone) { busy(t, a, b, "1002") }, nil},
		"a callee who has no more": {map[string]string{"sip.conf": strings.Replace(completionSIP, "ccbs_av", "cc_max_monitors=0\nccbs_av", 1)},
			func(w *world, a, b *testkit.Phone) { busy(t, a, b, "1002") }, nil},
		"a callee who is never watched": {map[string]string{"sip.conf": strings.Replace(completionSIP, "ccbs_av",
			"cc_monitor_policy=never\nccbs_av", 1)},
			func(w *world, a, b *testkit.Phone) { busy(t, a, b, "1002") }, nil},
		"a caller who may not": {map[string]string{"sip.conf": strings.Replace(completionSIP, "cc_offer", "cc_max_agents=0\ncc_offer", 1)},
			func(w *world, a, b *testkit.Phone) { busy(t, a, b, "1002") }, nil},
		"the dialplan's own options": {nil, func(w *world, a, b *testkit.Phone) { busy(t, a, b, "41") },
			[]string{"UserEvent option 0 8 generic"}},
		"an answered call": {nil, func(w *world, a, b *testkit.Phone) {
			call := a.Dial("1002")
			answered(t, b).Answer()
			call.Wait("200", time.Second)
			call.Hangup()
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			inCompletion(t, c.files, func(w *world, a, b *testkit.Phone, l *ccNews) {
				c.do(w, a, b)
				l.want(t, name, c.want...)
			})
		})
	}
}

// A caller who is busy himself when the callee is free is called as soon as he is not.
func TestCompletionWaitsForTheCaller(t *testing.T) {
	inCompletion(t, nil, func(w *world, a, b *testkit.Phone, l *ccNews) {
		busy(t, a, b, "1002")
		asks(a, "21")
		l.take()
		p := w.registered("1003", "three", "10.0.0.13:5060")
		defer p.Close()
		call := a.Dial("1003")
		answered(t, p).Answer()
		call.Wait("200", time.Second)
		w.used(t, b)
		l.want(t, "he talks", "CCCallerStartMonitoring 0 SIP/1001")
		if got := w.console("cc report status"); !strings.Contains(got, "Callee was ready, but caller is now unavailable\n") {
			t.Errorf("%q", got)
		}
		call.Hangup()
		back := answered(t, a)
		l.want(t, "he does not", "CCCallerStopMonitoring 0 SIP/1001")
		back.Reject("486 Busy Here")
		time.Sleep(time.Second)
		l.want(t, "he does not want it", "CCFailure 0 SIP/1001 Failed to call back device SIP/1001")
	})
}

// Two who wait for one phone are called one after the other; what Local channels have
// dialled is called again by them.
func TestCompletionInTurn(t *testing.T) {
	inCompletion(t, nil, func(w *world, a, b *testkit.Phone, l *ccNews) {
		p := w.registered("1003", "three", "10.0.0.13:5060")
		defer p.Close()
		busy(t, a, b, "30")
		asks(a, "21")
		busy(t, p, b, "1002")
		asks(p, "21")
		l.take()
		w.used(t, b)
		back := answered(t, a)
		back.Answer()
		callee := answered(t, b)
		callee.Answer()
		l.want(t, "the first", "CCCallerRecalling 0 SIP/1001", "UserEvent dials SIP/1002", "CCRecallComplete 0 SIP/1001")
		back.Hangup()
		second := answered(t, p)
		second.Answer()
		answered(t, b).Reject("486 Busy Here")
		time.Sleep(11 * time.Second) // he hears that it is busy
		l.want(t, "the second", "CCCallerRecalling 1 SIP/1003", "CCAvailable 3 SIP/1002 CCBS",
			"CCFailure 1 SIP/1003 Everyone is busy/congested for the recall. How sad", "CCOfferTimerStart 3 SIP/1003 20")
		w.over(callee)
	})
}

// Each state of a caller's lamp is told, also those that pass at once.
func TestCompletionDevices(t *testing.T) {
	files := map[string]string{"ccss.conf": "[general]\ncc_active_devstate=BUSY\ncc_failed_devstate=UNAVAILABLE\n"}
	inCompletion(t, files, func(w *world, a, b *testkit.Phone, l *ccNews) {
		var list []string
		var mu sync.Mutex
		end := w.sys.Core().Listen(func(e event.Event) {
			n := wording.Event(e)
			if n.Name == "DeviceStateChange" && strings.HasPrefix(n.Field("Device"), "ccss:") {
				mu.Lock()
				defer mu.Unlock()
				list = append(list, n.Field("State"))
			}
		})
		defer end()
		busy(t, a, b, "1002")
		asks(a, "21")
		w.used(t, b)
		answered(t, a).Reject("486 Busy Here")
		time.Sleep(time.Second)
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"NOT_INUSE", "BUSY", "RINGING", "UNAVAILABLE"}; !slices.Equal(list, want) {
			t.Errorf("got %q, want %q", list, want)
		}
	})
}

// What runs at a caller who has answered, and by what he is called.
func TestCompletionGreets(t *testing.T) {
	for name, c := range map[string]struct {
		options string
		want    []string
		rings   bool
	}{
		"a subroutine and a macro": {"cc_callback_sub=greet,s,1\ncc_callback_macro=old\n",
			[]string{"UserEvent macro 1002", "UserEvent greets SIP/1002 1002@inside", "CCCallerRecalling 0 SIP/1001"}, true},
		"a subroutine that hangs up": {"cc_callback_sub=unkind,s,1\n",
			[]string{"CCFailure 0 SIP/1001 Callback subroutine to SIP/1001 failed. Maybe a hangup?"}, false},
		"a subroutine that is absent": {"cc_callback_sub=nowhere,s,1\n",
			[]string{"CCFailure 0 SIP/1001 Callback subroutine to SIP/1001 failed. Maybe a hangup?"}, false},
		"a macro that is absent": {"cc_callback_macro=nothing\n", []string{"CCCallerRecalling 0 SIP/1001"}, true},
		"a dial string":          {"cc_agent_dialstring=SIP/77@1001\n", []string{"CCCallerRecalling 0 SIP/1001"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			sip := strings.Replace(completionSIP, "cc_offer", c.options+"cc_offer", 1)
			inCompletion(t, map[string]string{"sip.conf": sip}, func(w *world, a, b *testkit.Phone, l *ccNews) {
				busy(t, a, b, "1002")
				asks(a, "21")
				l.take()
				w.used(t, b)
				back := answered(t, a)
				if strings.Contains(c.options, "dialstring") && !strings.HasPrefix(back.Invite().Start, "INVITE sip:77@") {
					t.Error(back.Invite().Start)
				}
				back.Answer()
				if !c.rings {
					time.Sleep(time.Second)
					l.want(t, name, c.want...)
					return
				}
				callee := answered(t, b)
				l.want(t, name, c.want...)
				callee.Reject("486 Busy Here")
				time.Sleep(time.Second)
			})
		})
	}
}
