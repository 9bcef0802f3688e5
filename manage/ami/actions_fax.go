package ami

import "strconv"

// faxActions tell of faxes that are sent and received here. As with an Asterisk to which no fax
// technology is loaded there are none: faxes pass through.
var faxActions = []action{
	{"FAXSessions", "Lists active FAX sessions", ClassCall, false, faxSessions},
	{"FAXSession", "Responds with a detailed description of a single FAX session", ClassCall, false, faxSession},
	{"FAXStats", "Responds with fax statistics", ClassReporting, false, faxStats},
}

func faxSessions(a *act) {
	a.respond("Success", header{"EventList", "Start"}, header{"Message", "FAXSessionsEntry event list will follow"})
	a.write([]header{{"Event", "FAXSessionsComplete"}, {"EventList", "Complete"}, {"ListItems", "0"}, {"Total", "0"}})
}

func faxSession(a *act) {
	if _, err := strconv.ParseUint(a.m.get("SessionNumber"), 10, 32); err != nil {
		a.fail("Invalid session ID")
		return
	}
	a.fail("Session not found")
}

func faxStats(a *act) {
	a.respond("Success", header{"Message", "FAXStats event will follow"})
	a.write([]header{{"Event", "FAXStats"}, {"CurrentSessions", "0"}, {"ReservedSessions", "0"}, {"TransmitAttempts", "0"},
		{"ReceiveAttempts", "0"}, {"CompletedFAXes", "0"}, {"FailedFAXes", "0"}})
}
