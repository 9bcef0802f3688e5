package mixmonitor

import (
	"strings"
	"time"

	"obelisk/dialplan/expr"
	"obelisk/pbx"
)

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	return []pbx.Action{
		{Name: "MixMonitor", Synopsis: "Record a call and mix the audio during the recording.", Classes: "system", Run: m.actStart},
		{Name: "StopMixMonitor", Synopsis: "Stop recording a call through MixMonitor, and free the recording's file handle.",
			Classes: "system, call", Run: m.actStop},
		{Name: "MixMonitorMute", Synopsis: "Mute / unMute a Mixmonitor recording.", Classes: "system, call", Run: m.actMute},
	}
}

// channel is the one of a request; nil when it is refused already.
func channel(q pbx.Asked, core *pbx.Core) *pbx.Channel {
	if q.Get("Channel") == "" {
		q.Fail("No channel specified")
		return nil
	}
	c := core.Channel(q.Get("Channel"))
	if c == nil {
		q.Fail("No such channel")
	}
	return c
}

func (m *Module) actStart(q pbx.Asked) {
	c := channel(q, m.core)
	if c == nil {
		return
	}
	var r *recording
	err := c.Visit(func(c *pbx.Channel) { r = m.begin(c, q.Get("File")+","+q.Get("Options")+","+q.Get("Command")) })
	if err != nil || r == nil {
		q.Fail("Could not start monitoring channel")
		return
	}
	if r.plan.id != "" {
		q.OK("", pbx.Field{Name: "MixMonitorID", Value: r.id})
		return
	}
	q.OK("")
}

func (m *Module) actStop(q pbx.Asked) {
	c := channel(q, m.core)
	if c == nil {
		return
	}
	ended := false
	if err := c.Visit(func(c *pbx.Channel) { ended = m.end(c, q.Get("MixMonitorID")) }); err != nil || !ended {
		q.Fail("Could not stop monitoring channel")
		return
	}
	q.OK("")
}

// actMute has the files of a channel's recordings be silent in a direction, or not any more.
func (m *Module) actMute(q pbx.Asked) {
	direction := strings.ToLower(q.Get("Direction"))
	sides, ok := map[string][]int{"read": {0}, "write": {1}, "both": {0, 1}}[direction]
	switch {
	case direction == "":
		q.Fail("No direction specified. Must be read, write or both")
		return
	case !ok:
		q.Fail("Invalid direction specified. Must be read, write or both")
		return
	case q.Get("Channel") == "":
		q.Fail("No channel specified")
		return
	case q.Get("State") == "":
		q.Fail("No state specified")
		return
	}
	c := channel(q, m.core)
	if c == nil {
		return
	}
	id := q.Get("MixMonitorID")
	list := m.of(c, id)
	if len(list) == 0 && id != "" {
		q.Fail("Cannot set mute flag")
		return
	}
	muted := expr.True(q.Get("State"))
	for _, r := range list {
		for _, side := range sides {
			r.muted[side].set(muted, time.Since(r.begun))
		}
	}
	state := "0"
	if muted {
		state = "1"
	}
	tell(c, "MixMonitorMute", pbx.Field{Name: "Direction", Value: q.Get("Direction")}, pbx.Field{Name: "State", Value: state})
	q.OK("")
}
