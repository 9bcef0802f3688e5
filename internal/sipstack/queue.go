package sipstack

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
