package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"obelisk/internal/printable"
)

// Render writes the story of a call: the verdict, then a ladder of all legs
// with the decisions between the messages.
func (c *Call) Render() string {
	verdict, entries, lost := c.Story()
	var b strings.Builder
	if verdict == "" {
		verdict = "The call is still going on."
	}
	fmt.Fprintf(&b, "Call %s, %s\n%s\n\n", c.ID, c.Started.Format("2006-01-02 15:04:05"), printable.Line(verdict))
	legs := map[string]string{}
	for _, e := range entries {
		offset := e.At.Sub(c.Started).Seconds()
		if e.Kind == Fact {
			fmt.Fprintf(&b, "%9.3f      * %s\n", offset, printable.Line(e.Text))
			continue
		}
		if legs[e.Leg] == "" {
			legs[e.Leg] = string(rune('A' + len(legs)%26))
		}
		arrow := "-->"
		if e.Kind == Receive {
			arrow = "<--"
		}
		fmt.Fprintf(&b, "%9.3f  %s  pbx %s %-21s  %s\n", offset, legs[e.Leg], arrow, e.Peer, printable.Line(e.Text))
	}
	if lost > 0 {
		fmt.Fprintf(&b, "... and %d more entries that were not kept\n", lost)
	}
	if len(legs) > 0 {
		b.WriteByte('\n')
	}
	for _, e := range entries {
		if name := legs[e.Leg]; e.Kind != Fact && name != "" {
			fmt.Fprintf(&b, "leg %s: Call-ID %s\n", name, printable.Line(e.Leg))
			delete(legs, e.Leg)
		}
	}
	return b.String()
}

// jsonEntry is an entry as programs read it: a fact, or a message that came in or went out.
type jsonEntry struct {
	Seconds float64 `json:"seconds"` // since the call began
	Kind    string  `json:"kind"`    // fact, in, out
	CallID  string  `json:"call_id,omitempty"`
	Peer    string  `json:"peer,omitempty"`
	Text    string  `json:"text"`
}

// WriteJSON writes the story for programs.
func (c *Call) WriteJSON(w io.Writer) error {
	verdict, entries, lost := c.Story()
	out := struct {
		ID      string      `json:"id"`
		Started string      `json:"started"`
		Verdict string      `json:"verdict"`
		Names   []string    `json:"names"`
		Entries []jsonEntry `json:"entries"`
		Lost    int         `json:"lost"`
	}{c.ID, c.Started.Format("2006-01-02T15:04:05.000Z07:00"), verdict, c.Names(), nil, lost}
	for _, e := range entries {
		j := jsonEntry{Seconds: e.At.Sub(c.Started).Seconds(), Kind: [...]string{Fact: "fact", Receive: "in", Send: "out"}[e.Kind],
			CallID: e.Leg, Text: e.Text}
		if e.Kind != Fact {
			j.Peer = e.Peer.String()
		}
		out.Entries = append(out.Entries, j)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}
