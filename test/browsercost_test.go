package test

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestBrowserCost prints what calls of a browser cost: memory, setting up, packets (make
// browser-cost). The browser is a process of its own; figures, no verdict.
func TestBrowserCost(t *testing.T) {
	if os.Getenv("OBELISK_COST") == "" {
		t.Skip("make browser-cost asks for it")
	}
	const calls, talk = 20, 10 * time.Second
	b := browse(t)
	one := b.open(t, "jssip", "web1", "s1", 440)
	one.calls("warm", "600")
	one.hears("warm", 440)
	one.bye("warm")
	b.quiet(t)
	before, begun, from := living(), cpu(), time.Now()
	one.run(fmt.Sprintf("for (let i = 0; i < %d; i++) phone.call('c' + i, '600')", calls), nil)
	for n := 0; n < calls; time.Sleep(500 * time.Millisecond) { // seldom: what asks the browser is counted too
		one.run(fmt.Sprintf("Array.from({length: %d}, (_, i) => phone.state('c' + i)).filter(s => s === 'up').length", calls), &n)
		if time.Since(from) > patience {
			t.Fatalf("%d of %d calls are up", n, calls)
		}
	}
	one.hears(fmt.Sprint("c", calls-1), 440)
	setup, took := cpu()-begun, time.Since(from)
	held := living()
	packets := func() (n uint64) {
		for _, c := range b.sys.Core().Channels() {
			if s := c.Leg().Stream(); s != nil {
				st := s.Stats()
				n += st.RxPackets + st.TxPackets
			}
		}
		return n
	}
	was, begun := packets(), cpu()
	time.Sleep(talk)
	used, n := cpu()-begun, packets()-was
	fmt.Printf("memory of a browser call      %8.1f KB (heap and stacks that live, %d calls to Echo)\n", float64(held-before)/calls/1024,
		calls)
	fmt.Printf("CPU of a call set up          %8.2f ms (INVITE, ICE, DTLS and what it talks meanwhile, %.1f s for all)\n",
		float64(setup.Microseconds())/calls/1000, took.Seconds())
	fmt.Printf("CPU of a packet of SRTP       %8.2f us (in or out, %d packets in %v)\n", float64(used.Microseconds())/float64(max(n, 1)), n,
		talk)
	for i := range calls {
		one.bye(fmt.Sprint("c", i))
	}
	b.quiet(t)
}

// living is what is on the heap and on stacks once nobody needs the rest.
func living() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
