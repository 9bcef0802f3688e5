package ami

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// line writes "Name: value"; neither can begin another line.
func line(b []byte, name, value string) []byte {
	b = append(append(b, printable.Line(name)...), ": "...)
	return append(append(b, printable.Line(value)...), "\r\n"...)
}

// unknown is what is said of a party without a number or name.
const unknown = "<unknown>"

// snapshot writes the fields of a channel, each with a prefix.
func snapshot(b []byte, prefix string, s *pbx.Snapshot) []byte {
	for _, f := range s.Fields("") {
		b = line(append(b, prefix...), f.Name, f.Value)
	}
	return b
}

// bridge writes the fields of a bridge.
func bridge(b []byte, prefix string, g *pbx.Bridging) []byte {
	for _, f := range bridgeHeaders(g) {
		b = line(append(b, prefix...), f.name, f.value)
	}
	return b
}

// bridgeHeaders are the fields of a bridge.
func bridgeHeaders(g *pbx.Bridging) []header {
	out := []header{{"BridgeUniqueid", g.ID}, {"BridgeType", g.Kind}, {"BridgeTechnology", g.Technology},
		{"BridgeCreator", cmp.Or(g.Creator, unknown)}, {"BridgeName", cmp.Or(g.Name, unknown)}, {"BridgeNumChannels", strconv.Itoa(g.Channels)},
		{"BridgeVideoSourceMode", cmp.Or(g.Video, "none")}}
	if g.Seen != "" {
		out = append(out, header{"BridgeVideoSource", g.Seen})
	}
	return out
}

// classOf is the class of news.
func classOf(n *pbx.News) Class {
	for i, name := range classNames {
		if name == n.Class {
			return 1 << i
		}
	}
	return 0
}

// fieldName is the name of a field as clients read it. A UserEvent has what the dialplan
// and other clients give it; a caller's name in it may hold ",Event: Hangup", and of two
// lines many clients take the second. What kind of block it is stays ours to say.
//
// Differs: with Asterisk a UserEvent may have a second Event.
func fieldName(n *pbx.News, name string) string {
	if n.Name != "UserEvent" {
		return name
	}
	name = strings.TrimSpace(printable.Line(name))
	for _, own := range [...]string{"Event", "Response", "Privilege", "ActionID"} {
		if n.Chan == nil && own == "ActionID" { // that of the client whose event it is
			continue
		}
		if strings.EqualFold(name, own) {
			return "X-" + own
		}
	}
	return name
}

// eventText is an event as sessions read it.
func eventText(n *pbx.News, class Class, stamp bool, number int64) string {
	b := make([]byte, 0, 1024)
	b = line(b, "Event", n.Name)
	b = line(b, "Privilege", class.String())
	if stamp {
		now := time.Now()
		b = line(b, "Timestamp", fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000))
	}
	if number >= 0 {
		b = line(b, "SequenceNumber", strconv.FormatInt(number, 10))
	}
	if n.Bridge != nil {
		b = bridge(b, "", n.Bridge)
	}
	if n.Chan != nil {
		b = snapshot(b, "", n.Chan)
	}
	if n.Dest != nil {
		b = snapshot(b, "Dest", n.Dest)
	}
	for _, f := range n.Fields {
		b = line(b, fieldName(n, f.Name), f.Value)
	}
	for _, p := range n.Parts {
		if p.Bridge != nil {
			b = bridge(b, p.Prefix, p.Bridge)
		}
		if p.Chan != nil {
			b = snapshot(b, p.Prefix, p.Chan)
		}
		for _, f := range p.Fields {
			b = line(b, f.Name, f.Value)
		}
	}
	return string(append(b, "\r\n"...))
}
