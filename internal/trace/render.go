package trace

import (
	"fmt"
	"strings"
)

// Render writes the story of a call: the verdict, then a ladder of all legs
// with the decisions between the messages.
func (c *Call) Render() string {
	verdict, entries, lost := c.Story()
	var b strings.Builder
	if verdict == "" {
		verdict = "The call is still going on."
	}
	fmt.Fprintf(&b, "Call %s, %s\n%s\n\n", c.ID, c.Started.Format("2006-01-02 15:04:05"), verdict)
	legs := map[string]string{}
	for _, e := range entries {
		offset := e.At.Sub(c.Started).Seconds()
		if e.Kind == Fact {
			fmt.Fprintf(&b, "%9.3f      * %s\n", offset, e.Text)
			continue
		}
		if legs[e.Leg] == "" {
			legs[e.Leg] = string(rune('A' + len(legs)%26))
		}
		arrow := "-->"
		if e.Kind == Receive {
			arrow = "<--"
		}
		fmt.Fprintf(&b, "%9.3f  %s  pbx %s %-21s  %s\n", offset, legs[e.Leg], arrow, e.Peer, e.Text)
	}
	if lost > 0 {
		fmt.Fprintf(&b, "... and %d more entries that were not kept\n", lost)
	}
	if len(legs) > 0 {
		b.WriteByte('\n')
	}
	for _, e := range entries {
		if name := legs[e.Leg]; e.Kind != Fact && name != "" {
			fmt.Fprintf(&b, "leg %s: Call-ID %s\n", name, e.Leg)
			delete(legs, e.Leg)
		}
	}
	return b.String()
}
