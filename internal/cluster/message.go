// Package cluster makes several Obelisks one switchboard. Each node owns the flows of its phones
// and the media of its calls; the others know only who has what (store.Shared). Here are who is
// there (Members), how their words come to agree (Machine), what carries them (a store.Bus), and
// cluster.conf. It knows neither SIP nor a socket.
package cluster

import "obelisk/internal/store"

// Proto is the version of the messages between nodes. A node speaks with those of its own, of the
// one before and of the one after: nodes are exchanged one at a time.
const Proto = 1

// Message is what nodes send each other. What a node does not know in it is passed over.
type Message struct {
	From    string       `json:"from"`
	Epoch   uint64       `json:"epoch"` // of the sender's run
	Proto   int          `json:"proto"`
	To      string       `json:"to,omitempty"` // "": all
	Beat    *Beat        `json:"beat,omitempty"`
	Words   []store.Word `json:"words,omitempty"` // new ones
	Ask     *Ask         `json:"ask,omitempty"`
	Page    *Page        `json:"page,omitempty"`
	Talk    *Talk        `json:"talk,omitempty"`    // about a hard limit
	Leaving bool         `json:"leaving,omitempty"` // it stops: what it has said ends now
}

// Beat says that the sender is there, every Heartbeat.
type Beat struct {
	Seq     uint64 `json:"seq"`
	Version string `json:"version"`          // of the program
	SIP     string `json:"sip"`              // where other nodes reach its SIP, address:port
	TLS     string `json:"tls,omitempty"`    // likewise over TLS; "": it has none
	Config  string `json:"config"`           // a hash of its files
	Calls   int    `json:"calls"`            // that it has
	Drains  bool   `json:"drains,omitempty"` // it takes no new calls and no registrations
	Sum     uint64 `json:"sum"`              // of all its words

	Clock int64            `json:"clock,omitempty"` // milliseconds since its run began
	Echo  map[string]int64 `json:"echo,omitempty"`  // the last Clock that it has heard of each node
	Ages  map[string]int64 `json:"ages,omitempty"`  // how long ago it has heard each node, in milliseconds
}

// Ask wants the words of a node that differ from what the sender has of it.
type Ask struct {
	Sums store.Sums `json:"sums"`
}

// Page is all that its sender says in some buckets, as of a Seq.
type Page struct {
	AsOf    uint64       `json:"asof"`
	Buckets []int        `json:"buckets"`
	Words   []store.Word `json:"words"`
}
