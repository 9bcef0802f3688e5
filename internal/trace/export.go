package trace

import (
	"errors"
	"io"
	"slices"
)

// What Export can say.
var (
	ErrNoPackets = errors.New("no message of the call is remembered")
	ErrNoForm    = errors.New("a call is written as text, json or pcap")
)

// Export writes a call as text, as json, or its messages and what is kept of its audio as pcap.
func (b *Book) Export(w io.Writer, c *Call, form string) error {
	switch form {
	case "json":
		return c.WriteJSON(w)
	case "text":
		_, err := io.WriteString(w, c.Render())
		return err
	case "pcap":
		var list []Packet
		for _, from := range []*Wire{b.Wire, b.Media} {
			if from != nil {
				list = append(list, from.Packets(c)...)
			}
		}
		slices.SortStableFunc(list, func(a, b Packet) int { return a.At.Compare(b.At) })
		if len(list) == 0 {
			return ErrNoPackets
		}
		return WritePCAP(w, list)
	}
	return ErrNoForm
}
