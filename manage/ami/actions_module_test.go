package ami

import (
	"testing"

	"obelisk/pbx"
)

// lamps is a module with actions.
type lamps struct{}

var _ pbx.Actor = lamps{}

func (lamps) Name() string { return "app_lamps" }

func (lamps) Actions() []pbx.Action {
	return []pbx.Action{
		{Name: "LampSet", Synopsis: "Sets a lamp.", Classes: "config,agent", Run: func(q pbx.Asked) {
			switch lamp := q.Get("lamp"); {
			case lamp == "":
				q.Fail("Lamp not specified.")
			case lamp == "door" && !q.May("system"):
				q.Fail("Permission denied")
			default:
				q.OK("Lamp set", pbx.Field{Name: "Lamp", Value: lamp})
			}
		}},
		{Name: "LampVars", Classes: "system", Run: func(q pbx.Asked) {
			v := q.Variables()
			q.Respond("Success", pbx.Field{Name: "Set", Value: v[0][0] + " to " + v[0][1]})
		}},
		{Name: "LampList", Run: func(q pbx.Asked) {
			var rows [][]pbx.Field
			for _, lamp := range q.All("Lamp") {
				rows = append(rows, []pbx.Field{{Name: "Event", Value: "LampEntry"}, {Name: "Lamp", Value: lamp}})
			}
			q.List("Lamps will follow", "LampListComplete", rows, pbx.Field{Name: "Lit", Value: "1"})
		}},
	}
}

// A module's actions are answered like all others.
func TestActionsOfModules(t *testing.T) {
	inWorld(t, func(w *world) {
		w.quiet("admin").rows([][2]string{
			{"lampset\nLamp: door\nActionID: 1", "Response: Success\nActionID: 1\nMessage: Lamp set\nLamp: door"},
			{"LampSet", "Response: Error\nMessage: Lamp not specified."},
			{"LampList\nLamp: a\nLamp: b\nActionID: 2", "Response: Success\nActionID: 2\nEventList: start\nMessage: Lamps will follow\n\n" +
				"Event: LampEntry\nActionID: 2\nLamp: a\n\nEvent: LampEntry\nActionID: 2\nLamp: b\n\n" +
				"Event: LampListComplete\nActionID: 2\nEventList: Complete\nListItems: 2\nLit: 1"},
		})
		w.quiet("admin").rows([][2]string{{"LampVars\nVariable: A=b\\,c", "Response: Success\nSet: A to b,c"},
			{"LampVars", "Response: Error\nMessage: Internal error"}}) // a mistake in one costs its answer
		w.quiet("low").refused([][2]string{{"LampSet\nLamp: door", "Permission denied"}})
		w.quiet("deaf").refused([][2]string{{"LampSet\nLamp: door", "Permission denied"}}) // system, and neither config nor agent
	})
	if got := UnknownClasses("call,nope"); len(got) != 1 || got[0] != "nope" {
		t.Error(got)
	}
}
