package dialplan

import (
	"sort"
	"strings"
)

// index answers "which extensions of this context match" without walking the
// context: names by hash, patterns by a trie over their character sets. What
// it returns is exactly the default matcher's order.
type index struct {
	byName map[string][]*Extension // literal names; several when they differ by caller id
	names  []string                // sorted, for "could a longer name match"
	root   *node
}

// node of the pattern trie. One edge per distinct set of characters.
type node struct {
	edges []edge
	ends  [3][]*Extension // by tail
	first int             // lowest order of any extension with priority 1 at or below this node
}

type edge struct {
	set  set
	next *node
}

const noOrder = int(^uint(0) >> 1)

// build sorts the extensions into match order and fills the index.
func (c *Context) build() {
	sort.SliceStable(c.Extensions, func(i, j int) bool {
		return c.Extensions[i].compare(c.Extensions[j]) < 0
	})
	c.index = index{byName: map[string][]*Extension{}, root: &node{first: noOrder}}
	for i, e := range c.Extensions {
		e.order = i
		switch {
		case e.match.never:
		case e.match.pattern:
			c.index.insert(e)
		default:
			if c.index.byName[e.match.literal] == nil {
				c.index.names = append(c.index.names, e.match.literal)
			}
			c.index.byName[e.match.literal] = append(c.index.byName[e.match.literal], e)
		}
	}
}

// compare orders by name, then entries with a caller-id part before the one
// without.
func (e *Extension) compare(o *Extension) int {
	if d := e.match.compare(&o.match); d != 0 {
		return d
	}
	if e.HasCID != o.HasCID {
		if e.HasCID {
			return -1
		}
		return 1
	}
	return e.cid.compare(&o.cid)
}

func (x *index) insert(e *Extension) {
	order := noOrder
	if e.Priority(1) != nil {
		order = e.order
	}
	n := x.root
	n.first = min(n.first, order)
	for i := range e.match.sets {
		n = n.child(e.match.sets[i])
		n.first = min(n.first, order)
	}
	n.ends[e.match.tail] = append(n.ends[e.match.tail], e)
}

func (n *node) child(s set) *node {
	for i := range n.edges {
		if n.edges[i].set == s {
			return n.edges[i].next
		}
	}
	next := &node{first: noOrder}
	n.edges = append(n.edges, edge{s, next})
	return next
}

// candidates is a list sorted by order. The first few live on the caller's
// stack, so an ordinary lookup allocates nothing.
type candidates struct {
	few  [8]*Extension
	n    int
	many []*Extension // in use once few is full
}

func (c *candidates) add(e *Extension) {
	switch {
	case c.many != nil:
		c.many = append(c.many, e)
	case c.n < len(c.few):
		c.n++
	default:
		c.many = append(append(make([]*Extension, 0, 4*len(c.few)), c.few[:]...), e)
	}
	list := c.list()
	i := len(list) - 1
	for ; i > 0 && list[i-1].order > e.order; i-- {
		list[i] = list[i-1]
	}
	list[i] = e
}

func (c *candidates) list() []*Extension {
	if c.many != nil {
		return c.many
	}
	return c.few[:c.n]
}

// match collects the extensions that match data as a whole.
func (x *index) match(data string, out *candidates) {
	for _, e := range x.byName[data] {
		out.add(e)
	}
	x.root.match(data, out)
}

func (n *node) match(data string, out *candidates) {
	for _, e := range n.ends[tailBang] {
		out.add(e)
	}
	if data == "" {
		for _, e := range n.ends[tailEnd] {
			out.add(e)
		}
		return
	}
	for _, e := range n.ends[tailDot] {
		out.add(e)
	}
	for i := range n.edges {
		if n.edges[i].set.has(data[0]) {
			n.edges[i].next.match(data[1:], out)
		}
	}
}

// growth finds, for MATCHMORE, the lowest order of an extension (priority 1
// present) that a longer number could match, and of a '!' that decides now.
func (n *node) growth(data string, grow, decide *int) {
	for _, e := range n.ends[tailBang] {
		*decide = min(*decide, e.order)
	}
	for _, e := range n.ends[tailDot] {
		if e.Priority(1) != nil {
			*grow = min(*grow, e.order)
		}
	}
	for i := range n.edges {
		switch {
		case data == "":
			*grow = min(*grow, n.edges[i].next.first)
		case n.edges[i].set.has(data[0]):
			n.edges[i].next.growth(data[1:], grow, decide)
		}
	}
}

// longerName says whether a literal name with priority 1 begins with data and
// is longer.
func (x *index) longerName(data string, fits func(*Extension) bool) bool {
	i := sort.SearchStrings(x.names, data)
	for ; i < len(x.names) && strings.HasPrefix(x.names[i], data); i++ {
		if len(x.names[i]) == len(data) {
			continue
		}
		for _, e := range x.byName[x.names[i]] {
			if fits(e) {
				return true
			}
		}
	}
	return false
}
