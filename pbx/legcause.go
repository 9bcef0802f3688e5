package pbx

// LegCause is what the far end of a dialled channel has answered at last: in the words of
// its technology ("SIP 486 Busy Here"), and as a hangup cause.
type LegCause struct {
	Channel, Tech string
	Cause         Cause
}

// Dialler is a leg that knows for whom it was made; nil for nobody.
type Dialler interface{ Dialler() *Channel }

// maxLegCauses bounds what a channel remembers that dials again and again; the oldest is
// forgotten first.
const maxLegCauses = 100

// Heard notes what the far end of a dialled channel has answered: with the channel, and
// with whoever dialled it, through Local channels too (HANGUPCAUSE); where store says so in
// the table SIP_CAUSE of them all as well. It may be called from anywhere.
func (c *Channel) Heard(n LegCause, store bool) {
	for hops := 0; c != nil && hops < maxLegCauses; hops++ {
		c.locked(func() { c.note(n) })
		if store {
			if err := c.WriteFunction("HASH", "SIP_CAUSE,"+n.Channel, n.Tech); err != nil {
				c.Warn("SIP_CAUSE: " + err.Error())
			}
		}
		d, ok := c.Leg().(Dialler)
		if !ok {
			return
		}
		c = d.Dialler()
	}
}

// note remembers each channel once. The caller holds the mutex.
func (c *Channel) note(n LegCause) {
	for i := range c.legCauses {
		if c.legCauses[i].Channel == n.Channel {
			c.legCauses[i] = n
			return
		}
	}
	if c.legCauses = append(c.legCauses, n); len(c.legCauses) > maxLegCauses {
		c.legCauses = c.legCauses[1:]
	}
}

// LegCauses lists them (HANGUPCAUSE).
func (c *Channel) LegCauses() (out []LegCause) {
	c.locked(func() { out = append(out, c.legCauses...) })
	return out
}

// ForgetLegCauses is HangupCauseClear.
func (c *Channel) ForgetLegCauses() { c.locked(func() { c.legCauses = nil }) }
