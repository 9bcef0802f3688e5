package sipstack

// Allowance bounds what is sent to a source that has not shown that it receives, so that
// a forged request is not repeated to its victim many times over (as RFC 9000 section 8
// does it): so many octets for each that came. It belongs to a shard. nil: no bound.
type Allowance struct {
	left  int
	shown bool
}

// Shown notes that the source receives: it answered, or used what only we told it.
func (a *Allowance) Shown() {
	if a != nil {
		a.shown = true
	}
}

// Free says whether nothing is bounded.
func (a *Allowance) Free() bool { return a == nil || a.shown }

// spend counts what is sent in any case.
func (a *Allowance) spend(n int) {
	if a != nil {
		a.left -= n
	}
}

// take says whether so much may be sent, and counts it.
func (a *Allowance) take(n int) bool {
	if a == nil || a.shown {
		return true
	}
	if a.left < n {
		return false
	}
	a.left -= n
	return true
}

// Bound gives the answers to a request an allowance, unless they have one; nil where
// there is none: over streams, or without a limit.
func (tx *ServerTx) Bound(m *Message) *Allowance {
	echo := tx.sh.stack.Limits().StrangerEcho
	if tx.allowance == nil && m.Flow.Proto == UDP && echo > 0 {
		tx.allowance = &Allowance{left: echo * m.Size}
	}
	return tx.allowance
}

// Shown notes that the sender of the request receives what is sent to it.
func (tx *ServerTx) Shown() { tx.allowance.Shown() }

// mayRepeat says whether bytes may go once more to a source with an allowance.
func (s *Stack) mayRepeat(a *Allowance, f Flow, n int, sh *Shard) bool {
	if a.take(n) {
		return true
	}
	s.admit.refused(echoed, f.Remote, sh.now)
	return false
}
