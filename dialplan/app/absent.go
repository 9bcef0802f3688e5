package app

import (
	"obelisk/dialplan"
	"obelisk/pbx"
)

// absent are applications that dialplans name and that are not here, with the reason: it is told
// when the file is read and when a call comes there, and the call goes on.
var absent = func() (out []pbx.App) {
	for _, a := range []struct{ name, why, variable, value string }{
		{"ADSIProg", "there are no ADSI telephones on SIP", "", ""},
		{"GetCPEID", "there are no ADSI telephones on SIP", "", ""},
		{"JACK", "audio goes to other programs by AudioSocket, AGI or files", "", ""},
		{"SMS", "short messages by modem tones are not sent over SIP; SendText and MessageSend send texts", "", ""},
		{"SendImage", "no telephone here takes images", "SENDIMAGESTATUS", "UNSUPPORTED"},
		{"SendURL", "no telephone here takes addresses of pages", "SENDURLSTATUS", "UNSUPPORTED"},
		{"TestClient", "'obelisk test' tests a dialplan, and a telephone tests a line", "TESTSTATUS", "FAILURE"},
		{"TestServer", "'obelisk test' tests a dialplan, and a telephone tests a line", "TESTSTATUS", "FAILURE"},
	} {
		text := "it is not here: " + a.why
		out = append(out, pbx.App{Name: a.name, Synopsis: "Not here", Usage: a.name + "(...): " + a.why,
			Check: func(string) []string { return []string{text} },
			Exec: func(c *pbx.Channel, _ string) dialplan.Result {
				if c.Warn(a.name + ": " + text); a.variable != "" {
					c.SetVar(a.variable, a.value)
				}
				return dialplan.Continue
			}})
	}
	return out
}()
