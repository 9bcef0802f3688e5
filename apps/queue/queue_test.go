package queue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

const plan = `[in]
exten => _X.,1,Answer(,i)
same => n,Queue(sales,c,,,${EXTEN})
same => n,Set(GLOBAL(S)=${GLOBAL(S)} ${QUEUESTATUS})
exten => star,1,Answer(,i)
same => n,Queue(sales,cH,,,10)
same => n,Set(GLOBAL(S)=${QUEUESTATUS})
[out]
exten => 7,1,Set(GLOBAL(S)=seven)
`

func (h *house) global(name string) string {
	v, _ := h.core.Global(name)
	return strings.TrimSpace(v)
}

// want holds queue_log against what it should be; "*" fits any unique id.
func (h *house) want(lines ...string) {
	h.t.Helper()
	got := h.logged()
	fits := len(got) == len(lines)
	for i := 0; fits && i < len(lines); i++ {
		a, b := strings.Split(got[i], "|"), strings.Split(lines[i], "|")
		fits = slices.EqualFunc(a, b, func(x, y string) bool { return x == y || y == "*" })
	}
	if !fits {
		h.t.Errorf("queue_log:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// A caller rings one after the other, is put through, and the log says how it went.
func TestAnswered(t *testing.T) {
	const conf = "[sales]\nstrategy=linear\ntimeout=5\nretry=1\nservicelevel=30\nmember => Desk/busy,0,Ben\nmember => Desk/slow,0,Sue\n" +
		"member => Desk/ann,0,Ann\n"
	inHouse(t, conf, plan, func(h *house) {
		h.desks.acts = map[string]agent{"busy": {busy: true}, "ann": {rings: 2 * time.Second, talks: 10 * time.Second}}
		h.calls("30")
		time.Sleep(time.Minute)
		h.want("sales|NONE|ENTERQUEUE||30|1", "sales|Ben|RINGNOANSWER|0", "sales|Sue|RINGNOANSWER|5000", "sales|Ann|CONNECT|8|*|2",
			"sales|Ann|COMPLETEAGENT|8|10|1")
		if h.global("S") != "CONTINUE" {
			t.Errorf("QUEUESTATUS is %q", h.global("S"))
		}
		h.m.mu.Lock()
		defer h.m.mu.Unlock()
		q := h.m.find("sales")
		if q.completed != 1 || q.completedSoon != 1 || q.holdTime != 8 || q.talkTime != 10 || q.member("desk/ANN").calls != 1 {
			t.Errorf("%+v", q)
		}
	})
}

// How callers leave who are not served.
func TestLeft(t *testing.T) {
	const conf = "[sales]\nstrategy=linear\ntimeout=4\nretry=1\ncontext=out\nmember => Desk/slow,0,Sue\n"
	for name, c := range map[string]struct {
		conf string
		act  func(h *house, p phone)
		log  []string
		s    string
	}{
		"time": {conf, func(*house, phone) {}, []string{"sales|Sue|RINGNOANSWER|4000", "sales|Sue|RINGNOANSWER|4000",
			"sales|NONE|EXITWITHTIMEOUT|1|1|10"}, "TIMEOUT"},
		"hang-up": {conf, func(_ *house, p phone) { time.AfterFunc(2*time.Second, p.hangsUp) },
			[]string{"sales|Sue|RINGCANCELED|2000", "sales|NONE|ABANDON|1|1|2"}, ""},
		"a key": {conf, func(_ *house, p phone) {
			time.AfterFunc(2*time.Second, func() { p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: '7'}) })
		}, []string{"sales|Sue|RINGCANCELED|2000", "sales|NONE|EXITWITHKEY|7|1|1|2"}, "seven"},
		"another key": {conf, func(_ *house, p phone) {
			time.AfterFunc(2*time.Second, func() { p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: '5'}) })
		}, []string{"sales|Sue|RINGNOANSWER|4000", "sales|Sue|RINGNOANSWER|4000", "sales|NONE|EXITWITHTIMEOUT|1|1|10"}, "TIMEOUT"},
		"withdrawn": {conf, func(h *house, p phone) {
			time.AfterFunc(time.Second, func() { h.m.request("sales", p.Channel().Name(), "later") })
		}, []string{"sales|Sue|RINGNOANSWER|4000", "sales|NONE|WITHDRAW|1|1|5|later"}, "WITHDRAW"},
		"nobody there": {conf + "leavewhenempty=paused\n", func(h *house, p phone) {
			time.AfterFunc(time.Second, func() { h.m.paused("", "Desk/slow", "lunch", true) })
		}, []string{"NONE|Sue|PAUSEALL|lunch", "sales|Sue|PAUSE|lunch", "sales|Sue|RINGNOANSWER|4000",
			"sales|NONE|EXITEMPTY|1|1|4"}, "LEAVEEMPTY"},
		"nobody to begin with": {conf + "joinempty=no\nmember => Desk/slow,0,Sue,,,,yes\n", func(*house, phone) {}, nil, "JOINEMPTY"},
		"full":                 {conf + "maxlen=1\n", func(h *house, p phone) { h.calls("20") }, nil, "FULL"},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, c.conf, plan, func(h *house) {
				p := h.calls("10")
				synctest.Wait()
				c.act(h, p)
				time.Sleep(15 * time.Second)
				if c.s == "FULL" {
					time.Sleep(20 * time.Second)
					if got := h.global("S"); !strings.HasPrefix(got, "FULL") {
						t.Errorf("QUEUESTATUS is %q", got)
					}
					return
				}
				if c.log != nil {
					h.want(append([]string{"sales|NONE|ENTERQUEUE||10|1"}, c.log...)...)
				}
				if got := h.global("S"); got != c.s {
					t.Errorf("QUEUESTATUS is %q, want %q", got, c.s)
				}
			})
		})
	}
}

// With H the key * ends an attempt: the phone stops ringing, and is tried again.
func TestStar(t *testing.T) {
	const conf = "[sales]\nstrategy=linear\ntimeout=4\nretry=1\nmember => Desk/slow,0,Sue\n"
	inHouse(t, conf, plan, func(h *house) {
		p := h.calls("star")
		time.AfterFunc(2*time.Second, func() { p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: '*'}) })
		time.Sleep(15 * time.Second)
		h.want("sales|NONE|ENTERQUEUE||star|1", "sales|Sue|RINGCANCELED|2000", "sales|Sue|RINGNOANSWER|4000",
			"sales|Sue|RINGNOANSWER|2000", "sales|NONE|EXITWITHTIMEOUT|1|1|10")
	})
}

// One of the two hangs up while the member is told what there is to know.
func TestGoneBefore(t *testing.T) {
	const conf = "[sales]\nstrategy=linear\ntimeout=5\nretry=1\nmemberdelay=4\nmember => Desk/ann,0,Ann\n"
	for name, c := range map[string]struct {
		talks, stays time.Duration
		log          []string
	}{
		"the member": {time.Second, 4500 * time.Millisecond, []string{"sales|Ann|AGENTDUMP|", "sales|Ann|RINGCANCELED|*",
			"sales|NONE|ABANDON|1|1|4"}},
		"the caller": {time.Minute, 4 * time.Second, []string{"sales|Ann|ABANDON|1|1|6"}},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, conf, plan, func(h *house) {
				h.desks.acts = map[string]agent{"ann": {rings: 2 * time.Second, talks: c.talks}}
				p := h.calls("40")
				time.AfterFunc(c.stays, p.hangsUp)
				time.Sleep(20 * time.Second)
				h.want(append([]string{"sales|NONE|ENTERQUEUE||40|1"}, c.log...)...)
				h.m.mu.Lock()
				defer h.m.mu.Unlock()
				if q := h.m.find("sales"); q.abandoned != 1 || len(q.callers) != 0 || len(h.m.ringing) != 0 {
					t.Errorf("%d abandoned, %d wait, %v ring", q.abandoned, len(q.callers), h.m.ringing)
				}
			})
		})
	}
}

// A hint stands for the state of a member, also one that comes later than the queue.
func TestHintAsState(t *testing.T) {
	inHouse(t, "[sales]\nmember => Desk/a,0,Ann,hint:50@phones\n", plan, func(h *house) {
		status := func() pbx.DeviceState {
			synctest.Wait()
			h.m.mu.Lock()
			defer h.m.mu.Unlock()
			return h.m.find("sales").member("Desk/a").status
		}
		if s := status(); s != pbx.DeviceInvalid {
			t.Errorf("without a hint she is %v", s)
		}
		compiled, _ := dialplan.Compile(h.file(plan+"[phones]\nexten => 50,hint,Desk/z\n"), nil)
		h.core.SetPlan(compiled)
		if s := status(); s != pbx.DeviceNotInUse {
			t.Errorf("with a hint she is %v", s)
		}
		if h.desks.set("z", pbx.DeviceInUse); status() != pbx.DeviceInUse {
			t.Errorf("she is %v", status())
		}
	})
}

// Hundreds of calls for each: none is lost, the log adds up, and who takes how many is what the strategy
// says.
func TestManyCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	const agents, callers = 10, 400
	for s := RingAll; s <= RROrdered; s++ {
		t.Run(s.String(), func(t *testing.T) {
			conf := "[general]\nautofill=yes\n[sales]\nstrategy=" + s.String() + "\ntimeout=8\nretry=1\nringinuse=no\n"
			for i := range agents {
				conf += fmt.Sprintf("member => Desk/%d\n", i)
			}
			inHouse(t, conf, plan, func(h *house) {
				for i := range agents {
					h.desks.acts[fmt.Sprint(i)] = agent{rings: time.Second, talks: 9 * time.Second}
				}
				for i := range callers {
					p := h.calls("600")
					if i%10 == 0 { // a tenth gives up
						time.AfterFunc(3*time.Second, p.hangsUp)
					}
					time.Sleep(1500 * time.Millisecond)
				}
				time.Sleep(15 * time.Minute)
				addsUp(t, h, callers)
				shares(t, h, s)
			})
		})
	}
}

// waiting is how many callers there are.
func (h *house) waiting() int {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	return len(h.m.find("sales").callers)
}

// addsUp holds the lines of queue_log against each other.
func addsUp(t *testing.T, h *house, callers int) {
	t.Helper()
	n := map[string]int{}
	for _, l := range h.logged() {
		n[strings.Split(l, "|")[2]]++
	}
	left := n["ABANDON"] + n["EXITWITHTIMEOUT"] + n["EXITWITHKEY"] + n["EXITEMPTY"] + n["WITHDRAW"]
	if n["ENTERQUEUE"] != callers || n["CONNECT"]+left != callers || n["COMPLETEAGENT"]+n["COMPLETECALLER"] != n["CONNECT"] {
		t.Errorf("it does not add up: %v", n)
	}
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	q := h.m.find("sales")
	if q.completed != n["CONNECT"] || q.abandoned != left || len(q.callers) != 0 || len(h.m.ringing) != 0 || len(h.m.talks) != 0 {
		t.Errorf("completed %d, abandoned %d, waiting %d, ringing %v", q.completed, q.abandoned, len(q.callers), h.m.ringing)
	}
}

// shares looks at who has taken how many calls.
func shares(t *testing.T, h *house, s Strategy) {
	t.Helper()
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	var calls []int
	for _, x := range h.m.find("sales").members {
		calls = append(calls, x.calls)
	}
	least, most := slices.Min(calls), slices.Max(calls)
	switch s {
	case FewestCalls, LeastRecent, RRMemory, RROrdered:
		if most-least > 1+most/20 {
			t.Errorf("uneven: %v", calls)
		}
	case Linear:
		if calls[0] != most || calls[len(calls)-1] > most/2 {
			t.Errorf("the first should have most: %v", calls)
		}
	case Random, WRandom:
		if least < most/2 {
			t.Errorf("not by chance: %v", calls)
		}
	}
}

// Thousands may wait, and go.
func TestThousandsWait(t *testing.T) {
	const waiting = 2_000
	if testing.Short() {
		t.Skip("long")
	}
	inHouse(t, "[general]\nautofill=yes\n[sales]\nstrategy=fewestcalls\ntimeout=5\nmember => Desk/slow\n", plan, func(h *house) {
		h.m.setRingInUse("", "Desk/slow", false)
		for range waiting {
			h.calls("20")
		}
		synctest.Wait()
		if n := h.waiting(); n != waiting {
			t.Fatalf("%d wait", n)
		}
		time.Sleep(40 * time.Second)
		if n := h.waiting(); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// A device that is a member's in many queues changes in all of them, without a look at others.
func TestDeviceInManyQueues(t *testing.T) {
	conf := ""
	for i := range 100 {
		conf += fmt.Sprintf("[q%d]\nmember => Desk/a\nmember => Desk/b\n", i)
	}
	inHouse(t, conf, plan, func(h *house) {
		h.desks.set("a", pbx.DeviceInUse)
		h.desks.set("a", pbx.DeviceRinging)
		synctest.Wait()
		h.m.mu.Lock()
		defer h.m.mu.Unlock()
		for _, q := range h.m.order {
			if q.member("Desk/a").status != pbx.DeviceRinging || q.member("Desk/b").status == pbx.DeviceRinging {
				t.Fatalf("%s: %v", q.name, q.member("Desk/a").status)
			}
		}
		if len(h.m.eyes) != 2 {
			t.Errorf("%d devices are watched", len(h.m.eyes))
		}
	})
}

// Dynamic members, their pauses and penalties are back after a restart.
func TestPersistentMembers(t *testing.T) {
	const conf = "[general]\npersistentmembers=yes\n[sales]\nmember => Desk/a\n"
	inHouse(t, conf, plan, func(h *house) {
		h.m.add("sales", addition{face: "Desk/c", name: "Carol", state: "Custom:c", penalty: 3, wrapup: 9}, "CLI")
		h.m.add("sales", addition{face: "Desk/d"}, "CLI")
		h.m.paused("sales", "desk/C", "tea", true)
		if got, _ := h.db.Get(family, "sales"); got != "Desk/d;0;0;Desk/d;Desk/d;;0|Desk/c;3;1;Carol;Custom:c;tea;9" {
			t.Errorf("%q", got)
		}
		h.m.setPenalty("", "Desk/d", 4)
		if got, _ := h.db.Get(family, "sales"); !strings.HasPrefix(got, "Desk/d;4;0;") {
			t.Errorf("after another penalty: %q", got)
		}
		again := New(h.m.play, h.db, nil)
		again.core = h.core
		next, _ := again.Prepare(files{h.file(conf), h.file("")})
		next.Commit()
		x := again.find("sales").member("Desk/c")
		if x == nil || !x.dynamic || x.penalty != 3 || !x.paused || x.reason != "tea" || x.name != "Carol" || x.state != "Custom:c" ||
			x.wrapup != 9 {
			t.Errorf("%+v", x)
		}
		if faces := slices.Sorted(maps.Keys(again.faces)); !slices.Equal(faces, []string{"desk/a", "desk/c", "desk/d"}) {
			t.Errorf("%v", faces)
		}
		h.m.remove("sales", "Desk/c", "CLI")
		h.m.remove("sales", "Desk/d", "CLI")
		if got, there := h.db.Get(family, "sales"); there {
			t.Errorf("left: %q", got)
		}
		again.reload(&Config{}, everything, "")
	})
}

// A member who ends the talk by a key has not hung up: for the log it was the caller.
func TestEndedByAKey(t *testing.T) {
	inHouse(t, "[sales]\nstrategy=linear\ntimeout=5\nmember => Desk/ann,0,Ann\n", plan, func(h *house) {
		h.desks.acts = map[string]agent{"ann": {rings: 2 * time.Second, talks: time.Hour}}
		h.calls("30")
		time.Sleep(12 * time.Second)
		if ch := h.core.ChannelLike("Desk/ann"); ch == nil || ch.Kick() != nil { // as the key does
			t.Fatal("the member is in no bridge")
		}
		time.Sleep(time.Second)
		h.want("sales|NONE|ENTERQUEUE||30|1", "sales|Ann|CONNECT|2|*|2", "sales|Ann|COMPLETECALLER|2|10|1")
	})
}

// A member without a number goes by whom the caller is connected to, else by what the caller has dialled.
func TestNumberOfAMember(t *testing.T) {
	const conf = "[sales]\nmember => Desk/ann\n"
	const plan = "[in]\nexten => 30,1,Answer(,i)\nsame => n,Set(CALLERID(dnid)=300)\nsame => n,Goto(again,1)\n" +
		"exten => 31,1,Answer(,i)\nsame => n,Set(CONNECTEDLINE(num,i)=500)\nsame => n,Goto(again,1)\nexten => again,1,Queue(sales,c,,,9)\n"
	for exten, want := range map[string]string{"30": "300", "31": "500"} {
		inHouse(t, conf, plan, func(h *house) {
			h.calls(exten)
			time.Sleep(time.Second)
			for _, c := range h.core.Channels() {
				if got := c.View().CallerID.Num; c.Outgoing() && got != want {
					t.Errorf("a member rung for %s is %q, not %q", exten, got, want)
				}
			}
			time.Sleep(time.Minute)
		})
	}
}
