package cel

import (
	"fmt"
	"strconv"
	"strings"

	"obelisk/pbx"
	"obelisk/pbx/event"
)

// makeEvents is what becomes of what was heard of a channel.
func (l *Log) makeEvents(cfg *Config, c *channel, h heard) {
	event := func(kind, extra string) { l.event(cfg, kind, extra, c, h) }
	if !l.makeOfChannel(cfg, c, h, event) {
		makeOfSeveral(c, h, event)
	}
}

// makeOfChannel makes events of what is about one channel; false: it is about several.
func (l *Log) makeOfChannel(cfg *Config, c *channel, h heard, tell func(kind, extra string)) bool {
	switch e := h.what.(type) {
	case event.ChannelBegins:
		tell("CHAN_START", "")
	case event.StateChanges:
		if e.Channel.State == pbx.StateUp {
			tell("ANSWER", "")
		}
	case event.Step:
		l.step(cfg, c, h, e)
	case event.BridgeEntered:
		l.entered(c, e, tell)
	case event.BridgeLeft:
		c.peer = strings.Join(l.leave(e.Bridge.ID, e.Channel.Name), ",")
		tell("BRIDGE_EXIT", bridgeExtra(e.Bridge))
		c.bridge, c.peer = "", ""
	case event.HangupAsked:
		l.asked(c, e.Channel)
	case event.Dial:
		if c.dialStatus == "" || e.Status == "ANSWER" { // the first failure is the status
			c.dialStatus = e.Status
		}
		if e.Forward != "" {
			tell("FORWARD", fmt.Sprintf(`{"forward":%q}`, e.Forward))
		}
	case event.Prompt:
		if e.On {
			tell("STREAM_BEGIN", fmt.Sprintf(`{"sound":%s,"format":%s,"language":%s}`, jsonText(e.Sound), jsonText(e.Format), jsonText(e.Language)))
		} else {
			tell("STREAM_END", "")
		}
	case event.Music:
		if e.On {
			tell("STREAM_BEGIN", fmt.Sprintf(`{"class":%s}`, jsonText(e.Class)))
		} else {
			tell("STREAM_END", "")
		}
	case event.Logged:
		tell(userDefined, fmt.Sprintf(`{"extra":%s}`, jsonText(e.Extra)))
	case event.Key:
		tell("DTMF", fmt.Sprintf(`{"digit":%q,"duration_ms":100}`, string(e.Digit)))
	case event.Hangup:
		l.ended(cfg, c, h, e, tell)
	default:
		return false
	}
	return true
}

// entered is a channel that comes to others.
func (l *Log) entered(c *channel, e event.BridgeEntered, tell func(kind, extra string)) {
	c.bridge = e.Bridge.ID
	c.peer = strings.Join(l.bridges[c.bridge], ",")
	l.bridges[c.bridge] = append(l.bridges[c.bridge], e.Channel.Name)
	tell("BRIDGE_ENTER", bridgeExtra(e.Bridge))
	c.peer = ""
}

// asked notes who wants the end, for all in a bridge of two.
func (l *Log) asked(c *channel, of *event.Channel) {
	if strings.HasPrefix(of.Name, "Local/") {
		return // nobody outside has asked for it
	}
	c.endedBy(of.Name)
	if two := l.bridges[c.bridge]; len(two) == 2 {
		for _, name := range two {
			if o := l.channels[name]; o != nil {
				o.endedBy(of.Name)
			}
		}
	}
}

// ended is a channel that is no more.
func (l *Log) ended(cfg *Config, c *channel, h heard, e event.Hangup, tell func(kind, extra string)) {
	l.appEnd(cfg, c, h)
	if strings.HasPrefix(e.Channel.App, "AppDial") { // it was hung up by a subroutine that it ran aside
		c.app, c.data = e.Channel.App, e.Channel.AppData
	}
	if !strings.HasPrefix(c.app, "AppDial") && c.app != "AppQueue" { // whose channel has no dialplan
		c.app, c.data = "", ""
	}
	tell("HANGUP", fmt.Sprintf(`{"hangupcause":%s,"hangupsource":%q,"dialstatus":%q}`, strconv.Itoa(e.Cause), c.source, c.dialStatus))
	tell("CHAN_END", "")
	delete(l.channels, e.Channel.Name)
	if c.bridge != "" {
		l.leave(c.bridge, e.Channel.Name)
	}
	if l.linked[c.linked]--; l.linked[c.linked] <= 0 {
		delete(l.linked, c.linked)
		tell("LINKEDID_END", "")
	}
}

// step notes the application that runs; another one before it has ended.
func (l *Log) step(cfg *Config, c *channel, h heard, e event.Step) {
	if e.App == c.app {
		c.data = e.Data
		return
	}
	l.appEnd(cfg, c, h)
	c.app, c.data = e.App, e.Data
	if c.app == "Hangup" {
		c.endedBy("dialplan/builtin")
	}
	if cfg.Apps[strings.ToLower(c.app)] {
		l.event(cfg, "APP_START", "", c, h)
	}
}

// makeOfSeveral makes an event of what is about several channels, with what it says of the others.
func makeOfSeveral(c *channel, h heard, tell func(kind, extra string)) {
	switch e := h.what.(type) {
	case event.BlindTransfer:
		other := orNobody(e.Other)
		tell("BLINDTRANSFER",
			fmt.Sprintf(`{"extension":%q,"context":%q,"bridge_id":%q,"transferee_channel_name":%q,"transferee_channel_uniqueid":%q}`,
				e.To.Exten, e.To.Context, orNone(e.Bridge).ID, other.Name, other.UniqueID))
	case event.AttendedTransfer:
		tell("ATTENDEDTRANSFER", attendedExtra(e))
	case event.Pickup:
		tell("PICKUP", fmt.Sprintf(`{"pickup_channel":%q,"pickup_channel_uniqueid":%q}`, e.By.Name, e.By.UniqueID))
		c.app, c.data = "", "" // what is left of who picked up runs nothing
	case event.LocalOptimized:
		kind := "LOCAL_OPTIMIZE"
		if e.Begins {
			kind = "LOCAL_OPTIMIZE_BEGIN"
		}
		two := orNobody(e.Two)
		tell(kind, fmt.Sprintf(`{"local_two":%q,"local_two_uniqueid":%q}`, two.Name, two.UniqueID))
	case event.Parked:
		makeOfParked(e, tell)
	}
}

// parkEnds are the reasons for which a call is parked no longer, in the manager interface's words.
var parkEnds = [...]string{event.ParkingFetched: "ParkedCallUnparked", event.ParkingTimeOut: "ParkedCallTimeOut",
	event.ParkingGivenUp: "ParkedCallGiveUp", event.ParkingSwapped: "ParkedCallSwap"}

func makeOfParked(e event.Parked, tell func(kind, extra string)) {
	switch e.What {
	case event.ParkingBegins:
		tell("PARK_START", fmt.Sprintf(`{"parker_dial_string":%s,"parking_lot":%s}`, jsonText(e.Call.ParkerDialString), jsonText(e.Call.Lot)))
	case event.ParkingFetched:
		tell("PARK_END", fmt.Sprintf(`{"reason":%q,"retriever":%s}`, parkEnds[e.What], jsonText(orNobody(e.Retriever).Name)))
	default:
		tell("PARK_END", fmt.Sprintf(`{"reason":%q}`, parkEnds[e.What]))
	}
}

func attendedExtra(e event.AttendedTransfer) string {
	second, transferee, target := orNobody(e.Second), orNobody(e.Transferee), orNobody(e.Target)
	extra := fmt.Sprintf(`{"bridge1_id":%q,"channel2_name":%q,"channel2_uniqueid":%q,`, orNone(e.From).ID, second.Name, second.UniqueID)
	party := fmt.Sprintf(`"transferee_channel_name":%q,"transferee_channel_uniqueid":%q,`, transferee.Name, transferee.UniqueID)
	if e.Into.App != "" {
		return extra + fmt.Sprintf(`"app":%q,`, e.Into.App) + party +
			`"transfer_target_channel_name":"N/A","transfer_target_channel_uniqueid":"N/A"}`
	}
	return extra + fmt.Sprintf(`"bridge2_id":%q,`, orNone(e.To).ID) + party +
		fmt.Sprintf(`"transfer_target_channel_name":%q,"transfer_target_channel_uniqueid":%q}`, target.Name, target.UniqueID)
}

func bridgeExtra(b *event.Bridge) string {
	return fmt.Sprintf(`{"bridge_id":%q,"bridge_technology":%q}`, b.ID, b.Technology)
}

// orNobody is a channel, or one without a name.
func orNobody(c *event.Channel) *event.Channel {
	if c == nil {
		return &event.Channel{}
	}
	return c
}

// orNone is a bridge, or one without an id.
func orNone(b *event.Bridge) *event.Bridge {
	if b == nil {
		return &event.Bridge{}
	}
	return b
}
