package chansip

import (
	"strconv"
	"strings"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// causeIn is the cause of a request or answer that ends a call: the one that its
// Reason header names where use_q850_reason asks for that (RFC 3326), else the one
// that is given.
func causeIn(g *dialog.Dialog, m *sipstack.Message, otherwise pbx.Cause) pbx.Cause {
	if !g.Endpoint().Q850 {
		return otherwise
	}
	for _, v := range m.List("Reason") {
		protocol, params, _ := strings.Cut(v, ";")
		if !strings.EqualFold(strings.TrimSpace(protocol), "Q.850") {
			continue
		}
		for _, p := range strings.Split(params, ";") {
			name, value, _ := strings.Cut(p, "=")
			if n, err := strconv.Atoi(strings.TrimSpace(value)); strings.EqualFold(strings.TrimSpace(name), "cause") && err == nil && n > 0 &&
				n < 128 {
				return pbx.Cause(n)
			}
		}
	}
	return otherwise
}

// byeCause is what a BYE says of itself, as with chan_sip: nothing on a call that came in, so that what its
// channel has stays; who was called has ended normally.
func (l *Leg) byeCause() pbx.Cause {
	if l.outbound {
		return pbx.CauseNormal
	}
	return pbx.CauseNone
}

// reasonHeaders tells a cause in a Reason header, where use_q850_reason asks for that; its seven
// bits (RFC 3326).
func reasonHeaders(e *sipconf.Endpoint, c pbx.Cause) []sipstack.Header {
	if !e.Q850 {
		return nil
	}
	return []sipstack.Header{{Name: "Reason", Value: "Q.850;cause=" + strconv.Itoa(int(c)&0x7f)}}
}

// causeOf maps a SIP status to Q.850 (chan_sip: hangup_sip2cause).
// Differs: chan_sip lets a 423 pass and rings on until Dial gives up.
func causeOf(status int) pbx.Cause {
	switch status {
	case 401, 403, 407, 603:
		return pbx.CauseRejected
	case 404, 485, 604:
		return pbx.CauseUnallocated
	case 408:
		return pbx.CauseNoResponse
	case 409:
		return 41
	case 410, 422:
		return 22
	case 420:
		return pbx.CauseNoRoute
	case 480, 483:
		return pbx.CauseNoAnswer
	case 484:
		return pbx.CauseInvalidNumber
	case 486, 600:
		return pbx.CauseBusy
	case 488, 606:
		return pbx.CauseBearer
	case 500:
		return pbx.CauseNetwork
	case 501:
		return 29
	case 502:
		return 27
	case 503:
		return pbx.CauseCongestion
	case 504:
		return 102
	case 505:
		return pbx.CauseInterworking
	}
	switch status / 100 {
	case 4, 6:
		return pbx.CauseInterworking
	case 5:
		return pbx.CauseCongestion
	}
	return pbx.CauseNormal
}

// statusOf maps a cause to the final answer of an unanswered call (chan_sip:
// hangup_cause2sip).
func statusOf(c pbx.Cause) (int, string) {
	switch c {
	case 1, 2, 3:
		return 404, "Not Found"
	case 17:
		return 486, "Busy here"
	case 18:
		return 408, "Request Timeout"
	case 19, 20, 31:
		return 480, "Temporarily unavailable"
	case 21:
		return 403, "Forbidden"
	case 22:
		return 410, "Gone"
	case 27:
		return 502, "Bad Gateway"
	case 28:
		return 484, "Address incomplete"
	case 29:
		return 501, "Not Implemented"
	case 34, 42, 66:
		return 503, "Service Unavailable"
	case 38:
		return 500, "Server internal failure"
	case 58:
		return 488, "Not Acceptable Here"
	case 127:
		return 500, "Network error"
	}
	return 603, "Declined"
}

// endedBy is the cause of a call that a final failure of our INVITE ends: 487 is what was
// wished for, whoever did.
func endedBy(status int) pbx.Cause {
	if status == 487 {
		return pbx.CauseNormal
	}
	return causeOf(status)
}

// outcome says what a final failure of our INVITE means to Dial.
func outcome(status int) pbx.EventKind {
	switch status {
	case 486, 600, 603, 480, 300, 301, 302, 305:
		return pbx.EventBusy
	case 482, 500, 502, 503, 504, 410, 401, 407:
		return pbx.EventCongestion
	}
	return pbx.EventHungUp
}
