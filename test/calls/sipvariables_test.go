package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// What the dialplan says of one call is in its INVITE; "!" begins what must not be.
func TestDialplanSteersAnInvite(t *testing.T) {
	for name, c := range map[string]struct {
		two, plan string
		want      []string
	}{
		"SIPFROMDOMAIN":      {"", "Set(_SIPFROMDOMAIN=a.example)", []string{`From: "Alice" <sip:1001@a.example>`}},
		"SIP_URI_OPTIONS":    {"", "Set(_SIP_URI_OPTIONS=x=y)", []string{"INVITE sip:1002@10.0.0.12:5060;x=y SIP/2.0"}},
		"VXML_URL":           {"", "Set(_VXML_URL=play=z)", []string{"To: <sip:1002@10.0.0.12:5060>;play=z"}},
		"SIP_MAX_FORWARDS":   {"", "Set(_SIP_MAX_FORWARDS=7)", []string{"Max-Forwards: 7\r\n"}},
		"SIP_CODEC_OUTBOUND": {"", "Set(_SIP_CODEC_OUTBOUND=alaw)", []string{" RTP/AVP 8 101\r\n"}},
		"SIP_CODEC, unknown": {"", "Set(_SIP_CODEC=g729)", []string{" RTP/AVP 0 8 101\r\n"}},
		"not handed on":      {"", "Set(SIP_MAX_FORWARDS=7)", []string{"Max-Forwards: 69\r\n"}},
		"to and from": {"", "Dial(SIP/1002!bob@b.example!carol@c.example)",
			[]string{"To: <sip:bob@b.example>\r\n", `From: "Alice" <sip:carol@c.example>`, "INVITE sip:1002@10.0.0.12:5060 SIP/2.0"}},
		"to without a host": {"", "Dial(SIP/1002!bob)", []string{"To: <sip:bob@10.0.0.12:5060>\r\n"}},
		"the peer's own": {"fromuser=me\nfromdomain=d.example\n", "Dial(SIP/1002!!carol@c.example)",
			[]string{`From: "Alice" <sip:me@d.example>`}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, configured("", "", c.two), "[inside]\nexten => 1,1,"+c.plan+"\nsame => n,Dial(SIP/1002)\n", testkit.Faults{})
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				call := a.DialWith("1", "0 8 101")
				in := answered(t, b)
				for _, want := range c.want {
					if !strings.Contains(in.Invite().Raw, want) {
						t.Errorf("%q is not in\n%s", want, in.Invite().Raw)
					}
				}
				in.Reject("486 Busy Here")
				select {
				case second := <-b.Incoming: // the plan's second Dial
					second.Reject("486 Busy Here")
				case <-time.After(2 * time.Second):
				}
				call.Wait("486", time.Second)
				time.Sleep(time.Minute)
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}

// SIP_CODEC chooses the codec of our answer, SIPDtmfMode the way of the keys of one
// call.
func TestDialplanSteersAnAnswer(t *testing.T) {
	inWorldOf(t, baseSIP, func(w *world, a, b *testkit.Phone) {
		w.write("extensions.conf", "[inside]\nexten => 1,1,Set(SIP_CODEC=alaw)\nsame => n,Answer()\nsame => n,Wait(20)\nexten => "+
			"2,1,SIPDtmfMode(info)\nsame => n,Dial(SIP/1002)\n")
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		call := a.DialWith("1", "0 8 101")
		call.Wait("200", time.Second)
		if !strings.Contains(call.SDP(), " RTP/AVP 8 101\r\n") {
			t.Error(call.SDP())
		}
		call.Hangup()
		call = a.Dial("2")
		in := answered(t, b)
		in.Answer()
		call.Wait("200", time.Second)
		in.Wait("ACK", time.Second)
		if in.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=7\r\nDuration=100\r\n") != 200 {
			t.Error("INFO")
		}
		if !call.Wait("INFO Signal=7 Duration=250", time.Second) {
			t.Error("the key did not come by INFO")
		}
		call.Hangup()
		in.Wait("BYE", time.Second)
	})
}
