package app

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

var chanIsAvailApp = pbx.App{Name: "ChanIsAvail", Synopsis: "See which of some destinations can be called",
	Usage: "ChanIsAvail(Tech/resource[&Tech2/resource2...][,{a s t}])\n  a  all of them, not only the first\n  s  one that is in use " +
		"cannot\n  t  nor is it tried\n  AVAILCHAN and AVAILORIGCHAN are those that can be called, AVAILSTATUS the state of each that was " +
		"looked at, AVAILCAUSECODE why not; joined by &",
	Exec: chanIsAvail}

// The number of a destination that names no technology among AVAILSTATUS.
const deviceInvalid = 4

func chanIsAvail(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	options := word(f, 1)
	var channels, names, states, causes []string
	for _, dest := range strings.Split(word(f, 0), "&") {
		dest = strings.TrimSpace(dest)
		tech, resource, ok := strings.Cut(dest, "/")
		if !ok {
			if dest != "" {
				c.Warn("Invalid ChanIsAvail technology/resource argument: '" + dest + "'")
			}
			states = append(states, strconv.Itoa(deviceInvalid))
			continue
		}
		state, busy := 0, false
		if strings.ContainsAny(options, "st") {
			state, busy = deviceNumber(c, dest, strings.Contains(options, "t"))
		}
		states = append(states, strconv.Itoa(state))
		if busy {
			continue
		}
		name, err := tried(c, tech, resource)
		if err != nil {
			continue
		}
		channels, names, causes = append(channels, name), append(names, dest), append(causes, "0")
		if !strings.Contains(options, "a") {
			break
		}
	}
	for i, list := range [][]string{channels, names, states, causes} {
		c.SetVar([]string{"AVAILCHAN", "AVAILORIGCHAN", "AVAILSTATUS", "AVAILCAUSECODE"}[i], strings.Join(list, "&"))
	}
	return dialplan.Continue
}

// tried makes a channel for a destination, to see whether that can be done, and ends it.
func tried(c *pbx.Channel, tech, resource string) (name string, err error) {
	leg, err := c.Core().Request(tech, pbx.Request{Resource: resource, Caller: c, Codecs: c.Leg().Codecs(), Trace: c.Trace()})
	if err != nil {
		return "", err
	}
	ch, err := c.Core().Outgoing(tech, leg, c)
	if err != nil {
		leg.Hangup(pbx.CauseNormal)
		return "", err
	}
	name = ch.Name()
	ch.WriteFunction("CDR_PROP", "disable", "1") // nobody was called
	if done := ch.End(pbx.CauseNone); done != nil {
		c.Until(done)
	}
	return name, nil
}

// numbers of states of devices, as Asterisk counts them.
var deviceNumbers = map[pbx.DeviceState]int{pbx.DeviceUnknown: 0, pbx.DeviceNotInUse: 1, pbx.DeviceInUse: 2, pbx.DeviceBusy: 3,
	pbx.DeviceInvalid: deviceInvalid, pbx.DeviceUnavailable: 5, pbx.DeviceRinging: 6, pbx.DeviceRingInUse: 7, pbx.DeviceOnHold: 8}

// deviceNumber is the state of a destination: of its device, or by the channels that there are
// (byName). One that is used in any way is not to be tried.
func deviceNumber(c *pbx.Channel, dest string, byName bool) (state int, busy bool) {
	s := pbx.DeviceUnknown
	if byName {
		s = ofChannels(c.Core(), dest)
	} else {
		s = c.Core().DeviceState(dest)
	}
	state = deviceNumbers[s]
	return state, state > deviceNumbers[pbx.DeviceNotInUse]
}

// ofChannels is the state that the first channel of a destination tells.
func ofChannels(core *pbx.Core, dest string) pbx.DeviceState {
	for _, ch := range core.Channels() {
		if !strings.HasPrefix(strings.ToLower(ch.Name()), strings.ToLower(dest)+"-") {
			continue
		}
		if held, _ := ch.Fact("onhold"); held == "1" {
			return pbx.DeviceOnHold
		}
		switch ch.View().State {
		case pbx.StateDown:
			return pbx.DeviceNotInUse
		case pbx.StateRinging:
			return pbx.DeviceRinging
		case pbx.StateBusy:
			return pbx.DeviceBusy
		}
		return pbx.DeviceInUse
	}
	return pbx.DeviceUnknown
}
