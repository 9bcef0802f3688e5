package pbx

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

var (
	// ErrGone is a channel that has ended.
	ErrGone = errors.New("the channel has ended")
	// ErrBusy is a channel whose worker does not come to it in time.
	ErrBusy = errors.New("the channel is busy and does not come to it in time")
)

// request is something that is to be done on a channel's worker.
type request struct {
	f     func(*Channel)
	state atomic.Int32 // requestWaits and so on
	done  chan error
}

const (
	requestWaits int32 = iota
	requestRuns        // or ran
	requestLeft        // nobody waits for it any more
)

// Do runs f on the channel's worker and waits for it, not longer than ctx: ErrBusy. f runs
// once at most, and never after Do has returned. ErrGone: the channel has ended. A worker
// must not call it, nor who may not wait.
func (c *Channel) Do(ctx context.Context, f func(*Channel)) error {
	r := &request{f: f, done: make(chan error, 1)}
	if !c.change(func() { c.todo = append(c.todo, r) }) {
		return ErrGone
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		if r.state.CompareAndSwap(requestWaits, requestLeft) {
			return ErrBusy
		}
		return <-r.done
	}
}

// visitPatience is how long a program or a person waits for a channel's worker.
const visitPatience = time.Second

// Visit is Do for those who watch from outside, with a limit of one second. On a channel of
// no call (Bare) f runs at once.
func (c *Channel) Visit(f func(*Channel)) error {
	if c.bare {
		f(c)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), visitPatience)
	defer cancel()
	return c.Do(ctx, f)
}

// serve does what Do has brought.
func (c *Channel) serve() {
	for r := c.request(); r != nil; r = c.request() {
		r.serve(c)
	}
}

// serve does it, unless nobody waits any more.
func (r *request) serve(c *Channel) {
	if r.state.CompareAndSwap(requestWaits, requestRuns) {
		r.run(c)
	}
}

func (c *Channel) request() (r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.todo) > 0 {
		r, c.todo = c.todo[0], c.todo[1:]
		c.count()
	}
	return r
}

// run does it; a panic in it ends the call.
func (r *request) run(c *Channel) {
	defer func() { r.done <- nil }()
	defer c.caught()
	r.f(c)
}

// refuse tells who waits that the channel has ended.
func (r *request) refuse() {
	if r.state.CompareAndSwap(requestWaits, requestRuns) {
		r.done <- ErrGone
	}
}
