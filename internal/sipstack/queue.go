package sipstack

// queues are what waits for a shard. New calls wait apart, so that nothing else
// waits behind them; within a Call-ID the order of arrival stays.
type queues struct {
	first, calls queue
	deepest      int // that they have been
}

func (q *queues) len() int { return q.first.len() + q.calls.len() }

func (q *queues) put(it item) {
	if m := it.m; m != nil && q.behindCall(m) {
		q.calls.put(it)
	} else {
		q.first.put(it)
	}
	q.deepest = max(q.deepest, q.len())
}

// behindCall: the message begins a call, or belongs to one that waits. The
// search is short: the queue of calls is.
func (q *queues) behindCall(m *Message) bool {
	if newCall(m) {
		return true
	}
	for i := range q.calls.n {
		if w := q.calls.ring[(q.calls.head+i)%len(q.calls.ring)].m; w != nil && w.CallID == m.CallID {
			return true
		}
	}
	return false
}

func (q *queues) take() item {
	if q.first.len() > 0 {
		return q.first.take()
	}
	return q.calls.take()
}

// queue is a ring of items that grows and keeps its size.
type queue struct {
	ring []item
	head int
	n    int
}

func (q *queue) len() int { return q.n }

func (q *queue) put(it item) {
	if q.n == len(q.ring) {
		bigger := make([]item, max(2*len(q.ring), 16))
		k := copy(bigger, q.ring[q.head:])
		copy(bigger[k:], q.ring[:q.head])
		q.ring, q.head = bigger, 0
	}
	q.ring[(q.head+q.n)%len(q.ring)] = it
	q.n++
}

func (q *queue) take() item {
	it := q.ring[q.head]
	q.ring[q.head] = item{}
	q.head = (q.head + 1) % len(q.ring)
	q.n--
	return it
}
