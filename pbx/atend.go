package pbx

// AtEnd has f run on the channel's goroutine when its dialplan ends, before "h" and the hang-up
// handlers. It must return soon. It is for the channel's goroutine; on a channel without a dialplan
// nothing runs.
func (c *Channel) AtEnd(f func()) { c.atEnd = append(c.atEnd, f) }

func (c *Channel) runAtEnd() {
	for _, f := range c.atEnd {
		c.guarded(f)
	}
	c.atEnd = nil
}
