package queue

import (
	"errors"
	"fmt"
	"strings"

	"obelisk/pbx"
)

// Words implements pbx.Rehearsed.
func (m *Module) Words() []pbx.Word {
	return []pbx.Word{
		{Name: "queue", Usage: "queue NAME = 1 answered, 0 abandoned, 0 waiting", Look: m.lookQueue},
		{Name: "member", Usage: "member SIP/1001@NAME = paused (or ready), 1 calls", Prepare: m.prepareMember, Look: m.lookMember},
	}
}

var errNoQueue = errors.New("there is no such queue")

func (m *Module) lookQueue(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.find(name)
	if q == nil {
		return errNoQueue.Error()
	}
	return fmt.Sprintf("%d answered, %d abandoned, %d waiting", q.completed, q.abandoned, len(q.callers))
}

// cutMember reads interface@queue; the interface may have an @ of its own.
func cutMember(text string) (face, queue string) {
	at := strings.LastIndexByte(text, '@')
	return text[:max(at, 0)], text[at+1:]
}

// prepareMember has somebody be a member, paused or not.
func (m *Module) prepareMember(text, value string) error {
	face, queue := cutMember(text)
	if value != "paused" && value != "ready" {
		return fmt.Errorf("'%s': a member is paused or ready", value)
	}
	switch m.add(queue, addition{face: face, paused: value == "paused"}, none) {
	case exists:
		m.paused(queue, face, "", value == "paused")
	case noQueue:
		return errNoQueue
	}
	return nil
}

func (m *Module) lookMember(text string) string {
	face, queue := cutMember(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.find(queue)
	if q == nil {
		return errNoQueue.Error()
	}
	x := q.member(face)
	if x == nil {
		return "no member"
	}
	state := "ready"
	if x.paused {
		state = "paused"
	}
	return fmt.Sprintf("%s, %d calls", state, x.calls)
}
