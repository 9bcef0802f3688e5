package pbx

import (
	"fmt"
	"time"

	"obelisk/pbx/event"
)

// Audience is who is shown what calls do: consoles and log files. Nobody waits for it.
type Audience interface {
	// Wants says whether somebody is shown messages of a level of verbosity, 1 to 4.
	Wants(level int) bool
	// Say shows one; call is the call's number.
	Say(level int, call, source, text string)
}

// Shows says whether somebody is shown messages of a level.
func (c *Core) Shows(level int) bool { return c.cfg.Audience != nil && c.cfg.Audience.Wants(level) }

// Show tells what the switchboard does, not for a call.
func (c *Core) Show(level int, source, format string, args ...any) {
	if c.Shows(level) {
		c.cfg.Audience.Say(level, "", source, fmt.Sprintf(format, args...))
	}
}

// Shows says whether somebody is shown messages of a level: asked first where the text is
// costly.
func (c *Channel) Shows(level int) bool { return c.core.Shows(level) }

// Show tells what the channel does, with Asterisk's words; source is the file there that
// says so.
func (c *Channel) Show(level int, source, format string, args ...any) {
	if c.Shows(level) {
		call := ""
		if c.trace != nil {
			call = c.trace.ID
		}
		c.core.cfg.Audience.Say(level, call, source, fmt.Sprintf(format, args...))
	}
}

// showStep shows a step that runs.
func (c *Channel) showStep(app, args string) {
	if c.Shows(3) {
		at := c.machine.At()
		c.Show(3, "pbx.c", "Executing [%s@%s:%d] %s(\"%s\", \"%s\") in new stack", at.Exten, at.Context, at.Priority, app, c.Name(), args)
	}
}

// showEnd shows that a step was the last.
//
//go:noinline
func (c *Channel) showEnd() {
	if c.Shows(2) {
		at := c.machine.At()
		c.Show(2, "pbx.c", "Spawn extension (%s, %s, %d) exited non-zero on '%s'", at.Context, at.Exten, at.Priority, c.Name())
	}
}

// showDial shows what becomes of a call that is dialled, by its stage and status.
func showDial(e *event.Dial, caller, callee *Channel) {
	if !callee.Shows(3) {
		return
	}
	source, to := "app_dial.c", ""
	if caller == nil {
		source = "dial.c"
	} else {
		to = " " + caller.Name()
	}
	name := callee.Name()
	switch {
	case e.Stage == event.DialBegins:
		called := e.DialString
		if caller != nil {
			called = callee.tech + "/" + called
		}
		callee.Show(3, source, "Called %s", called)
	case e.Forward != "": // that it is called elsewhere is shown by who calls it
	case e.Status == "RINGING":
		callee.Show(3, source, "%s is ringing", name)
	case e.Status == "PROGRESS":
		callee.Show(3, source, "%s is making progress passing it to%s", name, to)
	case e.Status == "PROCEEDING":
		callee.Show(3, source, "%s is proceeding passing it to%s", name, to)
	case e.Status == "ANSWER":
		callee.Show(3, source, "%s answered%s", name, to)
	case e.Status == "BUSY":
		callee.Show(3, source, "%s is busy", name)
	case e.Status == "CONGESTION":
		callee.Show(3, source, "%s is circuit-busy", name)
	}
}

// Clock writes a duration in hours, minutes and seconds, as tables of channels and bridges
// have it: 00:01:05.
func Clock(d time.Duration) string {
	s := int(d.Seconds())
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}
