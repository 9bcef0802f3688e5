package agi

import (
	"strings"

	"obelisk/pbx"
)

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	return []pbx.Action{{Name: "AGI", Synopsis: "Add an AGI command to execute by Async AGI.", Classes: "agi", Run: m.action}}
}

// action has a channel in AsyncAGI do something.
//
// Differs: an application or function that reaches files or a shell needs the class system as
// well; Asterisk lets whoever has the class agi run everything.
func (m *Module) action(q pbx.Asked) {
	name, command := q.Get("Channel"), q.Get("Command")
	if name == "" || command == "" {
		q.Fail("Both, Channel and Command are *required*")
		return
	}
	if m.dangerous(command) && !q.May("system") {
		q.Fail("Permission denied")
		return
	}
	c := m.core.Channel(name)
	switch {
	case c == nil:
		q.Fail("Channel " + name + " does not exist.")
	case !m.add(c, command, q.Get("CommandID")):
		q.Fail("Failed to add AGI command to channel " + c.Name() + " queue")
	default:
		q.OK("Added AGI command to queue")
	}
}

// add has a channel in AsyncAGI do something; false when it is not there.
func (m *Module) add(c *pbx.Channel, command, id string) bool {
	q := m.queueOf(c)
	return q != nil && q.add(order{command, id})
}

// dangerous says whether a command runs or evaluates what reaches files or a shell.
func (m *Module) dangerous(command string) bool {
	argv := words(command)
	if len(argv) > 1 && strings.EqualFold(argv[0], "exec") {
		data := ""
		if len(argv) > 2 {
			data = argv[2]
		}
		return m.core.DangerousApp(argv[1], data)
	}
	return m.core.Dangerous(command)
}
