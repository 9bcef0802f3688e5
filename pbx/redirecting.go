package pbx

import (
	"cmp"
	"slices"
	"strings"
)

// Redirecting is who sent a call elsewhere, where to, and why: a word of the dialplan (cfu,
// cfb, unknown ...), or one that the far side has made up, as it wrote it.
type Redirecting struct {
	Num, Name     string
	ToNum, ToName string
	Reason        string
}

// reasons in the dialplan's words and in those of RFC 5806, where those differ.
var reasons = [][2]string{{"unknown"}, {"cfb", "user-busy"}, {"cfnr", "no-answer"}, {"unavailable"}, {"cfu", "unconditional"},
	{"time_of_day", "time-of-day"}, {"dnd", "do-not-disturb"}, {"deflection"}, {"follow_me", "follow-me"}, {"out_of_order", "out-of-service"},
	{"away"}, {"cf_dte"}, {"send_to_vm"}}

// RedirectingReason is the dialplan's word for a reason, any case, in either's words; false
// for one that is not known.
func RedirectingReason(word string) (string, bool) {
	word = strings.ToLower(word)
	for _, r := range reasons {
		if word == r[0] || word == r[1] && word != "" {
			return r[0], true
		}
	}
	return "", false
}

// Outside is the reason in the words of RFC 5806.
func (r Redirecting) Outside() string {
	i := slices.IndexFunc(reasons, func(k [2]string) bool { return k[0] == r.Reason && k[1] != "" })
	switch {
	case i >= 0:
		return reasons[i][1]
	case r.Reason == "":
		return "unknown"
	}
	return r.Reason
}

// ForwardTeller is a leg that tells its far end that the call was sent elsewhere.
type ForwardTeller interface{ Forwarded(r Redirecting) }

// Diverted is a leg whose far end may say that the call is sent on from there
// (EventDiverted).
type Diverted interface{ Diversion() Redirecting }

// TakeDiversion notes with a caller what the leg that is called has said of where the call
// is sent on (REDIRECTING): through a Local channel all that the dialplan there has said.
func (c *Channel) TakeDiversion(from *Channel) {
	if l, ok := from.Leg().(Diverted); ok {
		c.NoteRedirecting(l.Diversion())
	}
	if l, ok := from.Leg().(Paired); ok {
		if other := l.Pair(); other != nil {
			c.copyFacts(other, "from.", "to.", "orig.", "from-priv.", "to-priv.", "orig-priv.")
		}
	}
}

// NoteRedirecting takes what is said in r over what there is: who and where to, as far as that
// is said, and why.
func (c *Channel) NoteRedirecting(r Redirecting) {
	c.locked(func() {
		now := Redirecting{}
		if c.redirecting != nil {
			now = *c.redirecting
		}
		if r.Num != "" {
			now.Num = r.Num
		}
		if r.Name != "" {
			now.Name = r.Name
		}
		now.Reason = cmp.Or(r.Reason, now.Reason)
		c.redirecting = &now
	})
	c.noteDestination(r)
}

// noteDestination keeps where the call was sent, for the dialplan.
func (c *Channel) noteDestination(r Redirecting) {
	for _, f := range [][2]string{{"to.num", r.ToNum}, {"to.name", r.ToName}} {
		if f[1] != "" {
			c.SetFact(f[0], f[1])
			c.SetFact(f[0]+"-valid", "1")
		}
	}
}

// TellRedirecting tells an unanswered caller by whom and why his call was sent elsewhere.
func (c *Channel) TellRedirecting() {
	if l, ok := c.Leg().(ForwardTeller); ok && c.View().State != StateUp {
		r := c.Redirecting()
		if r == nil {
			r = &Redirecting{}
		}
		l.Forwarded(*r)
	}
}
