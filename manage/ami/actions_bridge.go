package ami

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/pbx"
)

// bridgeActions are about channels that are joined.
var bridgeActions = []action{
	{"Bridge", "Bridge two channels already in the PBX.", ClassCall, false, bridgeTwo},
	{"BridgeList", "Get a list of bridges in the system.", 0, false, bridgeList},
	{"BridgeInfo", "Get information about a bridge.", 0, false, bridgeInfo},
	{"BridgeDestroy", "Destroy a bridge.", ClassCall, false, bridgeDestroy},
	{"BridgeKick", "Kick a channel from a bridge.", ClassCall, false, bridgeKick},
	{"BridgeTechnologyList", "List available bridging technologies and their statuses.", 0, false, bridgeTechnologyList},
	{"BridgeTechnologySuspend", "Suspend a bridging technology.", 0, false, suspend(true, "Suspended bridge technology")},
	{"BridgeTechnologyUnsuspend", "Unsuspend a bridging technology.", 0, false, suspend(false, "Unsuspended bridge technology")},
	{"CoreShowChannelMap", "List all channels connected to the specified channel.", ClassSystem | ClassReporting, false, channelMap},
}

// bridgeTechnologyList has the ways in which channels are joined.
func bridgeTechnologyList(a *act) {
	a.lastID = true
	var rows [][]header
	for _, t := range a.core().Technologies() {
		rows = append(rows, []header{{"Event", "BridgeTechnologyListItem"}, {"BridgeTechnology", t.Name}, {"BridgeType", t.Kind},
			{"BridgePriority", strconv.Itoa(t.Priority)}, {"BridgeSuspended", yesNo(t.Suspended)}})
	}
	a.list("Bridge technology listing will follow", "BridgeTechnologyListComplete", rows)
}

// suspend has one of them not chosen any more, or chosen again.
func suspend(on bool, done string) func(*act) {
	return func(a *act) {
		switch name := a.m.get("BridgeTechnology"); {
		case name == "":
			a.fail("BridgeTechnology must be provided")
		case !a.core().Suspend(name, on):
			a.fail("BridgeTechnology not found")
		default:
			a.ok(done)
		}
	}
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
	kind := a.m.get("BridgeType")
	for _, b := range a.core().Bridges() {
		if v := b.View(); kind == "" || strings.EqualFold(kind, v.Kind) {
			rows = append(rows, append([]header{{"Event", "BridgeListItem"}}, bridgeHeaders(v)...))
		}
	}
	a.list("Bridge listing will follow", "BridgeListComplete", rows)
}

func bridgeInfo(a *act) {
	b := a.bridge()
	if b == nil {
		return
	}
	var rows [][]header
	for _, m := range b.Members() {
		rows = append(rows, append([]header{{"Event", "BridgeInfoChannel"}}, fieldsOf(m.Channel.Snapshot())...))
	}
	a.list("Bridge channel listing will follow", "BridgeInfoComplete", rows, bridgeHeaders(b.View())...)
}

// bridgeDestroy ends a bridge.
func bridgeDestroy(a *act) {
	if b := a.bridge(); b != nil {
		b.Close(pbx.CauseNormal)
		a.ok("Bridge has been destroyed")
	}
}

// bridgeKick puts a channel out of the bridge in which it is.
func bridgeKick(a *act) {
	id := a.m.get("BridgeUniqueid")
	ch := a.channel("Channel must be provided", "Channel does not exist")
	if ch == nil {
		return
	}
	if id != "" && a.core().Bridge(id) == nil {
		a.fail("Bridge not found")
		return
	}
	b := ch.Bridge()
	switch {
	case b == nil || id != "" && b.ID() != id:
		a.fail("Channel is not in a bridge")
	case ch.Kick() != nil:
		a.fail("Channel kick from bridge failed")
	default:
		a.ok("Channel has been kicked")
	}
}

// bridgePatience is how long Bridge waits for a channel to arrive; one that an application holds may come
// later. It is below the time for which a bridge keeps a seat.
const bridgePatience = time.Second

// bridgeTwo joins two channels, wherever they are, in a bridge of their own.
func bridgeTwo(a *act) {
	names := [2]string{a.m.get("Channel1"), a.m.get("Channel2")}
	if names[0] == "" || names[1] == "" {
		a.fail("Missing channel parameter in request")
		return
	}
	var two [2]*pbx.Channel
	for i, name := range names {
		if two[i] = a.core().ChannelLike(name); two[i] == nil {
			a.fail("Channel" + strconv.Itoa(i+1) + " does not exist: " + name)
			return
		}
	}
	b := a.core().NewBridge(pbx.Policy{})
	release, _ := b.Keep()
	defer release()
	b.MakeKnown()
	tone := strings.ToLower(a.m.get("Tone"))
	for i, ch := range two {
		here := make(chan struct{})
		arrived := sync.OnceFunc(func() { close(here) })
		m := pbx.Member{Answer: true, After: pbx.Lasting(nil), Entered: func(*pbx.Channel) { arrived() }}
		if tone == "both" || tone == "channel"+strconv.Itoa(i+1) || i == 1 && truth(tone) {
			m.Features = beeps
		}
		if err := ch.Take(b, m); err != nil {
			a.fail("Unable to add Channel" + strconv.Itoa(i+1) + " to bridge: " + ch.Name())
			return
		}
		select { // the first one is there before the second one is sent for
		case <-here:
		case <-time.After(bridgePatience):
		}
	}
	a.ok("Channels have been bridged")
}

// beeps has a member of a bridge hear a tone as it comes: Tone says who does, yes for the second one.
var beeps = &pbx.Features{Timed: []pbx.Timed{{Do: func(ch *pbx.Channel) { ch.RunAppAside("Playback", "beep,noanswer") }}}}

// bridge is the one that the request names; nil after an error.
func (a *act) bridge() *pbx.Bridge {
	id := a.m.get("BridgeUniqueid")
	if id == "" {
		a.fail("BridgeUniqueid must be provided")
		return nil
	}
	b := a.core().Bridge(id)
	if b == nil {
		a.fail("Specified BridgeUniqueid not found")
	}
	return b
}
