package stasis

import (
	"strconv"
	"strings"

	"obelisk/pbx/event"
)

// What happens in the switchboard, as events of ARI. It is told in the order in which it happens, by
// whoever makes it happen.

// hear takes in an event. It runs on the goroutine of who makes it happen.
func (m *Module) hear(e event.Event) {
	switch e := e.(type) {
	case event.Dial:
		m.dial(e)
	case event.BridgeBegins:
		m.tellOfBridge("BridgeCreated", e.Bridge)
	case event.BridgeEnds:
		m.bridgeGone(e)
	case event.BridgeEntered:
		m.bridgeEntered(e)
	case event.BridgeLeft:
		m.bridgeLeft(e)
	case event.DeviceState:
		m.deviceChanged(e)
	case event.BlindTransfer:
		m.blindTransfer(e)
	case event.AttendedTransfer:
		m.attendedTransfer(e)
	case event.PeerStatus:
		m.peerStatus(e)
	default:
		m.hearChannel(e)
	}
}

// hearChannel takes in an event of one channel.
func (m *Module) hearChannel(e event.Event) {
	switch e := e.(type) {
	case event.ChannelBegins:
		m.plain("ChannelCreated", e.Channel)
	case event.StateChanges:
		m.plain("ChannelStateChange", e.Channel)
	case event.ConnectedLineChanges:
		m.plain("ChannelConnectedLine", e.Channel)
	case event.CallerIDChanges:
		m.newCaller(e)
	case event.VariableSet:
		m.varSet(e)
	case event.Step:
		m.newStep(e)
	case event.Hold:
		m.held(e)
	case event.Talking:
		m.talking(e)
	case event.Key:
		m.keyCame(e)
	case event.HangupAsked:
		m.hangupAsked(e)
	case event.Hangup:
		m.destroyed(e)
	case event.User:
		m.userEvent(e)
	}
}

// about are the topics of a channel's events.
func about(s *event.Channel) []topic {
	end := endpointOf(s.Name)
	tech, _, _ := strings.Cut(end, "/")
	return []topic{{kindChannel, s.UniqueID}, {kindEndpoint, end}, {kindEndpoint, tech}}
}

// plain are events that tell of a channel and nothing else.
func (m *Module) plain(kind string, c *event.Channel) {
	m.tell(message{kind: kind, fields: Object{"channel", Channel(c)}}, about(c)...)
}

func (m *Module) varSet(e event.VariableSet) {
	out := message{kind: "ChannelVarset", lead: Object{"variable", e.Name, "value", e.Value}}
	if e.Channel == nil {
		m.tell(out, topic{kindChannel, ""})
		return
	}
	out.fields = Object{"channel", Channel(e.Channel)}
	m.tell(out, about(e.Channel)...)
}

func (m *Module) newStep(e event.Step) {
	if e.App != "" {
		m.tell(message{kind: "ChannelDialplan", fields: Object{"dialplan_app", e.App, "dialplan_app_data", e.Data, "channel",
			Channel(e.Channel)}}, about(e.Channel)...)
	}
}

func (m *Module) newCaller(e event.CallerIDChanges) {
	m.tell(message{kind: "ChannelCallerId", fields: Object{"caller_presentation", e.Presentation, "caller_presentation_txt",
		e.PresentationText, "channel", Channel(e.Channel)}}, about(e.Channel)...)
}

func (m *Module) held(e event.Hold) {
	if !e.On {
		m.plain("ChannelUnhold", e.Channel)
		return
	}
	m.tell(message{kind: "ChannelHold", fields: Object{"channel", Channel(e.Channel), "musicclass", some("")}}, about(e.Channel)...)
}

func (m *Module) talking(e event.Talking) {
	if e.On {
		m.plain("ChannelTalkingStarted", e.Channel)
		return
	}
	m.tell(message{kind: "ChannelTalkingFinished", fields: Object{"channel", Channel(e.Channel), "duration", int(e.Lasted.Milliseconds())}},
		about(e.Channel)...)
}

func (m *Module) keyCame(e event.Key) {
	if !e.Ends || !e.Received {
		return
	}
	m.tell(message{kind: "ChannelDtmfReceived", fields: Object{"digit", string(e.Digit), "duration_ms",
		int(e.Lasted.Milliseconds()), "channel", Channel(e.Channel)}},
		about(e.Channel)...)
}

func (m *Module) hangupAsked(e event.HangupAsked) {
	lead := Object{"cause", Absent, "soft", Absent}
	if e.Cause != event.NoCause {
		lead[1] = e.Cause
	}
	if e.Soft {
		lead[3] = true
	}
	m.tell(message{kind: "ChannelHangupRequest", lead: lead, fields: Object{"channel", Channel(e.Channel)}}, about(e.Channel)...)
}

func (m *Module) destroyed(e event.Hangup) {
	if k := m.ending(e.Channel.Name); k != nil && k.follows(func() { m.gone(e) }) {
		return
	}
	m.gone(e)
}

// ending is the control of the first half of a Local channel of which the second has ended, where that
// half is hung up and its application has yet to be told; nil: there is none. Who watches both is told
// of the end of the one first, whichever goroutine is faster.
func (m *Module) ending(name string) *control {
	first, half := strings.CutSuffix(name, ";2")
	if !half {
		return nil
	}
	c := m.core.Channel(first + ";1")
	if c == nil || !c.View().Gone {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.controls[c]
}

// gone is told of the end of a channel.
func (m *Module) gone(e event.Hangup) {
	m.tell(message{kind: "ChannelDestroyed", fields: Object{"cause", e.Cause, "cause_txt", e.Text, "channel", Channel(e.Channel)}},
		about(e.Channel)...)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.dialled, e.Channel.UniqueID)
	for _, a := range m.apps {
		a.unsubscribe(kindChannel, e.Channel.UniqueID, true)
	}
}

// dial is told to those who hear of who calls, and of who is called.
func (m *Module) dial(e event.Dial) {
	to := e.DialString
	m.mu.Lock()
	if e.Stage == event.DialBegins && e.Caller == nil && m.byID[e.Callee.UniqueID] == nil {
		m.dialled[e.Callee.UniqueID] = to
	} else if to == "" {
		to = m.dialled[e.Callee.UniqueID]
	}
	m.mu.Unlock()
	of := about(e.Callee)
	fields := Object{"dialstatus", e.Status, "forward", e.Forward, "dialstring", to}
	if e.Caller != nil {
		fields = append(fields, "caller", Channel(e.Caller))
		of = append(of, about(e.Caller)...)
	}
	m.tell(message{kind: "Dial", fields: append(fields, "peer", Channel(e.Callee))}, of...)
}

// bridgeFor is the model of a bridge of an event.
func (m *Module) bridgeFor(n *event.Bridge) Object {
	if b := m.core.Bridge(n.ID); b != nil {
		return m.bridgeModel(b, n.Channels)
	}
	return Object{"id", n.ID, "technology", n.Technology, "bridge_type", "mixing", "bridge_class", n.Kind, "creator", n.Creator, "name",
		n.Name, "channels", []string{}, "video_mode", "none"}
}

func (m *Module) tellOfBridge(kind string, b *event.Bridge) {
	m.tell(message{kind: kind, fields: Object{"bridge", m.bridgeFor(b)}}, topic{kindBridge, b.ID})
}

func (m *Module) bridgeGone(e event.BridgeEnds) {
	id := e.Bridge.ID
	m.mu.Lock()
	if b := m.bridges[id]; b != nil {
		for name := range b.knew {
			if a := m.apps[name]; a != nil {
				a.subscribe(kindBridge, id)
			}
		}
	}
	m.mu.Unlock()
	m.tellOfBridge("BridgeDestroyed", e.Bridge)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.bridges, id)
	for _, a := range m.apps {
		a.unsubscribe(kindBridge, id, true)
	}
}

// bridgeEntered is told to the application of the channel, which hears of the bridge from now on.
func (m *Module) bridgeEntered(e event.BridgeEntered) {
	if k := m.controlOf(e.Channel.UniqueID); k != nil {
		if m.bridge(e.Bridge.ID) == nil {
			k.strayed() // somebody else has sent it there
		} else {
			k.sits(e.Bridge.ID)
		}
	}
	m.tellOfMember("ChannelEnteredBridge", e.Bridge, e.Channel)
}

// tellOfMember is news of a bridge alone: as with Asterisk, who hears of the channel and not of the bridge is not
// told, so that a program hears nothing of a bridge to which somebody else has taken its channel.
func (m *Module) tellOfMember(kind string, b *event.Bridge, c *event.Channel) {
	m.tell(message{kind: kind, fields: Object{"bridge", m.bridgeFor(b), "channel", Channel(c)}}, topic{kindBridge, b.ID})
}

func (m *Module) bridgeLeft(e event.BridgeLeft) {
	m.tellOfMember("ChannelLeftBridge", e.Bridge, e.Channel)
	if k := m.controlOf(e.Channel.UniqueID); k != nil {
		k.stands(e.Bridge.ID)
	}
}

func (m *Module) deviceChanged(e event.DeviceState) {
	out := message{kind: "DeviceStateChanged", named: nameAfterType,
		fields: Object{"device_state", Object{"name", e.Device, "state", e.State}}}
	m.tell(out, topic{kindDevice, e.Device})
	if !strings.HasPrefix(e.Device, devicePrefix) { // who hears of all devices hears of each twice: of this machine, and of all of them
		m.tell(out, topic{kindDevice, ""})
	}
}

// userEvent is one of the dialplan's.
func (m *Module) userEvent(e event.User) {
	if e.Channel == nil {
		return
	}
	payload := Object{}
	for _, f := range e.Fields {
		if f.Name != "UserEvent" {
			payload = append(payload, f.Name, f.Value)
		}
	}
	m.tell(message{kind: "ChannelUserevent", fields: Object{"eventname", e.Name, "userevent", append(payload, "eventname", e.Name), "channel",
		Channel(e.Channel)}}, about(e.Channel)...)
}

// success is the result of all transfers that are told of.
const success = "Success"

func (m *Module) blindTransfer(e event.BlindTransfer) {
	of := about(e.By)
	fields := Object{"channel", Channel(e.By)}
	if e.Other != nil {
		fields = append(fields, "transferee", Channel(e.Other))
		of = append(of, about(e.Other)...)
	}
	fields = append(fields, "exten", e.To.Exten, "context", e.To.Context, "result", success, "is_external", e.External)
	if e.Bridge != nil {
		fields = append(fields, "bridge", m.bridgeFor(e.Bridge))
		of = append(of, topic{kindBridge, e.Bridge.ID})
	}
	m.tell(message{kind: "BridgeBlindTransfer", fields: fields}, of...)
}

func (m *Module) attendedTransfer(e event.AttendedTransfer) {
	var of []topic
	var fields Object
	who := func(name string, c *event.Channel) {
		if c != nil {
			fields = append(fields, name, Channel(c))
			of = append(of, about(c)...)
		}
	}
	where := func(name string, b *event.Bridge) {
		if b != nil {
			fields = append(fields, name, m.bridgeFor(b))
			of = append(of, topic{kindBridge, b.ID})
		}
	}
	who("transferer_first_leg", e.First)
	who("transferer_second_leg", e.Second)
	who("transferee", e.Transferee)
	who("transfer_target", e.Target)
	fields = append(fields, "result", success, "is_external", false)
	where("transferer_first_leg_bridge", e.From)
	where("transferer_second_leg_bridge", e.To)
	kind := "bridge"
	switch {
	case e.Into.App != "":
		kind = "app"
	case e.Into.Third != "":
		kind = "threeway"
	}
	fields = append(fields, "destination_type", kind, "destination_bridge", some(e.Into.BridgeID))
	m.tell(message{kind: "BridgeAttendedTransfer", fields: fields}, of...)
}

func (m *Module) peerStatus(e event.PeerStatus) {
	tech, resource, _ := strings.Cut(e.Peer, "/")
	var address, port string
	if a := e.Address; a.IsValid() {
		address, port = a.Addr().String(), strconv.Itoa(int(a.Port()))
	}
	fields := Object{"endpoint", m.endpointModel(Endpoint{Tech: tech, Resource: resource, State: statusOf(e.Status)}),
		"peer", Object{"peer_status", e.Status, "cause", some(e.Cause), "address", some(address), "port", some(port),
			"time", some(e.Milliseconds())}}
	m.tell(message{kind: "PeerStatusChange", fields: fields}, topic{kindEndpoint, e.Peer}, topic{kindEndpoint, tech})
}

// statusOf is the state of an endpoint after news of it.
func statusOf(status string) string {
	switch status {
	case "Registered", "Reachable", "Lagged":
		return "online"
	case "Unregistered", "Unreachable", "Rejected":
		return "offline"
	}
	return "unknown"
}
