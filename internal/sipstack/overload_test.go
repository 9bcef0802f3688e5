package sipstack

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// loaded runs f with a stack of one shard under the given limits. Its handler
// answers BYE 481 and INVITE with the status given, 0 for not yet.
func loaded(t *testing.T, l Limits, known func(netip.Addr) bool, answer int, f func(r *rig, s *Stack)) {
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(testkit.Faults{})
		u := &uas{onRequest: func(_ *Shard, tx *ServerTx, m *Message) {
			switch {
			case tx == nil:
			case m.Method == "INVITE" && answer != 0:
				tx.Respond(Answer{Status: answer, Reason: "X"})
			case m.Method != "INVITE":
				tx.Respond(Answer{Status: 481, Reason: "X"})
			}
		}}
		s, err := New(Config{UDP: []netip.AddrPort{pbxAddr}, ListenUDP: n.Listen, Handler: u, Shards: 1, Log: zerolog.Nop(), Limits: l,
			Known: known})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		ua, _ := n.Listen(uaAddr)
		r := &rig{t, s, ua}
		f(r, s)
		r.close()
	})
}

// of is a request of a call of its own.
func of(method, call string) string {
	return strings.Replace(req(method, call), "Call-ID: c1", "Call-ID: "+call, 1)
}

func countStarts(r *rig, status string) (n int) {
	for _, l := range r.starts(10 * time.Millisecond) {
		if strings.HasPrefix(l, status) {
			n++
		}
	}
	return n
}

// A CANCEL never overtakes the INVITE that it cancels, however they wait.
func TestCancelWaitsForItsInvite(t *testing.T) {
	loaded(t, Limits{}, nil, 0, func(r *rig, s *Stack) {
		open := make(chan struct{})
		go s.Post("a slow call", func(*Shard) { <-open })
		synctest.Wait()
		r.send(of("INVITE", "one"))
		r.send(of("INVITE", "two"))
		r.send(of("CANCEL", "two"))
		r.send(of("BYE", "bye"))
		synctest.Wait()
		close(open)
		synctest.Wait()
		if all := r.starts(10 * time.Millisecond); len(all) != 2 || !strings.HasPrefix(all[0], "481") || !strings.HasPrefix(all[1], "200") {
			r.t.Errorf("%q", all)
		}
	})
}

func TestUnansweredCallsAreBounded(t *testing.T) {
	loaded(t, Limits{MaxPending: 10}, nil, 0, func(r *rig, s *Stack) {
		for i := range 15 {
			r.send(of("INVITE", fmt.Sprint(i)))
		}
		synctest.Wait()
		if n := countStarts(r, "503"); n != 5 {
			r.t.Errorf("%d refused", n)
		}
	})
}

func TestCallRate(t *testing.T) {
	loaded(t, Limits{CallRate: 10}, nil, 486, func(r *rig, s *Stack) {
		for second, want := range []uint64{20, 30, 40} { // two seconds' worth at once
			for i := range 30 {
				r.send(of("INVITE", fmt.Sprint(second, "-", i)))
			}
			synctest.Wait()
			if n := s.Admission().Calls.Load(); n != want {
				r.t.Errorf("second %d: %d let in, want %d", second, n, want)
			}
			time.Sleep(time.Second)
		}
	})
}

// Strangers are cut off without an answer; peers, and who has authenticated,
// are not.
func TestStrangersAreBounded(t *testing.T) {
	flood := func(r *rig, tag string) {
		for i := range 100 {
			r.send(of("OPTIONS", fmt.Sprint(tag, i)))
		}
		synctest.Wait()
	}
	l := Limits{StrangerRate: 10, StrangersRate: 1000}
	loaded(t, l, func(netip.Addr) bool { return false }, 0, func(r *rig, s *Stack) {
		flood(r, "a")
		if n := countStarts(r, "481"); n != 22 { // two of them the share of its port
			r.t.Errorf("a stranger got %d answers", n)
		}
		s.Trust(Flow{Remote: uaAddr})
		flood(r, "b")
		if n := countStarts(r, "481"); n != 100 {
			r.t.Errorf("once trusted: %d answers", n)
		}
		if n := s.Admission().Strangers.Load(); n != 78 {
			r.t.Errorf("%d counted", n)
		}
		time.Sleep(trustFor + time.Minute)
		flood(r, "c")
		if n := countStarts(r, "481"); n != 22 {
			r.t.Errorf("after an hour: %d answers", n)
		}
	})
	loaded(t, l, func(netip.Addr) bool { return true }, 0, func(r *rig, s *Stack) {
		flood(r, "a")
		if n := countStarts(r, "481"); n != 100 {
			r.t.Errorf("a peer got %d answers", n)
		}
	})
}

// A million sources cost no memory and get no more than all strangers may.
func TestAMillionSpoofedSources(t *testing.T) {
	a := newAdmission(DefaultLimits(), func(netip.Addr) bool { return false }, zerolog.Nop())
	now, let, request := time.Now(), 0, []byte("OPTIONS sip:a SIP/2.0\r\n")
	allocs := testing.AllocsPerRun(1, func() {
		for i := range 1_000_000 {
			ip := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
			if _, drop := a.stranger(Flow{Remote: netip.AddrPortFrom(ip, 5060)}, request, now); !drop {
				let++
			}
		}
	})
	if allocs > 10 || let > 2*2*5000 {
		t.Errorf("%v allocations, %d let in", allocs, let)
	}
	for i := range 3 * maxTrusted {
		a.trust(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(a.trusted) > maxTrusted {
		t.Errorf("%d trusted", len(a.trusted))
	}
}

func BenchmarkAdmission(b *testing.B) {
	a := newAdmission(DefaultLimits(), func(netip.Addr) bool { return false }, zerolog.Nop())
	f, now, request := Flow{Remote: netip.MustParseAddrPort("10.0.0.1:5060")}, time.Now(), []byte(of("REGISTER", "a"))
	b.ReportAllocs()
	for b.Loop() {
		a.stranger(f, request, now)
	}
}

// stepped is a time as it is read after the clock was set by d: the wall clock
// jumps, the monotonic reading goes on.
func stepped(t time.Time, d time.Duration) time.Time {
	wall := (*uint64)(unsafe.Pointer(&t))
	*wall += uint64(int64(d/time.Second) << 30)
	return t
}

// A clock that is set, in either direction, refuses nobody and lets no flood in.
func TestClockSteps(t *testing.T) {
	now := time.Now()
	for _, d := range []time.Duration{-time.Hour, -24 * 365 * time.Hour, time.Hour} {
		if s := stepped(now, d); s.Sub(now) != 0 || s.Unix()-now.Unix() != int64(d.Seconds()) {
			t.Fatal("stepped does not do what it says")
		}
		var b Bucket
		for range 20 {
			b.Take(now, 10)
		}
		if after := stepped(now, d); b.Take(after, 10) {
			t.Errorf("%v: a spent bucket is full again", d)
		} else if !b.Take(after.Add(time.Second), 10) {
			t.Errorf("%v: a bucket stays empty", d)
		}
		a := newAdmission(Limits{MaxAge: 100 * time.Millisecond, CallRate: 10, StrangerRate: 10}, nil, zerolog.Nop())
		a.trust(netip.MustParseAddr("192.0.2.1"), now)
		late := stepped(now.Add(time.Second), d)
		if a.call(&Message{Arrived: now.Add(time.Second)}, late, &standing{}, 0) {
			t.Errorf("%v: a call is refused", d)
		}
		if !a.isTrusted(netip.MustParseAddr("192.0.2.1"), late) {
			t.Errorf("%v: a phone is a stranger", d)
		}
		w, fired := newWheel(now), false
		var timer Timer
		w.arm(&timer, now, 5*time.Second, alarmFunc(func() { fired = true }))
		w.run(stepped(now.Add(4*time.Second), d))
		if fired {
			t.Errorf("%v: a timer fires early", d)
		}
		w.run(stepped(now.Add(6*time.Second), d))
		if !fired {
			t.Errorf("%v: a timer does not fire", d)
		}
	}
}
