package main

import (
	"fmt"
	"syscall"
	"time"
)

// taxed finds how many calls a second a switchboard carries that has a part of the processor only, and
// then offers it four times as many: what it can carry it should go on carrying, and refuse the rest at once.
func taxed(t *table, s starter) error {
	const share, seconds = 0.15, 8
	return with(s, shape{}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
		defer p.tax(share)()
		capacity := k.capacity(seconds / 2)
		if capacity == 0 {
			return fmt.Errorf("of %d calls/s none succeeds", leastRate)
		}
		before := p.rss()
		n := 4 * capacity * seconds
		storm := make(chan result)
		go func() { storm <- k.place("1", n, float64(4*capacity), 200*time.Millisecond) }()
		time.Sleep(seconds * time.Second)
		stopped, again := time.Now(), time.Duration(0)
		for again == 0 && time.Since(stopped) < time.Minute {
			begun := time.Now()
			if r := k.place("1", 10, 20, 200*time.Millisecond); r.ok == 10 {
				again = begun.Sub(stopped)
			}
		}
		r := <-storm
		const what = "four times what it carries: "
		t.late = r.late99
		t.add(p, "calls a second that it carries, with a part of a processor", "", true, float64(capacity))
		t.add(p, what+"completed, of what it carries", "%", true, 100*float64(r.ok)/float64(capacity*seconds))
		t.add(p, what+"refused at once, of all", "%", true, 100*float64(r.refused)/float64(n))
		t.add(p, what+"late or timed out, of all", "%", false, 100*float64(r.timeout+r.late)/float64(n))
		t.add(p, what+"new calls work again after", "s", false, again.Seconds())
		t.add(p, what+"memory after, times that before", "", false, p.rss()/before)
		return nil
	})
}

const leastRate = 25 // calls a second

// capacity is the most calls a second that succeed in time, at rates that rise by a quarter, each offered for
// some seconds, until two in a row are too high: nine of ten succeed no more.
func (k *crew) capacity(seconds int) (most int) {
	for next, failed := leastRate, 0; failed < 2; next += next / 4 {
		r := k.place("1", next*seconds, float64(next), 200*time.Millisecond)
		time.Sleep(time.Second)
		most = max(most, r.ok/seconds)
		if failed++; r.ok >= next*seconds*9/10 {
			failed = 0
		}
	}
	return most
}

// tax leaves a program a share of the time: it is stopped for the rest of each turn.
func (p *pbx) tax(share float64) (end func()) {
	const each = 20 * time.Millisecond
	on := time.Duration(float64(each) * share)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(each); ; {
			p.cmd.Process.Signal(syscall.SIGSTOP)
			time.Sleep(each - on)
			p.cmd.Process.Signal(syscall.SIGCONT)
			select {
			case <-tick.C:
			case <-stop:
				tick.Stop()
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-done
	}
}
