package stasis

import "fmt"

// Refusal is why a request is not carried out: a status of HTTP and a text for people.
type Refusal struct {
	Status int
	Text   string
}

func (r *Refusal) Error() string { return r.Text }

// Refuse makes one.
func Refuse(status int, format string, args ...any) *Refusal {
	return &Refusal{status, fmt.Sprintf(format, args...)}
}

var (
	errNoChannel    = Refuse(404, "Channel not found")
	errNotInStasis  = Refuse(409, "Channel not in Stasis application")
	errInvalidState = Refuse(412, "Channel in invalid state")
	errNoBridge     = Refuse(404, "Bridge not found")
	// ErrAllocation is told where a channel cannot be made.
	ErrAllocation = Refuse(500, "Allocation failed")
	errNotHere    = Refuse(422, "Channel not in this bridge")
)
