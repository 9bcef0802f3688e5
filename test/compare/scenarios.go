package main

// scenario is what a caller, and perhaps a callee, does; the answers that it waits for
// are those of Asterisk 20 with chan_sip.
type scenario struct {
	name           string
	caller, callee string
	trunk          bool   // the callee is the trunk
	better         string // what Obelisk answers on purpose where chan_sip does not
}

const auth = "[authentication username=locked password=secret]\n"

var scenarios = []scenario{
	// Requests outside calls.
	{name: "OPTIONS of a number there is", caller: ask("OPTIONS", "600", "open", "", "", "") + get(200)},
	{name: "OPTIONS of a number there is not", caller: ask("OPTIONS", "999", "open", "", "", "") + get(404)},
	{name: "BYE of no call", caller: ask("BYE", "600", "open", "", "", "") + get(481)},
	{name: "INFO of no call", caller: ask("INFO", "600", "open", "", "", "") + get(481)},
	{name: "UPDATE of no call", caller: ask("UPDATE", "600", "open", "", "", "") + get(481)},
	{name: "REFER of no call", caller: ask("REFER", "600", "open", "Refer-To: <sip:600@[remote_ip]>\n", "", "") + get(603)},
	{name: "PUBLISH", caller: ask("PUBLISH", "600", "open", "Event: presence\n", "", "") + get(489)},
	{name: "an unknown method", caller: ask("DANCE", "600", "open", "", "", "") + get(501)},
	{name: "NOTIFY of keep-alive", caller: ask("NOTIFY", "600", "open", "Event: keep-alive\n", "", "") + get(200)},
	{name: "NOTIFY of something else", caller: ask("NOTIFY", "600", "open", "Event: weather\n", "", "") + get(489)},
	{name: "MESSAGE to a number", caller: ask("MESSAGE", "600", "open", "", "text/plain", "hello") + get(202)},
	{name: "MESSAGE to nobody", caller: ask("MESSAGE", "999", "open", "", "text/plain", "hello") + get(404)},
	{name: "MESSAGE that is no text", caller: ask("MESSAGE", "600", "open", "", "text/html", "hello") + get(415)},
	// Registration.
	{name: "REGISTER, good", caller: ask("REGISTER", "locked", "locked", "Expires: 300\n", "", "") + challenge() + ask("REGISTER", "locked",
		"locked", "Expires: 300\n"+auth, "", "") + get(200) +
		ask("REGISTER", "locked", "locked", "Expires: 0\n"+auth, "", "") + challenge() + ask("REGISTER", "locked", "locked", "Expires: 0\n"+auth,
		"", "") + get(200)},
	{name: "REGISTER, wrong password", caller: ask("REGISTER", "locked", "locked", "Expires: 300\n", "", "") + challenge() + ask("REGISTER",
		"locked", "locked", "Expires: 300\n[authentication username=locked password=wrong]\n", "", "") + get(403)},
	{name: "REGISTER, nobody", caller: ask("REGISTER", "nobody", "nobody", "Expires: 300\n", "", "") + challenge() + ask("REGISTER", "nobody",
		"nobody", "Expires: 300\n[authentication username=nobody password=x]\n", "", "") + get(403)},
	{name: "REGISTER, without a secret, too brief", caller: ask("REGISTER", "open", "open", "Expires: 5\n", "",
		"") + get(200) + ask("REGISTER", "open", "open", "Expires: 0\n", "", "") + get(200)},
	{name: "REGISTER, a static host", caller: ask("REGISTER", "callee", "callee", "Expires: 300\n", "", "") + challenge() + ask("REGISTER",
		"callee", "callee", "Expires: 300\n[authentication username=callee password=x]\n", "", "") + get(403)},
	// Calls that are refused.
	{name: "INVITE of nobody's number", caller: invite("999", "open", "", offer("0", "")) + get(404) + ackError("999", "open")},
	{name: "INVITE of a part of a number", caller: invite("123", "open", "", offer("0", "")) + get(484) + ackError("123", "open")},
	{name: "INVITE without a common codec", caller: invite("600", "open", "", offer("18", "")) + get(488) + ackError("600", "open")},
	{name: "INVITE with a wrong password", caller: invite("600", "locked", "", offer("0", "")) + challenge() + ackError("600",
		"locked") + invite("600", "locked", "[authentication username=locked password=wrong]\n",
		offer("0", "")) + may(100) + get(403) + ackError("600", "locked")},
	{name: "INVITE that requires what there is not", caller: invite("600", "open", "Require: teleport\n",
		offer("0", "")) + get(420) + ackError("600", "open")},
	{name: "INVITE in the place of no call", caller: invite("600", "open", "Replaces: none;to-tag=a;from-tag=b\n",
		offer("0", "")) + may(100) + get(481) + ackError("600", "open")},
	{name: "INVITE, session interval too small", caller: invite("600", "brief", "Supported: timer\nSession-Expires: 90\n",
		offer("0", "")) + get(422) + ackError("600", "brief")},
	{name: "INVITE, session timers refused", caller: invite("600", "still", "Require: timer\nSession-Expires: 1800\n",
		offer("0", "")) + get(420) + ackError("600", "still")},
	{name: "Busy()", caller: invite("601", "open", "", offer("0", "")) + may(100) + get(486) + ackError("601", "open")},
	{name: "Congestion()", caller: invite("602", "open", "", offer("0", "")) + may(100) + get(503) + ackError("602", "open")},
	{name: "Hangup()", caller: invite("603", "open", "", offer("0", "")) + may(100) + get(603) + ackError("603", "open")},
	{name: "Hangup(34)", caller: invite("606", "open", "", offer("0", "")) + may(100) + get(503) + ackError("606", "open")},
	{name: "Hangup(1)", caller: invite("607", "open", "", offer("0", "")) + may(100) + get(404) + ackError("607", "open")},
	{name: "Progress(), then busy", caller: invite("605", "open", "", offer("0", "")) + may(100) + get(183) + get(486) + ackError("605",
		"open")},
	{name: "Transfer() before an answer", caller: invite("609", "open", "", offer("0", "")) + may(100) + get(302) + ackError("609", "open")},
	{name: "a phone that is not registered", caller: invite("502", "open", "", offer("0", "")) + may(100) + get(503) + ackError("502",
		"open")},
	// Calls that are up.
	{name: "a call to the echo", caller: up("600") + pause(200) + bye(2)},
	{name: "a call with credentials", caller: invite("600", "locked", "", offer("0 8 101", "")) + challenge() + ackError("600",
		"locked") + invite("600", "locked", auth, offer("0 8 101", "")) + may(100) + get(200) + ack(2) + bye(3)},
	{name: "a guest's call", caller: invite("600", "stranger", "", offer("0", "")) + may(100) + get(200) + ack(1) + bye(2)},
	{name: "an offer in the 200", caller: invite("600", "open", "", "") + may(100) + get(200) + inside("ACK", 1, "", "application/sdp",
		offer("0", "")) + bye(2)},
	{name: "video is refused", caller: invite("600", "open", "", offer("0", "m=video 4000 RTP/AVP 99\na=rtpmap:99 H264/90000\n")) + may(
		100) + get(200) + ack(1) + bye(2)},
	{name: "Ringing(), then an answer", caller: invite("604", "open", "", offer("0", "")) + may(100) + get(180) + get(200) + ack(1) + bye(2)},
	{name: "session timer", caller: invite("600", "open", "Supported: timer\nSession-Expires: 600\n",
		offer("0", "")) + may(100) + get(200) + ack(1) + bye(2)},
	{name: "hold, sendonly", caller: up("600") + inside("INVITE", 2, "", "application/sdp", offer("0 8 101", "a=sendonly\n")) + may(
		100) + get(200) + ack(2) + bye(3)},
	{name: "hold, inactive", caller: up("600") + inside("INVITE", 2, "", "application/sdp", offer("0 8 101", "a=inactive\n")) + may(
		100) + get(200) + ack(2) + bye(3)},
	{name: "a re-INVITE without a common codec", caller: up("600") + inside("INVITE", 2, "", "application/sdp",
		offer("18", "")) + may(100) + get(488) + inside("ACK", 2, "", "", "") + bye(3)},
	{name: "a re-INVITE without SDP", caller: up("600") + inside("INVITE", 2, "", "", "") + may(100) + get(200) + inside("ACK", 2, "",
		"application/sdp", offer("0", "")) + bye(3)},
	{name: "OPTIONS in a call", caller: up("600") + inside("OPTIONS", 2, "", "", "") + get(200) + bye(3)},
	{name: "SUBSCRIBE in a call", caller: up("600") + inside("SUBSCRIBE", 2, "Event: dialog\nAccept: application/dialog-info+xml\n", "",
		"") + get(403) + bye(3)},
	{name: "INFO with a key", caller: up("600") + inside("INFO", 2, "", "application/dtmf-relay",
		"Signal=5\nDuration=160\n") + get(200) + bye(3)},
	{name: "INFO of another kind", caller: up("600") + inside("INFO", 2, "", "application/x-what", "x\n") + get(415) + bye(3)},
	{name: "INFO without a body", caller: up("600") + inside("INFO", 2, "", "", "") + get(200) + bye(3)},
	{name: "REFER without Refer-To", caller: up("600") + inside("REFER", 2, "", "", "") + get(400) + bye(3)},
	{name: "UPDATE in a call", caller: up("600") + inside("UPDATE", 2, "", "", "") + get(501) + bye(3), better: "200"},
	{name: "CANCEL before an answer", caller: invite("608", "open", "", offer("0", "")) + get(100) +
		send("CANCEL sip:608@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\nMax-Forwards: 70\nFrom: "+
			"<sip:open@[remote_ip]>;tag=t[call_number]\nTo: <sip:608@[remote_ip]>\nCall-ID: [call_id]\nCSeq: 1 CANCEL\nContent-Length: 0", true) +
		get(487) + ackError("608", "open") + get(200)},
	// Subscriptions.
	{name: "SUBSCRIBE, dialog", caller: ask("SUBSCRIBE", "700", "open", "Event: dialog\nAccept: application/dialog-info+xml\nExpires: 300\n",
		"", "") + get(200) + gets("NOTIFY") + ok()},
	{name: "SUBSCRIBE, presence", caller: ask("SUBSCRIBE", "700", "open", "Event: presence\nAccept: application/pidf+xml\nExpires: 300\n", "",
		"") + get(200) + gets("NOTIFY") + ok()},
	{name: "SUBSCRIBE, too brief", caller: ask("SUBSCRIBE", "700", "open", "Event: dialog\nAccept: application/dialog-info+xml\nExpires: 5\n",
		"", "") + get(423)},
	{name: "SUBSCRIBE, no hint", caller: ask("SUBSCRIBE", "600", "open", "Event: dialog\nAccept: application/dialog-info+xml\nExpires: 300\n",
		"", "") + get(404)},
	{name: "SUBSCRIBE, not allowed", caller: ask("SUBSCRIBE", "700", "bound",
		"Event: dialog\nAccept: application/dialog-info+xml\nExpires: 300\n", "", "") + get(403)},
	{name: "SUBSCRIBE, an unknown event", caller: ask("SUBSCRIBE", "700", "open", "Event: weather\nAccept: text/plain\nExpires: 300\n", "",
		"") + get(489)},
	{name: "SUBSCRIBE, an unknown format", caller: ask("SUBSCRIBE", "700", "open", "Event: presence\nAccept: text/plain\nExpires: 300\n", "",
		"") + get(489)},
	// Calls to others.
	{name: "a call, answered", caller: up("500") + pause(300) + bye(2),
		callee: gets("INVITE") + reply("180 Ringing", "", "") + reply("200 OK", "", offer("0", "")) + gets("ACK") + gets("BYE") + ok()},
	{name: "a call, the callee hangs up", caller: up("500") + gets("BYE") + ok(),
		callee: gets("INVITE") + reply("200 OK", "", offer("0", "")) + calleeBye()},
	{name: "a call, early media", caller: invite("500", "open", "", offer("0 8", "")) + may(100) + get(183) + get(200) + ack(1) + bye(2),
		callee: gets("INVITE") + reply("183 Session Progress", "", offer("0", "")) + pause(200) + reply("200 OK", "",
			offer("0", "")) + gets("ACK") + gets("BYE") + ok()},
	{name: "a call, busy", caller: invite("500", "open", "", offer("0", "")) + may(100) + get(486) + ackError("500", "open"),
		callee: gets("INVITE") + reply("486 Busy Here", "", "") + gets("ACK")},
	{name: "a call, not found", caller: invite("500", "open", "", offer("0", "")) + may(100) + get(503) + ackError("500", "open"),
		callee: gets("INVITE") + reply("404 Not Found", "", "") + gets("ACK")},
	{name: "a call, temporarily unavailable", caller: invite("500", "open", "", offer("0", "")) + may(100) + get(486) + ackError("500",
		"open"), callee: gets("INVITE") + reply("480 Gone", "", "") + gets("ACK")},
	{name: "a call, redirected", caller: invite("500", "open", "", offer("0 8 101", "")) + may(100) + get(181) + may(180) + get(200) + ack(
		1) + pause(200) + bye(2), callee: gets("INVITE") + redirect("sip:600@elsewhere") + gets("ACK")},
	{name: "a call with an added header", caller: invite("610", "open", "", offer("0", "")) + may(100) + get(486) + ackError("610", "open"),
		callee: gets("INVITE") + reply("486 Busy Here", "", "") + gets("ACK")},
	{name: "a caller who asserts himself", caller: invite("500", "asserting", "P-Asserted-Identity: \"Real\" <sip:777@x>\n",
		offer("0", "")) + may(100) + get(486) + ackError("500", "asserting"), callee: gets("INVITE") + reply("486 Busy Here", "",
		"") + gets("ACK")},
	{name: "a diverted caller", caller: invite("500", "open", "Diversion: <sip:888@x>;reason=no-answer\n",
		offer("0", "")) + may(100) + get(486) + ackError("500", "open"), callee: gets("INVITE") + reply("486 Busy Here", "", "") + gets("ACK")},
	{name: "fax over T.38", caller: invite("503", "rich", "", offer("0", "")) + may(100) + get(200) + ack(1) + pause(200) + inside("INVITE",
		2, "", "application/sdp", fax) + may(100) + get(200) + ack(2) + pause(200) + bye(3),
		callee: gets("INVITE") + reply("200 OK", "", offer("0", "")) + gets("ACK") + gets("INVITE") + replyAgain(fax) + gets("ACK") + gets(
			"BYE") + ok()},
	{name: "fax over T.38, refused", caller: invite("503", "rich", "", offer("0", "")) + may(100) + get(200) + ack(1) + pause(200) + inside(
		"INVITE", 2, "", "application/sdp", fax) + may(100) + get(488) + inside("ACK", 2, "", "", "") + pause(200) + bye(3),
		callee: gets("INVITE") + reply("200 OK", "", offer("0", "")) + gets("ACK") + gets("INVITE") + send(
			"SIP/2.0 488 Not Acceptable Here\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n",
			false) + gets("ACK") + gets("BYE") + ok()},
	{name: "a call with video", caller: invite("503", "rich", "", offer("0", video)) + may(100) + get(200) + ack(1) + pause(200) + bye(2),
		callee: gets("INVITE") + reply("200 OK", "", offer("0", video)) + gets("ACK") +
			"<recv request=\"INFO\" optional=\"true\" next=\"1\"/>\n" + gets("BYE") + ok() + "<nop next=\"2\"/>\n<label id=\"1\"/>\n" +
			ok() + gets("BYE") + ok() + "<label id=\"2\"/>\n"},
	{name: "a trunk that asks for credentials", trunk: true, caller: up("501") + pause(200) + bye(2),
		callee: gets("INVITE") + reply("407 Proxy Authentication Required",
			"Proxy-Authenticate: Digest realm=\"itsp\", nonce=\"abc\", qop=\"auth\"\n", "") + gets("ACK") + gets("INVITE") + reply("200 OK", "",
			offer("0", "")) + gets("ACK") + gets("BYE") + ok()},
}
