package calls

import (
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// A BYE with an Also header transfers the other party, whichever side sends it
// (channels/SIP/sip_bye_also of the Asterisk test suite); one that names nothing ends the call,
// as with allowtransfer=no.
func TestByeWithAlso(t *testing.T) {
	const plan = "exten => 9,1,Dial(SIP/bare)\nexten => 55,1,Set(GLOBAL(THERE)=${CHANNEL(channeltype)})\nsame => n,Wait(1)\nsame => " +
		"n,Hangup(17)\n"
	for name, c := range map[string]struct {
		also     string
		byCallee bool
		options  string
		there    bool
	}{
		"the caller":    {"<sip:55@10.0.0.1:5060>", false, "", true},
		"the callee":    {"sip:55@10.0.0.1", true, "", true},
		"to nowhere":    {"<sip:56@10.0.0.1>", false, "", false},
		"to no number":  {"<tel:55>", false, "", false},
		"who may not":   {"<sip:55@10.0.0.1>", true, "allowtransfer=no\n", false},
		"in a fork":     {"<sip:55@10.0.0.1>, <sip:56@10.0.0.1>", false, "", true},
		"without words": {"", false, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			planWorld(t, plan, func(w *world, a *testkit.Phone, u *bareUA) {
				if c.options != "" {
					w.write("sip.conf", w.read("sip.conf")+"[bare](+)\n"+c.options)
					if err := w.sys.Reload("sip"); err != nil {
						t.Fatal(err)
					}
				}
				v := newBare(t, w, "10.0.0.61:5060")
				defer v.conn.Close()
				d := v.dial("9")
				cseq := d.request("INVITE", "", v.sdp())
				invite := u.next("INVITE", time.Second)
				u.answer(invite, "200 OK", "", u.sdp())
				m := v.final(cseq, time.Second)
				d.peer = lineOf(m, "To")
				d.send(d.cseq, "ACK", "", "")
				time.Sleep(100 * time.Millisecond)
				gone, stays := d, u
				if c.byCallee {
					gone, stays = u.called(invite), v
				}
				if m := gone.ask("BYE", "Also: "+c.also+"\r\n", ""); codeOf(m) != "200 OK" {
					t.Errorf("the BYE is answered %s", codeOf(m))
				}
				begun := time.Now()
				bye := stays.next("BYE", 5*time.Second)
				stays.answer(bye, "200 OK", "", "")
				if there := time.Since(begun) > 900*time.Millisecond; there != c.there || there != (w.global("THERE") == "SIP") {
					t.Errorf("after %v: %q", time.Since(begun), w.global("THERE"))
				}
				if gone.u.next("BYE", time.Second) != "" {
					t.Error("who has left gets a BYE")
				}
			})
		})
	}
}
