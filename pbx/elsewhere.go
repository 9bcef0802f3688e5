package pbx

import (
	"net/netip"
	"time"

	"obelisk/internal/store"
)

// Elsewhere are the other nodes of a switchboard, and what they know of its devices. All methods
// may be called from any goroutine.
type Elsewhere interface {
	// DeviceStates are those that a device has at other nodes; none where none says anything.
	DeviceStates(device string) []DeviceState
	// DeviceChanged is told that the state which a device has here may have changed. It must not
	// wait, nor ask.
	DeviceChanged(device string)
	// Nodes are those that are there and may be asked, by name.
	Nodes() []string
	// SIPOf is how a node is reached by SIP; false while it is silent, or unknown, and the zero value where there is no way.
	SIPOf(node string) (NodeSIP, bool)
	// NodeAt is the node whose SIP is at an address, silent or not; port 0 stands for any.
	NodeAt(a netip.AddrPort) (node string, ok bool)
	// Owner is the node that does what only one may do, such as to keep a registration at a provider;
	// here: it is this one. All nodes that see the same others name the same one; "" before this one has
	// seen who is there. It does not wait.
	Owner(kind, key string) (node string, here bool)
	// Ask asks a node a question of a topic and waits for its answer, so long at most; an error says that
	// there came none.
	Ask(node, topic, text string, patience time.Duration) (string, error)
	// Answer has f answer the questions of a topic. It must not wait for other nodes.
	Answer(topic string, f func(node, text string) string)
	// HardCalls says whether call-limit is a hard limit over nodes, GroupLimit the hard limit of a group of GROUP(); 0: none.
	HardCalls() bool
	GroupLimit(group, category string) int
	// Take takes a unit of a hard limit, of which all nodes together have so many. It waits for other nodes so long at
	// most; false: there is none. Give gives it back.
	Take(limit string, most int, patience time.Duration) bool
	Give(limit string)
	// Draining says whether this node is being emptied: it takes no registrations.
	Draining() bool
}

// NodeSIP is where a node is reached by SIP: over TLS by the certificates of cluster.conf, else over plain UDP.
type NodeSIP struct {
	netip.AddrPort
	TLS bool
}

// UnitPatience is how long a call waits for other nodes to let it in under a hard limit.
const UnitPatience = 500 * time.Millisecond

// Elsewhere are the other nodes; nil: this one is alone.
func (c *Core) Elsewhere() Elsewhere {
	if e := c.elsewhere.Load(); e != nil {
		return *e
	}
	return nil
}

// SetElsewhere gives the core the other nodes. It may be called at any time.
func (c *Core) SetElsewhere(e Elsewhere) {
	node := c.shared.Node()
	c.node.Store(&node)
	c.elsewhere.Store(&e)
	c.answerPickups()
}

// Node is the name of this node among several; "" on a machine that is alone. Programs are told it then.
func (c *Core) Node() string {
	if name := c.node.Load(); name != nil {
		return *name
	}
	return ""
}

// Draining says whether this node is being emptied, for others to take its work.
func (c *Core) Draining() bool {
	e := c.elsewhere.Load()
	return e != nil && (*e).Draining()
}

// Shared is what the nodes have in common.
func (c *Core) Shared() store.Shared { return c.shared }

// DeviceChangedElsewhere says that another node knows something new of a device.
func (c *Core) DeviceChangedElsewhere(device string) { c.deviceChanged(deviceChange{device: device}) }

// changedHere tells the other nodes of a device.
func (c *Core) changedHere(device string) {
	if e := c.elsewhere.Load(); e != nil {
		(*e).DeviceChanged(device)
	}
}

// DeviceState asks for the state of "TECH/resource" or "Provider:name": what it comes to at
// all nodes.
func (c *Core) DeviceState(device string) DeviceState {
	own := c.OwnDeviceState(device)
	if e := c.elsewhere.Load(); e != nil {
		return Aggregate(append((*e).DeviceStates(device), own))
	}
	return own
}
