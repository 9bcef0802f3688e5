package pbx

// LegCause is why a channel ended that this one had dialled: in the words of its
// technology ("SIP 486 Busy Here"), and as a hangup cause.
type LegCause struct {
	Channel, Tech string
	Cause         Cause
}

// Responder is a leg that knows what its far end said at last.
type Responder interface{ LastResponse() string }

// NoteLegCause remembers why a dialled channel ended; a channel is remembered once.
func (c *Channel) NoteLegCause(callee *Channel, cause Cause) {
	n := LegCause{Channel: callee.Name(), Cause: cause}
	if r, ok := callee.Leg().(Responder); ok {
		n.Tech = r.LastResponse()
	}
	for i := range c.legCauses {
		if c.legCauses[i].Channel == n.Channel {
			c.legCauses[i] = n
			return
		}
	}
	c.legCauses = append(c.legCauses, n)
}

// LegCauses lists them (HANGUPCAUSE). It belongs to the channel's goroutine.
func (c *Channel) LegCauses() []LegCause { return c.legCauses }

// ForgetLegCauses is HangupCauseClear.
func (c *Channel) ForgetLegCauses() { c.legCauses = nil }
