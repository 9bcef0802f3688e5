package stasis

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"obelisk/pbx"
)

// Devices whose states programs set ("Stasis:door"), endpoints, mailboxes of programs, texts, and events
// of users.

// deviceFamily is where their states are kept.
const deviceFamily = "StasisDeviceState"

// devicePrefix begins the name of a device of programs.
const devicePrefix = "Stasis:"

// Store keeps small values over a restart.
type Store interface {
	Get(family, key string) (string, bool)
	Put(family, key, value string)
	Delete(family, key string) bool
	Keys(family string) []string
	// Watch tells of what another node of the switchboard has changed.
	Watch(family string, changed func(key string)) (end func())
}

// loadDevices reads the states that were kept.
func (m *Module) loadDevices() {
	if m.house.Store == nil {
		return
	}
	for _, name := range m.house.Store.Keys(deviceFamily) {
		word, _ := m.house.Store.Get(deviceFamily, name)
		m.devices[name] = pbx.ParseDeviceState(word)
	}
	m.house.Store.Watch(deviceFamily, m.deviceElsewhere)
}

// deviceElsewhere takes over what another node has made of a device.
func (m *Module) deviceElsewhere(name string) {
	word, known := m.house.Store.Get(deviceFamily, name)
	m.mu.Lock()
	if known {
		m.devices[name] = pbx.ParseDeviceState(word)
	} else {
		delete(m.devices, name)
	}
	m.mu.Unlock()
	m.core.DeviceChanged(devicePrefix + name)
}

// DeviceState implements pbx.DeviceTeller.
func (m *Module) DeviceState(name string) pbx.DeviceState {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.devices[name]; ok {
		return s
	}
	return pbx.DeviceUnknown
}

func deviceModel(name string, s pbx.DeviceState) Object {
	return Object{"name", name, "state", s.String()}
}

// DeviceStates are the models of the devices of programs.
func (m *Module) DeviceStates() []Object {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []Object{}
	for _, name := range slices.Sorted(maps.Keys(m.devices)) {
		out = append(out, deviceModel(devicePrefix+name, m.devices[name]))
	}
	return out
}

// Device is the model of any device.
func (m *Module) Device(name string) Object { return deviceModel(name, m.core.DeviceState(name)) }

// mostDevices of programs.
const mostDevices = 100000

// SetDevice sets the state of a device of programs.
func (m *Module) SetDevice(name, state string) error {
	short, err := ownDevice(name)
	if err != nil {
		return err
	}
	s := pbx.ParseDeviceState(state)
	if s == pbx.DeviceUnknown {
		return Refuse(500, "Unknown device")
	}
	m.mu.Lock()
	old, known := m.devices[short]
	if known && old == s {
		m.mu.Unlock()
		return nil // which is no news
	}
	if !known && len(m.devices) >= mostDevices {
		m.mu.Unlock()
		return Refuse(500, "Unknown device")
	}
	m.devices[short] = s
	m.mu.Unlock()
	if m.house.Store != nil {
		m.house.Store.Put(deviceFamily, short, s.String())
	}
	m.core.DeviceChangedTo(devicePrefix+short, s)
	return nil
}

// ownDevice is the name of a device of programs without its prefix, which may be written in any case.
func ownDevice(name string) (string, error) {
	own := len(name) >= len(devicePrefix) && strings.EqualFold(name[:len(devicePrefix)], devicePrefix)
	switch {
	case name == "" || own && len(name) == len(devicePrefix):
		return "", Refuse(404, "Device name is missing")
	case !own:
		return "", Refuse(409, "Uncontrolled device specified")
	}
	return name[len(devicePrefix):], nil
}

// DeleteDevice forgets one: its state is unknown then.
func (m *Module) DeleteDevice(name string) error {
	short, err := ownDevice(name)
	if err != nil {
		return err
	}
	m.mu.Lock()
	_, known := m.devices[short]
	delete(m.devices, short)
	m.mu.Unlock()
	if known {
		if m.house.Store != nil {
			m.house.Store.Delete(deviceFamily, short)
		}
		m.core.DeviceChangedTo(devicePrefix+short, pbx.DeviceUnknown)
	}
	return nil
}

// endpointModel is the model of an endpoint, with the channels that it has.
func (m *Module) endpointModel(e Endpoint) Object {
	ids := []string{}
	for _, c := range m.core.Channels() {
		if endpointOf(c.Name()) == e.Tech+"/"+e.Resource {
			ids = append(ids, c.UniqueID())
		}
	}
	return Object{"technology", e.Tech, "resource", e.Resource, "state", cmp.Or(e.State, "unknown"), "channel_ids", ids}
}

// Endpoints are the models of all, or of those of a technology.
func (m *Module) Endpoints(tech string) ([]Object, error) {
	out, known := []Object{}, tech == ""
	for _, e := range m.endpoints() {
		if tech == "" || e.Tech == tech {
			out, known = append(out, m.endpointModel(e)), true
		}
	}
	if !known {
		return nil, Refuse(404, "No Endpoints found - invalid tech %s", tech)
	}
	return out, nil
}

// Endpoint is the model of one.
func (m *Module) Endpoint(tech, resource string) (Object, error) {
	for _, e := range m.endpoints() {
		if e.Tech == tech && e.Resource == resource {
			return m.endpointModel(e), nil
		}
	}
	return nil, errNoEndpoint
}

// HasEndpoint says whether there is one, its technology in any case.
func (m *Module) HasEndpoint(tech, resource string) bool {
	return slices.ContainsFunc(m.endpoints(), func(e Endpoint) bool { return strings.EqualFold(e.Tech, tech) && e.Resource == resource })
}

var errNoEndpoint = Refuse(404, "Endpoint not found")

// SendText sends a text outside of calls to "tech:resource".
func (m *Module) SendText(to, from, body string, vars []Variable) error {
	if to == "" {
		return Refuse(400, "To must be specified")
	}
	msg := pbx.Message{To: to, From: from, Body: body}
	for _, v := range vars {
		msg.Know(v.Name, v.Value, true)
	}
	if _, err := m.core.SendMessage(msg); err != nil {
		return errNoEndpoint
	}
	return nil
}

// mostBoxes of programs.
const mostBoxes = 100000

func boxModel(name string, b pbx.Mailbox) Object {
	return Object{"name", name, "old_messages", b.Old, "new_messages", b.New}
}

// Mailboxes are the models of those whose messages programs count.
func (m *Module) Mailboxes() []Object {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []Object{}
	for _, name := range slices.Sorted(maps.Keys(m.boxes)) {
		out = append(out, boxModel(name, m.boxes[name]))
	}
	return out
}

// Mailbox is the model of one.
func (m *Module) Mailbox(name string) (Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b, ok := m.boxes[name]; ok {
		return boxModel(name, b), nil
	}
	return nil, Refuse(404, "Mailbox is does not exist")
}

// SetMailbox sets how many messages one has: lamps that watch it follow.
func (m *Module) SetMailbox(name string, fresh, old int) error {
	m.mu.Lock()
	if _, known := m.boxes[name]; !known && len(m.boxes) >= mostBoxes || fresh < 0 || old < 0 {
		m.mu.Unlock()
		return Refuse(500, "Error updating mailbox")
	}
	b := pbx.Mailbox{New: fresh, Old: old}
	m.boxes[name] = b
	m.mu.Unlock()
	m.core.SetMailbox(withContext(name), b)
	return nil
}

// withContext completes the name of a mailbox.
func withContext(name string) string {
	if strings.Contains(name, "@") {
		return name
	}
	return name + "@default"
}

// DeleteMailbox forgets one.
func (m *Module) DeleteMailbox(name string) error {
	m.mu.Lock()
	_, known := m.boxes[name]
	delete(m.boxes, name)
	m.mu.Unlock()
	if !known {
		return Refuse(404, "Mailbox does not exist")
	}
	m.core.SetMailbox(withContext(name), pbx.Mailbox{})
	return nil
}

// UserEvent tells an application of something that a program has thought of, about sources
// ("channel:ID", "bridge:ID", "endpoint:TECH/res"), of which the last of a kind is told. payload may have any values.
func (m *Module) UserEvent(name, app string, sources []string, payload Object) error {
	m.mu.Lock()
	a := m.apps[app]
	m.mu.Unlock()
	if a == nil {
		return errNoApplication
	}
	fields := Object{"eventname", name, "userevent", append(slices.Clip(payload), "eventname", name)}
	of := []topic{}
	for _, s := range sources {
		kind, id, _ := strings.Cut(s, ":")
		model, err := m.source(kind, id)
		if err != nil {
			return err
		}
		fields = fields.with(kind, model)
		of = append(of, topic{kind, id})
	}
	e := message{kind: "ChannelUserevent", fields: fields}
	m.mu.Lock()
	m.tellApp(a, e)
	m.mu.Unlock()
	m.tellOthers(a, e, of)
	return nil
}

// source is the model of what an event of a user is about.
func (m *Module) source(kind, id string) (o Object, err error) {
	switch kind {
	case kindChannel:
		o, err = m.Channel(id)
	case kindBridge:
		o, err = m.Bridge(id)
	case kindEndpoint:
		tech, resource, _ := strings.Cut(id, "/")
		o, err = m.Endpoint(tech, resource)
	default:
		return nil, Refuse(400, "Invalid event source URI scheme")
	}
	if err != nil {
		return nil, Refuse(422, "Event source was not found")
	}
	return o, nil
}

// tellOthers gives an event to those who have subscribed to what it is about, but for one.
func (m *Module) tellOthers(but *application, e message, of []topic) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.apps {
		if a != but && a.wants(of) {
			m.tellApp(a, e)
		}
	}
}
