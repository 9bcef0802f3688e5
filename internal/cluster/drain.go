package cluster

import (
	"fmt"
	"io"
	"slices"
)

// latest brings what this node says of itself up to date.
func (m *Module) latest(b *Beat) {
	_, b.Calls, _ = m.core.Counts()
	b.Drains = m.draining.Load()
}

// drains is the status of a node for people: one that is well and is being emptied drains.
func drains(b *Beat, status string) string {
	if b.Drains && (status == "this one" || status == Alive.String()) {
		return "draining"
	}
	return status
}

// drain empties this node: calls and phones that come are told to try another one. It does
// nothing where there is none that would take them.
func (m *Module) drain(w io.Writer, args []string) bool {
	node := m.here(w)
	if node == nil || len(args) > 0 {
		return m.devices == nil
	}
	if !slices.ContainsFunc(node.Members(), func(x Member) bool { return x.Status == Alive && !x.Drains }) {
		fmt.Fprintln(w, "No other node would take the calls: nothing is changed")
		return false
	}
	m.draining.Store(true)
	m.core.Refuse(true)
	_, calls, _ := m.core.Counts()
	fmt.Fprintf(w, "Node '%s' takes no new calls and no registrations; %d calls and %d registrations are left\n", m.conf.Node, calls,
		m.registered())
	return true
}

// join takes drain back.
func (m *Module) join(w io.Writer, args []string) bool {
	if m.here(w) == nil || len(args) > 0 {
		return m.devices == nil
	}
	if !m.draining.Swap(false) {
		fmt.Fprintf(w, "Node '%s' was not draining\n", m.conf.Node)
		return true
	}
	m.core.Refuse(false)
	fmt.Fprintf(w, "Node '%s' takes calls and registrations again\n", m.conf.Node)
	return true
}

// registered is how many phones are registered here.
func (m *Module) registered() (n int) {
	for _, x := range m.house.Registrations() {
		if x.Node == m.conf.Node {
			n++
		}
	}
	return n
}
