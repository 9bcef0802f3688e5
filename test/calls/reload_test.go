package calls

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// A hundred reloads of changing files under two hundred calls: every packet arrives,
// every registration stays, every call can be ended by either side.
func TestReloadUnderLoad(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		const calls, packets = 200, 100
		var pairs [calls][2]*testkit.Call
		for i := range pairs {
			pairs[i][0], pairs[i][1] = connected(t, a, b, "1002")
		}
		var wg sync.WaitGroup
		for _, p := range pairs {
			wg.Go(func() { p[0].Media.Tone(440, packets*20*time.Millisecond) })
		}
		for i := range 100 {
			w.write("sip.conf", baseSIP+fmt.Sprintf("[extra%d]\ntype=friend\nhost=dynamic\nsecret=x%d\n", i, i))
			w.write("extensions.conf", baseExtensions+fmt.Sprintf("exten => 9%03d,1,Hangup()\n", i))
			if err := w.sys.Reload(""); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
		wg.Wait()
		time.Sleep(time.Second)
		for i, p := range pairs {
			if _, got := p[1].Media.Counts(); got != packets {
				t.Errorf("call %d: %d of %d packets", i, got, packets)
			}
		}
		for _, name := range []string{"1001", "1002"} {
			if i, ok := w.sys.Driver().Peer(name); !ok || i.Binding == nil {
				t.Errorf("%s is not registered any more", name)
			}
		}
		if i, ok := w.sys.Driver().Peer("extra99"); !ok || i.Peer == nil {
			t.Error("the last file is not in force")
		}
		for i, p := range pairs {
			if status := p[i%2].Hangup(); status != 200 {
				t.Errorf("call %d: BYE answered %d", i, status)
			}
		}
		time.Sleep(time.Second)
		if n, _, _ := w.sys.Core().Counts(); n != 0 {
			t.Errorf("%d channels left", n)
		}
	})
}
