package cluster

import (
	"maps"
	"slices"
	"time"
)

// touch is what a node knows of having been heard: what hard limits go by in a network that is parted.
// Two nodes that do not hear each other cannot both be sound, so that blocks of one may be given away
// when its time is over. It goes by monotonic time: a clock that is set changes nothing.
type touch struct {
	self     string
	lease    time.Duration // 0: blocks never end by themselves
	expected int           // other nodes that there are, as far as the configuration says
	began    time.Time     // zero: not yet
	known    map[string]*touched
}

// touched is another node.
type touched struct {
	epoch     uint64
	heard     time.Time // when its last heartbeat came
	said      int64     // the Clock in it
	confirmed time.Time // it has heard what this node has sent then; zero: nothing
	ages      map[string]int64
	left      bool // in good order
}

// settle is by how much a node waits longer than the lease, before it takes that of another for over.
const settle = time.Second

// heard takes the heartbeat of another node in.
func (t *touch) heard(now time.Time, from string, epoch uint64, b *Beat) {
	who := t.known[from]
	if who == nil {
		if len(t.known) >= MaxNodes {
			return
		}
		who = &touched{epoch: epoch}
		t.known[from] = who
	}
	if epoch != who.epoch { // its clock may have been set back; what the earlier run has confirmed counts no more
		*who = touched{epoch: epoch}
	}
	who.left, who.heard, who.said, who.ages = false, now, b.Clock, b.Ages
	if at, ok := b.Echo[t.self]; ok {
		if sent := t.began.Add(time.Duration(at) * time.Millisecond); !sent.After(now) && sent.After(who.confirmed) {
			who.confirmed = sent
		}
	}
	for name, age := range b.Ages { // nodes that only others know
		if t.known[name] == nil && name != t.self && len(t.known) < MaxNodes {
			t.known[name] = &touched{heard: now.Add(-time.Duration(age) * time.Millisecond)}
		}
	}
}

// stamp writes into a heartbeat of this node whom it has heard.
func (t *touch) stamp(now time.Time, b *Beat) {
	b.Clock, b.Echo, b.Ages = now.Sub(t.began).Milliseconds(), map[string]int64{}, map[string]int64{}
	for name, who := range t.known {
		if who.said > 0 {
			b.Echo[name] = who.said
		}
		if !who.left {
			b.Ages[name] = now.Sub(who.heard).Milliseconds()
		}
	}
}

// total is how many nodes there are, this one among them.
func (t *touch) total() int {
	known, left := 0, 0
	for _, who := range t.known {
		if who.left {
			left++
		} else {
			known++
		}
	}
	return max(known, t.expected-left) + 1
}

// most says whether these other nodes and this one are more than half of all; of two halves it is the one
// that has the first name.
func (t *touch) most(others []string) bool {
	total := t.total()
	if n := 2 * (len(others) + 1); n != total {
		return n > total
	}
	all := []string{t.self}
	for name, who := range t.known {
		if !who.left {
			all = append(all, name)
		}
	}
	first := slices.Min(all)
	return len(all) == total && (first == t.self || slices.Contains(others, first))
}

// sound says whether what this node holds is its own: most nodes have heard it within the lease.
func (t *touch) sound(now time.Time) bool {
	if t.lease == 0 {
		return true
	}
	var heard []string
	for name, who := range t.known {
		if !who.left && !who.confirmed.IsZero() && now.Sub(who.confirmed) < t.lease {
			heard = append(heard, name)
		}
	}
	return t.most(heard)
}

// over says whether the lease of a node is: nobody who is here has heard it for so long, and they are most. name "" is any
// node that was never heard of.
func (t *touch) over(now time.Time, name string) bool {
	long, since := t.lease+settle, t.began
	if who := t.known[name]; who != nil {
		since = who.heard
	}
	if t.lease == 0 || now.Sub(since) < long || !t.sound(now) {
		return false
	}
	var agree []string
	for other, who := range t.known {
		if other == name || who.left || now.Sub(who.heard) >= DeadAfter {
			continue
		}
		age, ok := who.ages[name]
		if !ok {
			age = who.said
		}
		if time.Duration(age)*time.Millisecond < long {
			return false
		}
		agree = append(agree, other)
	}
	return t.most(agree)
}

// names are the nodes that are known and have not left, in order.
func (t *touch) names() (out []string) {
	for _, name := range slices.Sorted(maps.Keys(t.known)) {
		if !t.known[name].left {
			out = append(out, name)
		}
	}
	return out
}
