// Package wording says events of the core in the words of the manager interface: names, classes, and
// fields in the order of Asterisk 20.
package wording

import (
	"strconv"
	"strings"

	"obelisk/pbx/event"
)

// Event is an event as sessions read it; its name is "" where the manager interface does not tell of it.
func Event(e event.Event) event.News {
	switch e := e.(type) {
	case event.News:
		return e
	case event.Dial:
		return dial(e)
	case event.CallRecord:
		return event.News{Name: "Cdr", Class: "cdr", Fields: record(e.Record)}
	case event.User:
		n := of("user", news("UserEvent", e.Channel, "UserEvent", e.Name))
		n.Fields = append(n.Fields, e.Fields...)
		return n
	case event.MessageWaiting:
		return news("MessageWaiting", nil, "Mailbox", e.Mailbox, "Waiting", choose(e.New > 0, "1", "0"), "New", strconv.Itoa(e.New), "Old",
			strconv.Itoa(e.Old))
	case event.DeviceState:
		return news("DeviceStateChange", nil, "Device", e.Device, "State", e.State)
	case event.HintState:
		return news("ExtensionStatus", nil, append(hint(e.Hint), "Status", strconv.Itoa(e.Status), "StatusText", e.Text)...)
	case event.PresenceState:
		return news("PresenceStateChange", nil, append([]string{"Presentity", e.Presentity}, presence(Escaped(e.Presence))...)...)
	case event.HintPresence:
		return news("PresenceStatus", nil, append(hint(e.Hint), presence(e.Presence)...)...)
	case event.PeerStatus:
		return peerStatus(e)
	}
	if n := ofChannel(e); n.Name != "" {
		return n
	}
	return ofBridge(e)
}

// news is an event of class call with pairs of names and values.
func news(name string, c *event.Channel, pairs ...string) event.News {
	return event.News{Name: name, Class: "call", Chan: c, Fields: fields(pairs)}
}

func fields(pairs []string) (out []event.Field) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, event.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// of is news of another class.
func of(class string, n event.News) event.News {
	n.Class = class
	return n
}

// choose is the first name where on says so, else the second.
func choose(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}

func hint(h event.Hint) []string {
	return []string{"Exten", h.Exten, "Context", h.Context, "Hint", h.Text}
}

func presence(p event.Presence) []string {
	return []string{"Status", p.State, "Subtype", p.Subtype, "Message", p.Message}
}

func peerStatus(e event.PeerStatus) event.News {
	pairs := []string{"ChannelType", "SIP", "Peer", e.Peer, "PeerStatus", e.Status}
	if e.Cause != "" {
		pairs = append(pairs, "Cause", e.Cause)
	}
	switch {
	case !e.Address.IsValid():
	case e.Status == "Rejected": // its port is a field of its own
		pairs = append(pairs, "Address", e.Address.Addr().String(), "Port", strconv.Itoa(int(e.Address.Port())))
	default:
		pairs = append(pairs, "Address", e.Address.String())
	}
	if e.Asked {
		pairs = append(pairs, "Time", e.Milliseconds())
	}
	return of("system", news("PeerStatus", nil, pairs...))
}

// escapes are those of C.
var escapes = strings.NewReplacer("\a", `\a`, "\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\v`, `\`, `\\`, `'`, `\'`,
	`"`, `\"`, "?", `\?`)

// Escaped is a presence as PresenceStateChange has it.
func Escaped(p event.Presence) event.Presence {
	return event.Presence{State: p.State, Subtype: escapes.Replace(p.Subtype), Message: escapes.Replace(p.Message)}
}
