package chansip

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Messages of one sender to one receiver keep their order, whatever look-ups take; others do not wait
// for them, and the number of those that wait is bounded.
func TestOutboxKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var o outbox
		var sent []string
		done := make(chan string, mostWaiting)
		after := func(d time.Duration, name string) func() {
			return func() {
				time.Sleep(d)
				done <- name
			}
		}
		o.post("a", true, after(3*time.Second, "a1"))
		o.post("a", true, after(time.Second, "a2"))
		o.post("a", false, after(0, "a3"))
		o.post("b", true, after(time.Second, "b1"))
		o.post("c", false, after(0, "c1"))
		for range 5 {
			sent = append(sent, <-done)
		}
		if want := []string{"c1", "b1", "a1", "a2", "a3"}; !slices.Equal(sent, want) {
			t.Errorf("sent %v", sent)
		}
		synctest.Wait()
		if o.post("a", false, after(0, "a4")); <-done != "a4" || len(o.waiting) != 0 || o.count != 0 {
			t.Errorf("%d wait, %d lines", o.count, len(o.waiting))
		}
		for range mostWaiting {
			if err := o.post("x", true, after(time.Millisecond, "x")); err != nil {
				t.Fatal(err)
			}
		}
		if o.post("y", true, func() {}) != errOutboxFull {
			t.Error("there is no bound")
		}
		for range mostWaiting {
			<-done
		}
		synctest.Wait()
	})
}
