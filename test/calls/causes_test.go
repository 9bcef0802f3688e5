package calls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// causesPlan calls the bare user agent, and keeps what became of it.
const causesPlan = "exten => _9XXX,1,Dial(SIP/bare)\nsame => n,Set(K=${HANGUPCAUSE_KEYS()})\n" +
	"same => n,Set(GLOBAL(R)=${DIALSTATUS} ${HANGUPCAUSE} ${HANGUPCAUSE(${K},tech)} ${HANGUPCAUSE(${K},ast)})\nsame => n,Hangup()\n" +
	"exten => _8XXX,1,Hangup($[${EXTEN:1}])\nexten => _7XXX,1,Answer()\nsame => n,Hangup($[${EXTEN:1}])\n" +
	"exten => busy,1,Busy()\nexten => nobody,1,Dial(SIP/gone)\nsame => n,Busy()\n" +
	"exten => through,1,Dial(Local/9000@inside)\nsame => n,Set(K=${HANGUPCAUSE_KEYS()})\nsame => " +
	"n,Set(GLOBAL(T)=${HANGUPCAUSE(${K},tech)}|${HASH(SIP_CAUSE,${HASHKEYS(SIP_CAUSE)})})\nsame => n,Hangup()\n"

// causesWorld is a bare world with the plan; general are lines of [general].
func causesWorld(t *testing.T, general string, f func(w *world, a *testkit.Phone, u *bareUA)) {
	t.Helper()
	bareWorld(t, general, "", func(w *world, a *testkit.Phone, u *bareUA) {
		w.write("extensions.conf", "[inside]\n"+causesPlan)
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		f(w, a, u)
	})
}

// Each status of a callee: DIALSTATUS, HANGUPCAUSE and HANGUPCAUSE() as Asterisk 20.20.1 with
// chan_sip has them, and what the caller is answered. Differs: 423, which chan_sip lets pass.
func TestCauseOfEachStatus(t *testing.T) {
	want := func(status int) (dial, text, answer string) {
		dial, text = "CHANUNAVAIL 127", "Interworking, unspecified"
		answer = "500 Network error"
		set := func(d, t, a string) { dial, text, answer = d, t, a }
		switch status {
		case 300, 301, 302, 305:
			set("BUSY 16", "Normal Clearing", "603 Declined")
		case 403:
			set("CHANUNAVAIL 21", "Call Rejected", "403 Forbidden")
		case 404, 485, 604:
			set("CHANUNAVAIL 1", "Unallocated (unassigned) number", "404 Not Found")
		case 408:
			set("CHANUNAVAIL 18", "No user responding", "408 Request Timeout")
		case 409:
			set("CHANUNAVAIL 41", "Temporary failure", "603 Declined")
		case 410:
			set("CONGESTION 22", "Number changed", "410 Gone")
		case 420:
			set("CHANUNAVAIL 3", "No route to destination", "404 Not Found")
		case 480:
			set("BUSY 19", "User alerting, no answer", "480 Temporarily unavailable")
		case 482:
			dial = "CONGESTION 127"
		case 483:
			set("NOANSWER 19", "User alerting, no answer", "480 Temporarily unavailable")
		case 484:
			set("CHANUNAVAIL 28", "Invalid number format", "484 Address incomplete")
		case 486, 600:
			set("BUSY 17", "User busy", "486 Busy here")
		case 487:
			dial, answer = "NOANSWER 16", "603 Declined"
		case 488, 606:
			set("CHANUNAVAIL 58", "Bearer capability not available", "488 Not Acceptable Here")
		case 500:
			set("CONGESTION 38", "Network out of order", "500 Server internal failure")
		case 501:
			set("CHANUNAVAIL 29", "Facility rejected", "501 Not Implemented")
		case 502:
			set("CONGESTION 27", "Destination out of order", "502 Bad Gateway")
		case 504:
			set("CONGESTION 102", "Recover on timer expiry", "603 Declined")
		case 505:
		case 603:
			set("BUSY 21", "Call Rejected", "403 Forbidden")
		default:
			switch status / 100 {
			case 3:
				set("NOANSWER 16", "Normal Clearing", "603 Declined")
			case 5:
				set("CONGESTION 34", "Circuit/channel congestion", "503 Service Unavailable")
			}
		}
		return dial, text, answer
	}
	causesWorld(t, "", func(w *world, a *testkit.Phone, u *bareUA) {
		for status := 300; status < 700; status++ {
			if status == 401 || status == 407 || status == 422 {
				continue
			}
			call := a.Dial(fmt.Sprintf("9%03d", status))
			invite := u.next("INVITE", time.Second)
			u.send(responseWithout(invite, fmt.Sprintf("%d So it is", status)))
			u.next("ACK", time.Second)
			dial, text, answer := want(status)
			if !call.Wait(answer[:3], 2*time.Second) {
				t.Errorf("%d: no %s", status, answer)
			} else if got := call.Response().Start; got != "SIP/2.0 "+answer {
				t.Errorf("%d: %s, want %s", status, got, answer)
			}
			if h := call.Response().Get("X-Asterisk-HangupCause"); h != "" {
				t.Errorf("%d: X-Asterisk-HangupCause: %s", status, h)
			}
			if got, _ := w.sys.Core().Global("R"); got != fmt.Sprintf("%s SIP %d So it is %s", dial, status, text) {
				t.Errorf("%d: %s, want %s, %s", status, got, dial, text)
			}
		}
	})
}

// responseWithout is a final response without a Contact.
func responseWithout(req, status string) string {
	return "SIP/2.0 " + status + "\r\nVia: " + lineOf(req, "Via") + "\r\nFrom: " + lineOf(req, "From") + "\r\nTo: " + lineOf(req, "To") +
		";tag=b\r\nCall-ID: " + lineOf(req, "Call-ID") +
		"\r\nCSeq: " + lineOf(req, "CSeq") + "\r\nContent-Length: 0\r\n\r\n"
}

// Each cause that the dialplan hangs up with: the final answer, and the BYE, also of a call
// whose ACK has not come yet.
func TestStatusOfEachCause(t *testing.T) {
	status := map[int]string{1: "404 Not Found", 2: "404 Not Found", 3: "404 Not Found", 17: "486 Busy here", 18: "408 Request Timeout",
		19: "480 Temporarily unavailable", 20: "480 Temporarily unavailable", 21: "403 Forbidden", 22: "410 Gone", 27: "502 Bad Gateway",
		28: "484 Address incomplete", 29: "501 Not Implemented", 31: "480 Temporarily unavailable", 34: "503 Service Unavailable",
		38: "500 Server internal failure", 42: "503 Service Unavailable", 58: "488 Not Acceptable Here", 66: "503 Service Unavailable",
		127: "500 Network error"}
	causesWorld(t, "use_q850_reason=yes\n", func(w *world, a *testkit.Phone, u *bareUA) {
		for cause := 1; cause < 256; cause++ {
			want := status[cause]
			if want == "" {
				want = "603 Declined"
			}
			m := u.dial(fmt.Sprintf("8%03d", cause)).ask("INVITE", "", u.sdp())
			reason := fmt.Sprintf("Q.850;cause=%d", cause&0x7f)
			if codeOf(m) != want || lineOf(m, "Reason") != reason || lineOf(m, "X-Asterisk-HangupCause") != "" {
				t.Errorf("%d: %s, %s, %s; want %s, %s", cause, codeOf(m), lineOf(m, "Reason"), lineOf(m, "X-Asterisk-HangupCause"), want, reason)
			}
			g := u.dial(fmt.Sprintf("7%03d", cause))
			g.ask("INVITE", "", u.sdp())
			bye := u.next("BYE", time.Second)
			if lineOf(bye, "X-Asterisk-HangupCauseCode") != fmt.Sprint(cause) || lineOf(bye, "Reason") != reason {
				t.Errorf("BYE of %d: %s, %s", cause, lineOf(bye, "X-Asterisk-HangupCauseCode"), lineOf(bye, "Reason"))
			}
			u.answer(bye, "200 OK", "", "")
		}
		for number, want := range map[string]string{"busy": "486 Busy Here||Q.850;cause=17", "nobody": "486 Busy Here|20|Q.850;cause=20",
			"404": "404 Not Found||Q.850;cause=1"} {
			m := u.dial(number).ask("INVITE", "", u.sdp())
			if got := codeOf(m) + "|" + lineOf(m, "X-Asterisk-HangupCauseCode") + "|" + lineOf(m, "Reason"); got != want {
				t.Errorf("%s: %s, want %s", number, got, want)
			}
		}
	})
}

// What a phone behind a Local channel has answered is known to who dialled that, with
// storesipcause in the table SIP_CAUSE too (channels/SIP/sip_cause of the Asterisk test
// suite).
func TestAnswersAreToldThroughLocal(t *testing.T) {
	for store, want := range map[string]string{"": "SIP 486 So it is|", "storesipcause=yes\n": "SIP 486 So it is|SIP 486 So it is"} {
		t.Run(strings.TrimSpace(store), func(t *testing.T) {
			causesWorld(t, "", func(w *world, a *testkit.Phone, u *bareUA) {
				w.write("sip.conf", strings.Replace(w.read("sip.conf"), "[general]\n", "[general]\n"+store, 1))
				if err := w.sys.Reload("sip"); err != nil {
					t.Fatal(err)
				}
				call := a.Dial("through")
				invite := u.next("INVITE", time.Second)
				u.answer(invite, "180 Ringing", "", "")
				u.answer(invite, "486 So it is", "", "")
				call.Wait("603", 2*time.Second)
				if got, _ := w.sys.Core().Global("T"); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			})
		})
	}
}
