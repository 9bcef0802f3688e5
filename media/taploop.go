package media

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// pump is the goroutine of some taps: it gives their sinks what has come, each tick. It lives
// while there are taps. Sinks run here and not on the loops, which would lose time of every
// other call; and not on goroutines of their own, of which each packet would wake one.
type pump struct {
	engine  *Engine
	wake    chan struct{} // a tap was stopped: its sink is not kept waiting for the tick
	mu      sync.Mutex    // guards the next block
	taps    []*Tap
	ending  []*Tap // that were stopped, and get their last
	running bool

	scratch tapScratch
}

const (
	pumpTick = 20 * time.Millisecond
	slowTick = 100 * time.Millisecond
	// unhurried is the patience from which on a sink is content with the slow tick.
	unhurried  = 200 * time.Millisecond
	mostAtOnce = time.Second
	// perPump is how many taps a pump has before another is started: with decoding of G.722 it
	// is half a processor.
	perPump = 256
)

// sinks is what an engine has for its taps.
type sinks struct {
	pumpsMu sync.Mutex // guards pumps
	pumps   []*pump
	clock   func() time.Time // nil: time.Now; a test that turns the pumps itself has its own
	panics  atomic.Uint64    // in sinks
}

// SinkPanics counts the panics in sinks.
func (e *Engine) SinkPanics() uint64 { return e.sinks.panics.Load() }

func (k *sinks) time() time.Time {
	if k.clock != nil {
		return k.clock()
	}
	return time.Now()
}

// endTaps ends all.
func (e *Engine) endTaps() {
	e.pumpsMu.Lock()
	defer e.pumpsMu.Unlock()
	for _, p := range e.pumps {
		p.stopAll()
	}
}

// startTap gives a tap to a pump. It runs on the loop and does not wait.
func (e *Engine) startTap(t *Tap) {
	e.pumpsMu.Lock()
	defer e.pumpsMu.Unlock()
	for _, p := range e.pumps {
		if p.add(t) {
			return
		}
	}
	p := &pump{engine: e, wake: make(chan struct{}, 1)}
	e.pumps = append(e.pumps, p)
	p.add(t)
}

// stopTap has a tap end.
func (e *Engine) stopTap(t *Tap) {
	e.pumpsMu.Lock()
	defer e.pumpsMu.Unlock()
	for _, p := range e.pumps {
		if p.stop(t) {
			return
		}
	}
	t.close() // it has ended, or has not begun
}

func (t *Tap) close() {
	t.deaf.Store(true)
	for _, k := range t.tracks {
		if k != nil {
			k.close()
		}
	}
}

// ended says whether it was stopped.
func (t *Tap) ended() bool {
	if t.ear != nil {
		return t.deaf.Load()
	}
	for _, k := range t.tracks {
		if k != nil {
			k.mu.Lock()
			defer k.mu.Unlock()
			return k.over
		}
	}
	return true
}

func (p *pump) add(t *Tap) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.taps) >= perPump {
		return false
	}
	if t.ended() { // before it began
		p.ending = append(p.ending, t)
	} else {
		p.taps = append(p.taps, t)
	}
	if !p.running && p.engine.clock == nil {
		p.running = true
		p.engine.pumping.Go(p.run)
	}
	return true
}

func (p *pump) stop(t *Tap) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.taps, t)
	if i < 0 {
		return false
	}
	p.end(i)
	return true
}

// end has the tap at a place end. Callers hold mu.
func (p *pump) end(i int) {
	t := p.taps[i]
	t.close()
	t.stopped = p.engine.sinks.time()
	p.taps = slices.Delete(p.taps, i, i+1)
	p.ending = append(p.ending, t)
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pump) stopAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.taps) > 0 {
		p.end(len(p.taps) - 1)
	}
}

// run turns until there are no taps.
func (p *pump) run() {
	clock := time.NewTimer(pumpTick)
	defer clock.Stop()
	for {
		next, more := p.turn(time.Now())
		if !more {
			return
		}
		clock.Reset(next)
		select {
		case <-clock.C:
		case <-p.wake:
		}
	}
}

// turn serves all taps once and says when to come again, or that there are none.
func (p *pump) turn(now time.Time) (next time.Duration, more bool) {
	p.mu.Lock()
	taps, ending := slices.Clone(p.taps), p.ending
	p.ending = nil
	p.mu.Unlock()
	next = slowTick
	for _, t := range taps {
		if t.patience < unhurried {
			next = pumpTick
		}
		if !p.guarded(func() { t.serve(now, &p.scratch) }) {
			p.stop(t)
		}
	}
	for _, t := range ending {
		p.guarded(func() { t.finish(&p.scratch) })
		p.guarded(t.end)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = len(p.taps)+len(p.ending) > 0
	return next, p.running
}

// guarded runs what is not ours; a panic costs that sink only.
func (p *pump) guarded(f func()) (fine bool) {
	defer func() {
		if r := recover(); r != nil {
			p.engine.sinks.panics.Add(1)
			fine = false
		}
	}()
	f()
	return true
}

// serve gives the sink what is due.
func (t *Tap) serve(now time.Time, w *tapScratch) {
	due := now.Add(-t.patience).Sub(t.begin)
	for t.served < due {
		t.served = min(due, t.served+mostAtOnce) // of a process that stood still, no hour in one piece
		to := int64(0)
		for _, k := range t.tracks {
			if k != nil {
				k.scratch = w
				k.collect()
				to = k.position(t.served)
				k.until(to, false)
			}
		}
		t.give(to)
	}
}

// finish gives it all that is left: the longer of the two directions to its end.
func (t *Tap) finish(w *tapScratch) {
	if t.stopped.IsZero() { // it had not begun
		return
	}
	t.serve(t.stopped.Add(t.patience), w)
	to := int64(0)
	for _, k := range t.tracks {
		if k != nil {
			to = max(to, k.position(t.stopped.Sub(t.begin)))
			k.until(to, true)
			to = max(to, k.cursor)
		}
	}
	for _, k := range t.tracks {
		if k != nil {
			k.until(to, true)
		}
	}
	t.give(to)
}

// give puts the samples up to a position, the same of each direction.
func (t *Tap) give(to int64) {
	var pcm [2][]int16
	any := false
	for i, k := range t.tracks {
		if k != nil {
			n := to - (k.cursor - int64(len(k.out)))
			pcm[i] = k.out[:max(min(int(n), len(k.out)), 0)]
			any = any || len(pcm[i]) > 0
		}
	}
	if !any {
		return
	}
	t.put(pcm)
	for i, k := range t.tracks {
		if k != nil {
			k.out = append(k.out[:0], k.out[len(pcm[i]):]...)
		}
	}
}
