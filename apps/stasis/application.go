package stasis

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Sink gets an application's events. Event is called by whoever makes them: it must not wait, nor ask
// for anything of the module. The bytes are one JSON object and stay as they are.
type Sink interface {
	Event(event []byte)
}

// Kinds of what an application subscribes to, as they begin a URI.
const (
	kindChannel  = "channel"
	kindBridge   = "bridge"
	kindEndpoint = "endpoint"
	kindDevice   = "deviceState"
)

// application is a program, by its name. All is guarded by the module's lock.
type application struct {
	name  string
	sink  Sink                      // nil: it is not active
	all   map[string]bool           // kinds of which it hears all
	subs  map[string]map[string]int // kind, id: how often it has subscribed
	holds int                       // channels that are in it
	debug bool

	past past // of one whose program has asked for numbers

	allowed, disallowed map[string]bool // types; nil: all, none
	shown               [2][]any        // these two as they were given
}

// mostSubscriptions of an application: they stay until it goes.
const mostSubscriptions = 100000

func newApplication(name string) *application {
	a := &application{name: name}
	a.forget()
	return a
}

// forget ends all subscriptions.
func (a *application) forget() {
	a.all = map[string]bool{}
	a.subs = map[string]map[string]int{kindChannel: {}, kindBridge: {}, kindEndpoint: {}, kindDevice: {}}
}

// subscribe adds an interest. Who hears of all of a kind needs none.
func (a *application) subscribe(kind, id string) {
	if !a.all[kind] && len(a.subs[kind]) < mostSubscriptions {
		a.subs[kind][id]++
	}
}

// unsubscribe takes one away; whole: all of them. False: there is none.
func (a *application) unsubscribe(kind, id string, whole bool) bool {
	n := a.subs[kind][id]
	if n == 0 {
		return false
	}
	if n--; n == 0 || whole {
		delete(a.subs[kind], id)
	} else {
		a.subs[kind][id] = n
	}
	return true
}

// wants says whether it hears of one of these.
func (a *application) wants(of []topic) bool {
	for _, t := range of {
		if a.all[t.kind] || a.subs[t.kind][t.id] > 0 {
			return true
		}
	}
	return false
}

// takes says whether its filter lets a type through.
func (a *application) takes(kind string) bool {
	return !a.disallowed[kind] && (len(a.allowed) == 0 || a.allowed[kind])
}

// topic is what an event is about.
type topic struct{ kind, id string }

// message is an event of ARI, as it is before it is known who hears it.
type message struct {
	kind   string
	lead   Object // what stands before the type
	fields Object
	named  namePlace
}

// namePlace is where an event names its application: at its end, but for two kinds.
type namePlace int

const (
	nameLast namePlace = iota
	nameAfterTime
	nameAfterType
)

// body is an event without its end. It names the application where that is not to be the last.
func (m *Module) body(e message, app string) []byte {
	b := appendMembers([]byte{'{'}, e.lead)
	name := func(at namePlace) {
		if e.named == at {
			b = appendMembers(b, Object{"application", app})
		}
	}
	b = appendMembers(b, Object{"type", e.kind})
	name(nameAfterType)
	b = appendMembers(b, Object{"timestamp", Time(time.Now())})
	name(nameAfterTime)
	b = appendMembers(b, e.fields)
	b = appendMembers(b, Object{"asterisk_id", m.EntityID()})
	if node := m.core.Node(); node != "" {
		b = appendMembers(b, Object{"node", node})
	}
	return b
}

// tell gives an event to all who want to hear of one of its topics.
func (m *Module) tell(e message, of ...topic) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var body []byte
	for _, a := range m.apps {
		if a.sink == nil || !a.wants(of) || !a.takes(e.kind) {
			continue
		}
		if body == nil || e.named != nameLast {
			body = m.body(e, a.name)
		}
		m.give(a, body, e.named)
	}
}

// tellApp gives an event to one application; m.mu is held.
func (m *Module) tellApp(a *application, e message) {
	if a.sink != nil && a.takes(e.kind) {
		m.give(a, m.body(e, a.name), e.named)
	}
}

func (m *Module) give(a *application, body []byte, named namePlace) {
	b := slices.Clone(body)
	if named == nameLast {
		b = appendMembers(b, Object{"application", a.name})
	}
	b = a.past.number(b)
	b = append(b, '}')
	a.past.keep(b)
	if a.debug || m.debug {
		m.core.Show(0, "stasis/app.c", "<--- Sending ARI event to %s --->\n%s", a.name, b)
	}
	a.sink.Event(b)
}

// Register gives an application a sink. One that has another is told that it is replaced. all: it
// hears of everything.
func (m *Module) Register(name string, to Sink, all bool) {
	m.mu.Lock()
	a := m.apps[name]
	if a == nil {
		a = newApplication(name)
		m.apps[name] = a
	}
	if a.sink != nil && a.sink != to {
		m.tellApp(a, message{kind: "ApplicationReplaced", named: nameAfterTime})
	}
	a.sink = to
	for _, k := range []string{kindChannel, kindBridge, kindEndpoint, kindDevice} {
		if all {
			a.all[k] = true
		}
	}
	m.mu.Unlock()
	m.listen()
}

// Unregister ends that of a sink: nothing is told any more. Channels stay where they are, and as long as it holds
// some, what the application has subscribed to waits for the next program of its name.
func (m *Module) Unregister(name string, of Sink) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.apps[name]
	if a == nil || a.sink != of {
		return
	}
	a.sink = nil
	m.tidy(a)
}

// tidy forgets an application that is not active and holds nothing; m.mu is held.
func (m *Module) tidy(a *application) {
	if a.sink == nil && a.holds == 0 && m.apps[a.name] == a {
		delete(m.apps, a.name)
	}
}

// Active says whether an application has a sink.
func (m *Module) Active(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.apps[name]
	return a != nil && a.sink != nil
}

// Applications are the models of all, by name.
func (m *Module) Applications() []Object {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []Object{}
	for _, name := range slices.Sorted(maps.Keys(m.apps)) {
		out = append(out, m.apps[name].model())
	}
	return out
}

// Application is the model of one.
func (m *Module) Application(name string) (Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.apps[name]
	if a == nil {
		return nil, errNoApplication
	}
	return a.model(), nil
}

var errNoApplication = Refuse(404, "Application not found")

// allOf is what stands for all of a kind among the ids.
var allOf = map[string]string{kindChannel: "__AST_CHANNEL_ALL_TOPIC", kindBridge: "__AST_BRIDGE_ALL_TOPIC",
	kindEndpoint: "__AST_ENDPOINT_ALL_TOPIC", kindDevice: "__AST_DEVICE_STATE_ALL_TOPIC"}

func (a *application) model() Object {
	ids := func(kind string) []string {
		out := slices.Sorted(maps.Keys(a.subs[kind]))
		if a.all[kind] {
			out = slices.Insert(out, 0, allOf[kind])
		}
		return out
	}
	filter := func(i int) []any {
		if a.shown[i] == nil {
			return []any{}
		}
		return a.shown[i]
	}
	return Object{"name", a.name, "channel_ids", ids(kindChannel), "bridge_ids", ids(kindBridge), "endpoint_ids", ids(kindEndpoint),
		"device_names", ids(kindDevice), "events_allowed", filter(0), "events_disallowed", filter(1)}
}

// Subscribe has an application hear of event sources ("channel:ID"), or not any more. All of them are
// looked at before one is changed.
func (m *Module) Subscribe(name string, sources []string, on bool) (Object, error) {
	m.mu.Lock()
	a := m.apps[name]
	m.mu.Unlock()
	if a == nil {
		return nil, errNoApplication
	}
	var of []topic
	for _, s := range sources {
		kind, id, given := strings.Cut(s, ":")
		if !given || allOf[kind] == "" {
			return nil, Refuse(400, "Invalid event source URI scheme")
		}
		if on && !m.exists(kind, &id) {
			return nil, Refuse(422, "Event source does not exist")
		}
		of = append(of, topic{kind, id})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range of {
		if !on && t.id != "" && !(t.kind == kindDevice && a.all[t.kind]) && a.subs[t.kind][t.id] == 0 {
			return nil, Refuse(422, "Event source was not subscribed to")
		}
	}
	for _, t := range of {
		switch {
		case t.id == "":
			a.all[t.kind] = on
		case on:
			a.subscribe(t.kind, t.id)
		default:
			a.unsubscribe(t.kind, t.id, false)
		}
	}
	return a.model(), nil
}

// exists says whether there is such a source, and completes its id.
func (m *Module) exists(kind string, id *string) bool {
	switch {
	case *id == "" || kind == kindDevice:
		return true
	case kind == kindChannel:
		c := m.Find(*id)
		if c != nil {
			*id = c.UniqueID()
		}
		return c != nil
	case kind == kindBridge:
		return m.core.Bridge(*id) != nil
	}
	for _, e := range m.endpoints() {
		if *id == e.Tech || *id == e.Tech+"/"+e.Resource {
			return true
		}
	}
	return false
}

// Filter sets what types of events an application is told: those allowed, or all, but for those
// disallowed. Each list is of objects with a type; nil leaves what there is, unless both are nil: then
// everything is told.
func (m *Module) Filter(name string, allowed, disallowed any) (Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.apps[name]
	if a == nil {
		return nil, errNoApplication
	}
	types, shown := [2]map[string]bool{a.allowed, a.disallowed}, a.shown
	keep := allowed != nil || disallowed != nil
	for i, given := range []any{allowed, disallowed} {
		list, isList := given.([]any)
		if given != nil && !isList {
			return nil, errFilter
		}
		if given == nil && keep {
			continue
		}
		types[i], shown[i] = map[string]bool{}, nil
		for _, x := range list {
			o, _ := x.(map[string]any)
			t, ok := o["type"].(string)
			if !ok {
				return nil, errFilter
			}
			types[i][t] = true
			shown[i] = append(shown[i], Object{"type", t})
		}
	}
	a.allowed, a.disallowed, a.shown = types[0], types[1], shown
	return a.model(), nil
}

var errFilter = Refuse(400, "Invalid format definition")

// Names lists the applications.
func (m *Module) Names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.apps))
}

// Shown is what people are told of an application.
type Shown struct {
	Debug, All                   bool
	Channels, Bridges, Endpoints []string
}

// Show tells of one.
func (m *Module) Show(name string) (s Shown, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.apps[name]
	if a == nil {
		return s, false
	}
	ids := func(kind string) []string { return slices.Sorted(maps.Keys(a.subs[kind])) }
	return Shown{a.debug || m.debug, a.all[kindChannel] && a.all[kindBridge] && a.all[kindEndpoint], ids(kindChannel), ids(kindBridge),
		ids(kindEndpoint)}, true
}

// Debug has the events of an application, or of all (""), shown to people. False: there is none of the
// name.
func (m *Module) Debug(name string, on bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if name == "" {
		m.debug = on
		return true
	}
	a := m.apps[name]
	if a != nil {
		a.debug = on
	}
	return a != nil
}
