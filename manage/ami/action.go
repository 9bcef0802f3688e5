package ami

import (
	"runtime/debug"
	"sort"
	"strconv"
	"strings"

	"obelisk/pbx"
)

// action is one that clients may ask for.
type action struct {
	name, synopsis string
	class          Class // a user needs one of these to write; 0: none
	open           bool  // before the login too
	run            func(*act)
}

// act is an action at work.
type act struct {
	o   *session
	m   *message
	id  string // ActionID
	out strings.Builder
	bye bool // the connection ends afterwards
	// lastID has the ActionID come last in the events of a list, as those of the database have it
	lastID bool
}

// core is the switchboard.
func (a *act) core() *pbx.Core { return a.o.srv.rooms.Core }

// lower is the form in which names are looked up.
func lower(s string) string { return strings.ToLower(s) }

// handle runs a request; false ends the session.
func (o *session) handle(m *message) bool {
	a := &act{o: o, m: m, id: m.get("ActionID")}
	a.perform()
	o.say(a.out.String())
	return !a.bye
}

func (a *act) perform() {
	defer func() {
		if r := recover(); r != nil {
			a.o.srv.rooms.Log.Error().Msgf("a manager action is given up: %v\n%s", r, debug.Stack())
			a.out.Reset()
			a.fail("Internal error")
		}
	}()
	name := a.m.get("Action")
	known := a.o.srv.actions[lower(name)]
	user := a.o.account()
	switch {
	case a.m.cut:
		a.fail("Failed to parse message: line too long")
	case name == "":
		a.fail("Missing action in request")
	case user == nil && (known == nil || !known.open):
		a.fail("Permission denied")
	case user != nil && known != nil && known.name == "Login":
		a.ok("Already authenticated")
	case known == nil:
		a.fail("Invalid/unknown command: " + name + ". Use Action: ListCommands to show available commands.")
	case known.class != 0 && user.Write&known.class == 0:
		a.fail("Permission denied")
	default:
		known.run(a)
	}
}

// respond writes a response.
func (a *act) respond(result string, fields ...header) {
	a.write(append([]header{{"Response", result}}, fields...))
}

// write writes a response or an event; the ActionID comes second.
func (a *act) write(fields []header) {
	b := line(nil, fields[0].name, fields[0].value)
	if a.id != "" {
		b = line(b, "ActionID", a.id)
	}
	for _, f := range fields[1:] {
		b = line(b, f.name, f.value)
	}
	a.out.Write(append(b, "\r\n"...))
}

// writeLast writes an event with the ActionID at its end.
func (a *act) writeLast(fields []header) {
	id := a.id
	if a.id = ""; id != "" {
		fields = append(fields, header{"ActionID", id})
	}
	a.write(fields)
	a.id = id
}

// ok and fail are responses that say one thing.
func (a *act) ok(message string)   { a.respond("Success", header{"Message", message}) }
func (a *act) fail(message string) { a.respond("Error", header{"Message", message}) }

// list writes a response that events follow, and the event behind the last of them.
func (a *act) list(message, complete string, events []([]header), more ...header) {
	a.respond("Success", header{"EventList", "start"}, header{"Message", message})
	for _, e := range events {
		if a.lastID {
			a.writeLast(e)
		} else {
			a.write(e)
		}
	}
	a.write(append([]header{{"Event", complete}, {"EventList", "Complete"}, {"ListItems", strconv.Itoa(len(events))}}, more...))
}

// channel is the one that the request names; without it that is said.
func (a *act) channel(missing, unknown string) *pbx.Channel {
	name := a.m.get("Channel")
	if name == "" {
		a.fail(missing)
		return nil
	}
	ch := a.core().Channel(name)
	if ch == nil {
		a.fail(unknown)
	}
	return ch
}

// fieldsOf are those of a channel, for events of lists.
func fieldsOf(s *pbx.Snapshot) (out []header) {
	for _, f := range s.Fields("") {
		out = append(out, header{f.Name, f.Value})
	}
	return out
}

// allActions is every action by its name in lower case.
func allActions() map[string]*action {
	all := map[string]*action{}
	for _, family := range [][]action{sessionActions, channelActions, bridgeActions, callActions, systemActions, faxActions, configActions,
		databaseActions, planActions, stateActions, sipActions} {
		for i := range family {
			all[lower(family[i].name)] = &family[i]
		}
	}
	return all
}

func sortedActions(all map[string]*action) (out []*action) {
	for _, a := range all {
		out = append(out, a)
	}
	sort.Slice(out, func(i, j int) bool { return lower(out[i].name) < lower(out[j].name) })
	return out
}
