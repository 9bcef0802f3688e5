package cluster

import (
	"fmt"
	"io"
	"time"
)

// Registration is a phone that is registered at a node.
type Registration struct {
	Name, Node, Address, Contact string
	Left                         time.Duration // until it ends
	Away                         bool          // it does not answer (qualify)
}

func (m *Module) showRegistrations(w io.Writer, args []string) bool {
	if m.here(w) == nil {
		return true
	}
	if len(args) > 1 {
		fmt.Fprintln(w, "Usage: cluster show registrations [NODE]")
		return false
	}
	const row = "%-20.20s %-16.16s %-22s %8s %-12s %s\n"
	fmt.Fprintf(w, row, "Name", "Node", "Address", "Seconds", "Status", "Contact")
	n := 0
	for _, x := range m.house.Registrations() {
		if len(args) == 1 && x.Node != args[0] {
			continue
		}
		n++
		status := "Registered"
		if x.Away {
			status = "Unreachable"
		}
		fmt.Fprintf(w, row, x.Name, x.Node, x.Address, fmt.Sprint(int(x.Left.Seconds())), status, x.Contact)
	}
	fmt.Fprintf(w, "%d registrations\n", n)
	return true
}
