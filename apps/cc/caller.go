package cc

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// callBack rings the caller, unless he is busy.
func (c *call) callBack() {
	if !free(c.d.core.DeviceState(c.agent.device)) {
		c.d.request(c.id, callerBusy, "")
		return
	}
	interfaces := c.tree.interfaces(c.tree.extensions[0])
	go c.d.guarded(func() { c.ring(interfaces) })
}

// watchCaller waits until the caller is free.
func (c *call) watchCaller() {
	c.agent.watch = c.d.core.WatchDevice(c.agent.device, func(s pbx.DeviceState) {
		if free(s) {
			c.d.do(c.callerFree)
		}
	})
	if free(c.d.core.DeviceState(c.agent.device)) { // meanwhile
		c.d.do(c.callerFree)
	}
}

func (c *call) callerFree() {
	if c.agent.watch != nil {
		c.unwatchCaller()
		c.d.change(c.id, active, "")
	}
}

func (c *call) unwatchCaller() {
	if c.agent.watch != nil {
		c.agent.watch.Close()
		c.agent.watch = nil
	}
}

// ring calls the caller back, on a goroutine of its own. What the desk works of the call is
// not touched here.
func (c *call) ring(interfaces string) {
	a := &c.agent
	dest := a.options.DialString
	if dest == "" {
		dest = a.device
	}
	tech, resource, _ := strings.Cut(dest, "/")
	why := "Failed to call back device " + tech + "/" + resource
	out := c.d.core.Originate(pbx.Originate{Tech: tech, Resource: resource, Timeout: a.options.Recall, CallerID: a.callerID, Quiet: true,
		At: dialplan.Location{Context: a.context, Exten: a.exten, Priority: 1},
		Then: func(ch *pbx.Channel) bool {
			why = c.greet(ch, interfaces)
			if why == "" {
				c.d.request(c.id, recalling, "")
			}
			return why == ""
		}})
	if out.Channel == nil {
		c.d.request(c.id, failed, why)
	}
}

// greet prepares the channel of a caller who has answered, and runs what his options say;
// the words are why it does not go on, "" when it does.
func (c *call) greet(ch *pbx.Channel, interfaces string) (why string) {
	a := &c.agent
	k := c.d.keptOf(ch)
	k.recall = &recall{call: c.id, tree: c.tree}
	ch.SetCompleting(k)
	ch.SetVar("CC_INTERFACES", interfaces)
	ch.SetLocation(dialplan.Location{Context: a.context, Exten: a.exten, Priority: 1})
	ch.SetVar("CC_EXTEN", a.exten)
	ch.SetVar("CC_CONTEXT", a.context)
	if m := a.options.Macro; m != "" && (!ch.RunAppAside("Macro", m) || ch.Gone()) {
		return "Callback macro to " + a.device + " failed. Maybe a hangup?"
	}
	if s := a.options.Sub; s != "" {
		back, err := ch.RunSubTextAside(s)
		if err != nil {
			ch.Warn("cc_callback_sub: " + err.Error())
		}
		if !back || ch.Gone() {
			return "Callback subroutine to " + a.device + " failed. Maybe a hangup?"
		}
	}
	return ""
}
