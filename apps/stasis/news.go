package stasis

import (
	"strconv"
	"strings"

	"obelisk/pbx"
)

// What happens in the switchboard, as events of ARI. It is told in the order in which it happens, by
// whoever makes it happen.

// hear takes in news. It runs on the goroutine of who makes them.
func (m *Module) hear(n *pbx.News) {
	if render := renderers[n.Name]; render != nil {
		render(m, n)
	}
}

// renderers are what becomes of news, by their names.
var renderers = map[string]func(*Module, *pbx.News){
	"Newchannel":          plain("ChannelCreated"),
	"Newstate":            plain("ChannelStateChange"),
	"NewConnectedLine":    plain("ChannelConnectedLine"),
	"Unhold":              plain("ChannelUnhold"),
	"ChannelTalkingStart": plain("ChannelTalkingStarted"),
	"VarSet":              varSet,
	"Newexten":            newStep,
	"NewCallerid":         newCaller,
	"Hold":                held,
	"ChannelTalkingStop":  talkingStopped,
	"DTMFEnd":             keyCame,
	"HangupRequest":       hangupRequested,
	"SoftHangupRequest":   hangupRequested,
	"Hangup":              destroyed,
	"DialBegin":           dial,
	"DialState":           dial,
	"DialEnd":             dial,
	"BridgeCreate":        bridgeNews("BridgeCreated"),
	"BridgeDestroy":       bridgeGone,
	"BridgeEnter":         bridgeEntered,
	"BridgeLeave":         bridgeLeft,
	"DeviceStateChange":   deviceChanged,
	"UserEvent":           userEvent,
	"BlindTransfer":       blindTransfer,
	"AttendedTransfer":    attendedTransfer,
	"PeerStatus":          peerStatus,
}

// about are the topics of a channel's events.
func about(s *pbx.Snapshot) []topic {
	end := endpointOf(s.Name)
	tech, _, _ := strings.Cut(end, "/")
	return []topic{{kindChannel, s.UniqueID}, {kindEndpoint, end}, {kindEndpoint, tech}}
}

// plain are events that tell of a channel and nothing else.
func plain(kind string) func(*Module, *pbx.News) {
	return func(m *Module, n *pbx.News) {
		if n.Chan != nil {
			m.tell(event{kind: kind, fields: Object{"channel", Channel(n.Chan)}}, about(n.Chan)...)
		}
	}
}

func varSet(m *Module, n *pbx.News) {
	e := event{kind: "ChannelVarset", lead: Object{"variable", n.Field("Variable"), "value", n.Field("Value")}}
	if n.Chan == nil {
		m.tell(e, topic{kindChannel, ""})
		return
	}
	e.fields = Object{"channel", Channel(n.Chan)}
	m.tell(e, about(n.Chan)...)
}

func newStep(m *Module, n *pbx.News) {
	if app := n.Field("Application"); app != "" {
		m.tell(event{kind: "ChannelDialplan", fields: Object{"dialplan_app", app, "dialplan_app_data", n.Field("AppData"), "channel",
			Channel(n.Chan)}}, about(n.Chan)...)
	}
}

func newCaller(m *Module, n *pbx.News) {
	number, text, _ := strings.Cut(n.Field("CID-CallingPres"), " ")
	pres, _ := strconv.Atoi(number)
	text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
	m.tell(event{kind: "ChannelCallerId", fields: Object{"caller_presentation", pres, "caller_presentation_txt", text, "channel",
		Channel(n.Chan)}}, about(n.Chan)...)
}

func held(m *Module, n *pbx.News) {
	m.tell(event{kind: "ChannelHold", fields: Object{"channel", Channel(n.Chan), "musicclass", some(n.Field("MusicClass"))}},
		about(n.Chan)...)
}

func talkingStopped(m *Module, n *pbx.News) {
	ms, _ := strconv.Atoi(n.Field("Duration"))
	m.tell(event{kind: "ChannelTalkingFinished", fields: Object{"channel", Channel(n.Chan), "duration", ms}}, about(n.Chan)...)
}

func keyCame(m *Module, n *pbx.News) {
	if n.Field("Direction") != "Received" {
		return
	}
	ms, _ := strconv.Atoi(n.Field("DurationMs"))
	m.tell(event{kind: "ChannelDtmfReceived", fields: Object{"digit", n.Field("Digit"), "duration_ms", ms, "channel", Channel(n.Chan)}},
		about(n.Chan)...)
}

func hangupRequested(m *Module, n *pbx.News) {
	lead := Object{"cause", Absent, "soft", Absent}
	if text := n.Field("Cause"); text != "" {
		lead[1], _ = strconv.Atoi(text)
	}
	if n.Name == "SoftHangupRequest" {
		lead[3] = true
	}
	m.tell(event{kind: "ChannelHangupRequest", lead: lead, fields: Object{"channel", Channel(n.Chan)}}, about(n.Chan)...)
}

func destroyed(m *Module, n *pbx.News) {
	if k := m.ending(n.Chan.Name); k != nil {
		late := *n
		if k.follows(func() { gone(m, &late) }) {
			return
		}
	}
	gone(m, n)
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
func gone(m *Module, n *pbx.News) {
	cause, _ := strconv.Atoi(n.Field("Cause"))
	m.tell(event{kind: "ChannelDestroyed", fields: Object{"cause", cause, "cause_txt", n.Field("Cause-txt"), "channel", Channel(n.Chan)}},
		about(n.Chan)...)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.dialled, n.Chan.UniqueID)
	for _, a := range m.apps {
		a.unsubscribe(kindChannel, n.Chan.UniqueID, true)
	}
}

// dial is told to those who hear of who calls, and of who is called.
func dial(m *Module, n *pbx.News) {
	to := n.Field("DialString")
	m.mu.Lock()
	if n.Name == "DialBegin" && n.Chan == nil && m.byID[n.Dest.UniqueID] == nil {
		m.dialled[n.Dest.UniqueID] = to
	} else if to == "" {
		to = m.dialled[n.Dest.UniqueID]
	}
	m.mu.Unlock()
	of := about(n.Dest)
	fields := Object{"dialstatus", n.Field("DialStatus"), "forward", n.Field("Forward"), "dialstring", to}
	if n.Chan != nil {
		fields = append(fields, "caller", Channel(n.Chan))
		of = append(of, about(n.Chan)...)
	}
	m.tell(event{kind: "Dial", fields: append(fields, "peer", Channel(n.Dest))}, of...)
}

// bridgeFor is the model of a bridge of news.
func (m *Module) bridgeFor(n *pbx.Bridging) Object {
	if b := m.core.Bridge(n.ID); b != nil {
		return m.bridgeModel(b, n.Channels)
	}
	return Object{"id", n.ID, "technology", n.Technology, "bridge_type", "mixing", "bridge_class", n.Kind, "creator", n.Creator, "name",
		n.Name, "channels", []string{}, "video_mode", "none"}
}

func bridgeNews(kind string) func(*Module, *pbx.News) {
	return func(m *Module, n *pbx.News) {
		m.tell(event{kind: kind, fields: Object{"bridge", m.bridgeFor(n.Bridge)}}, topic{kindBridge, n.Bridge.ID})
	}
}

func bridgeGone(m *Module, n *pbx.News) {
	m.mu.Lock()
	if b := m.bridges[n.Bridge.ID]; b != nil {
		for name := range b.knew {
			if a := m.apps[name]; a != nil {
				a.subscribe(kindBridge, n.Bridge.ID)
			}
		}
	}
	m.mu.Unlock()
	bridgeNews("BridgeDestroyed")(m, n)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.bridges, n.Bridge.ID)
	for _, a := range m.apps {
		a.unsubscribe(kindBridge, n.Bridge.ID, true)
	}
}

// bridgeEntered is told to the application of the channel, which hears of the bridge from now on.
func bridgeEntered(m *Module, n *pbx.News) {
	if k := m.controlOf(n.Chan.UniqueID); k != nil {
		if m.bridge(n.Bridge.ID) == nil {
			k.strayed() // somebody else has sent it there
		} else {
			k.sits(n.Bridge.ID)
		}
	}
	m.tellOfMember("ChannelEnteredBridge", n)
}

func (m *Module) tellOfMember(kind string, n *pbx.News) {
	m.tell(event{kind: kind, fields: Object{"bridge", m.bridgeFor(n.Bridge), "channel", Channel(n.Chan)}},
		append(about(n.Chan), topic{kindBridge, n.Bridge.ID})...)
}

func bridgeLeft(m *Module, n *pbx.News) {
	m.tellOfMember("ChannelLeftBridge", n)
	if k := m.controlOf(n.Chan.UniqueID); k != nil {
		k.stands(n.Bridge.ID)
	}
}

func deviceChanged(m *Module, n *pbx.News) {
	device := n.Field("Device")
	e := event{kind: "DeviceStateChanged", named: nameAfterType,
		fields: Object{"device_state", Object{"name", device, "state", n.Field("State")}}}
	m.tell(e, topic{kindDevice, device})
	if !strings.HasPrefix(device, devicePrefix) { // who hears of all devices hears of each twice: of this machine, and of all of them
		m.tell(e, topic{kindDevice, ""})
	}
}

// userEvent is one of the dialplan's.
func userEvent(m *Module, n *pbx.News) {
	if n.Chan == nil {
		return
	}
	name := n.Field("UserEvent")
	payload := Object{}
	for _, f := range n.Fields {
		if f.Name != "UserEvent" {
			payload = append(payload, f.Name, f.Value)
		}
	}
	m.tell(event{kind: "ChannelUserevent", fields: Object{"eventname", name, "userevent", append(payload, "eventname", name), "channel",
		Channel(n.Chan)}}, about(n.Chan)...)
}

func blindTransfer(m *Module, n *pbx.News) {
	by, whom := n.Who("Transferer"), n.Who("Transferee")
	if by == nil {
		return
	}
	of := about(by)
	fields := Object{"channel", Channel(by)}
	if whom != nil {
		fields = append(fields, "transferee", Channel(whom))
		of = append(of, about(whom)...)
	}
	fields = append(fields, "exten", n.Field("Extension"), "context", n.Field("Context"), "result", n.Field("Result"), "is_external",
		n.Field("IsExternal") == "Yes")
	if b := bridgeOf(n, ""); b != nil {
		fields = append(fields, "bridge", m.bridgeFor(b))
		of = append(of, topic{kindBridge, b.ID})
	}
	m.tell(event{kind: "BridgeBlindTransfer", fields: fields}, of...)
}

func bridgeOf(n *pbx.News, prefix string) *pbx.Bridging {
	for _, p := range n.Parts {
		if p.Bridge != nil && p.Prefix == prefix {
			return p.Bridge
		}
	}
	return nil
}

func attendedTransfer(m *Module, n *pbx.News) {
	var of []topic
	var fields Object
	who := func(name, prefix string) {
		if s := n.Who(prefix); s != nil {
			fields = append(fields, name, Channel(s))
			of = append(of, about(s)...)
		}
	}
	where := func(name, prefix string) {
		if b := bridgeOf(n, prefix); b != nil {
			fields = append(fields, name, m.bridgeFor(b))
			of = append(of, topic{kindBridge, b.ID})
		}
	}
	who("transferer_first_leg", "OrigTransferer")
	who("transferer_second_leg", "SecondTransferer")
	who("transferee", "Transferee")
	who("transfer_target", "TransferTarget")
	fields = append(fields, "result", n.Field("Result"), "is_external", n.Field("IsExternal") == "Yes")
	where("transferer_first_leg_bridge", "Orig")
	where("transferer_second_leg_bridge", "Second")
	fields = append(fields, "destination_type", strings.ToLower(n.Field("DestType")), "destination_bridge",
		some(n.Field("DestBridgeUniqueid")))
	m.tell(event{kind: "BridgeAttendedTransfer", fields: fields}, of...)
}

func peerStatus(m *Module, n *pbx.News) {
	peer := n.Field("Peer")
	tech, resource, _ := strings.Cut(peer, "/")
	address, port := n.Field("Address"), ""
	if at := strings.LastIndexByte(address, ':'); at >= 0 {
		address, port = address[:at], address[at+1:]
	}
	fields := Object{"endpoint", m.endpointModel(Endpoint{Tech: tech, Resource: resource, State: statusOf(n.Field("PeerStatus"))}),
		"peer", Object{"peer_status", n.Field("PeerStatus"), "cause", some(n.Field("Cause")), "address", some(address), "port", some(port),
			"time", some(n.Field("Time"))}}
	m.tell(event{kind: "PeerStatusChange", fields: fields}, topic{kindEndpoint, peer}, topic{kindEndpoint, tech})
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
