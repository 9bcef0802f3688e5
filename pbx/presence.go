package pbx

import (
	"slices"
	"strings"

	"obelisk/pbx/event"
)

// PresenceNotSet is the state of who has said nothing.
const PresenceNotSet = "not_set"

// PresenceStates are those that may be set.
var PresenceStates = []string{PresenceNotSet, "unavailable", "available", "away", "xa", "chat", "dnd"}

// Presence is what somebody says of himself: a state of PresenceStates, a finer one of his
// own and a message.
type Presence = event.Presence

// Entity is somebody whose presence has been told.
type Entity struct {
	Name string // "CustomPresence:bob"
	Presence
}

// maxEntities bounds how many are remembered, as maxSeen for devices.
const maxEntities = 1 << 16

// PresenceTeller knows the presence of what follows "NAME:".
type PresenceTeller func(name string) Presence

// RegisterPresence adds a teller for "name:..."; it is not safe once the core is used.
func (c *Core) RegisterPresence(name string, t PresenceTeller) {
	c.presences[strings.ToLower(name)] = t
}

// Presence asks for that of "Provider:name"; false without such a provider.
func (c *Core) Presence(entity string) (p Presence, ok bool) {
	provider, name, cut := strings.Cut(entity, ":")
	t := c.presences[strings.ToLower(provider)]
	if !cut || t == nil || name == "" {
		return Presence{}, false
	}
	return t(name), true
}

// PresenceChanged says what somebody's presence is now, the same as before or another one.
// The caller may hold locks of its own.
func (c *Core) PresenceChanged(entity string, now Presence) {
	h := &c.hints
	h.mu.Lock()
	defer h.mu.Unlock()
	h.spoken = append(h.spoken, entityChange{entity, now})
	if h.open {
		c.kickHints()
	}
}

// Entities lists those whose presence has been told since the start, in that order.
func (c *Core) Entities() []Entity {
	h := &c.hints
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.rows.entities)
}

// tellEntity makes a presence known, and to whom a hint shows another one than before.
func (c *Core) tellEntity(x entityChange) {
	h := &c.hints
	h.mu.Lock()
	t := &h.rows
	if at, ok := t.entityAt[x.entity]; ok {
		t.entities[at].Presence = x.now
	} else if len(t.entities) < maxEntities {
		if t.entityAt == nil {
			t.entityAt = map[string]int{}
		}
		t.entityAt[x.entity] = len(t.entities)
		t.entities = append(t.entities, Entity{x.entity, x.now})
	}
	var other []*hintRow
	for _, r := range t.byEntity[strings.ToLower(x.entity)] {
		if r.presence != x.now {
			r.presence = x.now
			other = append(other, r)
		}
	}
	h.mu.Unlock()
	if !c.Heard() {
		return
	}
	c.Tell(event.PresenceState{Presentity: x.entity, Presence: x.now})
	for _, r := range other {
		c.Tell(event.HintPresence{Hint: r.hint(), Presence: x.now})
	}
}
