package dialplan

import (
	"fmt"
	"io"
	"strings"
)

// ShowIndex writes how a context finds its extensions: names by themselves, patterns as a
// tree of the characters that each position takes.
func (c *Context) ShowIndex(w io.Writer) {
	fmt.Fprintf(w, "[ Context '%s' ]\n", c.Name)
	for _, name := range c.index.names {
		fmt.Fprintf(w, " %s\n", name)
		for _, e := range c.index.byName[name] {
			showEnd(w, " +       ", e)
		}
	}
	c.index.root.show(w, 1)
}

func (n *node) show(w io.Writer, depth int) {
	indent := strings.Repeat(" +      ", depth)
	for _, list := range n.ends {
		for _, e := range list {
			showEnd(w, indent, e)
		}
	}
	for i := range n.edges {
		m := matcher{sets: []set{n.edges[i].set}}
		fmt.Fprintf(w, "%s %s\n", strings.Repeat(" +      ", depth-1), m.takes(0))
		n.edges[i].next.show(w, depth+1)
	}
}

// showEnd tells of an extension that ends at a place of the tree, with its rank among all
// of the context.
func showEnd(w io.Writer, indent string, e *Extension) {
	rest, name := "", e.Name
	switch e.match.tail {
	case tailDot:
		rest = ", and more"
	case tailBang:
		rest = ", whatever follows"
	}
	if e.HasCID {
		name += "/" + e.CID
	}
	fmt.Fprintf(w, "%sEXTEN:%s (%d.%s)\n", indent, name, e.order+1, rest)
}
