package chansip

import (
	"errors"
	"sync"
)

// outbox keeps messages in their order while their destination is looked up: those of one sender to
// one receiver go out one after the other, as they were given, also where the later ones need no
// look-up any more. Others pass.
type outbox struct {
	mu      sync.Mutex
	waiting map[string][]func() // by sender and receiver; the first one is at work
	count   int
}

// mostWaiting bounds the messages that wait for a look-up.
const mostWaiting = 1000

var errOutboxFull = errors.New("too many messages wait for names to be looked up")

// post has send run: at once, if it needs not wait and nothing of this key does, and else on a
// goroutine, behind what waits.
func (o *outbox) post(key string, waits bool, send func()) error {
	o.mu.Lock()
	line, busy := o.waiting[key]
	switch {
	case !busy && !waits:
		o.mu.Unlock()
		send()
		return nil
	case o.count >= mostWaiting:
		o.mu.Unlock()
		return errOutboxFull
	case o.waiting == nil:
		o.waiting = map[string][]func(){}
	}
	o.waiting[key], o.count = append(line, send), o.count+1
	o.mu.Unlock()
	if !busy {
		go o.work(key)
	}
	return nil
}

// work sends what waits for a key.
func (o *outbox) work(key string) {
	for {
		o.mu.Lock()
		send := o.waiting[key][0]
		o.mu.Unlock()
		send()
		o.mu.Lock()
		line := o.waiting[key][1:]
		o.waiting[key], o.count = line, o.count-1
		if len(line) == 0 {
			delete(o.waiting, key)
			o.mu.Unlock()
			return
		}
		o.mu.Unlock()
	}
}
