//go:build !linux

package fastpath

// Table does not exist here: Open always fails.
type Table struct{}

// Installed is a flow in the table.
type Installed struct{}

// Open fails with ErrUnsupported.
func Open() (*Table, error) { return nil, ErrUnsupported }

// Interfaces are none.
func (*Table) Interfaces() []string { return nil }

// Close does nothing.
func (*Table) Close() {}

// Install fails with ErrUnsupported.
func (*Table) Install(Flow) (*Installed, error) { return nil, ErrUnsupported }

// Counters fails with ErrUnsupported.
func (*Installed) Counters() (Counters, error) { return Counters{}, ErrUnsupported }

// Remove fails with ErrUnsupported.
func (*Installed) Remove() (Counters, error) { return Counters{}, ErrUnsupported }
