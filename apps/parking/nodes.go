package parking

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// Where several nodes are one switchboard a lot is that of all: a call waits at the node where it is, all know
// in which space, and who dials that anywhere goes there to talk with it (pbx.Visit).

// nodeKind is that of the shared words about parked calls, and the topic of who comes for one. A key is a lot and a
// space, with keySep between.
const (
	nodeKind = "park"
	keySep   = "\x1f"
)

// abroad is a call that waits at another node.
type abroad struct {
	node   string
	Who    string `json:"w"`
	Parker string `json:"p"`
	Since  int64  `json:"s"` // Unix time in seconds
}

// joinNodes has other nodes come for who waits here.
func (m *Module) joinNodes() {
	m.core.AnswerNodes(nodeKind, func(_, key string) (v pbx.Visit, ok bool) {
		lot, space, _ := strings.Cut(key, keySep)
		n, err := strconv.Atoi(space)
		m.mu.Lock()
		defer m.mu.Unlock()
		if l := m.lots[lot]; err != nil || l == nil || l.calls[n] == nil {
			return v, false
		}
		return pbx.Visit{App: "ParkedCall", Data: lot + "," + space}, true
	})
}

// tellNodes says who waits in a space now.
func (m *Module) tellNodes(l *lot, space int) {
	if m.core.Elsewhere() == nil {
		return
	}
	m.saying.Lock()
	defer m.saying.Unlock()
	m.mu.Lock()
	p := l.calls[space]
	key := l.rules.name + keySep + itoa(space)
	m.mu.Unlock()
	shared := m.core.Shared()
	if p == nil {
		shared.Delete(nodeKind, key)
		return
	}
	text, err := json.Marshal(abroad{Who: shownCaller(m.who(p)), Parker: p.parker, Since: p.since.Unix()})
	if err == nil {
		err = shared.Put(nodeKind, key, string(text), 0)
	}
	if err != nil {
		m.core.Log().Warn().Msgf("the other nodes are not told of who is parked at %d: %v", space, err)
	}
}

// away are the calls that wait in a lot at other nodes, by their spaces.
func (m *Module) away(lot string) map[int]abroad {
	if m.core.Elsewhere() == nil {
		return nil
	}
	out := map[int]abroad{}
	shared := m.core.Shared()
	for _, key := range shared.Keys(nodeKind) {
		name, space, _ := strings.Cut(key, keySep)
		n, err := strconv.Atoi(space)
		if name != lot || err != nil {
			continue
		}
		for _, w := range shared.Get(nodeKind, key) {
			a := abroad{node: w.Node}
			if w.Node != shared.Node() && json.Unmarshal([]byte(w.Value), &a) == nil {
				out[n] = a
			}
		}
	}
	return out
}

// wayTo is that to the node where a call waits in a space, or with "" in the lowest one; "": there is none. Who has
// come from a node himself goes no further.
func (m *Module) wayTo(c *pbx.Channel, lot, space string) string {
	if c.Visitor() {
		return ""
	}
	away := m.away(lot)
	spaces := make([]int, 0, len(away))
	for n := range away {
		if space == "" || space == itoa(n) {
			spaces = append(spaces, n)
		}
	}
	slices.Sort(spaces)
	for _, n := range spaces {
		if way := m.core.AskNode(away[n].node, nodeKind, lot+keySep+itoa(n)); way != "" {
			return way
		}
	}
	return ""
}

// rowsAbroad are those of other nodes on the console. When they come back is known there.
func (m *Module) rowsAbroad() (out [][]string) {
	if m.core.Elsewhere() == nil {
		return nil
	}
	for _, l := range m.all() {
		away := m.away(l.rules.name)
		for n := l.rules.first; n <= l.rules.last; n++ {
			if a, ok := away[n]; ok {
				out = append(out, []string{l.rules.name, itoa(n), a.Who + " at " + a.node, a.Parker, passed(time.Unix(a.Since, 0)), ""})
			}
		}
	}
	return out
}
