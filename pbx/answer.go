package pbx

import "time"

// firstMedia is how long AnswerHeard waits for it.
const firstMedia = 500 * time.Millisecond

// AnswerHeard answers like Answer and then waits until something is heard of the far end, half a
// second at most. With a delay it waits that long, or half a second where that is longer,
// whatever comes. False when what the channel does has to end.
func (c *Channel) AnswerHeard(delay time.Duration) bool {
	if c.outgoing || c.View().State == StateUp || c.Gone() {
		return !c.Gone()
	}
	s := c.leg.Stream()
	if s == nil { // of a message
		c.Answer()
		return !c.Gone()
	}
	w := Wait{For: max(delay, firstMedia)}
	if delay <= 0 {
		first := make(chan struct{})
		w.Keys, w.Also = true, first
		s.OnHeard(func() { close(first) })
		defer s.OnHeard(nil)
	}
	c.Answer()
	if e, why := c.Await(w); why == Came {
		c.typeAhead(e.Digit)
	}
	return !c.Gone()
}

// Answer answers an incoming channel that is not up yet.
func (c *Channel) Answer() {
	if c.outgoing || c.View().State == StateUp || c.Gone() {
		return
	}
	c.leg.Answer()
	c.MarkAnswered()
}

// MarkAnswered notes that the channel is up.
func (c *Channel) MarkAnswered() {
	first := false
	c.locked(func() {
		if first = c.answered.IsZero(); first {
			c.answered = time.Now()
		}
	})
	if first && !c.outgoing {
		c.core.tally.setup(time.Since(c.created))
	}
	c.SetState(StateUp)
	c.Records().Answer(time.Now())
}
