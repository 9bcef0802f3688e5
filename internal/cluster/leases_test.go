package cluster

import (
	"fmt"
	"testing"
	"time"
)

// TestLeases: what was asked for lately is known, in order, and no more than so many of them.
func TestLeases(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := &leases{}
	l.asked(now, "register", "b")
	l.asked(now, "conference", "sales")
	l.asked(now.Add(30*time.Second), "register", "a")
	if got := fmt.Sprint(l.known(now.Add(time.Minute))); got != "[{conference sales} {register a} {register b}]" {
		t.Error(got)
	}
	if got := fmt.Sprint(l.known(now.Add(70 * time.Second))); got != "[{register a}]" {
		t.Error(got)
	}
	for i := range maxLeases + 10 {
		l.asked(now.Add(time.Minute), "queue", fmt.Sprint(i))
	}
	if n := len(l.list); n != maxLeases {
		t.Errorf("%d are kept", n)
	}
	if l.asked(now.Add(time.Hour), "queue", "late"); len(l.list) != 1 {
		t.Errorf("%d are kept an hour later", len(l.list))
	}
}
