package app

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

func (p player) pickupApps() []pbx.App {
	return []pbx.App{{Name: "Pickup", Synopsis: "Pick up a call that rings",
		Usage: "Pickup([extension[@context][&extension2[@context2]...]])\n  without an extension: of the own pickup groups\n  " +
			"mark@PICKUPMARK: of channels with that PICKUPMARK", Exec: p.pickup},
		{Name: "PickupChan", Synopsis: "Pick up the call that rings at a channel",
			Usage: "PickupChan(technology/resource[&technology2/resource2...][,p])\n  a resource that rings, the name of a channel, or its " +
				"unique id; the first one that can be picked up is\n  p  what the name of a channel begins with is enough", Exec: pickupChan}}
}

// pickup takes the place of the phone that rings. Without one the dialplan goes on.
func (p player) pickup(c *pbx.Channel, args string) dialplan.Result {
	wish := pbx.PickupWish{Extens: args, Context: c.View().At.Context, Groups: pbx.GroupsOf(c)}
	target := c.Core().FindRinging(wish)
	if target == nil {
		if way := c.RingingAbroad(wish); way != "" {
			return c.GoVisiting(way)
		}
		c.Trace().Note("there is nothing to pick up")
		c.Core().Log().Info().Msgf("No target channel found for %s.", args)
		if sound := c.Feature("pickupfailsound"); sound != "" && c.Single() {
			c.Answer()
			if _, err := p.Play(c, sound, prompt.How{}); err != nil {
				c.Warn(err.Error())
			}
			return dialplan.End
		}
		return dialplan.Continue
	}
	if sound := c.Feature("pickupsound"); sound != "" && c.Single() {
		target.SetVar("BRIDGE_PLAY_SOUND", sound)
	}
	return takeCall(c, target)
}

// takeCall gives the call that rings at a channel to this one.
func takeCall(c, target *pbx.Channel) dialplan.Result {
	c.Trace().Note("picks up %s", target.Name())
	if c.GiveTo(target) != nil {
		return dialplan.Continue
	}
	c.WaitHangup()
	return dialplan.End
}

func pickupChan(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 3)
	if word(f, 0) == "" {
		c.Warn("PickupChan requires an argument (channel)!")
		return dialplan.Continue
	}
	part := strings.Contains(word(f, 1), "p")
	var wish pbx.PickupWish
	for _, name := range strings.Split(word(f, 0), "&") {
		if name == "" {
			continue
		}
		name = c.Core().MeantChannel(name)
		begins := name
		if !part && !strings.Contains(name, "-") { // a resource, not one that only begins so
			begins += "-"
		}
		if target := c.Core().RingingNamed(begins, name); target != nil {
			return takeCall(c, target)
		}
		wish.Begins, wish.IDs = append(wish.Begins, begins), append(wish.IDs, name)
		c.Core().Log().Info().Msgf("No target channel found for %s.", name)
	}
	if way := c.RingingAbroad(wish); way != "" {
		return c.GoVisiting(way)
	}
	return dialplan.Continue
}
