package chansip

import (
	"testing"
	"testing/synctest"
	"time"
)

// A database that hangs does not hold an answer up, and a late answer is none.
func TestWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for after, want := range map[time.Duration]struct {
			at     time.Duration
			failed bool
		}{10 * time.Millisecond: {10 * time.Millisecond, false}, 3 * time.Second: {memoryPatience, true}} {
			begun, calls := time.Now(), 0
			done := within(memoryPatience, func(failed bool) {
				if calls++; failed != want.failed || time.Since(begun) != want.at {
					t.Errorf("a database that takes %s: failed %v after %s", after, failed, time.Since(begun))
				}
			})
			time.Sleep(after)
			done(false)
			time.Sleep(5 * time.Second)
			if calls != 1 {
				t.Errorf("%d answers", calls)
			}
		}
	})
}
