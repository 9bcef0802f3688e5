package pbx

// FaxCarrier is a leg that can switch from audio to T.38 over UDPTL, which passes
// through. Attributes are those of the SDP section, a line each.
type FaxCarrier interface {
	// OfferFax asks the far side to switch; EventFaxAnswer says what became of it.
	OfferFax(attributes string)
	// AnswerFax answers an EventFax of this leg; no attributes refuse it.
	AnswerFax(attributes string)
	// EndFax goes back to audio.
	EndFax()
}

// relayFax passes the wish of one party for T.38 on to the other, and its answer back.
func relayFax(e Event, other *Channel) {
	to, able := other.leg.(FaxCarrier)
	switch {
	case !able:
		e.From.refuseFax(e)
	case e.Kind == EventFax:
		e.From.trace.Note("%s wants to switch to fax (T.38)", e.From.Name())
		to.OfferFax(e.Text)
	case e.Kind == EventFaxAnswer:
		to.AnswerFax(e.Text)
	case e.Kind == EventFaxOver:
		to.EndFax()
	}
}

// refuseFax says no where there is nobody to ask.
func (c *Channel) refuseFax(e Event) {
	if l, ok := c.leg.(FaxCarrier); ok && e.Kind == EventFax {
		l.AnswerFax("")
	}
}
