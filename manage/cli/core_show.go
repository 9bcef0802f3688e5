package cli

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// Commands about channel drivers, bridges and what channels run at their end.

// describeTech is what a channel driver is called, and whether it can indicate and transfer.
func describeTech(t pbx.Tech) (description string, indicates, transfers bool) {
	switch t.Name() {
	case "SIP":
		return "Session Initiation Protocol (SIP)", true, true
	case "Local":
		return "Local Proxy Channel Driver", true, false
	case "MulticastRTP":
		return "Multicast RTP Paging Channel Driver", false, false
	case "AudioSocket":
		return "AudioSocket Channel Driver", false, false
	case "UnicastRTP":
		return "Unicast RTP Media Channel Driver", false, false
	case "WebSocket":
		return "Media over WebSocket Channel Driver", false, false
	}
	return t.Name(), true, false
}

// technologies lists the channel drivers.
func (k coreCommands) technologies(w io.Writer, _ []string) bool {
	const row = "%-15.15s  %-40.40s %-13.13s %-13.13s %-13.13s %-13.13s\n"
	line := strings.Repeat("-", 13)
	printf(w, row+row, "Type", "Description", "Devicestate", "Presencestate", "Indications", "Transfer", line, line, line, line, line, line)
	list := k.core.Techs()
	for _, t := range list {
		_, tells := t.(pbx.DeviceTeller)
		description, indicates, transfers := describeTech(t)
		printf(w, row, t.Name(), description, yesOrNo(tells), "no", yesOrNo(indicates), yesOrNo(transfers))
	}
	printf(w, "----------\n%d channel drivers registered.\n", len(list))
	return true
}

// technology tells of one channel driver.
func (k coreCommands) technology(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	for _, t := range k.core.Techs() {
		if !strings.EqualFold(t.Name(), args[0]) {
			continue
		}
		_, tells := t.(pbx.DeviceTeller)
		_, indicates, transfers := describeTech(t)
		codecs, _ := k.sys.Translations()
		var names []string
		for _, c := range codecs {
			names = append(names, c.Name)
		}
		printf(w, "-- Info about channel driver: %s --\n  Device State: %s\nPresence State: no\n    Indication: %s\n     Transfer : %s\n  "+
			"Capabilities: (%s)\n", t.Name(), yesOrNo(tells), yesOrNo(indicates), yesOrNo(transfers), strings.Join(names, "|"))
		fmt.Fprint(w, "   Digit Begin: yes\n     Digit End: yes\n    Send HTML : no\n Image Support: no\n  Text Support: yes\n")
		return true
	}
	printf(w, "\n%s is not a registered channel driver.\n", args[0])
	return false
}

// kick puts channels out of a bridge.
func (k coreCommands) kick(w io.Writer, args []string) bool {
	if len(args) != 2 {
		return usage(w)
	}
	b := k.core.Bridge(args[0])
	if b == nil {
		printf(w, "Bridge '%s' not found\n", args[0])
		return true
	}
	if strings.EqualFold(args[1], "all") {
		printf(w, "Kicking all channels from bridge '%s'\n", args[0])
		for _, m := range b.Members() {
			m.Channel.Kick()
		}
		return true
	}
	ch := k.core.Channel(args[1])
	if ch == nil {
		printf(w, "Channel '%s' not found\n", args[1])
		return true
	}
	printf(w, "Kicking channel '%s' from bridge '%s'\n", ch.Name(), args[0])
	if ch.Bridge() == b {
		ch.Kick()
	}
	return true
}

// bridges lists those that are there.
func (k coreCommands) bridges(w io.Writer, _ []string) bool {
	const row = "%-36s %-36s %5s %-15s %-15s %s\n"
	printf(w, row, "Bridge-ID", "Name", "Chans", "Type", "Technology", "Duration")
	for _, b := range k.core.Bridges() {
		v := b.View()
		printf(w, row, v.ID, cmp.Or(v.Name, "<unknown>"), fmt.Sprint(v.Channels), v.Kind, v.Technology, pbx.Clock(time.Since(b.Made())))
	}
	return true
}

// bridge tells of one.
func (k coreCommands) bridge(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	if b := k.core.Bridge(args[0]); b != nil {
		v := b.View()
		printf(w, "Id: %s\nType: %s\nTechnology: %s\nSubclass: %s\nCreator: %s\nName: %s\nVideo-Mode: none\nVideo-Source-Id: \nNum-Channels: "+
			"%d\nNum-Active: %d\nDuration: %s\n",
			v.ID, v.Kind, v.Technology, v.Kind, cmp.Or(v.Creator, "<unknown>"), cmp.Or(v.Name, "<unknown>"), v.Channels, v.Channels,
			pbx.Clock(time.Since(b.Made())))
		for _, m := range b.Members() {
			printf(w, "Channel: %s\n", m.Channel.Name())
		}
		return true
	}
	printf(w, "Bridge '%s' not found\n", args[0])
	return true
}

// bridgeTechnologies lists how channels are joined here.
func (k coreCommands) bridgeTechnologies(w io.Writer, _ []string) bool {
	const row = "%-20s %-20s %8s %s\n"
	printf(w, row, "Name", "Type", "Priority", "Suspended")
	for _, t := range k.core.Technologies() {
		suspended := "No"
		if t.Suspended {
			suspended = "Yes"
		}
		printf(w, row, t.Name, t.Kind, strconv.Itoa(t.Priority), suspended)
	}
	return true
}

// suspend has one of them not chosen any more, or chosen again.
func (k coreCommands) suspend(verb string) func(io.Writer, []string) bool {
	return func(w io.Writer, args []string) bool {
		switch {
		case len(args) != 1:
			return usage(w)
		case !k.core.Suspend(args[0], verb == "Suspended"):
			printf(w, "Bridge technology '%s' not found\n", args[0])
		default:
			printf(w, "%s bridge technology '%s'\n", verb, args[0])
		}
		return true
	}
}

// handlers lists the hang-up handlers of a channel, or of all; the one that runs first comes
// first.
func (k coreCommands) handlers(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	list := k.core.Channels()
	if args[0] != "all" {
		ch := k.core.Channel(args[0])
		if ch == nil {
			printf(w, "Channel does not exist.\n")
			return false
		}
		list = []*pbx.Channel{ch}
	}
	const row = "%-30s %s\n"
	printf(w, row, "Channel", "Handler")
	for _, ch := range list {
		name := ch.Name()
		for _, h := range ch.HangupHandlers() {
			printf(w, row, name, h)
			name = ""
		}
	}
	return true
}
