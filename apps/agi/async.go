package agi

import (
	"strings"
	"sync"

	"obelisk/pbx"
)

// queue is what clients of the manager interface have asked a channel to do. It stays as long
// as the channel: commands may come while AsyncAGI is about to begin again.
type queue struct {
	came chan struct{}

	mu   sync.Mutex // guards all below
	list []order
}

// order is a command with the client's own name for it.
type order struct{ command, id string }

// mostOrders is how many commands may wait.
const mostOrders = 1000

// add is called by anybody; false when too many wait.
func (q *queue) add(o order) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) >= mostOrders {
		return false
	}
	q.list = append(q.list, o)
	select {
	case q.came <- struct{}{}:
	default:
	}
	return true
}

// take is the oldest one.
func (q *queue) take() (o order, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ok = len(q.list) > 0; ok {
		o, q.list = q.list[0], q.list[1:]
	}
	return o, ok
}

// queueOf is that of a channel, nil for one that has never been in AsyncAGI.
func (m *Module) queueOf(c *pbx.Channel) *queue {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.queues[c]
}

// open gives a channel one, which goes with it.
func (m *Module) open(c *pbx.Channel) *queue {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.queues[c]
	if q == nil {
		q = &queue{came: make(chan struct{}, 1)}
		m.queues[c] = q
		go func(ended <-chan struct{}) {
			<-ended
			m.mu.Lock()
			defer m.mu.Unlock()
			delete(m.queues, c)
		}(c.Ended())
	}
	return q
}

// async has clients of the manager interface work the call.
func (s *session) async() status {
	q := s.m.open(s.c)
	s.tell("AsyncAGIStart", pbx.Field{Name: "Env", Value: encoded(s.environment("async"))})
	defer s.tell("AsyncAGIEnd")
	for {
		for o, ok := q.take(); ok && !s.c.Gone(); o, ok = q.take() {
			switch s.order(o) {
			case breaks:
				return success
			case failed:
				if !s.c.Gone() {
					return failure
				}
			}
		}
		if _, why := s.c.Await(pbx.Wait{Keys: true, Also: q.came}); why != pbx.Also && why != pbx.Came {
			return hungUp
		}
	}
}

// order carries out a command and makes the answer known.
func (s *session) order(o order) outcome {
	s.forget()
	s.c.Step()
	result := s.handle(said{text: o.command})
	fields := []pbx.Field{{Name: "Result", Value: encoded(s.out.String())}}
	if o.id != "" {
		fields = append(fields, pbx.Field{Name: "CommandId", Value: o.id})
	}
	s.tell("AsyncAGIExec", fields...)
	return result
}

// encoded is a text of several lines as one: all but letters, digits and some signs is %XX.
func encoded(text string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case ch >= '0' && ch <= '9', ch|0x20 >= 'a' && ch|0x20 <= 'z', strings.IndexByte("-_.!~*'()", ch) >= 0:
			b.WriteByte(ch)
		default:
			b.WriteString("%" + string(digits[ch>>4]) + string(digits[ch&15]))
		}
	}
	return b.String()
}
