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
		if ids[k.peerID] || ids[k.callID] {
			out = append(out, k)
		}
	}
	return out
}
