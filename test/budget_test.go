package test

import (
	"math"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"obelisk/internal/rawnet"
	"obelisk/media"
)

// budgets are how many allocations a unit of work may take in one process, client and switchboard
// together. The client's own, which never change, are of them: 21 of a registration, 110 of a call.
var budgets = []struct {
	unit   string
	allocs float64
	work   func(t *testing.T) func(i int)
}{
	{"a registration: 401, then 200", 74, func(t *testing.T) func(int) {
		benchSystem(t, "127.0.0.1")
		return registering(newSocket(t, "127.0.0.2:5072"))
	}},
	{"a call: authenticated, bridged, torn down", 412, callsAt("127.0.0.1")},
	{"the same, listening at all addresses", 412, callsAt("0.0.0.0")},
	{"a relayed packet", 0.5, relayed}, // none of its own: what is left is a report at times
}

func callsAt(at string) func(t *testing.T) func(int) {
	return func(t *testing.T) func(int) {
		benchSystem(t, at)
		c := newPair(t)
		return func(i int) { c.end(i, c.begin(i)) }
	}
}

// relayed sends a packet through two streams that are bridged.
func relayed(t *testing.T) func(int) {
	e, err := media.New(media.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	var ends [2]*net.UDPConn
	var streams [2]*media.Stream
	for i := range ends {
		if ends[i], err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ends[i].Close() })
		if streams[i], err = e.Open(netip.MustParseAddr("127.0.0.1"), nil); err != nil {
			t.Fatal(err)
		}
		streams[i].Negotiate(media.Params{Remote: ends[i].LocalAddr().(*net.UDPAddr).AddrPort(), Formats: []media.Format{{Codec: media.ULaw}}})
	}
	media.Bridge(streams[0], streams[1])
	packet, buf := make([]byte, 172), make([]byte, 2048)
	packet[0] = 0x80
	return func(i int) {
		packet[2], packet[3] = byte(i>>8), byte(i)
		if _, err := ends[0].WriteToUDPAddrPort(packet, streams[0].Local()); err != nil {
			t.Fatal(err)
		}
		ends[1].SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := ends[1].Read(buf); err != nil {
			t.Fatal(err)
		}
	}
}

// A unit of work takes no more allocations than it did. What a busy machine adds, as messages that
// are repeated, is not in the best of several rounds.
func TestAllocationBudgets(t *testing.T) {
	if raced {
		t.Skip("the race detector allocates")
	}
	for _, b := range budgets {
		t.Run(b.unit, func(t *testing.T) {
			work, at, best := b.work(t), 0, math.Inf(1)
			defer rawnet.TakeSlot()() // for the client
			const units = 100
			for round := 0; round < 10 && (round < 2 || best > b.allocs); round++ {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for range units {
					work(at)
					at++
				}
				runtime.ReadMemStats(&after)
				best = min(best, float64(after.Mallocs-before.Mallocs)/units)
			}
			if t.Logf("%.1f", best); best > b.allocs {
				t.Errorf("%s takes %.1f allocations, the budget is %.1f", b.unit, best, b.allocs)
			}
		})
	}
}

// standingBudget is how many bytes of the heap a call may take that is bridged and stands, with what is
// remembered of its story. Its SIP messages (trace.Wire) have room that is there already.
const standingBudget = 21_000

// A call that stands keeps no more than it did.
func TestStandingCallBudget(t *testing.T) {
	if raced {
		t.Skip("the race detector takes room of its own")
	}
	benchSystem(t, "127.0.0.1")
	defer rawnet.TakeSlot()() // for the client
	c := newPair(t)
	for i := range 20 { // what is made once
		c.end(-1-i, c.begin(-1-i))
	}
	var to []string
	begin := func(calls int) int64 {
		for range calls {
			to = append(to, c.begin(len(to)))
		}
		heap, _ := memory()
		return heap
	}
	best := int64(math.MaxInt64)
	const calls = 200
	before := begin(calls) // what tests before this one have left goes meanwhile
	for round := 0; round < 3 && best > standingBudget; round++ {
		after := begin(calls)
		best, before = min(best, (after-before)/calls), after
	}
	for i := range to {
		c.end(i, to[i])
	}
	if t.Logf("%d", best); best > standingBudget {
		t.Errorf("a call that stands takes %d bytes of the heap, the budget is %d", best, standingBudget)
	}
}
