package pbx

// EarlyTalker is a leg that may open early media for what is played to an unanswered
// caller.
type EarlyTalker interface {
	// PrematureMedia says whether that sends a 183 first (prematuremedia=no).
	PrematureMedia() bool
}

// BeforeMedia is called before something is played to the channel.
func (c *Channel) BeforeMedia() {
	if e, ok := c.Leg().(EarlyTalker); ok && c.View().State != StateUp && e.PrematureMedia() {
		c.Indicate(IndicateProgress)
	}
}
