package pbx

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/trace"
)

// mute is a leg that does nothing.
type mute struct{ phantomLeg }

// worked is a channel whose goroutine is the test's.
func worked(t *testing.T, c *Core) *Channel {
	t.Helper()
	ch := c.newChannel("Test", &mute{phantomLeg{name: "Test/x", resource: "x"}}, c.cfg.Book.Open())
	ch.entrust()
	c.channels[ch.Name()] = ch
	return ch
}

func newTestCore() *Core { return NewCore(Config{Book: trace.NewBook(10)}) }

// A hang-up is seen whatever waits, and before what comes after it; what came before it is
// told to who asks.
func TestHangupIsNeverLost(t *testing.T) {
	ch := worked(t, newTestCore())
	for range 100 {
		ch.Post(Event{Kind: EventDigit, Digit: '1'})
	}
	ch.Post(Event{Kind: EventRinging})
	ch.Post(Event{Kind: EventHungUp, Cause: CauseBusy})
	ch.Post(Event{Kind: EventHungUp, Cause: CauseNormal})
	if ch.Post(Event{Kind: EventAnswered}) {
		t.Error("a leg that has hung up answers")
	}
	keys := 0
	for {
		e, why := ch.Await(Wait{Keys: true, Kinds: AnyKind})
		if why == Gone {
			if e.Cause != CauseBusy || ch.View().Cause != CauseBusy {
				t.Errorf("cause %d, %d", e.Cause, ch.View().Cause)
			}
			break
		}
		if e.Kind == EventDigit {
			keys++
		} else if e.Kind != EventRinging {
			t.Errorf("event %d", e.Kind)
		}
	}
	if keys != mostKeys || ch.core.Limits()["keys"] != 100-mostKeys {
		t.Errorf("%d keys, %v", keys, ch.core.Limits())
	}
}

// Of each kind the newest is kept, in the order of the newest; texts have a bound.
func TestEventsCoalesce(t *testing.T) {
	ch := worked(t, newTestCore())
	for _, k := range []EventKind{EventHeld, EventUnheld, EventRinging, EventHeld} {
		ch.Post(Event{Kind: k})
	}
	for i := range 20 {
		if took := ch.Post(Event{Kind: EventText, Text: "x"}); took != (i < mostTexts) {
			t.Errorf("text %d: %v", i, took)
		}
	}
	if ch.Post(Event{Kind: EventText, Text: string(make([]byte, mostText+1))}) {
		t.Error("a text of any length is taken")
	}
	var got []EventKind
	for e, ok := ch.take(); ok; e, ok = ch.take() {
		if e.Kind != EventText {
			got = append(got, e.Kind)
		}
	}
	if len(got) != 3 || got[0] != EventUnheld || got[1] != EventRinging || got[2] != EventHeld {
		t.Errorf("%v", got)
	}
}

// Do runs on the worker, once, and never after it has returned.
func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := worked(t, newTestCore())
		var ran atomic.Int32
		ask := func(patience time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			return ch.Do(ctx, func(*Channel) { ran.Add(1) })
		}
		if err := ask(time.Second); !errors.Is(err, ErrBusy) {
			t.Errorf("nobody works it: %v", err)
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			ch.Off(func() { time.Sleep(time.Minute) }) // what blocks is beside the worker
		}()
		if err := ask(time.Second); err != nil || ran.Load() != 1 {
			t.Errorf("%v, ran %d times", err, ran.Load())
		}
		<-served
		waiting := make(chan error)
		go func() { waiting <- ask(time.Hour) }()
		synctest.Wait()
		ch.shut()
		if err := <-waiting; !errors.Is(err, ErrGone) {
			t.Errorf("the channel has ended: %v", err)
		}
		if err := ask(time.Second); !errors.Is(err, ErrGone) || ran.Load() != 1 {
			t.Errorf("%v, ran %d times", err, ran.Load())
		}
	})
}

// What Do brings may wait itself; who waits around it misses nothing.
func TestWaitWithinWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := worked(t, newTestCore())
		go ch.Do(context.Background(), func(c *Channel) { c.Sleep(3 * time.Second) })
		go func() {
			time.Sleep(time.Second)
			ch.Post(Event{Kind: EventText, Text: "x"})
		}()
		begun := time.Now()
		if _, why := ch.Await(Wait{For: 10 * time.Second}); why != TimedOut || time.Since(begun) != 10*time.Second {
			t.Errorf("%v after %v", why, time.Since(begun))
		}
		go ch.Do(context.Background(), func(c *Channel) {
			go func() {
				time.Sleep(time.Second)
				c.SoftHangup(CauseNormal)
			}()
			c.Sleep(time.Hour)
		})
		if _, why := ch.Await(Wait{For: time.Hour}); why != Gone {
			t.Errorf("%v", why)
		}
	})
}

// The events of dialled channels wait for who asks for them, and go along when a channel is
// given away.
func TestEventsGoWithTheChannel(t *testing.T) {
	core := newTestCore()
	a, b := worked(t, core), worked(t, core)
	dialled := core.newChannel("Test", &mute{phantomLeg{name: "Test/y", resource: "y"}}, a.trace)
	dialled.holder = a.own
	dialled.Post(Event{Kind: EventRinging})
	dialled.Post(Event{Kind: EventAnswered})
	if _, why := a.Await(Wait{For: time.Nanosecond}); why != TimedOut {
		t.Errorf("%v", why)
	}
	if e, _ := a.Await(Wait{Kinds: AnyKind}); e.Kind != EventRinging || e.From != dialled {
		t.Errorf("%v", e)
	}
	dialled.hand(nil)
	dialled.Post(Event{Kind: EventHungUp, Cause: CauseBusy})
	dialled.hand(b.own)
	if _, why := a.Await(Wait{For: time.Nanosecond, Kinds: AnyKind}); why != TimedOut {
		t.Errorf("%v", why)
	}
	if e, why := b.Await(Wait{Kinds: AnyKind}); e.Kind != EventAnswered || why != Came {
		t.Errorf("%v %v", e, why)
	}
	if e, why := b.Await(Wait{Kinds: AnyKind}); why != Gone || e.Cause != CauseBusy || e.From != dialled {
		t.Errorf("%v %v", e, why)
	}
}
