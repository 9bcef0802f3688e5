package confbridge

import (
	"fmt"
	"strings"

	"obelisk/pbx"
)

// Words implements pbx.Rehearsed.
func (m *Module) Words() []pbx.Word {
	return []pbx.Word{{Name: "conference", Usage: "conference NAME = 2 members, 1 marked, 0 waiting, unlocked (or locked)", Look: m.look}}
}

// look is what is expected of a conference.
func (m *Module) look(name string) string {
	r := m.find(strings.TrimSpace(name))
	if r == nil {
		return "0 members, 0 marked, 0 waiting, unlocked"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("%d members, %d marked, %d waiting, %s", r.count(anybody), r.marked(), len(r.waiting),
		pick(r.locked, "locked", "unlocked"))
}
