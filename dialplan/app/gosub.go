package app

import (
	"errors"

	"obelisk/dialplan"
	"obelisk/pbx"
)

var errNoTarget = errors.New("it does not exist")

// subroutines are Gosub and its kin.
var subroutines = []pbx.App{
	{Name: "Gosub", Hands: true, Synopsis: "Jump to a subroutine", Usage: "Gosub([[context,]extension,]priority[(argument[,...])])",
		Targets: subTarget, Exec: gosub},
	{Name: "GosubIf", Hands: true, Synopsis: "Jump to a subroutine on a condition",
		Usage: "GosubIf(condition?target[(arguments)][:target[(arguments)]])", Targets: branches(subTarget), Exec: gosubIf},
	{Name: "Return", Synopsis: "Return from a subroutine", Usage: "Return([value]): GOSUB_RETVAL is the value", Exec: goBack},
	{Name: "StackPop", Synopsis: "Forget that a subroutine was called", Usage: "StackPop()", Exec: stackPop},
}

func gosub(c *pbx.Channel, args string) dialplan.Result {
	// The target may have commas outside the arguments: context,extension,priority.
	target, list := dialplan.CutCall(args)
	to, err := subPlace(c, target)
	if err != nil {
		c.Warn("Gosub address is invalid: '" + args + "': " + err.Error())
		return dialplan.End
	}
	if !c.CallSub(to, list) {
		return dialplan.End
	}
	return dialplan.Continue
}

// subPlace is where a subroutine begins; one that is not there is an error.
func subPlace(c *pbx.Channel, target string) (dialplan.Location, error) {
	to, err := c.Machine().Target(target, c.Query())
	if err == nil {
		if _, ok := c.Machine().Plan().Find(to.Context, to.Exten, to.Priority, c.Query()); !ok {
			err = errNoTarget
		}
	}
	return to, err
}

// aside runs the subroutine that an option names ("^" for ",") on a channel, as seen from
// another; false when it ended the call. One that is not there is passed over.
func aside(c, on *pbx.Channel, o dialplan.Options, option byte) bool {
	target, args := subCall(o, option)
	to, err := subPlace(c, target)
	if err != nil {
		c.Warn("option " + string(option) + ": '" + target + "': " + err.Error())
		return true
	}
	return runAside(c, on, to, args)
}

// runAside runs a subroutine: of a channel that c has dialled on a goroutine of its own,
// while c is served. When that goes it ends too.
func runAside(c, on *pbx.Channel, to dialplan.Location, args []string) (returned bool) {
	if c == on {
		return on.RunSubAside(to, args)
	}
	return besides(c, on, func() bool { return on.RunSubAside(to, args) })
}

// besides runs f on a channel that c has dialled, on a goroutine of its own.
func besides(c, on *pbx.Channel, f func() bool) (returned bool) {
	done := on.Lend(func() { returned = f() })
	if _, why := c.Await(pbx.Wait{Also: done}); why != pbx.Also {
		on.SoftHangup(pbx.CauseNormal)
		<-done
	}
	return returned
}

func gosubIf(c *pbx.Channel, args string) dialplan.Result {
	target, ok := branch(args)
	if !ok {
		c.Warn("GosubIf requires an argument: GosubIf(cond?label1(args):label2(args)")
		return dialplan.Continue
	}
	if target == "" {
		return dialplan.Continue
	}
	return gosub(c, target)
}

func goBack(c *pbx.Channel, args string) dialplan.Result {
	back, ok := c.ReturnSub()
	if !ok {
		c.Warn("Return without Gosub: stack is empty")
		return dialplan.End
	}
	c.SetVar("GOSUB_RETVAL", args)
	c.Machine().Goto(back)
	return dialplan.Continue
}

func stackPop(c *pbx.Channel, _ string) dialplan.Result {
	if _, ok := c.PopSub(); !ok {
		c.Warn("StackPop called with no gosub stack allocated.")
	}
	return dialplan.Continue
}
