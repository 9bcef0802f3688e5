package queue

import (
	"strings"

	"obelisk/pbx"
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
func (m *Module) hear(n *pbx.News) {
	var event string
	var data []any
	switch n.Name {
	case "BridgeEnter":
		if swapped := n.Field("SwapUniqueid"); swapped != "" && n.Chan != nil {
			m.succeeds(swapped, n.Chan.Name, n.Chan.UniqueID)
		}
		return
	case "AttendedTransfer":
		event, data = "ATTENDEDTRANSFER", []any{"BRIDGE", n.Field("DestBridgeUniqueid")}
	case "BlindTransfer":
		event, data = "BLINDTRANSFER", []any{n.Field("Extension"), n.Field("Context")}
	default:
		return
	}
	if n.Field("Result") != "Success" {
		return
	}
	for _, k := range m.talksOf(n) {
		if k.finish() {
			go k.tell("transfer", event, data...)
		}
	}
}

// talksOf are those of which a transferer of the news is a party.
func (m *Module) talksOf(n *pbx.News) (out []*talk) {
	ids := map[string]bool{}
	for _, p := range n.Parts {
		if p.Chan != nil && strings.HasSuffix(p.Prefix, "Transferer") {
			ids[p.Chan.UniqueID] = true
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.talks {
		for id := range ids {
			if k.parties[id] {
				out = append(out, k)
				break
			}
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
