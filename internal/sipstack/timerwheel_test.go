package sipstack

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A panic in one timer is that timer's alone: the others of its slot fire when they
// are due.
func TestPanicInATimerIsItsOwn(t *testing.T) {
	now := time.Now()
	s := &Stack{cfg: Config{}}
	sh := newShard(s)
	var timers [5]Timer
	fired := 0
	for i := range timers {
		sh.After(&timers[i], 50*time.Millisecond, func() {
			if fired++; i%2 == 0 {
				panic("one call")
			}
		})
	}
	sh.now = now.Add(100 * time.Millisecond)
	sh.runTimers()
	if fired != len(timers) || s.Counters.Panics.Load() != 3 || sh.wheel.armed != 0 {
		t.Errorf("%d timers fired, %d panics, %d are still armed", fired, s.Counters.Panics.Load(), sh.wheel.armed)
	}
}

// An idle shard sleeps until something is due, however many far timers there are.
func TestFarTimersDoNotWake(t *testing.T) {
	now := time.Now()
	w := newWheel(now)
	timers := make([]Timer, 4000)
	fired := 0
	for i := range timers { // subscriptions of half an hour, spread over ten minutes
		w.arm(&timers[i], now, 1800*time.Second+time.Duration(i)*150*time.Millisecond, alarmFunc(func() { fired++ }))
	}
	wakes := 0
	for at := now; fired < 1; wakes++ {
		slot, ok := w.next()
		if !ok {
			t.Fatal("nothing is armed")
		}
		at = w.origin.Add(time.Duration(slot) * slotTime)
		w.run(at)
	}
	if wakes > 2 {
		t.Errorf("%d wake-ups until the first timer", wakes)
	}
}

// Timers from nothing to a day fire in their slot, armed, moved and disarmed at any
// time, also after the shard was idle for long.
func TestWheelOverADay(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		now := time.Unix(0, 0)
		w := newWheel(now)
		timers := make([]Timer, 300)
		due := make([]time.Time, len(timers)) // zero: not armed
		for step := range 5000 {
			i := rnd.IntN(len(timers))
			switch rnd.IntN(4) {
			case 0:
				w.disarm(&timers[i])
				due[i] = time.Time{}
			case 1:
				now = now.Add(time.Duration(rnd.Int64N(int64([]time.Duration{time.Second, time.Minute, 3 * time.Hour}[rnd.IntN(3)]))))
			case 2:
				if slot, ok := w.next(); ok {
					now = now.Add(max(w.until(slot, now), 0))
				}
			default:
				d := time.Duration(rnd.Int64N(int64([]time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour}[rnd.IntN(4)])))
				due[i] = now.Add(d)
				w.arm(&timers[i], now, d, alarmFunc(func() {
					if due[i].IsZero() || now.Before(due[i]) {
						t.Fatalf("seed %d, step %d: timer %d fired at %v, it was due at %v", seed, step, i, now, due[i])
					}
					due[i] = time.Time{}
				}))
			}
			w.run(now)
			for i := range due {
				if !due[i].IsZero() && now.Sub(due[i]) > 2*slotTime {
					t.Fatalf("seed %d, step %d: timer %d, due at %v, has not fired at %v", seed, step, i, due[i], now)
				}
			}
		}
	}
}
