package pbx

import "strings"

// Facts are what the dialplan has said of a channel's parties and nothing but the dialplan asks
// for: the plan of a number, a tag, a subaddress. Most channels have none.

// Fact reads one.
func (c *Channel) Fact(name string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fact(name)
}

// fact is called with mu held.
func (c *Channel) fact(name string) (string, bool) {
	v, ok := c.facts[name]
	if ok {
		return v, true
	}
	switch name { // every call has these
	case "ani.num":
		return c.ani, c.ani != ""
	case "ani.num-valid":
		return "1", c.ani != ""
	case "dnid.num":
		return c.dnid, c.dnid != ""
	case "dnid.num-valid":
		return "1", c.dnid != ""
	}
	return "", false
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

// copyFacts takes those over from another channel whose names begin so.
func (c *Channel) copyFacts(from *Channel, prefixes ...string) {
	var found [][2]string
	from.locked(func() {
		for name, value := range from.facts {
			for _, p := range prefixes {
				if strings.HasPrefix(name, p) {
					found = append(found, [2]string{name, value})
				}
			}
		}
	})
	for _, f := range found {
		c.SetFact(f[0], f[1])
	}
}
