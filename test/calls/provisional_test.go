package calls

import (
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/internal/testkit"
	"obelisk/pbx/event"
)

// What a phone says before it answers, as programs are told of it: 183 without a session is told of as ringing each time, and
// the channel stays as it was; 1xx that nobody knows is as 183 (RFC 3261 8.1.3.2). As Asterisk 20 with chan_sip does it.
func TestProvisionalAnswersAsTold(t *testing.T) {
	for said, want := range map[string]string{
		"183":         "RINGING Down",
		"183 183":     "RINGING Down, RINGING Down",
		"183 180":     "RINGING Down, RINGING Ringing",
		"180 183":     "RINGING Ringing, RINGING Ringing",
		"182":         "RINGING Ringing",
		"181 183":     "RINGING Down",
		"199":         "RINGING Down",
		"183+sdp":     "PROGRESS Down",
		"183 183+sdp": "RINGING Down, PROGRESS Down",
		"183+sdp 183": "PROGRESS Down, RINGING Down",
		"183+sdp 180": "PROGRESS Down, RINGING Ringing",
		"180+sdp":     "RINGING Ringing, PROGRESS Ringing",
		"100 183 100": "RINGING Down",
		"180 183+sdp": "RINGING Ringing, PROGRESS Ringing",
		"183+sdp 199": "PROGRESS Down, RINGING Down",
	} {
		bareWorld(t, "", "", func(w *world, a *testkit.Phone, u *bareUA) {
			var mu sync.Mutex
			var told []string
			defer w.sys.Core().Listen(func(e event.Event) {
				if d, ok := e.(event.Dial); ok && d.Stage == event.DialGoesOn {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, d.Status+" "+d.Callee.State.String())
				}
			})()
			call := a.Dial("9")
			invite := u.next("INVITE", 5*time.Second)
			for _, s := range strings.Fields(said) {
				code, sdp := strings.CutSuffix(s, "+sdp")
				body := ""
				if sdp {
					body = u.sdp()
				}
				u.answer(invite, code+" Wait", "", body)
				time.Sleep(200 * time.Millisecond)
			}
			u.answer(invite, "200 OK", "", u.sdp())
			if !call.Wait("200", time.Second) {
				t.Error("the call is not up")
			}
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(told, ", "); got != want {
				t.Errorf("%s: %s, want %s", said, got, want)
			}
		})
	}
}
