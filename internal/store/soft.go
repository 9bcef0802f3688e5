package store

import (
	"slices"
	"sync"
	"time"
)

// Soft is shared state in this process: all there is for a node that is alone, and what a
// node of several knows. It ends what has run out by itself.
type Soft struct {
	mu       sync.Mutex // guards all below
	table    *Table
	send     func(Word) // nil: there are no others
	watchers []*watcher
	alarm    *time.Timer
	closed   bool
}

type watcher struct {
	kind    string
	changed func(key string)
}

var _ Shared = (*Soft)(nil)

// NewSoft makes the shared state of a run of a node, which begins now.
func NewSoft(node string) *Soft {
	return &Soft{table: NewTable(node, uint64(time.Now().UnixMilli()))}
}

// Node implements Shared.
func (s *Soft) Node() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table.node
}

// Name gives the node another name, before it has joined others: its entries are
// published under that.
func (s *Soft) Name(node string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table.rename(time.Now(), node)
}

// Join has each word of this node given to send from now on, in their order and with the lock
// held: it must neither block nor call s. It returns the words so far. A nil send ends it.
func (s *Soft) Join(send func(Word)) []Word {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send = send
	return s.table.Of(time.Now(), s.table.node, func(int) bool { return true })
}

// Put implements Shared.
func (s *Soft) Put(kind, key, value string, ttl time.Duration) error {
	s.mu.Lock()
	w, err := s.table.Say(time.Now(), kind, key, value, ttl)
	s.spoken(w, err == nil)
	return err
}

// Delete implements Shared.
func (s *Soft) Delete(kind, key string) {
	s.mu.Lock()
	w, ok := s.table.Unsay(time.Now(), kind, key)
	s.spoken(w, ok)
}

// spoken sends a word of this node and tells of it; it unlocks.
func (s *Soft) spoken(w Word, ok bool) {
	if ok && s.send != nil {
		s.send(w)
	}
	s.setAlarm()
	s.mu.Unlock()
	if ok {
		s.tell(w)
	}
}

// Get implements Shared.
func (s *Soft) Get(kind, key string) []Word {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table.Get(time.Now(), kind, key)
}

// Keys implements Shared.
func (s *Soft) Keys(kind string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table.Keys(time.Now(), kind)
}

// Watch implements Shared.
func (s *Soft) Watch(kind string, changed func(key string)) (end func()) {
	w := &watcher{kind, changed}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(slices.Clone(s.watchers), w)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watchers = slices.DeleteFunc(slices.Clone(s.watchers), func(o *watcher) bool { return o == w })
	}
}

// Work runs f with the lock held and tells the watchers of what f returns, which has changed.
func (s *Soft) Work(f func(t *Table) (changed []Word)) {
	s.mu.Lock()
	changed := f(s.table)
	s.setAlarm()
	s.mu.Unlock()
	s.tell(changed...)
}

// tell tells the watchers of what has changed.
func (s *Soft) tell(changed ...Word) {
	if len(changed) == 0 {
		return
	}
	s.mu.Lock()
	list := s.watchers
	s.mu.Unlock()
	for _, w := range changed {
		for _, x := range list {
			if x.kind == w.Kind {
				x.changed(w.Key)
			}
		}
	}
}

// setAlarm makes expire run when the next word ends; mu is held.
func (s *Soft) setAlarm() {
	at, ok := s.table.Next()
	switch {
	case !ok || s.closed:
	case s.alarm == nil:
		s.alarm = time.AfterFunc(time.Until(at), s.expire)
	default:
		s.alarm.Reset(time.Until(at))
	}
}

func (s *Soft) expire() {
	s.Work(func(t *Table) []Word { return t.Expire(time.Now()) })
}

// Close ends the expiry.
func (s *Soft) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed = true; s.alarm != nil {
		s.alarm.Stop()
	}
}
