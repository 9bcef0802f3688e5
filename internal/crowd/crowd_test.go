package crowd

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

// Who holds most makes room, whoever comes; a source alone does not get past its own limit.
func TestTheGreediestMakesRoom(t *testing.T) {
	var c Crowd[int]
	l := Limits{All: 5, Source: 4}
	for i := range 4 {
		if _, full := c.Add(ip("192.0.2.1"), i, l); full {
			t.Fatal("full too early")
		}
	}
	if gone, full := c.Add(ip("::ffff:192.0.2.1"), 4, l); !full || gone != 0 {
		t.Errorf("the fifth of a source: %d, %v", gone, full)
	}
	c.Add(ip("192.0.2.2"), 10, l)
	if gone, full := c.Add(ip("192.0.2.3"), 11, l); !full || gone != 1 {
		t.Errorf("the sixth in all: %d, %v", gone, full)
	}
	if c.Len() != 5 || c.Out() != 2 || !c.Remove(10) || c.Remove(0) || c.Len() != 4 {
		t.Errorf("%d members, %d left", c.Len(), c.Out())
	}
	if _, full := c.Add(ip("192.0.2.9"), 20, Limits{}); full {
		t.Error("no limit is full")
	}
}

// The addresses of one IPv6 network are one source.
func TestSources(t *testing.T) {
	if Source(ip("2001:db8::1")) != Source(ip("2001:db8::ffff:1")) || Source(ip("2001:db8::1")) == Source(ip("2001:db8:0:1::1")) ||
		Source(ip("fe80::1%lo")) != Source(ip("fe80::2")) ||
		Source(ip("::ffff:10.0.0.1")) != ip("10.0.0.1") {
		t.Error("sources")
	}
}

func TestTellsNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Crowd[int]
		if !c.Tells() || c.Tells() {
			t.Error("twice at once")
		}
		time.Sleep(Quiet)
		if !c.Tells() {
			t.Error("never again")
		}
	})
}
