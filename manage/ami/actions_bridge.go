package ami

import (
	"slices"
	"strconv"
	"strings"

	"obelisk/pbx"
)

// bridgeActions are about channels that are joined.
var bridgeActions = []action{
	{"BridgeList", "Get a list of bridges in the system.", 0, false, bridgeList},
	{"BridgeInfo", "Get information about a bridge.", 0, false, bridgeInfo},
	{"BridgeDestroy", "Destroy a bridge.", ClassCall, false, bridgeDestroy},
	{"BridgeKick", "Kick a channel from a bridge.", ClassCall, false, bridgeKick},
	{"BridgeTechnologyList", "List available bridging technologies and their statuses.", 0, false, bridgeTechnologyList},
	{"CoreShowChannelMap", "List all channels connected to the specified channel.", ClassSystem | ClassReporting, false, channelMap},
}

// bridgeTechnologyList has the one way in which channels are joined.
func bridgeTechnologyList(a *act) {
	a.lastID = true
	a.list("Bridge technology listing will follow", "BridgeTechnologyListComplete", [][]header{{{"Event", "BridgeTechnologyListItem"}, {"BridgeTechnology", "simple_bridge"}, {"BridgeType", "1to1Mix"},
		{"BridgePriority", "50"}, {"BridgeSuspended", "No"}}})
}

// channelMap lists who a channel is connected with: who is in its bridge, behind a Local
// channel who is in that of its other half, and so on.
func channelMap(a *act) {
	if a.m.get("Channel") == "" {
		a.fail("CoreShowChannelMap requires a channel.")
		return
	}
	ch := a.core().Channel(a.m.get("Channel"))
	if ch == nil {
		a.fail("Could not get channel snapshot")
		return
	}
	var met []*pbx.Channel
	for at := ch; at != nil; {
		next := at.View().Bridged
		at = nil
		if next == nil || slices.Contains(met, next) || next == ch {
			break
		}
		met = append(met, next)
		if half, ok := next.Leg().(pbx.Paired); ok {
			if other := half.Pair(); other != nil && !slices.Contains(met, other) {
				met = append(met, other)
				at = other
			}
		}
	}
	var rows [][]header
	for _, o := range met {
		rows = append(rows, []header{{"Event", "CoreShowChannelMap"}, {"Channel", ch.Name()}, {"ConnectedChannel", o.Name()}})
	}
	a.list("Channel map will follow", "CoreShowChannelMapComplete", rows)
}

func bridgeList(a *act) {
	var rows [][]header
	seen, kind := map[string]bool{}, a.m.get("BridgeType")
	for _, ch := range a.core().Channels() {
		if id := ch.View().BridgeID; id != "" && !seen[id] && (kind == "" || strings.EqualFold(kind, "basic")) {
			seen[id] = true
			rows = append(rows, []header{{"Event", "BridgeListItem"}, {"BridgeUniqueid", id}, {"BridgeType", "basic"}, {"BridgeTechnology", "simple_bridge"}, {"BridgeCreator", unknown},
				{"BridgeName", unknown}, {"BridgeNumChannels", "2"}, {"BridgeVideoSourceMode", "none"}})
		}
	}
	a.list("Bridge listing will follow", "BridgeListComplete", rows)
}

func bridgeInfo(a *act) {
	list := a.bridge()
	if list == nil {
		return
	}
	var rows [][]header
	for _, ch := range list {
		rows = append(rows, append([]header{{"Event", "BridgeInfoChannel"}}, fieldsOf(ch.Snapshot())...))
	}
	a.list("Bridge channel listing will follow", "BridgeInfoComplete", rows, header{"BridgeUniqueid", a.m.get("BridgeUniqueid")}, header{"BridgeType", "basic"}, header{"BridgeTechnology", "simple_bridge"},
		header{"BridgeCreator", unknown}, header{"BridgeName", unknown}, header{"BridgeNumChannels", strconv.Itoa(len(list))}, header{"BridgeVideoSourceMode", "none"})
}

// bridgeDestroy ends the calls of a bridge.
func bridgeDestroy(a *act) {
	list := a.bridge()
	if list == nil {
		return
	}
	for _, ch := range list {
		ch.SoftHangup(pbx.CauseNormal)
	}
	a.ok("Bridge has been destroyed")
}

// bridgeKick ends a channel that is in a bridge.
func bridgeKick(a *act) {
	if id := a.m.get("BridgeUniqueid"); id != "" && a.bridged(id) == nil {
		a.fail("Bridge not found")
		return
	}
	ch := a.channel("Channel must be provided", "Channel does not exist")
	if ch == nil {
		return
	}
	id := ch.View().BridgeID
	if want := a.m.get("BridgeUniqueid"); id == "" || want != "" && want != id {
		a.fail("Channel is not in a bridge")
		return
	}
	ch.SoftHangup(pbx.CauseNormal)
	a.ok("Channel has been kicked")
}

// bridged lists the channels of a bridge.
func (a *act) bridged(id string) (out []*pbx.Channel) {
	for _, ch := range a.core().Channels() {
		if id != "" && ch.View().BridgeID == id {
			out = append(out, ch)
		}
	}
	return out
}

// bridge is the one that the request names; nil after an error.
func (a *act) bridge() []*pbx.Channel {
	id := a.m.get("BridgeUniqueid")
	if id == "" {
		a.fail("BridgeUniqueid must be provided")
		return nil
	}
	list := a.bridged(id)
	if list == nil {
		a.fail("Specified BridgeUniqueid not found")
	}
	return list
}
