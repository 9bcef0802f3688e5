package store

import (
	"container/heap"
	hash "hash/fnv"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
)

// Table is the shared state as one node knows it, without a lock and without a clock of its own.
// What it holds depends on the words alone, not on the order in which they came, nor on how often:
// (Epoch, Seq) decides.
type Table struct {
	node  string
	epoch uint64
	seq   uint64 // the highest that was said or heard
	kinds map[string]*kind
	nodes map[string]*said
	due   expiries
	began time.Time // from which the ends of words count
}

// kind is the words of one kind, by their keys.
type kind struct {
	name string
	keys map[string]*held
}

type place struct{ kind, key string }

// held is a word, and when it ends. There are hundreds of thousands: its epoch and the name of its node are in said.
type held struct {
	kind  *kind
	key   string
	by    *said
	seq   uint64
	value string
	until time.Duration // since Table.began; 0: it does not end by itself
	next  *held         // another node's on the key
	index int32         // in due; -1: it is not there
	gone  bool          // it was taken back
}

// said is what a node has said in all.
type said struct {
	node  string
	epoch uint64
	words int // with those that were taken back
	sums  Sums
}

// Sums are of a node's words that hold, in buckets by kind and key: equal where the words are.
type Sums [Buckets]uint64

// Buckets is how many parts of the words are compared by themselves.
const Buckets = 256

// Total is the sum of all buckets.
func (s *Sums) Total() (sum uint64) {
	for _, x := range s {
		sum ^= x
	}
	return sum
}

// NewTable makes the table of a node's run.
func NewTable(node string, epoch uint64) *Table {
	return &Table{node: node, epoch: epoch, kinds: map[string]*kind{}, nodes: map[string]*said{node: {node: node, epoch: epoch}}}
}

// Say makes a word of this node and keeps it.
func (t *Table) Say(now time.Time, kind, key, value string, ttl time.Duration) (Word, error) {
	if len(kind)+len(key) > MaxKey || len(value) > MaxValue {
		return Word{}, ErrTooLong
	}
	if t.find(kind, key, t.node) == nil && t.nodes[t.node].words >= MaxWords {
		return Word{}, ErrFull
	}
	return t.say(now, Word{Kind: kind, Key: key, Value: value, TTL: ttl}), nil
}

// Unsay takes this node's word on a key back; ok is false when there is none.
func (t *Table) Unsay(now time.Time, kind, key string) (w Word, ok bool) {
	if h := t.find(kind, key, t.node); h == nil || h.gone {
		return w, false
	}
	return t.say(now, Word{Kind: kind, Key: key, Gone: true}), true
}

func (t *Table) say(now time.Time, w Word) Word {
	w.Node, w.Epoch = t.node, t.epoch
	w.Seq = max(t.seq+1, uint64(now.UnixMicro()))
	t.keep(now, w)
	return w
}

// rename has the node say what it has said under another name.
func (t *Table) rename(now time.Time, node string) {
	if node == t.node {
		return
	}
	words := t.Of(now, t.node, func(int) bool { return true })
	t.Forget(t.node)
	delete(t.nodes, t.node)
	t.node, t.nodes[node] = node, &said{node: node, epoch: t.epoch}
	for _, w := range words {
		t.say(now, w)
	}
}

// Apply takes a word of another node in and says whether it changes anything that Get has; fresh is
// false for one that was known, or that a later one has overtaken. A word of a later run of its
// node ends all of the earlier one, whose keys are lost.
func (t *Table) Apply(now time.Time, w Word) (fresh bool, lost []Word) {
	if w.Node == t.node || len(w.Kind)+len(w.Key) > MaxKey || len(w.Value) > MaxValue {
		return false, nil
	}
	lost = t.Run(w.Node, w.Epoch)
	n := t.nodes[w.Node]
	h := t.find(w.Kind, w.Key, w.Node)
	if w.Epoch < n.epoch || h != nil && w.Seq <= h.seq || h == nil && n.words >= MaxWords {
		return false, lost
	}
	t.keep(now, w)
	return true, lost
}

// Run notes that a node is in a run of it, and forgets what it said in an earlier one.
func (t *Table) Run(node string, epoch uint64) (lost []Word) {
	n := t.nodes[node]
	if n == nil {
		n = &said{node: node, epoch: epoch}
		t.nodes[node] = n
	}
	if epoch > n.epoch {
		lost = t.Forget(node)
		t.nodes[node] = &said{node: node, epoch: epoch}
	}
	return lost
}

// Forget takes all out that a node has said, and returns what Get had of it.
func (t *Table) Forget(node string) (lost []Word) {
	var list []*held
	for h := range t.all() {
		if h.by.node == node {
			list = append(list, h)
		}
	}
	for _, h := range list {
		if t.drop(h); !h.gone {
			lost = append(lost, h.word())
		}
	}
	if node != t.node {
		delete(t.nodes, node)
	}
	return lost
}

// Expire takes out what has ended by itself, and returns what Get had of it.
func (t *Table) Expire(now time.Time) (lost []Word) {
	for len(t.due) > 0 && t.due[0].until <= now.Sub(t.began) {
		h := t.due[0]
		if t.drop(h); !h.gone {
			lost = append(lost, h.word())
		}
	}
	return lost
}

// Next is when the next word ends by itself; ok is false when none does.
func (t *Table) Next() (at time.Time, ok bool) {
	if len(t.due) == 0 {
		return at, false
	}
	return t.began.Add(t.due[0].until), true
}

// Get has the words on a key that hold, the latest first. Their TTL is what is left of it.
func (t *Table) Get(now time.Time, kind, key string) (out []Word) {
	for h := t.first(kind, key); h != nil; h = h.next {
		if t.holds(h, now) {
			out = append(out, t.left(h, now))
		}
	}
	slices.SortFunc(out, func(a, b Word) int {
		if a.Later(&b) {
			return -1
		}
		return 1
	})
	return out
}

// Of has the words that hold of a node, where in is true for their bucket; in order.
func (t *Table) Of(now time.Time, node string, in func(bucket int) bool) (out []Word) {
	for h := range t.all() {
		if h.by.node == node && t.holds(h, now) && in(h.place().bucket()) {
			out = append(out, t.left(h, now))
		}
	}
	slices.SortFunc(out, func(a, b Word) int {
		if a.Kind != b.Kind {
			return strings.Compare(a.Kind, b.Kind)
		}
		return strings.Compare(a.Key, b.Key)
	})
	return out
}

// Keys lists the keys of a kind of which there is a word, in order.
func (t *Table) Keys(now time.Time, kind string) (out []string) {
	k := t.kinds[kind]
	if k == nil {
		return nil
	}
	for key, h := range k.keys {
		for ; h != nil; h = h.next {
			if t.holds(h, now) {
				out = append(out, key)
				break
			}
		}
	}
	slices.Sort(out)
	return out
}

// Sums are those of a node's words here.
func (t *Table) Sums(node string) Sums {
	if n := t.nodes[node]; n != nil {
		return n.sums
	}
	return Sums{}
}

// Epoch is that of this node's run.
func (t *Table) Epoch() uint64 { return t.epoch }

// Seq is the highest that was said or heard.
func (t *Table) Seq() uint64 { return t.seq }

// Reconcile takes what a node says are all its words of some buckets, as of a Seq: words
// of it that are not among them are gone, unless they are later. It returns what has changed.
func (t *Table) Reconcile(now time.Time, node string, epoch, asOf uint64, in func(bucket int) bool, words []Word) (changed []Word) {
	changed = t.Run(node, epoch)
	if t.nodes[node].epoch != epoch {
		return changed
	}
	named := map[place]bool{}
	for _, w := range words {
		named[place{w.Kind, w.Key}] = true
		if fresh, _ := t.Apply(now, w); fresh {
			changed = append(changed, w)
		}
	}
	for _, w := range t.Of(now, node, in) {
		if p := (place{w.Kind, w.Key}); !named[p] && w.Seq <= asOf {
			t.drop(t.find(w.Kind, w.Key, node))
			changed = append(changed, w)
		}
	}
	return changed
}

// keep puts a word in the place of what its node said before.
func (t *Table) keep(now time.Time, w Word) {
	if t.began.IsZero() {
		t.began = now.Add(-1) // so that no end is 0
	}
	if h := t.find(w.Kind, w.Key, w.Node); h != nil {
		t.drop(h)
	}
	k := t.kinds[w.Kind]
	if k == nil {
		k = &kind{w.Kind, map[string]*held{}}
		t.kinds[w.Kind] = k
	}
	h := &held{kind: k, key: w.Key, by: t.nodes[w.Node], seq: w.Seq, value: w.Value, gone: w.Gone, next: k.keys[w.Key], index: -1}
	switch {
	case w.Gone:
		h.until = now.Add(Grave).Sub(t.began)
	case w.TTL > 0:
		h.until = now.Add(w.TTL).Sub(t.began)
	}
	k.keys[w.Key] = h
	h.by.words++
	h.by.count(h)
	if h.until != 0 {
		heap.Push(&t.due, h)
	}
	t.seq = max(t.seq, w.Seq)
}

// drop takes a word out.
func (t *Table) drop(h *held) {
	at := h.kind.keys[h.key]
	switch {
	case at != h:
		for at.next != h {
			at = at.next
		}
		at.next = h.next
	case h.next != nil:
		h.kind.keys[h.key] = h.next
	default:
		if delete(h.kind.keys, h.key); len(h.kind.keys) == 0 {
			delete(t.kinds, h.kind.name)
		}
	}
	h.by.words--
	h.by.count(h)
	if h.index >= 0 {
		heap.Remove(&t.due, int(h.index))
	}
}

// first is one of the words on a key, the others are behind it; nil: there is none.
func (t *Table) first(kind, key string) *held {
	if k := t.kinds[kind]; k != nil {
		return k.keys[key]
	}
	return nil
}

func (t *Table) find(kind, key, node string) *held {
	for h := t.first(kind, key); h != nil; h = h.next {
		if h.by.node == node {
			return h
		}
	}
	return nil
}

// all are the words, in no order.
func (t *Table) all() iter.Seq[*held] {
	return func(yield func(*held) bool) {
		for _, k := range t.kinds {
			for _, h := range k.keys {
				for ; h != nil; h = h.next {
					if !yield(h) {
						return
					}
				}
			}
		}
	}
}

func (t *Table) holds(h *held, now time.Time) bool {
	return !h.gone && (h.until == 0 || h.until > now.Sub(t.began))
}

func (h *held) place() place { return place{h.kind.name, h.key} }

// word is it without the time that is left of it.
func (h *held) word() Word {
	return Word{Kind: h.kind.name, Key: h.key, Node: h.by.node, Epoch: h.by.epoch, Seq: h.seq, Value: h.value, Gone: h.gone}
}

// left is the word with the time that is left of it.
func (t *Table) left(h *held, now time.Time) Word {
	w := h.word()
	if h.until != 0 {
		w.TTL = h.until - now.Sub(t.began)
	}
	return w
}

// count adds a word to the sums, or takes it out: they are exclusive ors.
func (n *said) count(h *held) {
	if !h.gone {
		n.sums[h.place().bucket()] ^= fnv(h.kind.name, h.key, h.value) ^ h.seq*0x9e3779b97f4a7c15
	}
}

func (p place) bucket() int { return int(fnv(p.kind, p.key, "") % Buckets) }

// Bucket is where the word is compared.
func (w *Word) Bucket() int { return place{w.Kind, w.Key}.bucket() }

// fnv is FNV-1a of 64 bits, the same on all nodes.
func fnv(texts ...string) uint64 {
	h := hash.New64a()
	for _, text := range texts {
		io.WriteString(h, text)
		h.Write([]byte{0xff})
	}
	return h.Sum64()
}

// expiries is a heap by end.
type expiries []*held

func (h expiries) Len() int           { return len(h) }
func (h expiries) Less(i, j int) bool { return h[i].until < h[j].until }
func (h expiries) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = int32(i), int32(j)
}
func (h *expiries) Push(x any) {
	e := x.(*held)
	e.index = int32(len(*h))
	*h = append(*h, e)
}
func (h *expiries) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h, e.index = old[:len(old)-1], -1
	return e
}
