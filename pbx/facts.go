package pbx

// Facts are what the dialplan has said of a channel's parties and nothing but the dialplan asks
// for: the plan of a number, a tag, a subaddress. Most channels have none.

// Fact reads one.
func (c *Channel) Fact(name string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.facts[name]
	return v, ok
}

// SetFact writes one.
func (c *Channel) SetFact(name, value string) {
	c.locked(func() {
		if c.facts == nil {
			c.facts = map[string]string{}
		}
		c.facts[name] = value
	})
}
