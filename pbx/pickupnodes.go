package pbx

import (
	"encoding/json"
	"strings"
)

// What rings at other nodes of a switchboard is picked up by a visit there (Visit).

// PickupWish is what somebody wants to pick up, as Pickup or PickupChan asks for it.
type PickupWish struct {
	Extens  string   `json:"x,omitempty"` // exten[@context]&...; "": Channels, and without those of the groups
	Context string   `json:"c,omitempty"` // of extensions that name none
	Groups  *Groups  `json:"g,omitempty"` // of who picks up; nil: it has none
	Begins  []string `json:"b,omitempty"` // names of channels begin so, or
	IDs     []string `json:"i,omitempty"` // have this unique id: as many
}

const pickupTopic = "pickup"

// FindRinging finds what is meant, at this node; nil when nothing rings.
func (c *Core) FindRinging(w PickupWish) *Channel {
	for i, begins := range w.Begins {
		if ch := c.RingingNamed(begins, w.IDs[i]); ch != nil {
			return ch
		}
	}
	switch {
	case len(w.Begins) > 0:
		return nil
	case strings.TrimSpace(w.Extens) == "":
		if w.Groups == nil {
			return nil
		}
		return c.ringingIn(*w.Groups)
	}
	for _, dest := range strings.Split(w.Extens, "&") {
		exten, context, named := strings.Cut(strings.TrimSpace(dest), "@")
		var found *Channel
		switch {
		case context == "PICKUPMARK":
			found = c.RingingMarked(exten)
		case named:
			found = c.RingingCallTo(context, exten)
		default:
			found = c.RingingCallTo(w.Context, exten)
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// GroupsOf are the groups of a channel's leg; nil for one that has none.
func GroupsOf(ch *Channel) *Groups {
	if g, ok := ch.Leg().(Grouped); ok {
		groups := g.Groups()
		return &groups
	}
	return nil
}

// RingingAbroad is the way to what is meant at another node; "" when nothing rings there. It waits. Who has
// come from a node himself goes no further.
func (c *Channel) RingingAbroad(w PickupWish) (way string) {
	if c.Visitor() || c.core.Elsewhere() == nil {
		return ""
	}
	text, _ := json.Marshal(w) // it always can be
	return c.core.AskNodes(pickupTopic, string(text))
}

// answerPickups lets visitors pick up what rings here.
func (c *Core) answerPickups() {
	c.AnswerNodes(pickupTopic, func(_, text string) (v Visit, ok bool) {
		var w PickupWish
		if json.Unmarshal([]byte(text), &w) != nil || len(w.Begins) != len(w.IDs) {
			return v, false
		}
		ch := c.FindRinging(w)
		if ch == nil {
			return v, false
		}
		return Visit{App: "PickupChan", Data: ch.UniqueID()}, true
	})
}
