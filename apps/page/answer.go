package page

import (
	"maps"
	"slices"
	"strings"

	"obelisk/pbx"
)

// Phones answer by themselves when a header of the INVITE asks for it, each kind another one.

// answers are the headers by kind of phone.
//
//   - Call-Info with answer-after: RFC 3261 20.9 has the header, the parameter is draft-ietf-sip-answermode's
//     forerunner; Snom, Yealink, Grandstream, Aastra, Cisco SPA, Fanvil, Gigaset, Linphone
//   - Alert-Info with info=alert-autoanswer: Snom, Yealink, Panasonic, Htek; a name alone: Polycom, where
//     voIpProt.SIP.alertInfo.1.value has that name
//   - Answer-Mode: RFC 5373
var answers = map[string][]string{
	"snom":        {"Call-Info: <sip:127.0.0.1>;answer-after=0"},
	"yealink":     {"Call-Info: <sip:127.0.0.1>;answer-after=0"},
	"grandstream": {"Call-Info: <sip:127.0.0.1>;answer-after=0"},
	"aastra":      {"Call-Info: <sip:127.0.0.1>;answer-after=0"},
	"cisco":       {"Call-Info: <sip:127.0.0.1>;answer-after=0"},
	"panasonic":   {"Alert-Info: <http://127.0.0.1>;info=alert-autoanswer"},
	"polycom":     {"Alert-Info: Auto Answer"},
	"rfc":         {"Answer-Mode: Auto", "Require: answermode"},
}

// all are for a house with phones of several kinds.
var all = []string{"Call-Info: <sip:127.0.0.1>;answer-after=0", "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer",
	"Answer-Mode: Auto"}

// kinds are those that option a takes, for help.
var kinds = slices.Sorted(maps.Keys(answers))

// asks has the channel's call ask for that.
func (p *page) asks(ch *pbx.Channel) {
	add := ch.Core().App("SIPAddHeader")
	if add == nil {
		return
	}
	headers := all
	if kind := strings.ToLower(p.opt.Arg('a')); kind != "" {
		if headers = answers[kind]; headers == nil {
			p.c.Warn("Page option a: there is no kind of phone '" + kind + "', only " + strings.Join(kinds, ", "))
			headers = all
		}
	}
	for _, h := range headers {
		add.Exec(ch, h)
	}
}
