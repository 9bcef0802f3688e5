package chansip

import (
	"cmp"

	"obelisk/dialplan"
)

// leadFax sends the call to the extension fax of its context, of the one that called the
// macro in a macro, once (faxdetect). FAXEXTEN is the extension that it was in.
func (l *Leg) leadFax(why, without string) {
	ch := l.ch
	if ch == nil || l.faxLed || l.state == legEnded {
		return
	}
	at := ch.View().At
	if at.Exten == "fax" {
		return
	}
	macro, _ := ch.Var("MACRO_CONTEXT")
	context := cmp.Or(macro, at.Context)
	if !l.d.core.Plan().Exists(context, "fax", ch.Query()) {
		l.d.log.Info().Ctx(l.trace.Context()).Msg(without)
		return
	}
	ch.SetVar("FAXEXTEN", at.Exten)
	if err := ch.Redirect(dialplan.Location{Context: context, Exten: "fax", Priority: 1}); err != nil {
		l.d.log.Info().Ctx(l.trace.Context()).Msgf("Failed to async goto '%s' into fax of '%s': %v", ch.Name(), context, err)
		return
	}
	l.faxLed = true
	l.stream.OnFaxTone(nil)
	l.d.core.Show(2, "chan_sip.c", "Redirecting '%s' to fax extension due to %s", ch.Name(), why)
	l.trace.Note("%s is led to the extension fax: %s (%s)", l.resource, why, l.optionLine("faxdetect"))
}
