// Package sipstack carries SIP: sockets, the guard before the parser, shards
// and transactions, on sipgo's messages, parser and stream transports.
//
// Messages are sharded by Call-ID. A Shard holds the transactions and timers of
// its Call-IDs; one goroutine at a time is on it, so that everything a Handler is
// called with happens in the order of arrival and without locks. It must not
// block. Shards never talk to each other; other goroutines reach one through
// Stack.Post.
package sipstack

import (
	"net/netip"
	"slices"
	"strings"
)

// Proto is a transport.
type Proto uint8

const (
	UDP Proto = iota
	TCP
	TLS
	WS
	WSS
	Node // between the nodes of one switchboard: TLS with an authority of their own (ServeNodes)
)

var protoNames = [...]string{UDP: "UDP", TCP: "TCP", TLS: "TLS", WS: "WS", WSS: "WSS", Node: "TLS"}

// String is the name used in Via and in the log.
func (p Proto) String() string { return protoNames[p] }

// ParseProto reads a transport name, any case.
func ParseProto(s string) (Proto, bool) {
	i := slices.Index(protoNames[:], strings.ToUpper(strings.TrimSpace(s)))
	return Proto(max(i, 0)), i >= 0
}

// Reliable says whether the transport delivers or breaks.
func (p Proto) Reliable() bool { return p != UDP }

// Secure says whether the transport is encrypted.
func (p Proto) Secure() bool { return p == TLS || p == WSS || p == Node }

// Port is the one used where none is named (RFC 3261 19.1.2, RFC 7118).
func (p Proto) Port() uint16 {
	if p == TLS || p == Node {
		return 5061
	}
	return 5060
}

// Flow is the way to a peer: transport, our socket, both addresses. It is a
// value, kept in bindings and dialogs; an answer over the flow of its request
// leaves from where the request came in.
type Flow struct {
	Proto    Proto
	Accepted bool           // a connection that the peer opened: it is never dialled anew
	Sock     uint8          // index of the listening socket
	Local    netip.AddrPort // our address; the one the packet was sent to, also on wildcard sockets
	Remote   netip.AddrPort
	Name     string // whom the certificate of a TLS connection that we open must name; "": the address. Of Node: the other node
}

func addrPort(a netip.Addr, port int) netip.AddrPort { return netip.AddrPortFrom(a, uint16(port)) }
