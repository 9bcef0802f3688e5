package app

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

var pickupApp = pbx.App{Name: "Pickup", Synopsis: "Pick up a call that rings",
	Usage: "Pickup([extension[@context][&extension2[@context2]...]])\n  without an extension: of the own pickup groups\n  mark@PICKUPMARK: of channels with that PICKUPMARK", Exec: pickup}

// pickup takes the place of the phone that rings. Without one the dialplan goes on.
func pickup(c *pbx.Channel, args string) dialplan.Result {
	target := findRinging(c, args)
	if target == nil {
		c.Trace().Note("there is nothing to pick up")
		c.Core().Log().Info().Msgf("No target channel found for %s.", args)
		return dialplan.Continue
	}
	c.Trace().Note("picks up %s", target.Name())
	if !c.Join(target) {
		return dialplan.Continue
	}
	c.WaitHangup()
	return dialplan.End
}

func findRinging(c *pbx.Channel, args string) *pbx.Channel {
	if strings.TrimSpace(args) == "" {
		return c.Core().RingingFor(c)
	}
	for _, dest := range strings.Split(args, "&") {
		exten, context, named := strings.Cut(strings.TrimSpace(dest), "@")
		var found *pbx.Channel
		switch {
		case context == "PICKUPMARK":
			found = c.Core().RingingMarked(exten)
		case named:
			found = c.Core().RingingCallTo(context, exten)
		default:
			found = c.Core().RingingCallTo(c.View().At.Context, exten)
		}
		if found != nil {
			return found
		}
	}
	return nil
}
