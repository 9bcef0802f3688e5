package pbx

import (
	"sync"
	"time"
)

// Worker is a goroutine that works channels: its own, and those that it has dialled. What
// comes for them stays in the channels; the worker has one list of who has news, and one
// wake.
type Worker struct {
	own   *Channel
	timer *time.Timer // of the outermost Await, used again and again
	depth int         // of Awaits: what Do brings may wait itself
	wake  chan struct{}

	mu   sync.Mutex // a leaf: guards news
	news []*Channel // dialled channels of which there is some
}

func newWorker(own *Channel) *Worker { return &Worker{own: own, wake: make(chan struct{}, 1)} }

// ready notes that there is news of a channel. It never blocks.
func (w *Worker) ready(c *Channel) {
	w.mu.Lock()
	if c != w.own {
		w.news = append(w.news, c)
	}
	w.stir()
	w.mu.Unlock()
}

func (w *Worker) stir() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// pop is the channel whose news is oldest; nil when there is none.
func (w *Worker) pop() (c *Channel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.news) > 0 {
		c = w.news[0]
		n := copy(w.news, w.news[1:])
		w.news[n] = nil
		w.news = w.news[:n]
	}
	return c
}

// Wait is what Await waits for.
type Wait struct {
	For   time.Duration   // 0: no limit
	Keys  bool            // return keys of the own channel; else they are typed ahead
	Kinds KindSet         // further events to return, also of channels that the worker has dialled
	Also  <-chan struct{} // what it waits for besides: a play's end, another goroutine
}

// KindSet is a set of EventKinds.
type KindSet uint64

// AnyKind is all of them.
const AnyKind = ^KindSet(0)

// Kinds makes a set.
func Kinds(list ...EventKind) (s KindSet) {
	for _, k := range list {
		s |= 1 << k
	}
	return s
}

func (s KindSet) has(k EventKind) bool { return s>>k&1 != 0 }

// Why is why Await has returned.
type Why uint8

const (
	// Came is an event that was asked for.
	Came Why = iota
	// Gone: the channel of the event is hung up.
	Gone
	// Sent: Redirect sends it elsewhere.
	Sent
	// Expired: its absolute timeout has fired.
	Expired
	// TimedOut: the time is over.
	TimedOut
	// Also: what was waited for besides has come.
	Also

	// Why a seat in a bridge was left (Left), beside Sent and Expired:

	// HungUp: it is hung up itself.
	HungUp
	// PeerLeft: another one left, and the bridge ends with that.
	PeerLeft
	// Gave: it has sent the other one elsewhere itself, by a transfer.
	Gave
	// Replaced: another one has its seat now.
	Replaced
	// Kicked: it was put out.
	Kicked
	// Closed: the bridge was closed.
	Closed
	// Refused: the bridge was over when it came.
	Refused
	// Failed: something went wrong in the switchboard.
	Failed
)

// Await is the only reader of what comes for the channels that this goroutine works: c,
// whose own goroutine it is, and those that it has dialled. It serves Do, legs that take the
// place of others, and what nobody has asked for. What came before a hang-up is returned
// before it, to who asks for it. The events of dialled channels wait while no Kinds are
// asked for. e.From is the channel; e is an EventHungUp with its cause when that is gone.
func (c *Channel) Await(w Wait) (e Event, why Why) {
	k := c.worker()
	var timeout <-chan time.Time
	if w.For > 0 {
		t := k.alarm(w.For)
		defer t.Stop()
		timeout = t.C
	}
	k.depth++
	defer k.leave()
	for {
		if e, why, ok := k.look(w); ok {
			return e, why
		}
		k.own.steps = 0
		select {
		case <-k.wake:
		case <-timeout:
			return Event{}, TimedOut
		case <-w.Also:
			return Event{}, Also
		}
	}
}

// worker is the goroutine that works the channel, for that one itself.
func (c *Channel) worker() (w *Worker) {
	c.locked(func() { w, _ = c.holder.(*Worker) })
	return w
}

// alarm is a timer that runs: the worker's own one for the outermost Await.
func (w *Worker) alarm(d time.Duration) *time.Timer {
	switch {
	case w.depth > 0:
		return time.NewTimer(d)
	case w.timer == nil:
		w.timer = time.NewTimer(d)
	default:
		w.timer.Reset(d)
	}
	return w.timer
}

// leave ends an Await; the one around it looks anew.
func (w *Worker) leave() {
	if w.depth--; w.depth > 0 {
		w.stir()
	}
}

// look finds what Await returns, if that is there already.
func (w *Worker) look(a Wait) (e Event, why Why, ok bool) {
	if w.own.claim(w) {
		if e, ok = w.own.pull(a); ok {
			return e, Came, true
		}
	}
	if w.own.Gone() {
		return w.own.goneEvent(), w.own.why(), true
	}
	if a.Kinds == 0 {
		return e, why, false
	}
	a.Keys = false
	for c := w.pop(); c != nil; c = w.pop() {
		if !c.claim(w) {
			continue
		}
		if e, ok = c.pull(a); ok {
			c.again()
			return e, Came, true
		}
		if c.flags.Load() != 0 {
			return c.goneEvent(), c.why(), true
		}
	}
	return e, why, false
}

// again lists a channel of which there is more.
func (c *Channel) again() {
	if c.more() {
		c.change(func() {})
	}
}

// goneEvent is what Await tells of a channel that is gone.
func (c *Channel) goneEvent() (e Event) {
	c.locked(func() { e = Event{Kind: EventHungUp, Cause: c.hanging.cause, From: c} })
	return e
}

// pull serves what waits in the channel, up to an event that is asked for.
func (c *Channel) pull(w Wait) (Event, bool) {
	if c.waiting.Load() == 0 {
		return Event{}, false
	}
	c.serve()
	for e, ok := c.take(); ok; e, ok = c.take() {
		if w.Kinds.has(e.Kind) || w.Keys && e.Kind == EventDigit {
			return e, true
		}
		c.Handle(e)
		c.serve()
	}
	return Event{}, false
}

// attend serves what waits in the channel between two steps of its dialplan.
func (c *Channel) attend() { c.pull(Wait{}) }

// Step is for who runs steps of the dialplan: it serves what waits in the channel, and says
// whether the next one may be run.
func (c *Channel) Step() bool {
	c.attend()
	c.paced()
	return !c.Gone()
}

// Lend has f work a channel that this goroutine has dialled on a goroutine of the channel's
// own. Once done is closed it is this one's again.
func (c *Channel) Lend(f func()) (done <-chan struct{}) {
	by := c.worker()
	return c.lend(f, func() { c.hand(by) })
}

func (c *Channel) lend(f, then func()) (done <-chan struct{}) {
	c.entrust()
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.guarded(f)
		then()
	}()
	return over
}

// Off runs what may block on another goroutine and serves meanwhile. It returns when f has
// ended, hung up or not. f must not touch what belongs to the channel's worker.
func (c *Channel) Off(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer c.caught()
		f()
	}()
	c.Until(done)
}

// Until waits for what another goroutine does, and serves meanwhile. It returns when that
// is done, hung up or not.
func (c *Channel) Until(done <-chan struct{}) {
	if _, why := c.Await(Wait{Also: done}); why != Also {
		<-done
	}
}

// Sleep waits; false when what the channel does has to end.
func (c *Channel) Sleep(d time.Duration) bool {
	if d <= 0 {
		return !c.Gone()
	}
	_, why := c.Await(Wait{For: d})
	return why == TimedOut
}

// Idle is Sleep during which keys are lost, as in Asterisk's Wait.
func (c *Channel) Idle(d time.Duration) bool {
	c.TypedAhead(func(byte) bool { return false })
	for end := time.Now().Add(d); ; {
		_, why := c.Await(Wait{For: max(time.Until(end), 1), Keys: true})
		if why != Came {
			return why == TimedOut
		}
	}
}

// WaitHangup waits until what the channel does has to end.
func (c *Channel) WaitHangup() { c.Await(Wait{}) }

// WaitDigit returns the next digit, typed ahead or within d; 0 when none came or the
// channel is hung up.
func (c *Channel) WaitDigit(d time.Duration) byte {
	if c.Gone() {
		return 0
	}
	if len(c.digits) > 0 {
		b := c.digits[0]
		c.digits = c.digits[1:]
		return b
	}
	e, why := c.Await(Wait{For: max(d, 1), Keys: true})
	if why != Came {
		return 0
	}
	return e.Digit
}
