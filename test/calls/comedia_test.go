package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// A phone behind NAT (nat=comedia, its SDP names a private address) goes on to hear the
// other side through hold and resume, in each way that phones have.
func TestComediaThroughHoldAndResume(t *testing.T) {
	sip := strings.Replace(baseSIP, "secret=two\n", "secret=two\nnat=force_rport,comedia\n", 1)
	inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
		call := a.Dial("1002")
		in := answered(t, b)
		in.Lie("192.168.1.5", 4000)
		in.Answer()
		if !call.Wait("200", 2*time.Second) || !in.Wait("ACK", 2*time.Second) {
			t.Fatal("not connected")
		}
		hears := func(step string, want bool) {
			t.Helper()
			_, before := in.Media.Counts()
			call.Media.Tone(440, 500*time.Millisecond)
			time.Sleep(600 * time.Millisecond)
			if _, n := in.Media.Counts(); (n-before >= 24) != want {
				t.Errorf("%s: %d packets of 25", step, n-before)
			}
		}
		in.Media.Tone(440, 200*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		hears("at first", true)
		send := map[string]func(body string) int{
			"re-INVITE": in.ReINVITE,
			"UPDATE":    func(body string) int { return in.Send("UPDATE", "Content-Type: application/sdp\r\n", body) },
		}
		for _, method := range []string{"re-INVITE", "UPDATE"} {
			for how, hold := range map[string]func() string{
				"by 0.0.0.0":                    func() string { in.Lie("0.0.0.0", 4000); return in.Offer("sendonly") },
				"by sendonly":                   func() string { return in.Offer("sendonly") },
				"by another address, sendonly":  func() string { in.Lie("192.168.9.9", 4002); return in.Offer("sendonly") },
				"by inactive, and another port": func() string { in.Lie("192.168.1.5", 4010); return in.Offer("inactive") },
			} {
				if status := send[method](hold()); status != 200 {
					t.Fatalf("%s %s: %d", method, how, status)
				}
				time.Sleep(10 * time.Second) // longer than a source is learnt
				in.Lie("192.168.1.5", 4000)
				if status := send[method](in.Offer("sendrecv")); status != 200 {
					t.Fatalf("%s, resumed: %d", method, status)
				}
				hears(method+" held "+how+", resumed in silence", true)
				in.Media.Tone(440, 200*time.Millisecond)
				time.Sleep(300 * time.Millisecond)
				hears(method+" held "+how+", resumed", true)
			}
		}
		call.Hangup()
		in.Wait("BYE", time.Second)
	})
}

// Nobody but a told source is heard, nor hears, while the phone is silent.
func TestComediaAndAStranger(t *testing.T) {
	for options, believed := range map[string]bool{"": false, "mediasource=any\n": true} {
		sip := strings.Replace(baseSIP, "secret=two\n", "secret=two\nnat=force_rport,comedia\n"+options, 1)
		inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
			call := a.Dial("1002")
			in := answered(t, b)
			in.Answer()
			if !call.Wait("200", 2*time.Second) || !in.Wait("ACK", 2*time.Second) {
				t.Fatal("not connected")
			}
			stranger := w.phone("1003", "three", "10.0.0.66:5060")
			s := stranger.Dial("600") // for the sake of its media
			s.Wait("200", 2*time.Second)
			s.Media.Aim(in.Media.To())
			_, before := call.Media.Counts()
			s.Media.Tone(440, 500*time.Millisecond)
			time.Sleep(600 * time.Millisecond)
			if _, n := call.Media.Counts(); (n-before > 5) != believed {
				t.Errorf("%q: %d packets of a stranger are heard", options, n-before)
			}
			s.Hangup()
			stranger.Close()
			call.Hangup()
			in.Wait("BYE", time.Second)
		})
	}
}
