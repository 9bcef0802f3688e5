package agi

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/pbx"
)

// Where servers are, and which of them is taken.
func TestServers(t *testing.T) {
	inBubble(t, plan, func(w *world) { // the first of a name's servers that takes the call
		next := w.serve()
		dial := w.m.net.dial
		w.m.net.srv = func(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
			if service+proto+name != "agitcpfarm.example" {
				t.Errorf("%s %s %s is looked up", service, proto, name)
			}
			return "", []*net.SRV{{Target: "192.0.2.8.", Port: 81}, {Target: "192.0.2.9.", Port: 82}}, nil
		}
		w.m.net.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, _ := dial(ctx, network, address)
			if address == "192.0.2.8:81" {
				return nil, errors.New("connection refused")
			}
			return conn, nil
		}
		w.call("5")
		time.Sleep(time.Second)
		if !slices.Equal(w.calls(), []string{"192.0.2.8:81", "192.0.2.9:82"}) {
			t.Errorf("called %q", w.calls())
		}
		_ = next
	})
	inBubble(t, plan, func(w *world) {
		w.serve()
		w.m.net.srv = func(context.Context, string, string, string) (string, []*net.SRV, error) {
			return "", nil, errors.New("no such name")
		}
		_, c := w.call("5")
		if got := statusOf(c); got != "FAILURE" || !strings.Contains(w.logged(), "SRV lookup failed for farm.example") {
			t.Errorf("%s: %s", got, w.logged())
		}
		_, c = w.call("7")
		if got := statusOf(c); got != "FAILURE" || !strings.Contains(w.logged(), "Unable to locate host 'nowhere'") {
			t.Errorf("%s: %s", got, w.logged())
		}
		w.call("6")
		time.Sleep(time.Second)
		if got := strings.Join(w.calls(), " "); got != "[2001:db8::1]:99" {
			t.Errorf("called %q", got)
		}
	})
}

// A server that cannot be reached costs two seconds, and nothing when the caller goes.
func TestUnreachable(t *testing.T) {
	slow := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	inBubble(t, plan, func(w *world) {
		w.m.net.dial = slow
		begun := time.Now()
		_, c := w.call("1")
		for v := ""; v == ""; v, _ = c.Var("AGISTATUS") {
			time.Sleep(10 * time.Millisecond)
		}
		if d := time.Since(begun); d < 2*time.Second || d > 3500*time.Millisecond {
			t.Errorf("after %v", d)
		}
	})
	inBubble(t, plan, func(w *world) {
		w.m.net.dial = slow
		_, c := w.call("1")
		time.Sleep(700 * time.Millisecond) // Answer() has waited for audio, and the server is called
		begun := time.Now()
		c.SoftHangup(pbx.CauseNormal)
		for w.core.Channel(c.Name()) != nil {
			if time.Sleep(10 * time.Millisecond); time.Since(begun) > time.Minute {
				t.Fatal("the call is kept")
			}
		}
		if d := time.Since(begun); d > time.Second {
			t.Errorf("it has taken %v", d)
		}
	})
}
