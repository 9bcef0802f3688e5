package calls

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/boot"
	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// agent is a bare user agent that answers challenges as it is told to.
type agent struct {
	*wire
	user, host, secret string
	name               string // digest user name
	allowed            []auth.Algorithm
	callID             string
	cseq, nc, sent     int
	ch                 auth.Digest // challenge in use
	reply              string      // header that answers it
}

func newAgent(w *world, at, user, host, secret string) *agent {
	return &agent{wire: newWire(w.t, w.net, at, "10.0.0.1:5060"), user: user, host: host, secret: secret, name: user,
		callID: "call-" + user + at}
}

// ask sends one request, with credentials once challenged.
func (a *agent) request(method, target, lines string) string {
	a.t.Helper()
	a.cseq++
	a.sent++
	credentials := ""
	if a.ch != nil {
		a.nc++
		credentials = a.reply + ": " + auth.Credentials{User: a.name, Password: a.secret}.Answer(a.ch, method, target, a.nc) + "\r\n"
	}
	at := a.conn.LocalAddr()
	return a.wire.ask(fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport\r\nMax-Forwards: 70\r\nFrom: "+
		"<sip:%s@%s>;tag=f\r\nTo: <sip:%s@%s>\r\nCall-ID: %s\r\nCSeq: %d %s\r\n%s%sContent-Length: 0\r\n\r\n",
		method, target, at, a.callID, a.sent, a.user, a.host, a.user, a.host, a.callID, a.cseq, method, credentials, lines))
}

func (a *agent) register(lines string) string {
	a.t.Helper()
	return a.request("REGISTER", "sip:"+a.host, lines)
}

// learn takes the challenge of an answer; false when there is none to be answered.
func (a *agent) learn(answer string) bool {
	for name, reply := range map[string]string{"WWW-Authenticate": "Authorization", "Proxy-Authenticate": "Proxy-Authorization"} {
		var list []auth.Digest
		for _, v := range fields(answer, name) {
			if d, ok := auth.ParseDigest(v); ok {
				list = append(list, d)
			}
		}
		allowed := a.allowed
		if allowed == nil {
			allowed = []auth.Algorithm{auth.SHA512256, auth.SHA256, auth.MD5}
		}
		if d, ok := auth.Choose(list, allowed); ok {
			a.ch, a.reply, a.nc = d, reply, 0
			return true
		}
	}
	return false
}

// fields are all values of a header.
func fields(msg, name string) (out []string) {
	for _, l := range strings.Split(msg, "\r\n") {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.EqualFold(k, name) {
			out = append(out, strings.TrimSpace(v))
		}
	}
	return out
}

// status is "200 OK".
func status(answer string) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(answer, "SIP/2.0 "), "\r\n")
	return line
}

// contactOf is the lines of a usual REGISTER.
func contactOf(a *agent) string {
	return fmt.Sprintf("Contact: <sip:%s@%s>\r\nExpires: 300\r\n", a.user, a.conn.LocalAddr())
}

// inTenants runs f with a switchboard that has these lines in [general] and sections.
func inTenants(t *testing.T, general, sections string, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "[general]\nudpbindaddr=10.0.0.1:5060\nrealm=soft3000\ncontext=inside\n"+general+sections,
			"[inside]\nexten => 600,1,Answer()\nsame => n,Wait(1)\nexten => _X.,1,Dial(SIP/${EXTEN},20)\nexten => _X.@.,1,Dial(SIP/${EXTEN},20)\n",
			testkit.Faults{})
		f(w)
		w.stop()
	})
}

// Each algorithm that is asked for is answered; one that was not, or a secret that is
// another, is not let in.
func TestAlgorithmsOfAuthentication(t *testing.T) {
	const name = "7"
	for what, c := range map[string]struct {
		lines   string
		allowed []auth.Algorithm
		offered string
		want    string
	}{
		"as chan_sip":            {"secret=pw\n", nil, "MD5", "200 OK"},
		"SHA-256":                {"secret=pw\nauth_algorithms=SHA-256\n", nil, "SHA-256", "200 OK"},
		"the strongest of three": {"secret=pw\nauth_algorithms=SHA-512-256,SHA-256,MD5\n", nil, "SHA-512-256 SHA-256 MD5", "200 OK"},
		"an old phone's only one": {"secret=pw\nauth_algorithms=SHA-512-256,SHA-256,MD5\n", []auth.Algorithm{auth.MD5},
			"SHA-512-256 SHA-256 MD5", "200 OK"},
		"an old phone without any": {"secret=pw\nauth_algorithms=SHA-256\n", []auth.Algorithm{auth.MD5}, "SHA-256", "401 Unauthorized"},
		"md5secret": {"md5secret=" + auth.MD5.HA1(name, "soft3000", "pw") + "\nauth_algorithms=SHA-256,MD5\n", nil, "MD5",
			"200 OK"},
		"sha256secret": {"sha256secret=" + auth.SHA256.HA1(name, "soft3000", "pw") + "\nauth_algorithms=SHA-256,MD5\n", nil, "SHA-256",
			"200 OK"},
		"sha512_256secret": {"sha512_256secret=" + auth.SHA512256.HA1(name, "soft3000", "pw") + "\nauth_algorithms=SHA-512-256\n", nil,
			"SHA-512-256", "200 OK"},
		"another secret":   {"secret=other\nauth_algorithms=SHA-256\n", nil, "SHA-256", "403 Forbidden"},
		"qop":              {"secret=pw\nqop=auth\n", nil, "MD5", "200 OK"},
		"qop with SHA-256": {"secret=pw\nqop=auth\nauth_algorithms=SHA-256\n", nil, "SHA-256", "200 OK"},
	} {
		t.Run(what, func(t *testing.T) {
			inTenants(t, "", "["+name+"]\ntype=friend\nhost=dynamic\n"+c.lines, func(w *world) {
				a := newAgent(w, "10.0.0.7:5060", name, "10.0.0.1", "pw")
				defer a.conn.Close()
				a.allowed = c.allowed
				answer := a.register(contactOf(a))
				var offered []string
				for _, v := range fields(answer, "WWW-Authenticate") {
					d, _ := auth.ParseDigest(v)
					offered = append(offered, d["algorithm"])
					if got := d["qop"] == "auth"; got != strings.Contains(c.lines, "qop=") {
						t.Errorf("qop in %s", v)
					}
				}
				if got := strings.Join(offered, " "); got != c.offered {
					t.Errorf("offered %s, want %s", got, c.offered)
				}
				if a.learn(answer) {
					answer = a.register(contactOf(a))
				}
				if got := status(answer); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
				info, _ := auth.ParseDigest("Digest " + field(answer, "Authentication-Info"))
				if has := info["rspauth"] != ""; has != strings.Contains(c.lines, "qop=") {
					t.Errorf("Authentication-Info: %v", info)
				}
			})
		})
	}
}

// A nonce that is good for a while: used again without a new 401, refused with
// stale=true when it is too old, never taken twice with one count.
func TestNonceLife(t *testing.T) {
	inTenants(t, "noncelife=30\n", "[7]\ntype=friend\nhost=dynamic\nsecret=pw\n[8]\ntype=friend\nhost=dynamic\nsecret=pw\nqop=auth\n",
		func(w *world) {
			a := newAgent(w, "10.0.0.7:5060", "7", "10.0.0.1", "pw")
			defer a.conn.Close()
			a.learn(a.register(contactOf(a)))
			for range 3 { // the Call-ID does not matter
				if got := status(a.register(contactOf(a))); got != "200 OK" {
					t.Errorf("with a nonce that is fresh: %s", got)
				}
				a.callID += "x"
				time.Sleep(9 * time.Second)
			}
			time.Sleep(4 * time.Second)
			answer := a.register(contactOf(a))
			if got := status(answer); got != "401 Unauthorized" || !strings.HasSuffix(field(answer, "WWW-Authenticate"), ", stale=true") {
				t.Errorf("with an old nonce: %s\n%s", got, answer)
			}
			a.learn(answer)
			if got := status(a.register(contactOf(a))); got != "200 OK" {
				t.Errorf("with the new nonce: %s", got)
			}
			a.secret = "wrong"
			if got := status(a.register(contactOf(a))); got != "403 Forbidden" {
				t.Errorf("with a wrong password: %s", got)
			}

			b := newAgent(w, "10.0.0.8:5060", "8", "10.0.0.1", "pw")
			defer b.conn.Close()
			b.learn(b.register(contactOf(b)))
			for range 3 {
				if got := status(b.register(contactOf(b))); got != "200 OK" {
					t.Errorf("with rising counts: %s", got)
				}
			}
			b.nc = 1 // the next is count 2, once more
			if answer := b.register(contactOf(b)); status(answer) != "401 Unauthorized" || !strings.Contains(answer, "stale=true") {
				t.Errorf("a repeated count: %s", status(answer))
			}
		})
}

// authchallenge=407 asks calls by Proxy-Authenticate, and REGISTER by WWW-Authenticate.
func TestProxyChallenge(t *testing.T) {
	inTenants(t, "authchallenge=407\n", "[7]\ntype=friend\nhost=dynamic\nsecret=pw\n[8]\ntype=friend\nhost=dynamic\nsecret=pw\n"+
		"authchallenge=401\n", func(w *world) {
		for user, want := range map[string]string{"7": "407 Proxy Authentication Required", "8": "401 Unauthorized"} {
			a := newAgent(w, "10.0.0."+user+":5060", user, "10.0.0.1", "pw")
			answer := a.register(contactOf(a))
			begins(t, "REGISTER", answer, "SIP/2.0 401 Unauthorized")
			a.learn(answer)
			begins(t, "REGISTER", a.register(contactOf(a)), "SIP/2.0 200 OK")
			a.ch, a.callID = nil, a.callID+"-2"
			message := func() string { return a.request("MESSAGE", "sip:600@10.0.0.1", "Content-Type: text/plain\r\n") }
			answer = message()
			if got := status(answer); got != want {
				t.Errorf("%s: %s, want %s", user, got, want)
			}
			a.learn(answer)
			if got := status(message()); got != "202 Accepted" {
				t.Errorf("%s with credentials: %s", user, got)
			}
			a.conn.Close()
		}
	})
}

// The same user lives under several domains, with secrets of its own; the digest user
// may be given with or without the domain.
func TestTenants(t *testing.T) {
	inTenants(t, "allowguest=no\n", "[9@one.example]\ntype=friend\nhost=dynamic\nsecret=first\n[9@two.example]\ntype=friend\n"+
		"host=dynamic\nsecret=second\n[9]\ntype=friend\nhost=dynamic\nsecret=third\n", func(w *world) {
		for i, c := range []struct{ host, secret, name, want string }{
			{"one.example", "first", "9", "200 OK"},
			{"two.example", "second", "9@two.example", "200 OK"},
			{"one.example", "second", "9", "403 Forbidden"},
			{"two.example", "second", "9@one.example", "403 Forbidden"},
			{"three.example", "third", "9", "200 OK"},
			{"three.example", "first", "9", "403 Forbidden"},
		} {
			a := newAgent(w, fmt.Sprintf("10.0.1.%d:5060", i+1), "9", c.host, c.secret)
			a.name = c.name
			a.learn(a.register(contactOf(a)))
			if got := status(a.register(contactOf(a))); got != c.want {
				t.Errorf("%+v: %s", c, got)
			}
			a.conn.Close()
		}
		// Dialled by both names, each phone rings on its own.
		a, b := w.registered("9", "third", "10.0.2.1:5060"), newWire(t, w.net, "10.0.1.2:5060", "10.0.0.1:5060")
		call := a.Dial("9@two.example")
		if leg := b.read(); !strings.HasPrefix(leg, "INVITE sip:9@10.0.1.2:5060 SIP/2.0") {
			t.Errorf("%s", leg)
		}
		call.Cancel()
		time.Sleep(time.Minute)
		a.Close()
		b.conn.Close()
	})
}

// A terminal with a SIM card: challenge, answer, a card that is ahead of us, a
// password made of nothing.
func TestSIMCard(t *testing.T) {
	k := auth.AKA{AMF: [2]byte{0x80}}
	key, _ := hex.DecodeString("465b5ce8b199b49faa5f0a2ee238a6bc")
	op, _ := hex.DecodeString("cdc202d5123e20f62b6d676ac72cb318")
	copy(k.K[:], key)
	copy(k.OP[:], op)
	for algorithm, lines := range map[auth.Algorithm]string{auth.AKAv1: "", auth.AKAv2: "auth_algorithms=AKAv2-MD5\n"} {
		t.Run(algorithm.String(), func(t *testing.T) {
			inTenants(t, "realm=test.3gpp.com\n", "[+11]\ntype=friend\nhost=dynamic\nqop=auth\nauth_username=0010@test.3gpp.com\n"+
				"aka_k=465b5ce8b199b49faa5f0a2ee238a6bc\naka_op=cdc202d5123e20f62b6d676ac72cb318\naka_sqn=0100\naka_amf=8000\n"+lines, func(w *world) {
				ue := newAgent(w, "10.0.0.7:5060", "+11", "test.3gpp.com", "")
				defer ue.conn.Close()
				with := func(nonce, response, more string) string {
					return ue.register(fmt.Sprintf("Contact: <sip:+11@10.0.0.7>\r\nAuthorization: Digest username=\"0010@test.3gpp.com\", "+
						"realm=\"test.3gpp.com\", uri=\"sip:test.3gpp.com\", nonce=\"%s\", response=\"%s\", algorithm=%s%s\r\n", nonce, response, algorithm,
						more))
				}
				challenged := func(answer string) auth.Digest {
					t.Helper()
					begins(t, "challenge", answer, "SIP/2.0 401 Unauthorized")
					d, _ := auth.ParseDigest(field(answer, "WWW-Authenticate"))
					if d["algorithm"] != algorithm.String() || d["qop"] != "auth" {
						t.Fatalf("%v", d)
					}
					return d
				}
				first := challenged(with("", "", ""))
				v, sqn, ok := k.Card(first["nonce"])
				if !ok || sqn != 0x100+auth.SQNStep {
					t.Fatalf("the card reads %x %v", sqn, ok)
				}
				// It has seen later numbers.
				again := challenged(with(first["nonce"], "", ", auts=\""+k.AUTS(v, 0x7000)+"\""))
				v, sqn, ok = k.Card(again["nonce"])
				if !ok || sqn != 0x7000+auth.SQNStep {
					t.Fatalf("after the resynchronisation the card reads %x %v", sqn, ok)
				}
				answer := auth.Digest{"uri": "sip:test.3gpp.com", "qop": "auth", "nc": "00000001", "cnonce": "11259375"}
				good := auth.Credentials{User: "0010@test.3gpp.com"}
				good.HA1[auth.MD5] = v.HA1(algorithm, "0010@test.3gpp.com", "test.3gpp.com")
				d, _ := auth.ParseDigest(good.Answer(auth.Digest{"nonce": again["nonce"], "realm": "test.3gpp.com", "qop": "auth"}, "REGISTER",
					answer["uri"], 1))
				tail := fmt.Sprintf(", qop=auth, nc=%s, cnonce=\"%s\"", d["nc"], d["cnonce"])
				ok200 := with(again["nonce"], d["response"], tail)
				begins(t, "the right answer", ok200, "SIP/2.0 200 OK")
				info, _ := auth.ParseDigest("Digest " + field(ok200, "Authentication-Info"))
				if want := d.Info(auth.MD5, good.HA1[auth.MD5]); !strings.Contains(want, info["rspauth"]) || info["rspauth"] == "" {
					t.Errorf("rspauth %s, want %s", info["rspauth"], want)
				}
				begins(t, "the same once more", with(again["nonce"], d["response"], tail), "SIP/2.0 401 Unauthorized")
				begins(t, "a wrong answer", with(challenged(ue.register(contactOf(ue)))["nonce"], strings.Repeat("0", 32), tail),
					"SIP/2.0 403 Forbidden")
				begins(t, "AUTS of another card", with(challenged(ue.register(contactOf(ue)))["nonce"], "", ", auts=\"AAAAAAAAAAAAAAAAAAA=\""),
					"SIP/2.0 403 Forbidden")
			})
		})
	}
}

// A terminal whose card is asked for may use its secret where it has one.
func TestSIMCardFallsBackToMD5(t *testing.T) {
	inTenants(t, "", "[7]\ntype=friend\nhost=dynamic\nsecret=pw\naka_k=465b5ce8b199b49faa5f0a2ee238a6bc\n"+
		"aka_op=cdc202d5123e20f62b6d676ac72cb318\n[8]\ntype=friend\nhost=dynamic\naka_k=465b5ce8b199b49faa5f0a2ee238a6bc\n", func(w *world) {
		a, b := newAgent(w, "10.0.0.7:5060", "7", "10.0.0.1", "pw"), newAgent(w, "10.0.0.8:5060", "8", "10.0.0.1", "")
		defer a.conn.Close()
		defer b.conn.Close()
		answer := a.register(contactOf(a))
		var offered []string
		for _, v := range fields(answer, "WWW-Authenticate") {
			d, _ := auth.ParseDigest(v)
			offered = append(offered, d["algorithm"])
		}
		if got := strings.Join(offered, " "); got != "AKAv1-MD5 MD5" {
			t.Error(got)
		}
		begins(t, "by the secret", a.in(contactOf(a)), "SIP/2.0 200 OK")
		begins(t, "half a card lets nobody in", b.in(contactOf(b)), "SIP/2.0 403 Forbidden")
	})
}

// What IMS registrations are answered with, and sec-agree.
func TestAnswerToIMSRegistrations(t *testing.T) {
	inTenants(t, "p_associated_uri=sip:all@x\nsec_agree=refuse\n", "[7]\ntype=friend\nhost=dynamic\nsupportpath=yes\n"+
		"p_associated_uri=sip:+1@test\np_associated_uri=tel:+1\nservice_route=sip:orig@10.0.0.1\\;lr\nsec_agree=ignore\n[8]\ntype=friend\n"+
		"host=dynamic\n[9]\ntype=friend\nhost=dynamic\nsec_agree=unsupported\n", func(w *world) {
		for user, want := range map[string]string{"7": "200 OK", "8": "494 Security Agreement Required",
			"9": "420 Bad extension (unsupported)"} {
			a := newAgent(w, "10.0.0."+user+":5060", user, "10.0.0.1", "")
			answer := a.register(contactOf(a) + "Require: sec-agree\r\nProxy-Require: sec-agree\r\nSupported: path\r\nPath: " +
				"<sip:edge.example;lr>\r\n")
			if got := status(answer); got != want {
				t.Errorf("%s: %s, want %s", user, got, want)
			}
			if user == "7" && (strings.Join(fields(answer, "P-Associated-URI"), " ") != "<sip:+1@test> <tel:+1>" ||
				field(answer, "Service-Route") != "<sip:orig@10.0.0.1;lr>" || field(answer, "Path") != "<sip:edge.example;lr>" ||
				field(answer, "Date") == "") {
				t.Errorf("%s", answer)
			}
			if user == "8" && field(a.register(contactOf(a)), "P-Associated-URI") != "<sip:all@x>" {
				t.Error("no P-Associated-URI of [general]")
			}
			a.conn.Close()
		}
	})
}

// Credentials that were overheard are good for the number that they were made for only,
// whatever the request; auth_check_uri=no takes them for any.
func TestCredentialsForAnotherNumber(t *testing.T) {
	const body = "Content-Type: text/plain\r\nEvent: presence\r\n"
	inTenants(t, "auth_options_requests=yes\nallowguest=no\n",
		"[7]\ntype=friend\nhost=dynamic\nsecret=pw\n[8]\ntype=friend\nhost=dynamic\nsecret=pw\nauth_check_uri=no\n", func(w *world) {
			for i, user := range []string{"7", "8"} {
				for j, method := range []string{"INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS", "REGISTER"} {
					for k, c := range []struct{ uri, target string }{{"sip:600@10.0.0.1", "sip:601@10.0.0.1"},
						{"sip:600@10.0.0.1:5061;transport=tcp", "sip:600@10.0.0.1"}, {"", "sip:600@10.0.0.1"}, {"<sip:600@10.0.0.1>", "sip:600@10.0.0.1"}} {
						a := newAgent(w, fmt.Sprintf("10.0.%d%d.%d:5060", i+1, j, k+1), user, "10.0.0.1", "pw")
						if !a.learn(a.request(method, c.target, body)) {
							t.Fatalf("%s: no challenge", method)
						}
						line := a.reply + ": " + auth.Credentials{User: user, Password: "pw"}.Answer(a.ch, method, c.uri, 1) + "\r\n"
						if c.uri == "" { // as if it were the request's
							line = strings.Replace(a.reply+": "+auth.Credentials{User: user, Password: "pw"}.Answer(a.ch, method, c.target, 1)+"\r\n",
								`uri="`+c.target+`", `, "", 1)
						}
						a.ch = nil
						got := status(a.request(method, c.target, line+body))
						if refused := got == "403 Forbidden"; refused != (user == "7" && k == 0) || got == "401 Unauthorized" {
							t.Errorf("%s of %s for %s, credentials for %q: %s", method, user, c.target, c.uri, got)
						}
						a.conn.Close()
					}
				}
			}
			time.Sleep(2 * time.Minute) // the calls end
		})
}

// The log names the option where the password was right: that is a proxy's doing, or a
// replay, and not what bans who guesses at passwords.
func TestCredentialsForAnotherNumberAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": "[general]\nudpbindaddr=10.0.0.1:5060\nallowguest=no\n[7]\ntype=friend\n" +
			"host=dynamic\nsecret=a long enough secret\n", "extensions.conf": "[default]\nexten => 600,1,Answer()\n",
			"logger.conf": "[logfiles]\nmessages => warning\n"})
		w.restart(func(o *boot.Options) { o.Log = zerolog.New(io.Discard) }) // it logs to files
		for i, password := range []string{"a long enough secret", "guess"} {
			a := newAgent(w, fmt.Sprintf("10.0.0.%d:5060", i+7), "7", "10.0.0.1", "a long enough secret")
			a.learn(a.request("INVITE", "sip:600@10.0.0.1", ""))
			line := a.reply + ": " + auth.Credentials{User: "7", Password: password}.Answer(a.ch, "INVITE", "sip:0600@10.0.0.1", 1) + "\r\n"
			a.ch = nil
			begins(t, password, a.request("INVITE", "sip:600@10.0.0.1", line), "SIP/2.0 403")
			a.conn.Close()
		}
		w.stop()
		text, _ := os.ReadFile(filepath.Join(w.dir, "log/messages"))
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if len(lines) != 2 ||
			!strings.Contains(lines[0], "for sip:0600@10.0.0.1, and it asks for sip:600@10.0.0.1 (auth_check_uri=no takes them)") ||
			!strings.Contains(lines[1], "Failed to authenticate device") {
			t.Errorf("%s", text)
		}
	})
}

// What is done without credentials goes by the address that it comes from: a name that is
// only claimed opens no context and changes no mailbox.
func TestNamesAreOnlyClaims(t *testing.T) {
	inTenants(t, "auth_message_requests=no\ncontext=nowhere\n",
		"[7]\ntype=friend\nhost=dynamic\nsecret=pw\ncontext=inside\nunsolicited_mailbox=7@boxes\n", func(w *world) {
			phone, stranger := newAgent(w, "10.0.0.7:5060", "7", "10.0.0.1", "pw"), newAgent(w, "10.0.0.9:5060", "7", "10.0.0.1", "pw")
			phone.learn(phone.register(contactOf(phone)))
			begins(t, "REGISTER", phone.register(contactOf(phone)), "SIP/2.0 200")
			for _, c := range []struct{ method, lines, phone, stranger string }{
				{"OPTIONS", "", "404 Not Found", "404 Not Found"}, // both in the context of [general]
				{"MESSAGE", "Content-Type: text/plain\r\n", "202 Accepted", "404 Not Found"},
				{"NOTIFY", "Event: message-summary\r\n", "200 OK", "489 Bad event"},
			} {
				for a, want := range map[*agent]string{phone: c.phone, stranger: c.stranger} {
					a.ch, a.callID = nil, a.callID+c.method
					if got := status(a.request(c.method, "sip:600@10.0.0.1", c.lines)); got != want {
						t.Errorf("%s from %s: %s, want %s", c.method, a.conn.LocalAddr(), got, want)
					}
				}
			}
			phone.conn.Close()
			stranger.conn.Close()
		})
}
