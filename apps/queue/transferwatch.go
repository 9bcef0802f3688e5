package queue

import (
	"slices"

	"obelisk/pbx"
	"obelisk/pbx/event"
)

// A transfer ends the talk of a caller and a member, though the caller may stay in a bridge: with
// another one. So transfers are listened for while somebody talks.

// follow begins to listen for a talk's transfer.
func (m *Module) follow(k *talk) {
	m.mu.Lock()
	m.talks[k] = true
	m.mu.Unlock()
	m.attend()
}

// unfollow ends it.
func (m *Module) unfollow(k *talk) {
	m.mu.Lock()
	delete(m.talks, k)
	m.mu.Unlock()
	m.attend()
}

// attend has the core tell its news while somebody talks.
func (m *Module) attend() {
	m.listening.Lock()
	defer m.listening.Unlock()
	m.mu.Lock()
	wanted := len(m.talks) > 0
	m.mu.Unlock()
	switch {
	case wanted && m.unlisten == nil:
		m.unlisten = m.core.Listen(m.hear)
	case !wanted && m.unlisten != nil:
		m.unlisten()
		m.unlisten = nil
	}
}

// hear takes in news; of those of a transfer the talk that it ends. What there is to say of that
// is said on another goroutine: who tells news must not wait.
func (m *Module) hear(e event.Event) {
	switch e := e.(type) {
	case event.BridgeEntered:
		if e.Swapped != "" {
			m.succeeds(e.Swapped, e.Channel.Name, e.Channel.UniqueID)
		}
	case event.AttendedTransfer:
		m.transferred("ATTENDEDTRANSFER", []any{"BRIDGE", e.Into.BridgeID}, e.First, e.Second)
	case event.BlindTransfer:
		m.transferred("BLINDTRANSFER", []any{e.To.Exten, e.To.Context}, e.By)
	}
}

// transferred ends the talk of who transfers, by one or two channels of his.
func (m *Module) transferred(line string, data []any, by ...*event.Channel) {
	for _, k := range m.talksOf(by) {
		if k.finish() {
			go k.tell("transfer", line, data...)
		}
	}
}

// talksOf are those of which one of some channels is a party.
func (m *Module) talksOf(list []*event.Channel) (out []*talk) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.talks {
		if slices.ContainsFunc(list, func(c *event.Channel) bool { return k.parties[c.UniqueID] }) {
			out = append(out, k)
		}
	}
	return out
}

// succeeds notes that a channel has the place of a party of a talk: the phone behind a Local channel
// that is left out, or who has picked the call up.
func (m *Module) succeeds(swapped, name, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.talks {
		if k.parties[swapped] {
			k.parties[id] = true
			if k.shownID == swapped {
				k.shown, k.shownID = name, id
			}
		}
	}
}

// member is who talks with the caller now, as far as he is there still.
func (k *talk) member() *pbx.Channel {
	k.c.m.mu.Lock()
	name := k.shown
	k.c.m.mu.Unlock()
	if ch := k.c.m.core.Channel(name); ch != nil {
		return ch
	}
	return k.peer
}
