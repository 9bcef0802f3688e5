package dialplan

import (
	"fmt"
	"maps"
)

// Diff lists the contexts that a new plan adds (+) and removes (-), and those that it
// changes (~) with how many lines came and went.
func Diff(old, n *Plan) (out []string) {
	for _, c := range n.Order {
		o := old.Contexts[c.Name]
		if o == nil {
			out = append(out, fmt.Sprintf("+ [%s]", c.Name))
			continue
		}
		before, after := o.lines(), c.lines()
		came, went := missing(after, before), missing(before, after)
		if came+went > 0 {
			out = append(out, fmt.Sprintf("~ [%s]: %d lines came, %d went", c.Name, came, went))
		}
	}
	for _, c := range old.Order {
		if n.Contexts[c.Name] == nil {
			out = append(out, fmt.Sprintf("- [%s]", c.Name))
		}
	}
	if !maps.Equal(globals(old), globals(n)) {
		out = append(out, "~ [globals]")
	}
	return out
}

func globals(p *Plan) map[string]string {
	out := map[string]string{}
	for _, g := range p.Globals {
		out[g.Name] = g.Value
	}
	return out
}

// lines are what a context says, one text for each line that counts.
func (c *Context) lines() map[string]bool {
	out := map[string]bool{}
	for _, e := range c.Extensions {
		name := e.Name
		if e.HasCID {
			name += "/" + e.CID
		}
		if e.Hint != nil && e.Hint.Registrar == "" {
			out[name+",hint,"+e.Hint.Devices] = true
		}
		for _, p := range e.prios {
			if p.Registrar != "" { // no file says that
				continue
			}
			out[fmt.Sprintf("%s,%d(%s),%s(%s)", name, p.N, p.Label, p.App, p.Args.Raw())] = true
		}
	}
	for _, i := range c.Includes {
		out["include "+i.Text] = true
	}
	for i := range c.Switches {
		out["switch "+c.Switches[i].String()] = true
	}
	for _, i := range c.IgnorePats {
		out["ignorepat "+i] = true
	}
	return out
}

func missing(of, in map[string]bool) (n int) {
	for l := range of {
		if !in[l] {
			n++
		}
	}
	return n
}
