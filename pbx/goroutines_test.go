package pbx

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Goroutines that have done their work do what comes next, end when nothing does, and with the core.
func TestCrew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCore(Config{Resting: 2})
		defer c.Close()
		rest := func() int {
			synctest.Wait()
			c.crew.mu.Lock()
			defer c.crew.mu.Unlock()
			return len(c.crew.idle)
		}
		var done sync.WaitGroup
		several := func(n int) {
			done.Add(n)
			block := make(chan struct{})
			for range n {
				c.crew.begin(func() { defer done.Done(); <-block })
			}
			close(block)
			done.Wait()
		}
		several(5)
		if n := rest(); n != 2 {
			t.Errorf("%d rest", n)
		}
		for range 4 { // one is enough for these
			time.Sleep(restFor)
			several(1)
		}
		if n := rest(); n != 1 {
			t.Errorf("%d rest although one had nothing to do", n)
		}
		time.Sleep(3 * restFor)
		if n := rest(); n != 0 {
			t.Errorf("%d rest after a while", n)
		}
		several(3)
		c.Close()
		if several(1); rest() != 0 {
			t.Error("one rests after the end")
		}
	})
}
