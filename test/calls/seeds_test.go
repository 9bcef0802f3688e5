package calls

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/testkit"
)

// seed reads a message of the owner's reading, with its Content-Length.
func seed(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/seeds", name))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(b), "\n", "\r\n")
	head, body, ok := strings.Cut(text, "\r\n\r\n")
	if !ok {
		return text
	}
	if i := strings.Index(head, "Content-Length: "); i >= 0 {
		head = head[:i] + fmt.Sprintf("Content-Length: %d", len(body))
	}
	return head + "\r\n\r\n" + body
}

// wire is a bare socket at a seed's source address.
type wire struct {
	t    *testing.T
	conn net.PacketConn
	to   netip.AddrPort
}

func newWire(t *testing.T, n *testkit.Network, at, to string) *wire {
	t.Helper()
	c, err := n.Listen(netip.MustParseAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	return &wire{t, c, netip.MustParseAddrPort(to)}
}

func (w *wire) send(text string) { w.conn.WriteTo([]byte(text), net.UDPAddrFromAddrPort(w.to)) }

// ask sends a message and returns the answer.
func (w *wire) ask(text string) string { w.send(text); return w.read() }

func (w *wire) read() string {
	w.t.Helper()
	buf := make([]byte, 65536)
	w.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, _, err := w.conn.ReadFrom(buf)
	if err != nil {
		w.t.Fatal("no answer")
	}
	return string(buf[:n])
}

func field(msg, name string) string {
	for _, l := range strings.Split(msg, "\r\n") {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func begins(t *testing.T, what, msg, start string) {
	t.Helper()
	if !strings.HasPrefix(msg, start) {
		t.Fatalf("%s:\n%s\nwant %s", what, msg, start)
	}
}

// seedWorld is a switchboard at a seed's server address.
func seedWorld(t *testing.T, bind, peers string) *world {
	t.Helper()
	return newWorld(t, "[general]\nudpbindaddr="+bind+
		"\nrealm=soft3000\nallowguest=no\ndisallow=all\nallow=ulaw\nallow=alaw\nallow=g729\ncontext=inside\n"+peers,
		"[inside]\nexten => _100X,1,Dial(SIP/${EXTEN},30)\n", testkit.Faults{})
}

// Seed 001: the Bria's call through the soft switch, which challenges calls with 407.
// The callee's 200 of the document carries another Call-ID than its INVITE, which is a
// slip of the page and not followed.
func TestSeedBriaCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := seedWorld(t, "192.168.50.34:5060", "authchallenge=407\n[1002]\ntype=friend\nhost=dynamic\nsecret=pw\n[1000]\ntype=peer\n"+
			"host=192.168.50.32\nport=18553\ndefaultuser=1000\n")
		bria := newWire(t, w.net, "192.168.50.32:2445", "192.168.50.34:5060")
		callee := newWire(t, w.net, "192.168.50.32:18553", "192.168.50.34:5060")
		first := seed(t, "bria-invite.txt")
		answer := bria.ask(first)
		begins(t, "first INVITE", answer, "SIP/2.0 407 Proxy Authentication Required")
		if v := field(answer,
			"Via"); v != "SIP/2.0/UDP 192.168.50.32:2445;branch=z9hG4bK-d8754z-244fd550d2729557-1---d8754z-;received=192.168.50.32;rport=2445" {
			t.Errorf("Via %s", v)
		}
		bria.send("ACK sip:1000@192.168.50.34 SIP/2.0\r\nVia: SIP/2.0/UDP " +
			"192.168.50.32:2445;branch=z9hG4bK-d8754z-244fd550d2729557-1---d8754z-;rport\r\nTo: " + field(answer, "To") +
			"\r\nFrom: \"1002\"<sip:1002@192.168.50.34>;tag=f2698931\r\nCall-ID: OTUzZGM2MzQ2ODZkM2Q0NTczOTgxZDhlOWY5MjA3ODU.\r\nCSeq: 1 ACK\r\n" +
			"Content-Length: 0\r\n\r\n")
		again := strings.NewReplacer("244fd550d2729557", "344b5a077e1cc11e", "CSeq: 1 ", "CSeq: 2 ").Replace(first)
		// The document's own credentials are for a nonce of its server: a fresh challenge
		// comes.
		documents := strings.Replace(again, "Supported: replaces", "Proxy-Authorization: Digest username=\"1002\",realm=\"soft3000 "+
			"\",nonce=\"1dbb0165\",uri=\"sip:1000@192.168.50.34\",response=\"eb3a7e40a4797c2e7b549a6c30d2d091\",algorithm=MD5\r\nSupported: "+
			"replaces", 1)
		answer = bria.ask(documents)
		begins(t, "INVITE with the document's credentials", answer, "SIP/2.0 407 Proxy Authentication Required")
		bria.send(strings.Replace("ACK sip:1000@192.168.50.34 SIP/2.0\r\nVia: SIP/2.0/UDP "+
			"192.168.50.32:2445;branch=z9hG4bK-d8754z-344b5a077e1cc11e-1---d8754z-;rport\r\nTo: TT\r\nFrom: "+
			"\"1002\"<sip:1002@192.168.50.34>;tag=f2698931\r\nCall-ID: OTUzZGM2MzQ2ODZkM2Q0NTczOTgxZDhlOWY5MjA3ODU.\r\nCSeq: 2 ACK\r\n"+
			"Content-Length: 0\r\n\r\n", "TT", field(answer, "To"), 1))
		ch, _ := auth.ParseDigest(field(answer, "Proxy-Authenticate"))
		if ch["realm"] != "soft3000" || len(ch["nonce"]) != 8 {
			t.Errorf("%v", ch)
		}
		good := auth.Credentials{User: "1002", Password: "pw"}.Answer(ch, "INVITE", "sip:1000@192.168.50.34", 1)
		right := strings.NewReplacer("244fd550d2729557", "444b5a077e1cc11e", "CSeq: 1 ", "CSeq: 3 ", "Supported: replaces",
			"Proxy-Authorization: "+good+"\r\nSupported: replaces").Replace(first)
		begins(t, "INVITE with our credentials", bria.ask(right), "SIP/2.0 100 Trying")

		leg := callee.read()
		begins(t, "the callee's leg", leg, "INVITE sip:1000@192.168.50.32:18553 SIP/2.0")
		for name, want := range map[string]string{"CSeq": "102 INVITE", "Contact": "<sip:1002@192.168.50.34:5060>", "Max-Forwards": "69"} {
			if got := field(leg, name); got != want {
				t.Errorf("%s of the callee's leg: %s, want %s", name, got, want)
			}
		}
		if field(leg, "Call-ID") == field(first, "Call-ID") ||
			!strings.HasPrefix(field(leg, "From"), `"1002" <sip:1002@192.168.50.34>;tag=as`) ||
			!strings.Contains(leg, "IN IP4 192.168.50.34\r\n") || !strings.Contains(leg, " RTP/AVP 0 8 18 101\r\n") ||
			strings.Contains(leg, "a=alt") {
			t.Errorf("the callee's leg:\n%s", leg)
		}
		reply := func(status, extra, body string) string {
			s := "SIP/2.0 " + status + "\r\n"
			for _, h := range []string{"Via", "From", "Call-ID", "CSeq"} {
				s += h + ": " + field(leg, h) + "\r\n"
			}
			return s + "To: <sip:1000@192.168.50.32>;tag=97865811\r\nContact: <sip:1000@192.168.50.32:18553>\r\n" +
				extra + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
		}
		callee.send(reply("180 Ringing", "", ""))
		begins(t, "180", bria.read(), "SIP/2.0 180 Ringing")
		callee.send(reply("200 OK", "Allow-Events: telephone-event\r\nRequire: timer\r\nSupported: timer\r\nSession-Expires: "+
			"90;refresher=uac\r\nContent-Type: application/sdp\r\n", seed(t, "callee-200.txt")))
		begins(t, "ACK", callee.read(), "ACK sip:1000@192.168.50.32:18553 SIP/2.0")
		ok := bria.read()
		begins(t, "200", ok, "SIP/2.0 200 OK")
		if !strings.Contains(ok, "c=IN IP4 192.168.50.34\r\n") || !strings.Contains(ok, " RTP/AVP 0 8 18 101\r\n") {
			t.Errorf("the answer to the Bria:\n%s", ok)
		}
		inDialog := func(method string, cseq int, branch string) string {
			return fmt.Sprintf("%s sip:1000@192.168.50.34:5060 SIP/2.0\r\nVia: SIP/2.0/UDP "+
				"192.168.50.32:2445;branch=z9hG4bK-d8754z-%s-1---d8754z-;rport\r\nMax-Forwards: 70\r\nContact: <sip:1002@192.168.50.32:2445>\r\n"+
				"To: %s\r\nFrom: \"1002\"<sip:1002@192.168.50.34>;tag=f2698931\r\nCall-ID: OTUzZGM2MzQ2ODZkM2Q0NTczOTgxZDhlOWY5MjA3ODU.\r\nCSeq: "+
				"%d %s\r\nReason: SIP;description=\"User Hung Up\"\r\nContent-Length: 0\r\n\r\n", method, branch, field(ok, "To"), cseq, method)
		}
		bria.send(inDialog("ACK", 3, "bd168751863dd812"))
		// The callee's interval is ours to keep alive: refresher=uac.
		time.Sleep(45*time.Second + 100*time.Millisecond)
		refresh := callee.read()
		begins(t, "the refresh", refresh, "INVITE sip:1000@192.168.50.32:18553 SIP/2.0")
		if field(refresh, "Session-Expires") != "90;refresher=uac" || field(refresh, "CSeq") != "103 INVITE" ||
			field(refresh, "Call-ID") != field(leg, "Call-ID") {
			t.Errorf("the refresh:\n%s", refresh)
		}
		callee.send(strings.NewReplacer(field(leg, "Via"), field(refresh, "Via"), "102 INVITE",
			"103 INVITE").Replace(reply("200 OK", "Require: timer\r\nSession-Expires: 90;refresher=uac\r\nContent-Type: application/sdp\r\n",
			seed(t, "callee-200.txt"))))
		begins(t, "its ACK", callee.read(), "ACK sip:1000@192.168.50.32:18553 SIP/2.0")
		begins(t, "BYE", bria.ask(inDialog("BYE", 4, "61057e021325140c")), "SIP/2.0 200 OK")
		bye := callee.read()
		begins(t, "the callee's BYE", bye, "BYE sip:1000@192.168.50.32:18553 SIP/2.0")
		if field(bye, "CSeq") != "104 BYE" || field(bye, "Call-ID") != field(leg, "Call-ID") {
			t.Errorf("%s", bye)
		}
		callee.send(strings.Replace(reply("200 OK", "", ""), field(leg, "Via"), field(bye, "Via"), 1))
		w.stop()
		bria.conn.Close()
		callee.conn.Close()
	})
}

// Seed 003: registration at OpenSIPS, whose nonces are good for 30 s and whose
// registrations last 30 s at least. Differs: Call-ID and user are as in the document,
// the secret is not in it, so the response is computed anew.
func TestSeedEyeBeamAndYealinkRegister(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := seedWorld(t, "10.2.84.19:5060", "realm=10.2.84.19\nnoncelife=29\nminexpiry=30\nalwaysauthreject=no\nauth_algorithms=MD5\n"+
			"[401999]\ntype=friend\nhost=dynamic\nsecret=pw\ncontact_policy=refuse_other_address\nmax_contacts=5\n[401998]\ntype=friend\n"+
			"host=dynamic\nsecret=pw\n")
		eye := newWire(t, w.net, "10.32.26.19:56862", "10.2.84.19:5060")
		first := seed(t, "eyebeam-register.txt")
		answer := eye.ask(first)
		begins(t, "first REGISTER", answer, "SIP/2.0 401 Unauthorized")
		ch, _ := auth.ParseDigest(field(answer, "WWW-Authenticate"))
		with := func(branch string, cseq int) string {
			good := auth.Credentials{User: "401999", Password: "pw"}.Answer(ch, "REGISTER", "sip:10.2.84.19", 1)
			return strings.NewReplacer("c66bc353296ef71c", branch, "CSeq: 1", fmt.Sprintf("CSeq: %d", cseq), "Expires: 20",
				"Expires: 20\r\nAuthorization: "+good).Replace(first)
		}
		const contact = "<sip:401999@10.32.26.19:56862;rinstance=870ce245f5361eaf>;expires=30"
		registered := func(what, answer string) {
			t.Helper()
			begins(t, what, answer, "SIP/2.0 200 OK")
			if c := field(answer, "Contact"); c != contact || field(answer, "Date") == "" {
				t.Errorf("%s:\n%s", what, answer)
			}
		}
		registered("REGISTER with credentials", eye.ask(with("f26ee314e330e316", 2)))
		time.Sleep(15 * time.Second)
		registered("the refresh after 15 s, without a 401", eye.ask(with("83347a2a0b242e5c", 3)))
		time.Sleep(15 * time.Second)
		answer = eye.ask(with("1e206865de74ec34", 4))
		begins(t, "the refresh after 30 s", answer, "SIP/2.0 401 Unauthorized")
		fresh, _ := auth.ParseDigest(field(answer, "WWW-Authenticate"))
		if fresh["stale"] != "true" || fresh["nonce"] == ch["nonce"] {
			t.Errorf("%v", fresh)
		}
		ch = fresh
		registered("with the new nonce", eye.ask(with("7f61e57ce525c45d", 5)))

		begins(t, "the document's nonce, another server's", eye.ask(seed(t, "eyebeam-stale.txt")), "SIP/2.0 401 Unauthorized")
		// Section 5: who is not known gets 404, whose password is wrong 403; section 8:
		// the account is taken from another address.
		begins(t, "unknown", eye.ask(strings.NewReplacer("401999@10.2.84.19", "401000@10.2.84.19", "c66bc353296ef71c", "x1").Replace(first)),
			"SIP/2.0 404 Not found")
		bad := auth.Credentials{User: "401999", Password: "wrong"}.Answer(ch, "REGISTER", "sip:10.2.84.19", 1)
		begins(t, "wrong password", eye.ask(strings.NewReplacer("c66bc353296ef71c", "x2", "CSeq: 1", "CSeq: 6", "Expires: 20",
			"Expires: 20\r\nAuthorization: "+bad).Replace(first)), "SIP/2.0 403 Forbidden")
		second := newWire(t, w.net, "10.32.26.20:56862", "10.2.84.19:5060")
		elsewhere := strings.NewReplacer("10.32.26.19", "10.32.26.20", "YjEwZDFh", "AAAA").Replace(with("x3", 7))
		begins(t, "from another address", second.ask(elsewhere), "SIP/2.0 403 Occupied")

		yea := newWire(t, w.net, "10.34.26.140:5060", "10.2.84.19:5060")
		answer = yea.ask(seed(t, "yealink-unregister.txt"))
		begins(t, "Yealink, with another server's nonce", answer, "SIP/2.0 401 Unauthorized")
		ch, _ = auth.ParseDigest(field(answer, "WWW-Authenticate"))
		off := seed(t, "yealink-unregister.txt")
		off = strings.NewReplacer("Authorization: "+field(off, "Authorization"), "Authorization: "+auth.Credentials{User: "401998",
			Password: "pw"}.Answer(ch, "REGISTER", "sip:10.2.84.19:5060", 1), "z9hG4bK3803710069", "z9hG4bK3803710070", "CSeq: 3",
			"CSeq: 4").Replace(off)
		answer = yea.ask(off)
		begins(t, "Yealink", answer, "SIP/2.0 200 OK")
		if field(answer, "Expires") != "0" || field(answer, "Contact") != "" {
			t.Errorf("%s", answer)
		}
		w.stop()
		eye.conn.Close()
		second.conn.Close()
		yea.conn.Close()
	})
}

// Seed 004: an IMS terminal's registration: compact headers, IPv6, a private identity,
// AKA, and a terminal that asks for IPsec. Differs: P-Associated-URI comes with the 200
// only, not with the 401 as in the document: nobody has proven who he is by then.
func TestSeedIMSRegister(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := seedWorld(t, "[2001::1]:5060", "realm=test.3gpp.com\nqop=auth\nmaxexpiry=7200\n[+11234567890]\ntype=friend\nhost=dynamic\n"+
			"auth_username=001010123456789@test.3gpp.com\naka_k=465b5ce8b199b49faa5f0a2ee238a6bc\naka_opc=cd63cb71954a9f4e48a5994e37a02baf\n"+
			"p_associated_uri=sip:+11234567890@TEST.3GPP.COM\np_associated_uri=tel:+11234567890\n"+
			"[001010123456789@ims.mnc246.mcc081.3gppnetwork.org]\ntype=friend\nhost=dynamic\nsec_agree=ignore\n"+
			"auth_username=001010123456789@test.3gpp.com\naka_k=465b5ce8b199b49faa5f0a2ee238a6bc\naka_opc=cd63cb71954a9f4e48a5994e37a02baf\n")
		card := auth.AKA{IsOPc: true}
		for to, digits := range map[*[16]byte]string{&card.K: "465b5ce8b199b49faa5f0a2ee238a6bc", &card.OP: "cd63cb71954a9f4e48a5994e37a02baf"} {
			b, _ := hex.DecodeString(digits)
			copy(to[:], b)
		}
		ue := newWire(t, w.net, "[2001::21f:29ff:fe7c:8f51]:5060", "[2001::1]:5060")
		first := seed(t, "ims-register.txt")
		answer := ue.ask(first)
		begins(t, "step 1", answer, "SIP/2.0 401 Unauthorized")
		for name, want := range map[string]string{"Call-ID": "2722997021_2363003016@2001::21f:29ff:fe7c:8f51", "CSeq": "575513373 REGISTER",
			"From": "<sip:+11234567890@test.3gpp.com>;tag=2722997041", "P-Associated-URI": ""} {
			if got := field(answer, name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		ch, _ := auth.ParseDigest(field(answer, "WWW-Authenticate"))
		v, _, ok := card.Card(ch["nonce"])
		if ch["realm"] != "test.3gpp.com" || ch["algorithm"] != "AKAv1-MD5" || ch["qop"] != "auth" || !ok {
			t.Fatalf("step 2: %v, the card believes it: %v", ch, ok)
		}
		const user = "001010123456789@test.3gpp.com"
		good := auth.Credentials{User: user}
		good.HA1[auth.MD5] = v.HA1(auth.AKAv1, user, "test.3gpp.com")
		credentials := strings.Replace(good.Answer(auth.Digest{"nonce": ch["nonce"], "realm": "test.3gpp.com", "qop": "auth"}, "REGISTER",
			"sip:test.3gpp.com", 1), "algorithm=MD5", "algorithm=AKAv1-MD5", 1)
		head, tail, _ := strings.Cut(first, "Authorization:")
		_, tail, _ = strings.Cut(tail, "Expires:")
		next := strings.NewReplacer("656994275", "843051065", "575513373", "575513374", "2722997041", "2722997284").Replace(head) +
			"Authorization: " + credentials + "\r\nExpires:" + tail
		answer = ue.ask(next)
		begins(t, "step 4", answer, "SIP/2.0 200 OK")
		d, _ := auth.ParseDigest(credentials)
		for name, want := range map[string]string{"Contact": "<sip:+11234567890@[2001::21f:29ff:fe7c:8f51]:5060>;expires=7200",
			"Authentication-Info": d.Info(auth.AKAv1, good.HA1[auth.MD5]), "CSeq": "575513374 REGISTER"} {
			if got := field(answer, name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		if got := strings.Join(fields(answer, "P-Associated-URI"), " "); got != "<sip:+11234567890@TEST.3GPP.COM> <tel:+11234567890>" ||
			field(answer, "Date") == "" {
			t.Errorf("step 4:\n%s", answer)
		}

		agree := strings.Replace(seed(t, "ims-sec-agree.txt"), "SIP/2.0/TCP [2001:0:0:1::3]", "SIP/2.0/UDP [2001::21f:29ff:fe7c:8f51]", 1)
		begins(t, "sec-agree, ignored", ue.ask(agree), "SIP/2.0 401 Unauthorized")
		answer = ue.ask(strings.NewReplacer("001010123456789@ims", "other@ims", "3941737881", "3941737882").Replace(agree))
		if got := status(answer); got != "401 Unauthorized" && got != "420 Bad extension (unsupported)" {
			t.Errorf("sec-agree of a name that is nobody's, which is answered like one of the accounts: %s", got)
		}
		w.stop()
		ue.conn.Close()
	})
}
