package main

import (
	"fmt"
	"strings"
)

// Steps of SIPp scenarios. The caller is at [local_ip]; "open" has no secret.

const sdpText = "v=0\no=sipp 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\nm=audio [media_port] RTP/AVP %s\n%s"

// offer is an SDP body with payload types and further lines.
func offer(formats, lines string) string {
	var maps strings.Builder
	for _, f := range strings.Fields(formats) {
		if m := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000", "18": "G729/8000", "101": "telephone-event/8000"}[f]; m != "" {
			fmt.Fprintf(&maps, "a=rtpmap:%s %s\n", f, m)
		}
	}
	return fmt.Sprintf(sdpText, formats, maps.String()+lines)
}

// send writes a message, which is repeated until it is answered where again is set.
func send(text string, again bool) string {
	attribute := ""
	if again {
		attribute = ` retrans="500"`
	}
	return "<send" + attribute + "><![CDATA[\n" + strings.TrimRight(text, "\n") + "\n\n]]></send>\n"
}

// withBody ends a message: its length, and the body.
func withBody(head, contentType, body string) string {
	if body == "" {
		return head + "Content-Length: 0\n"
	}
	return head + "Content-Type: " + contentType + "\nContent-Length: [len]\n\n" + body
}

// ask is a request that opens a transaction outside a dialog.
func ask(method, number, from, extra, contentType, body string) string {
	head := fmt.Sprintf("%s sip:%s@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/UDP "+
		"[local_ip]:[local_port];branch=z9hG4bK-%s-[call_number]-[cseq]\nMax-Forwards: 70\nFrom: <sip:%s@[remote_ip]>;tag=t[call_number]\n"+
		"To: <sip:%s@[remote_ip]>\nCall-ID: [call_id]\nCSeq: [cseq] %s\nContact: <sip:me@[local_ip]:[local_port]>\n%s",
		method, number, method, from, number, method, extra)
	return send(withBody(head, contentType, body), true)
}

// invite calls a number.
func invite(number, from, extra, sdp string) string {
	return ask("INVITE", number, from, extra, "application/sdp", sdp)
}

// inside is a request of the dialog.
func inside(method string, cseq int, extra, contentType, body string) string {
	head := fmt.Sprintf("%s [next_url] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nMax-Forwards: 70\n[routes]\n"+
		"From: <sip:open@[remote_ip]>;tag=t[call_number]\n[last_To:]\nCall-ID: [call_id]\nCSeq: %d %s\nContact: "+
		"<sip:me@[local_ip]:[local_port]>\n%s", method, cseq, method, extra)
	body = strings.Replace(body, "o=sipp 1 1 ", fmt.Sprintf("o=sipp 1 %d ", cseq), 1)
	return send(withBody(head, contentType, body), method != "ACK")
}

// ack acknowledges a 2xx.
func ack(cseq int) string { return inside("ACK", cseq, "", "", "") }

// ackError acknowledges another final answer of the first INVITE.
func ackError(number, from string) string {
	return send(fmt.Sprintf("ACK sip:%s@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\nMax-Forwards: 70\nFrom: "+
		"<sip:%s@[remote_ip]>;tag=t[call_number]\n[last_To:]\nCall-ID: [call_id]\nCSeq: [cseq] ACK\nContent-Length: 0", number, from), false)
}

// get waits for a response that must come; may for one that need not.
func get(status int) string { return fmt.Sprintf("<recv response=\"%d\" rrs=\"true\"/>\n", status) }
func may(status int) string {
	return fmt.Sprintf("<recv response=\"%d\" optional=\"true\" rrs=\"true\"/>\n", status)
}

// challenge waits for a 401 that credentials will answer.
func challenge() string { return "<recv response=\"401\" auth=\"true\"/>\n" }

// gets waits for a request.
func gets(method string) string { return "<recv request=\"" + method + "\" rrs=\"true\"/>\n" }

func pause(ms int) string { return fmt.Sprintf("<pause milliseconds=\"%d\"/>\n", ms) }

// reply answers the last request.
func reply(status, extra, sdp string) string {
	tag := ";tag=c[call_number]"
	head := "SIP/2.0 " + status + "\n[last_Via:]\n[last_Record-Route:]\n[last_From:]\n[last_To:]" + tag +
		"\n[last_Call-ID:]\n[last_CSeq:]\nContact: <sip:callee@[local_ip]:[local_port]>\n" + extra
	return send(withBody(head, "application/sdp", sdp), false)
}

// replyAgain answers a re-INVITE, which has our tag.
func replyAgain(sdp string) string {
	return send(withBody("SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContact: "+
		"<sip:callee@[local_ip]:[local_port]>\n", "application/sdp", sdp), false)
}

// redirect answers 302.
func redirect(to string) string {
	return send("SIP/2.0 302 Moved Temporarily\n[last_Via:]\n[last_From:]\n[last_To:];tag=c[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"+
		"Contact: <"+to+">\nContent-Length: 0\n", false)
}

// calleeBye ends the call from the callee's side, after the ACK.
func calleeBye() string {
	return `<recv request="ACK" rrs="true"><action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="1"/></action></recv>
` + pause(200) + send("BYE [next_url] SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nMax-Forwards: 70\nFrom: "+
		"<sip:callee@[local_ip]>;tag=c[call_number]\nTo: [$1]\nCall-ID: [call_id]\nCSeq: 1 BYE\nContent-Length: 0\n", true) + get(200)
}

// fax is an SDP body for T.38.
const fax = "v=0\no=sipp 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\nm=image [media_port] udptl t38\na=T38FaxVersion:0\n" +
	"a=T38MaxBitRate:14400\na=T38FaxRateManagement:transferredTCF\na=T38FaxMaxDatagram:200\na=T38FaxUdpEC:t38UDPRedundancy\n"

// video is a section of an SDP body.
const video = "m=video 4000 RTP/AVP 97\na=rtpmap:97 H264/90000\na=fmtp:97 profile-level-id=42E01F\n"

// okPlain answers a request of the dialog.
const okPlain = "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n"

func ok() string { return send(okPlain, false) }

// bye ends the call from the caller's side.
func bye(cseq int) string { return inside("BYE", cseq, "", "", "") + get(200) }

// up is a call to a number that is answered.
func up(number string) string {
	return invite(number, "open", "", offer("0 8 101", "")) + may(100) + may(180) + may(183) + get(200) + ack(1)
}
