package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// A call of the switchboard to itself: both ends of its leg agree their keys by a handshake on
// the RTP port, whoever begins it, and what is said comes back.
func TestDTLSCall(t *testing.T) {
	for name, options := range map[string]string{
		"we begin both":      "",
		"as the other likes": "dtlssetup=actpass\navpf=yes\n",
		"the other begins":   "dtlssetup=passive\nforce_avp=yes\n",
		"without keys":       "dtlsenable=no\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sip := baseSIP + "[self]\ntype=peer\nhost=10.0.0.1\ncontext=inside\ninsecure=invite\nfromuser=self\ndtlsenable=yes\n" + options
				w := newWorld(t, sip, strings.Replace(baseExtensions, "[public]", "exten => 8,1,Dial(SIP/self/600)\n[public]", 1), testkit.Faults{})
				a := w.registered("1001", "one", "10.0.0.11:5060")
				call := a.Dial("8")
				if !call.Wait("200", 2*time.Second) {
					t.Fatal("not answered")
				}
				time.Sleep(time.Second)
				if !heardAt(call, call) {
					t.Error("nothing comes back")
				}
				secure := 0
				for _, ch := range w.sys.Core().Channels() {
					if v, _ := ch.Leg().(pbx.ChannelReader).ChannelItem("secure_media"); v == "1" {
						secure++
					}
				}
				if want := map[bool]int{true: 0, false: 2}[name == "without keys"]; secure != want {
					t.Errorf("%d legs have keys", secure)
				}
				call.Hangup()
				time.Sleep(time.Second)
				synctest.Wait()
				w.stop()
				a.Close()
			})
		})
	}
}
