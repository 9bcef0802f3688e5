package sipstack

import (
	"runtime/debug"
	"sync"
	"time"
)

// Shard is what belongs to some Call-IDs: their transactions, timers and the
// handler's data. One goroutine at a time is on it, which is all the locking its
// contents need: whoever brings an item to a shard that nobody is on does it
// there and then, because waking another thread costs more than the item; what
// comes meanwhile is queued and done by the same goroutine, in order. Methods
// without another word may be called on the shard only.
type Shard struct {
	stack  *Stack
	wheel  *wheel
	now    time.Time
	server map[string]*ServerTx
	client map[string]*ClientTx
	key    []byte // scratch of serverTx
	text   []byte // scratch of what is written
	// User is the handler's own data of this shard.
	User any

	standing standing    // queue of new calls
	done     uint64      // items
	alarm    *time.Timer // for the wheel; fires early at times, never late
	alarmed  int64       // slot it is set for, 0 for none
	kick     chan struct{}
	stop     chan struct{} // closed when the shard has ended

	mu      sync.Mutex // guards all below
	queue   queues
	busy    bool // somebody is on the shard
	closing bool
}

// item is one thing to do: a message or a function.
type item struct {
	m *Message
	f func(*Shard)
}

const (
	shardQueue = 1024 // messages; what comes beyond is dropped
	turn       = 64   // items that a visitor does for others before he leaves them to the shard's own goroutine
)

func newShard(s *Stack) *Shard {
	now := time.Now()
	return &Shard{stack: s, stop: make(chan struct{}), kick: make(chan struct{}, 1), now: now, wheel: newWheel(now),
		server: map[string]*ServerTx{}, client: map[string]*ClientTx{}}
}

// Now is the time of the current item.
func (sh *Shard) Now() time.Time { return sh.now }

// After arms a timer of this shard; arming it again moves it.
func (sh *Shard) After(t *Timer, d time.Duration, fire func()) {
	sh.wheel.arm(t, sh.now, d, alarmFunc(fire))
}

// arm is After for an alarm.
func (sh *Shard) arm(t *Timer, d time.Duration, what alarm) { sh.wheel.arm(t, sh.now, d, what) }

// Disarm stops a timer.
func (sh *Shard) Disarm(t *Timer) { sh.wheel.disarm(t) }

// submit does an item, or queues it when somebody is on the shard. It may be
// called from anywhere, on the shard too.
func (sh *Shard) submit(it item) {
	if sh.enter(it) {
		sh.do(it)
		sh.visit(turn)
	}
}

// call is submit that waits until f has run, or the shard has ended.
func (sh *Shard) call(f func(*Shard)) {
	done := make(chan struct{})
	if sh.enter(item{f: func(sh *Shard) {
		defer close(done)
		f(sh)
	}}) {
		sh.do(item{f: f})
		sh.visit(turn)
		return
	}
	select {
	case <-done:
	case <-sh.stop:
	}
}

// later leaves an item to the shard's own goroutine: what a reader with more
// to read does.
func (sh *Shard) later(it item) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.closing {
		return
	}
	sh.queue.put(it)
	if !sh.busy {
		sh.busy = true
		sh.kick <- struct{}{}
	}
}

// enter takes the shard when it is free, else queues the item.
func (sh *Shard) enter(it item) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	switch {
	case sh.closing:
		return false
	case sh.busy:
		sh.queue.put(it)
		return false
	}
	sh.busy = true
	return true
}

// visit does what is queued, up to a number of items, and leaves.
func (sh *Shard) visit(most int) {
	for n := 0; ; n++ {
		it, ok := sh.next(n < most)
		if !ok {
			return
		}
		sh.do(it)
	}
}

// next takes an item from the queue. Without one, or with on false, it leaves
// the shard: to nobody, or to the shard's own goroutine.
func (sh *Shard) next(on bool) (item, bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.queue.len() == 0 || sh.closing {
		sh.setAlarm()
		sh.busy = false
		if sh.closing {
			close(sh.stop)
		}
		return item{}, false
	}
	if !on {
		sh.kick <- struct{}{}
		return item{}, false
	}
	return sh.queue.take(), true
}

// run is the shard's own goroutine.
func (sh *Shard) run() {
	for {
		select {
		case <-sh.kick:
			sh.visit(1 << 30)
		case <-sh.stop:
			return
		}
	}
}

// close ends the shard once nobody is on it; what is queued is dropped.
func (sh *Shard) close() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.closing = true
	if sh.alarm != nil {
		sh.alarm.Stop()
	}
	if !sh.busy {
		close(sh.stop)
	}
}

// backlog is how many items wait.
func (sh *Shard) backlog() int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.queue.len()
}

// callsWaiting is how many new calls wait, with what belongs to them.
func (sh *Shard) callsWaiting() int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.queue.calls.len()
}

// do does one item and runs the timers that are due.
func (sh *Shard) do(it item) {
	sh.now = time.Now()
	sh.done++
	sh.handle(it)
	sh.runTimers()
}

// setAlarm makes sure that somebody comes when the next timer is due. An alarm
// that is set for an earlier moment stays: it costs less than moving it.
func (sh *Shard) setAlarm() {
	slot, armed := sh.wheel.next()
	if !armed || sh.closing || sh.alarmed != 0 && sh.alarmed <= slot {
		return
	}
	sh.alarmed = slot
	wait := max(sh.wheel.until(slot, time.Now()), 0)
	if sh.alarm == nil {
		sh.alarm = time.AfterFunc(wait, sh.ring)
		return
	}
	sh.alarm.Reset(wait)
}

func (sh *Shard) ring() {
	sh.submit(item{f: func(sh *Shard) { sh.alarmed = 0 }})
}

// handle does one item; a panic in it costs that item only.
func (sh *Shard) handle(it item) {
	defer sh.recover(it.m)
	switch {
	case it.f != nil:
		it.f(sh)
	case it.m.IsRequest():
		sh.request(it.m)
	default:
		sh.response(it.m)
	}
}

// runTimers runs what is due. A panic costs the timer that it is in; the others
// have their turn.
func (sh *Shard) runTimers() {
	for !sh.runDue() {
	}
}

func (sh *Shard) runDue() (all bool) {
	defer sh.recover(nil)
	sh.wheel.run(sh.now)
	return true
}

func (sh *Shard) recover(m *Message) {
	r := recover()
	if r == nil {
		return
	}
	sh.stack.Counters.Panics.Add(1)
	call := ""
	if m != nil {
		call = m.CallID
	}
	sh.stack.cfg.Log.Error().Msgf("a SIP item of Call-ID %s was given up: %v\n%s", call, r, debug.Stack())
	if m != nil && m.IsRequest() && m.Method != "ACK" {
		if tx := sh.serverTx(m, m.Method); tx != nil && !tx.final {
			tx.Respond(Answer{Status: 500, Reason: "Server internal failure"})
		}
	}
}
