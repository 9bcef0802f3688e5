package pbx

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx/event"
)

// frame is a subroutine that runs (Gosub): where it goes back to, and what it hides.
type frame struct {
	back   dialplan.Location
	sub    bool // inSub before it
	args   int
	hidden []hidden
}

// hidden is a variable of the caller that a subroutine has one of its own for.
type hidden struct {
	name, value string
	set         bool
}

// mostSubs is how many subroutines may run within each other. (Asterisk has no bound but its
// memory.)
const mostSubs = 10000

// mostHidden is how many characters the variables have that these hide, in all.
const mostHidden = 16 << 20

// CallSub goes to a subroutine; Return goes on behind the current priority. Its
// arguments are ARG1 and so on; those of the caller beyond them read as empty meanwhile.
// False when too many run.
func (c *Channel) CallSub(to dialplan.Location, args []string) bool {
	if len(c.frames) >= mostSubs {
		c.over(&c.core.tally.depth, "more than "+strconv.Itoa(mostSubs)+" subroutines run within each other")
		return false
	}
	if c.hidden >= mostHidden {
		c.over(&c.core.tally.depth, "subroutines within each other hide more than "+strconv.Itoa(mostHidden)+" characters of variables")
		return false
	}
	at := c.machine.At()
	at.Priority++
	f := frame{back: at, sub: c.inSub, args: len(args)}
	outer := 0
	if n := len(c.frames); n > 0 {
		outer = c.frames[n-1].args
	}
	c.frames, c.inSub = append(c.frames, f), true
	for i := range max(len(args), outer) {
		value := ""
		if i < len(args) {
			value = args[i]
		}
		c.hide("ARG"+strconv.Itoa(i+1), value)
	}
	c.hide("ARGC", strconv.Itoa(len(args)))
	c.machine.Goto(to)
	return true
}

// Hide gives the subroutine that runs a variable of its own (LOCAL); false outside one.
func (c *Channel) Hide(name, value string) bool {
	if len(c.frames) == 0 {
		return false
	}
	c.hide(name, value)
	return true
}

// hide is that, told as Asterisk tells it: one that is there already is told by its own name too.
func (c *Channel) hide(name, value string) {
	value = dialplan.Bound(c, value, dialplan.MostText)
	f := &c.frames[len(c.frames)-1]
	again := slices.ContainsFunc(f.hidden, func(h hidden) bool { return h.name == name })
	if !again {
		old, set := c.Var(name)
		f.hidden = append(f.hidden, hidden{name, old, set})
		c.hidden += len(old)
	}
	if !c.keepVar(name, value) {
		return
	}
	if again {
		c.tellVar(name, value)
	}
	c.tellVar("LOCAL("+name+")", value)
}

// PopSub forgets the subroutine that runs, with its variables, and says where it would
// have gone back to; false outside one.
func (c *Channel) PopSub() (back dialplan.Location, ok bool) {
	n := len(c.frames)
	if n == 0 {
		return back, false
	}
	f := c.frames[n-1]
	c.frames = c.frames[:n-1]
	for _, h := range f.hidden {
		c.hidden -= len(h.value)
	}
	c.uncover(f.hidden)
	return f.back, true
}

// ReturnSub is PopSub for Return.
func (c *Channel) ReturnSub() (back dialplan.Location, ok bool) {
	if n := len(c.frames); n > 0 {
		c.inSub = c.frames[n-1].sub
	}
	return c.PopSub()
}

// PeekVar is a variable as the n-th subroutine has it that is around the one that runs.
func (c *Channel) PeekVar(n int, name string) string {
	var values []string // the innermost first
	if v, ok := c.Var(name); ok {
		values = append(values, v)
	}
	for i := len(c.frames) - 1; i >= 0; i-- {
		for _, h := range c.frames[i].hidden {
			if h.name == name && h.set {
				values = append(values, h.value)
			}
		}
	}
	if n >= len(values) {
		return ""
	}
	return values[n]
}

// Local is a variable of its own that the subroutine that runs has.
func (c *Channel) Local(name string) (string, bool) {
	if n := len(c.frames); n > 0 {
		for _, h := range c.frames[n-1].hidden {
			if h.name == name {
				return c.Variable(name), true
			}
		}
	}
	return "", false
}

// Subs lists where the subroutines that run go back to, the innermost first.
func (c *Channel) Subs() (out []dialplan.Location) {
	for i := len(c.frames) - 1; i >= 0; i-- {
		out = append(out, c.frames[i].back)
	}
	return out
}

// RunSub runs a subroutine until it returns, or the call or its steps end; it may be
// used on a channel that is hung up (hangup handlers). False when it did not return.
func (c *Channel) RunSub(to dialplan.Location, args []string) bool {
	base, at, steps := len(c.frames), c.machine.At(), c.steps
	if !c.CallSub(to, args) {
		return false
	}
	c.steps = 0
	defer func() {
		c.steps = steps
		for len(c.frames) > base {
			c.ReturnSub()
		}
		c.goBack(at)
		c.SetLocation(at)
	}()
	return c.runOn(base + 1)
}

// RunSubAside is RunSub in the midst of an application: the record of the call and what the
// console shows stay the application's. A channel that has no dialplan, a dialled one, gets
// that of its caller for as long as it takes.
func (c *Channel) RunSubAside(to dialplan.Location, args []string) (returned bool) {
	c.Aside(func() { returned = c.RunSub(to, args) })
	if !returned {
		c.SetVar("GOSUB_RETVAL", "")
		c.tellHungHere()
	}
	return returned
}

// tellHungHere makes known that a subroutine has ended the call.
func (c *Channel) tellHungHere() {
	var here bool
	c.locked(func() { here = c.hanging.here })
	if here && c.hung() {
		cause := cmp.Or(c.View().Cause, CauseNormal)
		c.tell(func(s *Snapshot) event.Event { return event.HangupAsked{Channel: s, Cause: int(cause)} })
	}
}

// RunSubTextAside is RunSubAside of "[[context,]extension,]priority[(arguments)]", from where the
// channel is. The error is that of a place that is not there.
func (c *Channel) RunSubTextAside(text string) (returned bool, err error) {
	c.Aside(func() {
		target, args := dialplan.CutCall(text)
		var to dialplan.Location
		if to, err = c.machine.Target(target, c.Query()); err == nil {
			returned = c.RunSub(to, args)
		}
	})
	return returned, err
}

// RunSubTextFor is RunSubTextAside for a channel that another one has dialled: what the text leaves out
// is where that one is, which is there still.
func (c *Channel) RunSubTextFor(by *Channel, text string) (returned bool, err error) {
	target, args := dialplan.CutCall(text)
	to, err := by.machine.Target(target, by.Query())
	if err != nil {
		return false, err
	}
	c.Aside(func() { returned = c.RunSub(to, args) })
	return returned, nil
}

// RunFromAside runs the dialplan from a place, until it ends there or the channel is Gone, likewise.
func (c *Channel) RunFromAside(to dialplan.Location) {
	c.Aside(func() {
		base, at, steps := len(c.frames), c.machine.At(), c.steps
		defer func() {
			c.steps = steps
			for len(c.frames) > base {
				c.ReturnSub()
			}
			c.goBack(at)
		}()
		c.steps = 0
		for c.machine.Goto(to); c.Step(); {
			step := c.machine.Next(c.Query())
			c.SetLocation(c.machine.At())
			if step.Kind != dialplan.StepRun {
				return
			}
			r := c.Exec(step.Hit.Priority)
			if r.Ended() {
				return
			}
			c.machine.Done(r)
		}
	})
}

// RunAppAside runs an application likewise; false when it ended the call.
func (c *Channel) RunAppAside(name, args string) (on bool) {
	app := c.core.App(name)
	if app == nil {
		return false
	}
	c.Aside(func() {
		on = !c.Below(func() dialplan.Result { return app.Exec(c, args) }).Ended()
	})
	return on
}

// RunApp runs an application below the one that runs, as a program does: the console and the call
// record show it meanwhile.
func (c *Channel) RunApp(app *App, args string) dialplan.Result {
	v := c.View()
	c.locked(func() { c.app, c.appData = app.Name, args })
	c.recordStep()
	r := c.Below(func() dialplan.Result { return app.Exec(c, args) })
	c.locked(func() { c.app, c.appData = v.App, v.AppData })
	return r
}

// Aside has f run steps of the dialplan in the midst of an application, as RunSubAside does. That the
// channel is back at the application is told with the next news of it, as in Asterisk.
func (c *Channel) Aside(f func()) {
	v := c.View()
	giveBack := c.borrowPlan()
	defer func() {
		giveBack()
		c.showAgain(v)
		c.owes = !c.hung() && v.At != c.stepAt
	}()
	f()
}

// showAgain has the console and the call record show what they did before.
func (c *Channel) showAgain(v View) {
	c.SetLocation(v.At)
	c.locked(func() { c.app, c.appData = v.App, v.AppData })
}

// AndBack runs what moves about in the dialplan, and goes back to where the channel was: the
// record of the call and what the console shows stay the application's.
func (c *Channel) AndBack(f func()) {
	v, at, steps := c.View(), c.machine.At(), c.steps
	f()
	c.steps = steps
	c.goBack(at)
	c.showAgain(v)
}

// goBack has the machine where it was: the step that runs there goes on.
func (c *Channel) goBack(at dialplan.Location) {
	c.machine.Goto(at)
	c.machine.Begin()
}

// borrowPlan gives a channel that has no dialplan the one with which it was dialled.
func (c *Channel) borrowPlan() (giveBack func()) {
	if c.machine != nil {
		return func() {}
	}
	plan := c.plan
	if plan == nil {
		plan = c.core.Plan()
	}
	c.machine = dialplan.NewMachine(plan, c.View().At)
	return func() { c.machine = nil }
}

// Within has the call records not show where the channel is until leave is called: Macro is a
// subroutine too.
func (c *Channel) Within() (leave func()) {
	was := c.inSub
	c.inSub = true
	return func() { c.inSub = was }
}

// Swap sets variables and returns what puts back those that were there.
func (c *Channel) Swap(names, values []string) (restore func()) {
	old := make([]hidden, len(names))
	for i, n := range names {
		v, ok := c.Var(n)
		old[i] = hidden{n, v, ok}
		c.SetVar(n, values[i])
	}
	return func() { c.putBack(old) }
}

// uncover ends the variables of a subroutine. That they are empty is told, and not what they have hidden.
func (c *Channel) uncover(list []hidden) {
	for i := len(list) - 1; i >= 0; i-- {
		h := list[i]
		now, _ := c.Var(h.name)
		if h.set {
			c.keepVar(h.name, h.value)
		} else {
			c.locked(func() { c.vars.Unset(h.name) })
		}
		if now != "" {
			c.tellVar(h.name, "")
		}
	}
}

// putBack gives variables the values that were hidden.
func (c *Channel) putBack(list []hidden) {
	for i := len(list) - 1; i >= 0; i-- {
		if h := list[i]; h.set {
			c.SetVar(h.name, h.value)
		} else {
			c.locked(func() { c.vars.Unset(h.name) })
			c.tellVar(h.name, "")
		}
	}
}

// PushHandler has a subroutine run when the channel is hung up, before those that were
// pushed earlier: "[[context,]extension,]priority[(arguments)]". What is left out is where
// the channel is now, not where it will be when it ends.
func (c *Channel) PushHandler(text string) {
	if len(c.handlers) >= mostHandlers {
		c.over(&c.core.tally.handlers, "it has "+strconv.Itoa(mostHandlers)+" hang-up handlers already")
		return
	}
	target, _, _ := strings.Cut(text, "(")
	at := c.View().At
	switch strings.Count(target, ",") {
	case 0:
		text = at.Context + "," + at.Exten + "," + text
	case 1:
		text = at.Context + "," + text
	}
	c.locked(func() { c.handlers = append(c.handlers, text) })
	c.tellHandler(event.HandlerPushed, text)
}

// PopHandler takes the last one back.
func (c *Channel) PopHandler() {
	if n := len(c.handlers); n > 0 {
		c.tellHandler(event.HandlerPopped, c.handlers[n-1])
		c.locked(func() { c.handlers = c.handlers[:n-1] })
	}
}

// WipeHandlers takes all back.
func (c *Channel) WipeHandlers() {
	for len(c.handlers) > 0 {
		c.PopHandler()
	}
}

// Exception is what sent the call to the extension "e".
type Exception struct {
	Reason string
	At     dialplan.Location
}

// Raise sends the call to "e" of its context, else to "i", else ends it.
func (c *Channel) Raise(reason string) {
	c.exception = &Exception{reason, c.machine.At()}
	at := c.machine.At()
	c.machine.Goto(dialplan.Location{Context: at.Context, Exten: "e", Priority: 1})
}

// Exception is the last one, nil without any.
func (c *Channel) Exception() *Exception { return c.exception }
