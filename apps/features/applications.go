package features

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Transfers by the dialplan: BlindTransfer and AttendedTransfer. A channel runs them in the midst of a call, from the
// applicationmap; alone it transfers nobody.

func (m *Module) applications() []pbx.App {
	return []pbx.App{
		{Name: "BlindTransfer", Module: "app_blind_transfer", Synopsis: "Send the party that the channel talks with to an extension",
			Usage: "BlindTransfer(extension[,context])\n  the context is that of the channel, if none is named\n" +
				"  BLINDTRANSFERSTATUS is SUCCESS, FAILURE, or INVALID: it talks with nobody, or with several",
			Check: namesExtension, Exec: blindApp},
		{Name: "AttendedTransfer", Module: "app_attended_transfer", Synopsis: "Call an extension, to which the other party then goes",
			Usage: "AttendedTransfer(extension)\n  as the keys of atxfer do, in the context TRANSFER_CONTEXT\n" +
				"  ATTENDEDTRANSFERSTATUS is SUCCESS (it begins when the dialplan is through), FAILURE, or\n" +
				"  NOTPERMITTED: no TRANSFER_CONTEXT, or atxfer of features.conf has no keys",
			Check: namesExtension, Exec: m.attendedApp},
	}
}

// namesExtension finds a transfer to nowhere.
func namesExtension(args string) []string {
	if exten, _, _ := strings.Cut(args, ","); strings.TrimSpace(exten) == "" {
		return []string{"no extension is named, and nobody is transferred"}
	}
	return nil
}

// blindApp is BlindTransfer.
func blindApp(c *pbx.Channel, args string) dialplan.Result {
	exten, context, _ := strings.Cut(args, ",")
	exten, context = strings.TrimSpace(exten), strings.TrimSpace(context)
	if context == "" {
		context = c.View().At.Context
	}
	status := "SUCCESS"
	switch {
	case args == "":
		c.Warn("BlindTransfer requires an argument (exten)")
		status = "FAILURE"
	case !c.SendOther(context, exten):
		status = "INVALID"
	}
	c.SetVar("BLINDTRANSFERSTATUS", status)
	return dialplan.Continue
}

// attendedApp is AttendedTransfer. Asterisk plays the keys to itself when the application is over, and says
// before it that they are queued.
//
// Differs: the extension need not be keys, and option T or t of Dial is not asked for, as with the action Atxfer.
func (m *Module) attendedApp(c *pbx.Channel, args string) dialplan.Result {
	exten, context := strings.TrimSpace(args), c.Variable("TRANSFER_CONTEXT")
	status := "SUCCESS"
	switch {
	case exten == "":
		c.Warn("AttendedTransfer requires an argument (exten)")
		status = "FAILURE"
	case context == "", m.of(c).codeOf(c, "atxfer") == "":
		status = "NOTPERMITTED"
	default:
		if b := c.Bridge(); b != nil && b.Lend(c, func(c *pbx.Channel) { m.attendedTo(c, context, exten) }) != nil {
			status = "FAILURE"
		}
	}
	c.SetVar("ATTENDEDTRANSFERSTATUS", status)
	return dialplan.Continue
}
