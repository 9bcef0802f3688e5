package store

import (
	"container/heap"
	hash "hash/fnv"
	"io"
	"slices"
	"strings"
	"time"
)

// Table is the shared state as one node knows it, without a lock and without a clock of its own.
// What it holds depends on the words alone, not on the order in which they came, nor on how often:
// (Epoch, Seq) decides.
type Table struct {
	node   string
	epoch  uint64
	seq    uint64 // the highest that was said or heard
	places map[place][]*held
	nodes  map[string]*said
	due    expiries
}

type place struct{ kind, key string }

// held is a word, and when it ends.
type held struct {
	Word
	until time.Time // zero: it does not end by itself
	index int       // in due; -1: it is not there
}

// said is what a node has said in all.
type said struct {
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
	return &Table{node: node, epoch: epoch, places: map[place][]*held{}, nodes: map[string]*said{node: {epoch: epoch}}}
}

// Say makes a word of this node and keeps it.
func (t *Table) Say(now time.Time, kind, key, value string, ttl time.Duration) (Word, error) {
	if len(kind)+len(key) > MaxKey || len(value) > MaxValue {
		return Word{}, ErrTooLong
	}
	if t.find(place{kind, key}, t.node) == nil && t.nodes[t.node].words >= MaxWords {
		return Word{}, ErrFull
	}
	return t.say(now, Word{Kind: kind, Key: key, Value: value, TTL: ttl}), nil
}

// Unsay takes this node's word on a key back; ok is false when there is none.
func (t *Table) Unsay(now time.Time, kind, key string) (w Word, ok bool) {
	if h := t.find(place{kind, key}, t.node); h == nil || h.Gone {
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
	t.node, t.nodes[node] = node, &said{epoch: t.epoch}
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
	h := t.find(place{w.Kind, w.Key}, w.Node)
	if w.Epoch < n.epoch || h != nil && w.Seq <= h.Seq || h == nil && n.words >= MaxWords {
		return false, lost
	}
	t.keep(now, w)
	return true, lost
}

// Run notes that a node is in a run of it, and forgets what it said in an earlier one.
func (t *Table) Run(node string, epoch uint64) (lost []Word) {
	n := t.nodes[node]
	if n == nil {
		n = &said{epoch: epoch}
		t.nodes[node] = n
	}
	if epoch > n.epoch {
		lost = t.Forget(node)
		t.nodes[node] = &said{epoch: epoch}
	}
	return lost
}

// Forget takes all out that a node has said, and returns what Get had of it.
func (t *Table) Forget(node string) (lost []Word) {
	for _, list := range t.places {
		for _, h := range list {
			if h.Node == node {
				lost = append(lost, h.Word)
			}
		}
	}
	for _, w := range lost {
		t.drop(t.find(place{w.Kind, w.Key}, node))
	}
	if node != t.node {
		delete(t.nodes, node)
	}
	return slices.DeleteFunc(lost, func(w Word) bool { return w.Gone })
}

// Expire takes out what has ended by itself, and returns what Get had of it.
func (t *Table) Expire(now time.Time) (lost []Word) {
	for len(t.due) > 0 && !t.due[0].until.After(now) {
		h := t.due[0]
		if t.drop(h); !h.Gone {
			lost = append(lost, h.Word)
		}
	}
	return lost
}

// Next is when the next word ends by itself; ok is false when none does.
func (t *Table) Next() (at time.Time, ok bool) {
	if len(t.due) == 0 {
		return at, false
	}
	return t.due[0].until, true
}

// Get has the words on a key that hold, the latest first. Their TTL is what is left of it.
func (t *Table) Get(now time.Time, kind, key string) (out []Word) {
	for _, h := range t.places[place{kind, key}] {
		if h.holds(now) {
			out = append(out, h.left(now))
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
	for p, list := range t.places {
		for _, h := range list {
			if h.Node == node && h.holds(now) && in(p.bucket()) {
				out = append(out, h.left(now))
			}
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
	for p, list := range t.places {
		if p.kind == kind && slices.ContainsFunc(list, func(h *held) bool { return h.holds(now) }) {
			out = append(out, p.key)
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
			t.drop(t.find(p, node))
			changed = append(changed, w)
		}
	}
	return changed
}

// keep puts a word in the place of what its node said before.
func (t *Table) keep(now time.Time, w Word) {
	p := place{w.Kind, w.Key}
	if h := t.find(p, w.Node); h != nil {
		t.drop(h)
	}
	h := &held{Word: w, index: -1}
	switch {
	case w.Gone:
		h.until = now.Add(Grave)
	case w.TTL > 0:
		h.until = now.Add(w.TTL)
	}
	t.places[p] = append(t.places[p], h)
	n := t.nodes[w.Node]
	n.words++
	n.count(h)
	if !h.until.IsZero() {
		heap.Push(&t.due, h)
	}
	t.seq = max(t.seq, w.Seq)
}

// drop takes a word out.
func (t *Table) drop(h *held) {
	p := place{h.Kind, h.Key}
	rest := slices.DeleteFunc(t.places[p], func(o *held) bool { return o == h })
	if t.places[p] = rest; len(rest) == 0 {
		delete(t.places, p)
	}
	n := t.nodes[h.Node]
	n.words--
	n.count(h)
	if h.index >= 0 {
		heap.Remove(&t.due, h.index)
	}
}

func (t *Table) find(p place, node string) *held {
	for _, h := range t.places[p] {
		if h.Node == node {
			return h
		}
	}
	return nil
}

func (h *held) holds(now time.Time) bool {
	return !h.Gone && (h.until.IsZero() || h.until.After(now))
}

// left is the word with the time that is left of it.
func (h *held) left(now time.Time) Word {
	w := h.Word
	if !h.until.IsZero() {
		w.TTL = h.until.Sub(now)
	}
	return w
}

// count adds a word to the sums, or takes it out: they are exclusive ors.
func (n *said) count(h *held) {
	if !h.Gone {
		n.sums[place{h.Kind, h.Key}.bucket()] ^= fnv(h.Kind, h.Key, h.Value) ^ h.Seq*0x9e3779b97f4a7c15
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
func (h expiries) Less(i, j int) bool { return h[i].until.Before(h[j].until) }
func (h expiries) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *expiries) Push(x any) {
	e := x.(*held)
	e.index = len(*h)
	*h = append(*h, e)
}
func (h *expiries) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h, e.index = old[:len(old)-1], -1
	return e
}
