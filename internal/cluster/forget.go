package cluster

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"obelisk/internal/store"
	"obelisk/pbx"
)

// forgetTopic is what nodes ask each other before and when one that is gone for good is forgotten: "may NAME ..." or "do NAME ...".
// The answer is why not; "" is yes.
const forgetTopic = "cluster.forget"

// forgetPatience is how long a node may take to agree.
const forgetPatience = 2 * time.Second

// mayForget says why nodes may not be forgotten here; "": they may. All others of which something is known must be there: one
// that is away would go on counting with them.
func (m *Machine) mayForget(now time.Time, names []string) string {
	for _, name := range names {
		who, touched := m.list[name], m.limits.known[name]
		switch {
		case name == m.self:
			return fmt.Sprintf("'%s' is this node", name)
		case who != nil && now.Sub(who.Heard) < DeadAfter:
			return fmt.Sprintf("'%s' lives: node '%s' has heard it %.1f s ago", name, m.self, now.Sub(who.Heard).Seconds())
		}
		if touched != nil && !touched.heard.IsZero() && now.Sub(touched.heard) < DeadAfter {
			return fmt.Sprintf("'%s' lives: it was heard %.1f s ago", name, now.Sub(touched.heard).Seconds())
		}
	}
	for _, name := range m.limits.names() {
		if who := m.list[name]; !slices.Contains(names, name) && (who == nil || who.Status != Alive) {
			return fmt.Sprintf("node '%s' cannot be asked: name it as well if it is gone for good", name)
		}
	}
	return ""
}

// forget takes nodes that are gone for good as if they had left in good order.
func (m *Machine) forget(now time.Time, t *store.Table, names []string) (r Result, why string) {
	if why = m.mayForget(now, names); why != "" {
		return r, why
	}
	for _, name := range names {
		m.limits.leave(name)
		delete(m.list, name)
		r.Changed = append(r.Changed, t.Forget(name)...)
		r.News = append(r.News, fmt.Sprintf("node '%s' is forgotten", name))
	}
	r.Send = m.said()
	return r, ""
}

// askedForget answers what a node is asked about forgetting some.
func (n *Node) askedForget(_, text string) (why string) {
	what, list, _ := strings.Cut(text, " ")
	names := strings.Fields(list)
	var r Result
	n.soft.Work(func(t *store.Table) []store.Word {
		if what == "do" {
			r, why = n.machine.forget(time.Now(), t, names)
			n.publish()
			return r.Changed
		}
		why = n.machine.mayForget(time.Now(), names)
		return nil
	})
	n.after(r)
	return why
}

// forget is the command: nodes that do not come back stop to count.
func (m *Module) forget(w io.Writer, args []string) bool {
	node := m.here(w)
	if node == nil {
		return m.devices == nil
	}
	if len(args) == 0 {
		return pbx.Misused(w, "cluster forget <node> ...")
	}
	text := strings.Join(args, " ")
	for _, what := range []string{"may ", "do "} {
		if why := node.askedForget("", what+text); why != "" {
			fmt.Fprintln(w, why+"; nothing is changed here")
			return false
		}
		for _, other := range node.Members() {
			if slices.Contains(args, other.Name) {
				continue
			}
			why, err := m.asks.ask(other.Name, forgetTopic, what+text, forgetPatience)
			if err != nil {
				why = fmt.Sprintf("node '%s' does not answer within %v", other.Name, forgetPatience)
			}
			switch {
			case why == "":
			case what == "do ":
				fmt.Fprintf(w, "%s: it does not forget; say it again\n", why)
				return false
			default:
				fmt.Fprintln(w, why+"; nothing is changed")
				return false
			}
		}
	}
	fmt.Fprintf(w, "Forgotten at all %d nodes: %s\n", len(node.Members())+1, strings.Join(args, ", "))
	return true
}
