package test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// callee is a SIPp that takes one call at 127.0.0.30:5090; the returned function
// waits for it and reports its failure.
func callee(t *testing.T, body string) (wait func()) {
	t.Helper()
	return server(t, "127.0.0.30", "5090", body)
}

// server starts a SIPp that waits for one Call-ID at an address.
func server(t *testing.T, ip, port, body string) (wait func()) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "callee.xml")
	if err := os.WriteFile(file, []byte(scenario(body)), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool(t, "sipp"), "-sf", file, "-i", ip, "-mi", ip, "-p", port, "-m", "1", "-nostdin", "-timeout", "20",
		"-timeout_error", "-trace_err", "-error_file", filepath.Join(dir, "errors"))
	cmd.Env, cmd.Dir = append(os.Environ(), "TERM=dumb"), dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	return func() {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			errors, _ := os.ReadFile(filepath.Join(dir, "errors"))
			t.Errorf("callee: %v\n%s", err, errors)
		}
	}
}

// answerIt writes a response of the callee, with SDP when it carries media.
func answerIt(status string, media bool) string {
	text := "SIP/2.0 " + status + "\n[last_Via:]\n[last_From:]\n[last_To:];tag=c[call_number]\n[last_Call-ID:]\n[last_CSeq:]\nContact: " +
		"<sip:callee@[local_ip]:[local_port]>\n"
	if media {
		return send(true, text+"Content-Type: application/sdp\nContent-Length: [len]\n\n"+sdpBody)
	}
	return send(false, text+"Content-Length: 0")
}

func request(method string) string { return fmt.Sprintf("<recv request=\"%s\"/>\n", method) }

const plainOK = "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0"

// in writes a caller's request of the dialog or transaction.
func in(method, cseq, branch string) string {
	return fmt.Sprintf("%s sip:500@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=%s\n"+
		"Max-Forwards: 70\nFrom: <sip:open@[remote_ip]>;tag=t[call_number]\n[last_To:]\nCall-ID: [call_id]\nCSeq: %s %s\nContent-Length: 0",
		method, branch, cseq, method)
}

const invite500 = "INVITE sip:500@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/[transport] " +
	"[local_ip]:[local_port];branch=z9hG4bK-inv-[call_number]\nMax-Forwards: 70\nFrom: <sip:open@[remote_ip]>;tag=t[call_number]\nTo: " +
	"<sip:500@[remote_ip]>\nCall-ID: [call_id]\nCSeq: 1 INVITE\nContact: <sip:me@[local_ip]:[local_port]>\nContent-Type: application/sdp\n" +
	"Content-Length: [len]\n\n" + sdpBody

const cancel500 = "CANCEL sip:500@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/[transport] " +
	"[local_ip]:[local_port];branch=z9hG4bK-inv-[call_number]\nMax-Forwards: 70\nFrom: <sip:open@[remote_ip]>;tag=t[call_number]\nTo: " +
	"<sip:500@[remote_ip]>\nCall-ID: [call_id]\nCSeq: 1 CANCEL\nContent-Length: 0"

// reinvite writes a re-INVITE of the caller with a direction.
func reinvite(cseq, direction string) string {
	return strings.Replace(in("INVITE", cseq, "[branch]"), "Content-Length: 0",
		"Contact: <sip:me@[local_ip]:[local_port]>\nContent-Type: application/sdp\nContent-Length: [len]\n\n"+sdpBody+"      a="+direction+"\n",
		1)
}

// seen receives a response that must contain a text.
func seen(code, text string) string {
	return fmt.Sprintf("<recv response=\"%s\"><action><ereg regexp=\"%s\" search_in=\"msg\" check_it=\"true\" assign_to=\"1\"/><log "+
		"message=\"[$1]\"/></action></recv>\n", code, text)
}

// calleePeer is the SIPp that is called, as sip.conf knows it.
const calleePeer = "allowguest=yes\n[callee]\ntype=peer\nhost=127.0.0.30\nport=5090\ncontext=inside\n"

// TestSIPpCalls: whole calls between two SIPp instances.
func TestSIPpCalls(t *testing.T) {
	alongside(t, &officeLane)
	tool(t, "sipp")
	ext, err := os.ReadFile("testdata/decisions/extensions.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sip, _ := os.ReadFile("testdata/decisions/sip.conf")
	os.WriteFile(filepath.Join(dir, "sip.conf"), sip, 0o644)
	os.WriteFile(filepath.Join(dir, "extensions.conf"), append(ext, "\n[inside](+)\nexten => 500,1,Dial(SIP/callee,10)\n"...), 0o644)
	started(t, dir, map[string]string{"general.conf": calleePeer})
	ackErr := send(false, in("ACK", "1", "z9hG4bK-inv-[call_number]"))
	for name, c := range map[string]struct{ caller, callee string }{
		"answered, the caller hangs up": {
			send(true, invite500) + optional + recv("200") + send(false, in("ACK", "1", "[branch]")) + "<pause milliseconds=\"200\"/>\n" +
				send(true, in("BYE", "2", "[branch]")) + recv("200"),
			request("INVITE") + answerIt("180 Ringing", false) + answerIt("200 OK", true) + request("ACK") + request("BYE") + send(false, plainOK),
		},
		"busy": {
			send(true, invite500) + optional + recv("486") + ackErr,
			request("INVITE") + answerIt("486 Busy Here", false) + request("ACK"),
		},
		"cancelled while ringing": {
			send(true, invite500) + "<recv response=\"100\" optional=\"true\"/>\n" + recv("180") + send(true, cancel500) +
				"<recv response=\"487\"/>\n" + ackErr + "<recv response=\"200\"/>\n",
			request("INVITE") + answerIt("180 Ringing", false) + request("CANCEL") + send(false, plainOK) +
				send(false, "SIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n[last_To:];tag=c[call_number]\n[last_Call-ID:]\nCSeq: 102 "+
					"INVITE\nContent-Length: 0") + request("ACK"),
		},
		"held and resumed": {
			send(true, invite500) + optional + recv("200") + send(false, in("ACK", "1", "[branch]")) +
				send(true, reinvite("2", "sendonly")) + "<recv response=\"100\" optional=\"true\"/>\n" + seen("200", "a=recvonly") + send(false,
				in("ACK", "2", "[branch]")) +
				send(true, reinvite("3", "sendrecv")) + "<recv response=\"100\" optional=\"true\"/>\n" + seen("200", "a=sendrecv") + send(false,
				in("ACK", "3", "[branch]")) +
				send(true, in("BYE", "4", "[branch]")) + recv("200"),
			request("INVITE") + answerIt("200 OK", true) + request("ACK") + request("BYE") + send(false, plainOK),
		},
		"redirected by 302 to an extension": {
			send(true, invite500) + "<recv response=\"100\" optional=\"true\"/>\n" + seen("181",
				"Diversion: .sip:500@127.0.0.1.;reason=unconditional") + optional + recv("200") + send(false, in("ACK", "1", "[branch]")) + send(true,
				in("BYE", "2", "[branch]")) + recv("200"),
			request("INVITE") + strings.Replace(answerIt("302 Moved Temporarily", false), "sip:callee@[local_ip]:[local_port]", "sip:100@127.0.0.1",
				1) + request("ACK"),
		},
		"challenged, without credentials for it": {
			send(true, invite500) + optional + recv("503") + ackErr,
			request("INVITE") + send(false, "SIP/2.0 407 Proxy Authentication Required\n[last_Via:]\n[last_From:]\n"+
				"[last_To:];tag=c[call_number]\n[last_Call-ID:]\n[last_CSeq:]\nProxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\nContent-Length: 0") + request("ACK"),
		},
		"early media, then refused": {
			send(true, invite500) + "<recv response=\"100\" optional=\"true\"/>\n" + recv("183") + recv("503") + ackErr,
			request("INVITE") + strings.Replace(answerIt("183 Session Progress", true), ` retrans="500"`, "", 1) +
				"<pause milliseconds=\"100\"/>\n" + answerIt("500 Error", false) + request("ACK"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			wait := callee(t, c.callee)
			if err := trySIPp(t, scenario(c.caller), "127.0.0.99:5999"); err != nil {
				t.Error(err)
			}
			wait()
		})
	}
}

// TestSIPpRegistrationFlows: RFC 3665 chapter 2 in one dialog.
func TestSIPpRegistrationFlows(t *testing.T) {
	alongside(t, &officeLane)
	tool(t, "sipp")
	started(t, "testdata/decisions", map[string]string{"general.conf": ""})
	cseq := 0
	register := func(lines, password string, answers ...string) string {
		out, auth := "", ""
		for _, a := range answers {
			cseq++
			out += send(true, fmt.Sprintf("REGISTER sip:[remote_ip] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"+
				"Max-Forwards: 70\nFrom: <sip:friend@[remote_ip]>;tag=t[call_number]\nTo: <sip:friend@[remote_ip]>\nCall-ID: [call_id]\nCSeq: %d "+
				"REGISTER\n%s%sContent-Length: 0", cseq, lines, auth)) + a
			auth = fmt.Sprintf("[authentication username=friend password=%s]\n", password)
		}
		return out
	}
	ok := func(contact string) string { return seen("200", contact) }
	sipp(t, scenario(
		register("Contact: <sip:a@127.0.0.2:5080>\nExpires: 300\n", "good", recv("401"), ok("Contact: .sip:a@127.0.0.2:5080.;expires=300"))+
			register("Contact: <sip:a@127.0.0.2:5082>\nExpires: 300\n", "good", recv("401"), ok("Contact: .sip:a@127.0.0.2:5082.;expires=300"))+
			register("", "good", recv("401"), ok("Contact: .sip:a@127.0.0.2:5082.;expires="))+
			register("Contact: *\nExpires: 0\n", "good", recv("401"), ok("Expires: 0"))+
			register("Contact: <sip:a@127.0.0.2:5080>\nExpires: 300\n", "wrong", recv("401"), "<recv response=\"403\"/>\n")), "127.0.0.2:5080")
}

// TestSIPpProvider: SIPp is the ITSP. The switchboard registers there, answering
// a challenge with qop, and a call goes out through it, challenged with 407.
func TestSIPpProvider(t *testing.T) {
	alongside(t, &officeLane)
	tool(t, "sipp")
	check := func(method, pattern string) string {
		return fmt.Sprintf("<recv request=\"%s\"><action><ereg regexp=\"%s\" search_in=\"msg\" check_it=\"true\" assign_to=\"1\"/><log "+
			"message=\"[$1]\"/></action></recv>\n", method, pattern)
	}
	answer := func(status, extra string) string {
		return send(false, "SIP/2.0 "+status+"\n[last_Via:]\n[last_From:]\n[last_To:];tag=p[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n"+extra+
			"Content-Length: 0")
	}
	registrar := server(t, "127.0.0.31", "5095",
		check("REGISTER", "REGISTER sip:127.0.0.31:5095 SIP/2.0")+answer("401 Unauthorized",
			"WWW-Authenticate: Digest realm=\"itsp\", nonce=\"abc\", qop=\"auth\"\n")+
			check("REGISTER", "username=.acct., realm=.itsp., .*qop=auth, cnonce=.*nc=00000001")+answer("200 OK", "Expires: 300\n"))
	gateway := server(t, "127.0.0.32", "5096",
		check("INVITE", "INVITE sip:555@127.0.0.32:5096 SIP/2.0")+answer("407 Proxy Authentication Required",
			"Proxy-Authenticate: Digest realm=\"itsp\", nonce=\"def\"\n")+request("ACK")+
			check("INVITE", "Proxy-Authorization: Digest username=.acct., realm=.itsp.")+answerIt("180 Ringing", false)+answerIt("200 OK",
			true)+request("ACK")+request("BYE")+send(false, plainOK))
	sys := started(t, "testdata/none", map[string]string{
		"sip.conf": "[general]\nudpbindaddr=127.0.0.1:5970\nregister => acct:pw@127.0.0.31:5095/200\n[open]\ntype=friend\n" +
			"host=dynamic\ncontext=inside\n[itsp]\ntype=peer\nhost=127.0.0.32\nport=5096\nusername=acct\nremotesecret=pw\nfromuser=4930\n" +
			"insecure=port,invite\n",
		"extensions.conf": "[inside]\nexten => 500,1,Dial(SIP/itsp/555,10)\n",
	})
	registrar()
	for range 50 {
		if r := sys.Driver().Registrations(); r[0].State == "Registered" {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if r := sys.Driver().Registrations(); r[0].State != "Registered" || r[0].Refresh != 285 {
		t.Errorf("%+v", r)
	}
	if err := trySIPp(t, scenario(send(true, invite500)+optional+recv("200")+send(false, in("ACK", "1", "[branch]"))+
		"<pause milliseconds=\"200\"/>\n"+send(true, in("BYE", "2", "[branch]"))+recv("200")), "127.0.0.99:5999"); err != nil {
		t.Error(err)
	}
	gateway()
}
