package calls

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// served are the methods of the requests that a phone gets outside of calls, without repetitions.
type served struct {
	mu      sync.Mutex
	methods []string
}

func serving(p *testkit.Phone) *served {
	s := &served{}
	p.SetServe(func(m *testkit.Msg) string {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !slices.Contains(s.methods, m.Method) {
			s.methods = append(s.methods, m.Method)
		}
		return "200 OK"
	})
	return s
}

func (s *served) sorted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.methods))
}

// What begins outside of dialogs goes to the outbound proxy, to phones that have registered and to static
// hosts alike; in a dialog the Contact decides, and answers go where the request came from. Seen with
// chan_sip, where the option stands in the peer's section and where it stands in [general].
func TestOutboundProxy(t *testing.T) {
	const option, own = "outboundproxy=10.0.0.13\n", "qualify=yes\n"
	for name, c := range map[string]struct{ general, two string }{
		"of a phone": {two: own + option},
		"of all":     {general: option, two: own},
		"of a host":  {two: own + option + "host=10.0.0.12\n"},
		"forced":     {two: own + "outboundproxy=udp://10.0.0.13:5060,force\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const plan = baseExtensions + "[inside]\nexten => 710,1,MessageSend(sip:1002)\n"
				w := newWorldWith(t, map[string]string{"sip.conf": configured(c.general, "", c.two), "extensions.conf": plan,
					"sip_notify.conf": "[hello]\nEvent=>hello\n"})
				b, proxy := w.phone("1002", "two", "10.0.0.12:5060"), w.phone("proxy", "x", "10.0.0.13:5060")
				phone, between := serving(b), serving(proxy)
				if name != "of a host" {
					if status, _, err := b.Register(300); status != 200 {
						t.Fatal(status, err)
					}
				}
				a := w.registered("1001", "one", "10.0.0.11:5060")
				if status := a.Ask("MESSAGE", "710", "Content-Type: text/plain\r\n", "hello"); status != 202 {
					t.Errorf("MESSAGE: %d", status)
				}
				w.console("sip notify hello 1002")
				time.Sleep(3 * time.Second)
				talkByProxy(t, a, proxy)
				if got := between.sorted(); !slices.Equal(got, []string{"MESSAGE", "NOTIFY", "OPTIONS"}) {
					t.Errorf("the proxy has got %v", got)
				}
				if got := phone.sorted(); !slices.Equal(got, []string{"ACK", "BYE"}) {
					t.Errorf("the phone itself has got %v", got)
				}
				synctest.Wait()
				a.Close()
				b.Close()
				proxy.Close()
				w.stop()
			})
		})
	}
}

// talkByProxy calls 1002, which the proxy hears of and answers with the Contact of the phone.
func talkByProxy(t *testing.T, a, proxy *testkit.Phone) {
	t.Helper()
	proxy.Session = "Contact: <sip:1002@10.0.0.12:5060>\r\n"
	call := a.Dial("1002")
	answered(t, proxy).Answer()
	if !call.Wait("200", time.Second) {
		t.Error("the call by the proxy was not answered")
	}
	time.Sleep(time.Second)
	call.Hangup()
	time.Sleep(time.Second)
}
