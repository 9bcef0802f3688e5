package features

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// Recording by a key: apps/mixmonitor's applications, run on the other party.

// recording is the fact that says which recording was begun by a key, by its id.
const recording = fact + "recording"

// record begins a recording, or ends it.
func (m *Module) record(c *pbx.Channel) {
	b, other := c.Bridge(), c.With()
	s := m.of(c)
	if b == nil || other == nil {
		m.says(c, s.recordFail)
		return
	}
	starts, message := true, "TOUCH_MIXMONITOR_MESSAGE_START"
	if id, _ := other.Fact(recording); id != "" {
		starts, message = false, "TOUCH_MIXMONITOR_MESSAGE_STOP"
	}
	done := make(chan bool, 1)
	err := b.Lend(other, func(o *pbx.Channel) {
		if starts {
			done <- m.begin(o, c)
		} else {
			done <- m.end(o)
		}
	})
	if err != nil {
		return
	}
	over := make(chan struct{})
	var well bool
	go func() {
		defer close(over)
		select {
		case well = <-done:
		case <-other.Ended():
		case <-c.Ended():
		}
	}()
	c.Until(over)
	if !well {
		m.says(c, s.recordFail)
		return
	}
	said := c.Variable(message)
	for _, name := range []string{s.courtesy, said} {
		if name == "" {
			continue
		}
		b.Lend(other, func(o *pbx.Channel) { m.says(o, name) })
		m.says(c, name)
	}
}

// begin records the other party of by.
func (m *Module) begin(o, by *pbx.Channel) bool {
	name := fileName(by, o)
	options := "bi(TOUCH_MIXMONITOR_ID)"
	if beep := touch(by, o, "_BEEP"); beep != "" {
		options += "B(" + beep + ")"
	}
	if !o.RunAppAside("MixMonitor", name+","+options) || o.Variable("TOUCH_MIXMONITOR_ID") == "" {
		return false
	}
	o.SetFact(recording, o.Variable("TOUCH_MIXMONITOR_ID"))
	by.SetVar("TOUCH_MIXMONITOR_OUTPUT", name)
	o.SetVar("TOUCH_MIXMONITOR_OUTPUT", name)
	return true
}

// end ends it.
func (m *Module) end(o *pbx.Channel) bool {
	id, _ := o.Fact(recording)
	o.SetFact(recording, "")
	return o.RunAppAside("StopMixMonitor", id)
}

// touch is a variable of who has pressed the key, or else of the other one.
func touch(by, o *pbx.Channel, suffix string) string {
	return cmp.Or(by.Variable("TOUCH_MIXMONITOR"+suffix), o.Variable("TOUCH_MIXMONITOR"+suffix))
}

// fileName is prefix-seconds-name.format; without TOUCH_MIXMONITOR both numbers are the name.
func fileName(by, o *pbx.Channel) string {
	who := func(c *pbx.Channel) string { return cmp.Or(c.View().CallerID.Num, c.Name()) }
	name := touch(by, o, "")
	if name == "" {
		name = who(by) + "-" + who(o)
	}
	name = cmp.Or(touch(by, o, "_PREFIX"), "auto") + "-" + strconv.FormatInt(time.Now().Unix(), 10) + "-" + name + "." +
		cmp.Or(touch(by, o, "_FORMAT"), "wav")
	return strings.ReplaceAll(name, "/", "-")
}
