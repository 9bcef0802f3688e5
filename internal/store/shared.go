package store

import (
	"errors"
	"time"
)

// Shared is soft state that the nodes of one switchboard have in common: who has a phone, what a
// device does, how much is in a mailbox. Each entry is one node's word on one key. It is not
// kept over a restart, and it ends by itself: what must outlive that is in DB. A node that is
// alone has it as well (Soft), so that there is one way.
//
// All methods may be called from any goroutine.
type Shared interface {
	// Node is the name of this node; "" for one that is alone.
	Node() string
	// Put says a value of a key in the name of this node, for ttl from now; 0: for as long as the
	// node is there. It returns ErrTooLong and ErrFull, and then changes nothing.
	Put(kind, key, value string, ttl time.Duration) error
	// Delete takes this node's word on a key back.
	Delete(kind, key string)
	// Get has the words of all nodes on a key, the latest first.
	Get(kind, key string) []Word
	// Keys lists the keys of a kind of which there is a word, in order.
	Keys(kind string) []string
	// Watch has changed told of each key of a kind whose words have changed, by whoever changed
	// them and without a lock: it asks with Get what they are now. It must not wait. end stops it.
	Watch(kind string, changed func(key string)) (end func())
}

// Word is what a node says of a key.
//
// Epoch tells the runs of a node apart: the Unix time of its start in milliseconds. Seq grows
// with each word, and beyond each that was heard from others: a word that answers another
// has the higher one. Of one node and key the higher (Epoch, Seq) holds; of several nodes the
// latest is the one with the highest Seq, then the higher name, which all nodes see alike.
type Word struct {
	Kind  string        `json:"k"`
	Key   string        `json:"n"`
	Node  string        `json:"o"`
	Epoch uint64        `json:"e"`
	Seq   uint64        `json:"s"`
	Value string        `json:"v,omitempty"`
	Gone  bool          `json:"g,omitempty"` // it was taken back
	TTL   time.Duration `json:"t,omitempty"` // for how long it holds; 0: for as long as its node is there
}

// Later says whether w is the later of two words of any nodes on one key.
func (w *Word) Later(o *Word) bool {
	if w.Seq != o.Seq {
		return w.Seq > o.Seq
	}
	return w.Node > o.Node
}

// Limits of what a node may say.
const (
	MaxWords = 400_000 // of one node
	MaxKey   = 512     // bytes of kind and key together
	MaxValue = 4096    // bytes
)

// Grave is how long it is remembered that a word was taken back: none that was said before it
// comes later than that.
const Grave = 30 * time.Second

var (
	ErrTooLong = errors.New("the key or the value is too long to be shared")
	ErrFull    = errors.New("a node shares no more than that")
)

// Bus carries messages between the nodes: at most once, those of one sender in their order.
type Bus interface {
	// Publish sends to all who subscribe, the sender too. It does not wait for them.
	Publish(subject string, data []byte) error
	// Subscribe has each message of a subject given to f, one at a time; f keeps no data. end
	// stops it.
	Subscribe(subject string, f func(data []byte)) (end func(), err error)
	// Close ends it.
	Close()
}

// Lease is the right of one node to do what only one may do, such as to keep a registration at a
// provider. What several tenants have by one name are several things: tenant is "" without any.
type Lease interface {
	// Take asks for the right to key, or keeps what was taken, for ttl from now. ok is false
	// while another has it. fence is higher than that of all who had it before: what the work
	// is done at refuses a lower one.
	Take(holder, tenant, kind, key string, ttl time.Duration) (fence uint64, ok bool)
	// Release gives it back, where holder still has it.
	Release(holder, tenant, kind, key string)
}
