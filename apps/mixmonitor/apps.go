package mixmonitor

import (
	"errors"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

const usage = `MixMonitor(file.format[,options[,command]])
  records both sides of the channel from now until StopMixMonitor or the end of the call
  a         go on with a file that is there
  b         only while the channel is with somebody
  B(s)      beep each so many seconds (15), and no oftener than each 5
  c         with m, the caller of the message is the channel's own
  d         delete the files afterwards
  D         both sides in turn, sample by sample, in a raw file
  i(var)    the variable gets the id of the recording
  m(box&..) give the file to mailboxes
  n         has no effect: both sides are in time with each other always
  p, P      beep when it begins, when it ends
  r(file)   what the channel says in a file of its own
  t(file)   what it hears
  s(s)      leave out so many seconds at the beginning
  v(n)      what it says louder (1 to 4) or softer (-1 to -4) by doublings; V(n) what it hears; W(n) both
  command   is run afterwards; ^{VAR} in it is the variable now
  MIXMONITOR_FILENAME`

func (m *Module) apps() []pbx.App {
	return []pbx.App{
		{Name: "MixMonitor", Synopsis: "Record a call", Usage: usage, Dangerous: true, Check: check, Exec: m.mixMonitor},
		{Name: "StopMixMonitor", Synopsis: "End the recording of a call", Usage: "StopMixMonitor([id]): the newest one without an id",
			Exec: m.stopMixMonitor},
	}
}

func (m *Module) mixMonitor(c *pbx.Channel, args string) dialplan.Result {
	if m.begin(c, args) == nil {
		return dialplan.End
	}
	return dialplan.Continue
}

// begin reads arguments and starts a recording; nil when there is nothing to record.
func (m *Module) begin(c *pbx.Channel, args string) *recording {
	p, problems := readPlan(args, m.folder)
	for _, text := range problems {
		c.Warn("MixMonitor: " + text)
	}
	if p.file == "" && p.receive == "" && p.transmit == "" {
		c.Warn("MixMonitor requires an argument (filename)")
		return nil
	}
	c.SetVar("MIXMONITOR_FILENAME", p.file)
	command := dialplan.CompileText(strings.ReplaceAll(p.command, "^{", "${")).Expand(c)
	r := m.start(c, p, command)
	if r == nil {
		return nil
	}
	if p.id != "" {
		c.SetVar(p.id, r.id)
	}
	if p.atStart {
		m.player.List(c, []string{"beep"}, prompt.How{})
	}
	tell(c, "MixMonitorStart")
	return r
}

// tell makes an event of a channel known.
func tell(c *pbx.Channel, name string, fields ...pbx.Field) {
	if core := c.Core(); core.Heard() {
		core.Tell(pbx.News{Name: name, Class: "call", Chan: c.Snapshot(), Fields: fields})
	}
}

func (m *Module) stopMixMonitor(c *pbx.Channel, args string) dialplan.Result {
	m.end(c, strings.TrimSpace(args))
	return dialplan.Continue
}

// end stops the newest recording, or the one of an id, and returns when its files are closed.
// False: there is none.
func (m *Module) end(c *pbx.Channel, id string) bool {
	list := m.of(c, id)
	if len(list) == 0 {
		return false
	}
	r := list[0]
	r.stop()
	c.Until(r.over)
	tell(c, "MixMonitorStop")
	if r.plan.atStop {
		m.player.List(c, []string{"beep"}, prompt.How{})
	}
	return true
}

// read is the function MIXMONITOR.
func (m *Module) read(c *pbx.Channel, args string) (string, error) {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	switch {
	case f[0] == "" || f[1] == "":
		return "", errors.New("it takes an id and a key")
	case c == nil || len(m.of(c, f[0])) == 0:
		return "", errors.New("Could not find MixMonitor with ID " + f[0])
	case !strings.EqualFold(f[1], "filename"):
		return "", errors.New("Unrecognized MIXMONITOR option " + f[1])
	}
	return m.of(c, f[0])[0].plan.file, nil
}
