package pbx

import (
	"fmt"

	"obelisk/dialplan"
	"obelisk/pbx/event"
)

// absent is a step whose application is not there: the call ends, unless skipmissing names it.
// Both are in the log and in the story of the call.
func (c *Channel) absent(p *dialplan.Priority) dialplan.Result {
	at := c.machine.At()
	log := c.core.cfg.Log.Warn().Ctx(c.trace.Context())
	if c.core.Heard() {
		c.core.Tell(event.StepMissing{Channel: c.Snapshot(), App: p.App})
	}
	text := fmt.Sprintf("No application '%s' for extension (%s, %s, %d) [%s]", p.App, at.Context, at.Exten, at.Priority, p.Pos)
	if c.machine.Plan().SkipsMissing(p.App) {
		log.Msg(text + ": skipped, because skipmissing names it")
		c.trace.Note("application '%s' at %s is not there: skipped, because skipmissing names it", p.App, p.Pos)
		return dialplan.Continue
	}
	log.Msg(text)
	c.trace.Verdict("The call ended because application '%s' at %s is not there.", p.App, p.Pos)
	return dialplan.End
}

// Skips says whether the call goes on past an application that is not there (skipmissing), for
// those that run others.
func (c *Channel) Skips(app string) bool {
	return c.machine != nil && c.machine.Plan().SkipsMissing(app)
}

// Absence has the words on applications of a plan that are not there; "" for those that are.
func (c *Core) Absence(p *dialplan.Plan) func(app string) string {
	return func(app string) string {
		switch {
		case c.App(app) != nil:
			return ""
		case p.SkipsMissing(app):
			return "MISSING: there is no application '" + app + "' here; calls go on with the next step (skipmissing)"
		}
		return "MISSING: there is no application '" + app + "' here; the call ends"
	}
}
