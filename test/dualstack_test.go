package test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// TestDualStack: on udpbindaddr=:: a phone with IPv4 calls one with IPv6, and the other
// way round; each is told an address of its own kind, and they hear each other.
func TestDualStack(t *testing.T) {
	alongside(t, &officeLane)
	if c, err := net.ListenPacket("udp6", "[::1]:0"); err != nil {
		t.Skip("no IPv6 here: ", err)
	} else {
		c.Close()
	}
	started(t, "testdata/none", map[string]string{
		"sip.conf": "[general]\nudpbindaddr=[::]:5970\n[four]\ntype=friend\nhost=dynamic\nsecret=s4\ncontext=inside\n[six]\n" +
			"type=friend\nhost=dynamic\nsecret=s6\ncontext=inside\n",
		"extensions.conf": "[inside]\nexten => four,1,Dial(SIP/four)\nexten => six,1,Dial(SIP/six)\n",
	})
	phone := func(name, secret, at, server string) *testkit.Phone {
		p, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort(at), netip.MustParseAddrPort(server), name, secret)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		if status, _, err := p.Register(60); status != 200 {
			t.Fatalf("%s: %d, %v", name, status, err)
		}
		return p
	}
	four, six := phone("four", "s4", "127.0.0.1:0", "127.0.0.1:5970"), phone("six", "s6", "[::1]:0", "[::1]:5970")
	for _, way := range [2][2]*testkit.Phone{{four, six}, {six, four}} {
		call := way[0].Dial(way[1].User)
		in := <-way[1].Incoming
		in.Answer()
		if !call.Wait("200", 2*time.Second) || !in.Wait("ACK", 2*time.Second) {
			t.Fatalf("%s does not reach %s", way[0].User, way[1].User)
		}
		for c, p := range map[*testkit.Call]*testkit.Phone{call: way[0], in: way[1]} {
			if c.Media.To().Addr().Is4() != p.Addr().Addr().Is4() {
				t.Errorf("%s is told %s", p.User, c.Media.To())
			}
		}
		call.Media.Tone(1000, 500*time.Millisecond)
		in.Media.Tone(440, 500*time.Millisecond)
		time.Sleep(700 * time.Millisecond)
		if a, b := in.Media.Level(1000), call.Media.Level(440); a < 6000 || b < 6000 {
			t.Errorf("%s to %s: %.0f and %.0f", way[0].User, way[1].User, a, b)
		}
		call.Hangup()
		in.Wait("BYE", 2*time.Second)
	}
}
