package boot

import (
	"bytes"
	"fmt"
	"strings"
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

// What a reload tells, what a dry one leaves alone, what an error leaves alone.
func TestReloadTellsWhatChanges(t *testing.T) {
	w := newWorldWith(t, map[string]string{"sip.conf": "[general]\nudpbindaddr=10.0.0.1:5060\n[a]\ntype=friend\nhost=dynamic\n[b]\ntype=friend\nhost=dynamic\n",
		"extensions.conf": "[one]\nexten => 1,1,NoOp()\nexten => 2,1,NoOp()\n[two]\nexten => 1,1,NoOp()\n"})
	defer w.stop()
	run := func(command string) string {
		var b bytes.Buffer
		w.sys.Console().Run(&b, command)
		return b.String()
	}
	if got := run("core reload --dry-run"); got != "Nothing would change.\n" {
		t.Errorf("unchanged: %s", got)
	}
	w.write("sip.conf", "[general]\nudpbindaddr=10.0.0.1:5060\nuseragent=me\n\n[a]\ntype=friend\nhost=dynamic\n[b]\ntype=friend\nhost=dynamic\ncontext=x\n[c]\ntype=peer\nhost=10.0.0.9\n")
	w.write("extensions.conf", "[one]\nexten => 1,1,Answer()\nexten => 2,1,NoOp()\nexten => 3,1,NoOp()\n[three]\n[globals]\nX=1\n")
	want := "sip.conf: ~ [general]\nsip.conf: ~ [b]\nsip.conf: + [c]\nextensions.conf: ~ [one]: 2 lines came, 1 went\nextensions.conf: + [three]\nextensions.conf: - [two]\nextensions.conf: ~ [globals]\n"
	for range 2 {
		if got := run("core reload --dry-run"); got != want {
			t.Errorf("dry: %s", got)
		}
	}
	if w.sys.Driver().Directory().Lookup("c") != nil {
		t.Error("a dry reload changed something")
	}
	w.write("sip.conf", "[general]\nudpbindaddr=10.0.0.1:5060\n[c\ntype=peer\n")
	if got := run("sip reload"); !strings.HasPrefix(got, "Reload refused, everything stays as it was: sip.conf:3: missing ']'") {
		t.Errorf("refused: %s", got)
	}
	if w.sys.Driver().Directory().Lookup("a") == nil {
		t.Error("a refused reload changed something")
	}
	if got := run("dialplan reload"); got != strings.Join(strings.SplitAfter(want, "\n")[3:], "")+"Dialplan reloaded.\n" {
		t.Errorf("dialplan: %s", got)
	}
}
