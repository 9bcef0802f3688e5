package pbx

// Referrer is a leg whose far end can be asked to call elsewhere: an unanswered
// caller by a redirection, another by a transfer.
type Referrer interface {
	// Refer asks for it; EventReferred brings the outcome. False: this leg cannot.
	Refer(destination string) bool
}
