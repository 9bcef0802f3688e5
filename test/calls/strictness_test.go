package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const strictHead = " sip:1002@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.11:5099;branch=z9hG4bK%\r\n"

// What chan_sip refuses, and by which status; what it does not answer at all; what it takes. Each was asked of it.
func TestRefusedAsChanSIP(t *testing.T) {
	const (
		from  = "From: <sip:guest@10.0.0.1>;tag=f\r\n"
		to    = "To: <sip:1002@10.0.0.1>\r\n"
		end   = "Call-ID: strict%\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:1001@10.0.0.11:5099>\r\n"
		offer = "v=0\r\no=u 1 1 IN IP4 10.0.0.11\r\ns=-\r\nc=IN IP4 10.0.0.11\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
		typed = "Content-Type: application/sdp\r\n"
	)
	sip := strings.Replace(baseSIP, "[general]\n", "[general]\nallowguest=yes\ncontext=guests\n", 1)
	synctest.Test(t, func(t *testing.T) {
		w := newWorldResolving(t, testkit.NewNetwork(testkit.Faults{}), map[string]string{"sip.conf": sip, "extensions.conf": baseExtensions},
			names)
		defer func() {
			time.Sleep(time.Minute)
			w.sys.Stop("now")
			w.sys.Wait()
		}()
		wire := newWire(t, w.net, "10.0.0.11:5099", "10.0.0.1:5060")
		defer wire.conn.Close()
		for i, c := range []struct{ what, method, from, to, more, body, want string }{
			{"no extension", "INVITE", from, to, typed, offer, "SIP/2.0 404 Not Found"},
			{"text", "INVITE", from, to, "Content-Type: text/plain\r\n", "hello", "SIP/2.0 404 Not Found"},
			{"parts without a session", "INVITE", from, to, "Content-Type: multipart/mixed;boundary=b\r\n",
				"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n", "SIP/2.0 404 Not Found"},
			{"text that is required", "INVITE", from, to, "Content-Type: text/plain\r\nContent-Disposition: render;handling=required\r\n", "hello",
				"SIP/2.0 415 Unsupported Media Type"},
			{"no session in it", "INVITE", from, to, typed, "hello", "SIP/2.0 488 Not acceptable here"},
			{"no connection", "INVITE", from, to, typed, strings.Replace(offer, "c=IN IP4 10.0.0.11\r\n", "", 1), "SIP/2.0 488 Not acceptable here"},
			{"a time to live", "INVITE", from, to, typed, strings.Replace(offer, "c=IN IP4 10.0.0.11", "c=IN IP4 224.2.1.1/127", 1),
				"SIP/2.0 488 Not acceptable here"},
			{"a host that nobody knows", "INVITE", from, to, typed, strings.Replace(offer, "c=IN IP4 10.0.0.11", "c=IN IP4 nowhere.invalid", 1),
				"SIP/2.0 488 Not acceptable here"},
			{"one that nobody knows, and one", "INVITE", from, to, typed, offer + "c=IN IP4 nowhere.invalid\r\n", "SIP/2.0 404 Not Found"},
			{"a length that is too small", "INVITE", from, to, typed + "Content-Length: 20\r\n", offer, "SIP/2.0 404 Not Found"},
			{"a From of another scheme", "INVITE", "From: <mailto:a@b>;tag=f\r\n", to, typed, offer, "SIP/2.0 416 Unsupported URI scheme"},
			{"a From of no scheme", "INVITE", "From: <u>;tag=f\r\n", to, typed, offer, "SIP/2.0 416 Unsupported URI scheme"},
			{"OPTIONS of another scheme", "OPTIONS", "From: <http://a>;tag=f\r\n", to, "", "", "SIP/2.0 416 Unsupported URI scheme"},
			{"a From without tag", "INVITE", "From: <sip:1001@10.0.0.1>\r\n", to, typed, offer, ""},
			{"OPTIONS without tag", "OPTIONS", "From: <sip:1001@10.0.0.1>\r\n", to, "", "", ""},
			{"BYE without tag", "BYE", "From: <sip:1001@10.0.0.1>;tag=\r\n", to, "", "", ""},
			{"a letter of another type, before credentials", "MESSAGE", "From: <sip:1001@10.0.0.1>;tag=f\r\n", to, "Content-Type: image/png\r\n", "x",
				"SIP/2.0 415 Unsupported Media Type"},
			{"a subscription to nothing, before credentials", "SUBSCRIBE", "From: <sip:1001@10.0.0.1>;tag=f\r\n", to, "Expires: 60\r\n", "",
				"SIP/2.0 489 Bad Event"},
			{"an empty tag in To", "INVITE", from, "To: <sip:1002@10.0.0.1>;tag=\r\n", typed, offer,
				"SIP/2.0 481 Call/Transaction Does Not Exist"},
			{"BYE of no call", "BYE", from, "To: <sip:1002@10.0.0.1>;tag=x\r\n", "", "", "SIP/2.0 481 Call leg/transaction does not exist"},
			{"INFO of no call", "INFO", from, "To: <sip:1002@10.0.0.1>;tag=x\r\n", "", "", "SIP/2.0 481 Call leg/transaction does not exist"},
		} {
			mark := string(rune('a' + i))
			head := strings.ReplaceAll(c.method+strictHead, "%", mark) + c.from + c.to +
				strings.ReplaceAll(strings.Replace(end, "INVITE", c.method, 1), "%", mark)
			got := wire.within(head+c.more+"\r\n"+c.body, 8*time.Second)
			if line, _, _ := strings.Cut(got, "\r\n"); line != c.want {
				t.Errorf("%s: %q", c.what, line)
			}
			time.Sleep(time.Second)
		}
	})
}

// within sends a message and returns the first final answer that comes in time, "" for none; one
// that is for an INVITE is acknowledged.
func (w *wire) within(text string, limit time.Duration) string {
	w.send(text)
	w.conn.SetReadDeadline(time.Now().Add(limit))
	buf := make([]byte, 65536)
	for {
		n, _, err := w.conn.ReadFrom(buf)
		if err != nil {
			return ""
		}
		answer := string(buf[:n])
		if strings.HasPrefix(answer, "SIP/2.0 1") || field(answer, "Call-ID") != field(text, "Call-ID") {
			continue
		}
		if strings.HasPrefix(text, "INVITE") {
			head, _, _ := strings.Cut(text, "\r\nTo:")
			w.send("ACK" + strings.TrimPrefix(head, "INVITE") + "\r\nTo: " + field(answer, "To") + "\r\nCall-ID: " + field(text, "Call-ID") +
				"\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
		}
		return answer
	}
}

// Keys in a section of RTP/AVP count as in chan_sip, which answers with RTP/SAVP; keys that cannot
// be used are refused there too, also where encryption is not asked for.
func TestKeysInPlainProfile(t *testing.T) {
	const keys = "AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
	for _, c := range []struct{ options, crypto, status, profile string }{
		{"", "a=crypto:1 " + keys + "\r\n", "200", "RTP/SAVP"},
		{"encryption=yes\n", "a=crypto:1 " + keys + "\r\n", "200", "RTP/SAVP"},
		{"", "", "200", "RTP/AVP"},
		{"encryption=yes\n", "", "488", ""},
		{"", "a=crypto:1 FOO inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n", "488", ""},
		{"", "a=crypto:x " + keys + "\r\n", "488", ""},
		{"", "a=crypto:1\r\n", "488", ""},
	} {
		bareWorld(t, c.options, "", func(w *world, a *testkit.Phone, u *bareUA) {
			g := u.dial("600")
			m := g.ask("INVITE", "", u.sdp()+c.crypto)
			_, section, _ := strings.Cut(m, "m=audio ")
			if f := strings.Fields(section); codeOf(m)[:3] != c.status || c.profile != "" && f[1] != c.profile {
				t.Errorf("%q %q: %s, %.40q", c.options, c.crypto, codeOf(m), section)
			}
			if c.status == "200" {
				g.ask("BYE", "", "")
			}
		})
	}
}
