// Package elsewhere is where phones are that have registered at another node of a switchboard
// (cluster.conf). Each node says what is registered at it; a call to a phone of another one goes
// to that node's SIP, which passes it on over the phone's flow: as a stateless proxy (RFC 3261
// section 16.11) with a flow token (RFC 5626 section 5). Nothing of this is in effect on a
// machine that is alone.
package elsewhere

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"obelisk/channels/chansip/location"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
	"obelisk/pbx"
)

// kind is that of the shared words about registrations: the name of an endpoint has its contacts.
const kind = "reg"

// Contact is a binding as other nodes know it.
type Contact struct {
	Node     string         `json:"-"`
	SIP      pbx.NodeSIP    `json:"-"` // of the node
	Left     time.Duration  `json:"-"` // until it ends
	URI      string         `json:"c"`
	Addr     netip.AddrPort `json:"a"` // of the phone, as its node sees it
	Proto    sipstack.Proto `json:"p,omitempty"`
	User     string         `json:"u,omitempty"`
	Path     string         `json:"r,omitempty"`
	Q        string         `json:"q,omitempty"`
	Instance string         `json:"i,omitempty"`
	RegID    string         `json:"g,omitempty"`
	Token    string         `json:"k"`           // of the flow
	Since    int64          `json:"s"`           // when it was registered: Unix time in milliseconds
	Away     bool           `json:"x,omitempty"` // it does not answer (qualify)
}

// Key tells it from the bindings of this node, whose Key begins with an address.
func (c *Contact) Key() string { return "@" + c.Node + " " + c.Token }

// IsKey says whether a Key is that of a contact at another node.
func IsKey(key string) bool { return strings.HasPrefix(key, "@") }

// Route is the route set of a call to it.
func (c *Contact) Route() []string {
	route := []string{"<sip:" + uriOf(c.SIP) + ";lr;" + sipstack.RelayParam + "=" + c.Token + ">"}
	return append(route, sipstack.SplitList(c.Path)...)
}

// protoTo is the transport to a node.
func protoTo(way pbx.NodeSIP) sipstack.Proto {
	if way.TLS {
		return sipstack.Node
	}
	return sipstack.UDP
}

// uriOf is where a node is, as a URI has it behind "sip:".
func uriOf(way pbx.NodeSIP) string {
	if way.TLS {
		return way.String() + ";transport=tls"
	}
	return way.String()
}

// is says whether a contact is one of ours, by the rules of the registrar.
func (c *Contact) is(b *location.Binding) bool {
	if b.RegID != "" && c.RegID != "" && b.Instance != "" && c.Instance != "" {
		return b.Instance == c.Instance && b.RegID == c.RegID
	}
	return b.Contact == c.URI && b.Addr.Addr() == c.Addr.Addr()
}

// before orders contacts: the preferred first, of those the newest.
func (c *Contact) before(o *Contact) int {
	return cmp.Or(location.Weight(o.Q)-location.Weight(c.Q), cmp.Compare(o.Since, c.Since))
}

// write makes the word of contacts: as many as have room in one.
func write(list []Contact) string {
	for {
		text, err := json.Marshal(list)
		if err == nil && len(text) <= store.MaxValue {
			return string(text)
		}
		list = list[:len(list)-1]
	}
}

// read reads a word; what is no such word has no contacts.
func read(w *store.Word) (list []Contact) {
	if json.Unmarshal([]byte(w.Value), &list) != nil {
		return nil
	}
	for i := range list {
		list[i].Node, list[i].Left = w.Node, w.TTL
	}
	return slices.DeleteFunc(list, func(c Contact) bool {
		return c.URI == "" || c.Token == "" || !plain(c.URI) || !plain(c.Path) || !plain(c.Token)
	})
}

// plain says whether a text can stand in a header.
func plain(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < ' ' || c == 0x7f })
}
