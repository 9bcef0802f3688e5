package test

import (
	"sync"
	"testing"
)

// Most of these tests wait nearly all of their time: for phones, browsers, databases, a machine that is to be given up. They run beside
// each other, and what two would have to share, an address, one has after the other.

// A lane is what one test has at a time.
type lane struct{ sync.Mutex }

var (
	officeLane  lane // 127.0.0.1:5970 to 5973, 5091 to 5099: a switchboard in this process and its phones
	programLane lane // 127.0.0.1:5971 to 5973 of UDP: the program
	peersLane   lane // obeliskPort, kamailioPort, and ports of the manager interface
	queueLane   lane // 127.0.24.1
	defaultLane lane // 127.0.0.1:5060, where the built-in configuration is
)

// atOnce is how many tests run at a time, of those that say that they run beside others.
const atOnce = 4

var slots = make(chan struct{}, atOnce)

// alongside has a test run beside others, when no other one has the lane; nil is none. It is the first thing that a
// test does, and its end is the end of what the test has prepared. A test whose parts call it calls t.Parallel itself.
func alongside(t *testing.T, l *lane) {
	t.Helper()
	t.Parallel()
	if l != nil {
		l.Lock()
		t.Cleanup(l.Unlock)
	}
	slots <- struct{}{}
	t.Cleanup(func() { <-slots })
}
