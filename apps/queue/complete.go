package queue

import (
	"slices"
	"strings"
)

// completes says what each argument of a command may be: a word, or {queue}, {member}, {caller} and
// {rule}, of which those there are are offered; ... behind the last one: it may be repeated.
func (m *Module) completes(form string) func([]string) []string {
	parts := strings.Fields(form)
	return func(args []string) []string {
		at := len(args)
		if n := len(parts) - 1; parts[n] == "..." && at >= n {
			at = n - 1
		}
		if at >= len(parts) {
			return nil
		}
		switch parts[at] {
		case "{queue}":
			return m.known(func(q *queue) []string { return []string{q.name} })
		case "{member}":
			return m.known(func(q *queue) (out []string) {
				for _, x := range q.members {
					out = append(out, x.face)
				}
				return out
			})
		case "{caller}":
			return m.known(func(q *queue) (out []string) {
				for _, c := range q.callers {
					out = append(out, c.ch.Name())
				}
				return out
			})
		case "{rule}":
			m.mu.Lock()
			defer m.mu.Unlock()
			out := []string{}
			for _, l := range m.config.Rules {
				out = append(out, l.name)
			}
			return out
		case "-":
			return nil
		}
		return strings.Split(parts[at], "|")
	}
}

// known is what all queues have of a kind, each once.
func (m *Module) known(of func(*queue) []string) (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, q := range m.order {
		out = append(out, of(q)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
