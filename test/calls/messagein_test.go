package calls

import (
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// A MESSAGE that comes in, as Asterisk 20.20.1 takes it: MESSAGE(to) is where it was sent, not what To says,
// and a message, which has no call, has no h.
func TestMessageInTheDialplan(t *testing.T) {
	bareWorld(t, "", "", func(w *world, _ *testkit.Phone, u *bareUA) {
		w.write("extensions.conf", "[inside]\nexten => 88,1,Set(GLOBAL(IN)=${GLOBAL(IN)}${MESSAGE(to)}|)\n"+
			"exten => h,1,Set(GLOBAL(IN)=h)\n")
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{"sip:88@10.0.0.1:5060", "sips:88@10.0.0.1:5060;x=y"} {
			g := u.dial("88")
			g.target, g.peer = target, `"Q" <sip:77@elsewhere.example>`
			if m := g.ask("MESSAGE", "Content-Type: text/plain\r\n", "hi"); codeOf(m) != "202 Accepted" {
				t.Error(codeOf(m))
			}
			time.Sleep(time.Second)
		}
		if got := w.global("IN"); got != "sip:88@10.0.0.1:5060|sips:88@10.0.0.1:5060;x=y|" {
			t.Errorf("%q", got)
		}
	})
}
