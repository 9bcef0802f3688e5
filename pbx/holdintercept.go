package pbx

// Holds that nobody else is told of: HOLD_INTERCEPT.

const factHolds = "holds"

// TakeHolds has a hold by the channel's far end, or of it, be told to programs and to nobody else; or
// ends that.
func (c *Channel) TakeHolds(on bool) {
	value := ""
	if on {
		value = "1"
	}
	c.SetFact(factHolds, value)
}

// TakesHolds says whether that is so.
func (c *Channel) TakesHolds() bool {
	v, _ := c.Fact(factHolds)
	return v != ""
}
