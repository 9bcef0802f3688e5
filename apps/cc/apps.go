package cc

import (
	"fmt"

	"obelisk/dialplan"
	"obelisk/pbx"
)

func (d *Desk) apps() []pbx.App {
	return []pbx.App{
		{Name: "CallCompletionRequest", Synopsis: "Ask to be called back when who was just called is free", Usage: requestUsage, Exec: d.askFor},
		{Name: "CallCompletionCancel", Synopsis: "Take that back", Usage: cancelUsage, Exec: d.takeBack},
	}
}

const (
	requestUsage = "CallCompletionRequest()\n  CC_REQUEST_RESULT: SUCCESS or FAIL\n" +
		"  CC_REQUEST_REASON: NO_CORE_INSTANCE, there is no such call; TOO_MANY_REQUESTS (ccss.conf)"
	cancelUsage = "CallCompletionCancel()\n  CC_CANCEL_RESULT: SUCCESS or FAIL\n" +
		"  CC_CANCEL_REASON: NO_CORE_INSTANCE, nothing was asked for"
)

func (d *Desk) askFor(c *pbx.Channel, _ string) dialplan.Result {
	device, reason := c.Device(), ""
	d.ask(func() {
		found := d.of(device, false)
		switch {
		case found == nil:
			reason = "NO_CORE_INSTANCE"
		case d.waiting(found) >= d.config.Load().MaxRequests:
			reason = "TOO_MANY_REQUESTS"
			d.change(found.id, failed, "Too many CC requests")
		default:
			d.change(found.id, requested, "")
		}
	})
	return say(c, "CC_REQUEST_RESULT", "CC_REQUEST_REASON", reason)
}

func (d *Desk) takeBack(c *pbx.Channel, _ string) dialplan.Result {
	device, reason := c.Device(), ""
	d.ask(func() {
		if found := d.of(device, true); found != nil {
			why := fmt.Sprintf("Call completion request Cancelled for core ID %d by caller %s", found.id, device)
			d.change(found.id, failed, why)
		} else {
			reason = "NO_CORE_INSTANCE"
		}
	})
	return say(c, "CC_CANCEL_RESULT", "CC_CANCEL_REASON", reason)
}

// say sets the variables of a result; reason is "" for success.
func say(c *pbx.Channel, result, why, reason string) dialplan.Result {
	if reason == "" {
		c.SetVar(result, "SUCCESS")
		return dialplan.Continue
	}
	c.SetVar(result, "FAIL")
	c.SetVar(why, reason)
	return dialplan.Continue
}

var function = pbx.Func{Name: "CALLCOMPLETION", Synopsis: "Options of call completion of the channel",
	Usage: "CALLCOMPLETION(option): cc_agent_policy, cc_monitor_policy, cc_offer_timer and the others of sip.conf, for this call",
	Read:  func(c *pbx.Channel, name string) (string, error) { return optionsOf(c).Get(name) },
	Write: func(c *pbx.Channel, name, value string) error {
		d, ok := c.Core().Completion().(*Desk)
		if !ok {
			return nil
		}
		k, options := d.keptOf(c), *optionsOf(c)
		err := options.Set(name, value)
		k.options = &options
		c.SetCompleting(k)
		return err
	}}
