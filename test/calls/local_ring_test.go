package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/testkit"
	"obelisk/pbx"
)

const ringPlan = `[ring]
exten => wait,1,Answer()
same => n,Wait(3600)
exten => one,1,Dial(Local/wait@ring)
exten => two,1,Dial(Local/one@ring)
exten => three,1,Dial(Local/two@ring)
exten => kept,1,Dial(Local/wait@ring/n)
exten => bell,1,Ringing()
same => n,Wait(3600)
exten => desk,1,Answer()
same => n,Dial(Local/bell@ring)
exten => take,1,Wait(1)
same => n,Pickup(bell@ring)
`

// half is the channel of a half of the Local channel to an extension: "one;1".
func (w *world) half(of string) *pbx.Channel {
	w.t.Helper()
	exten, end, _ := strings.Cut(of, ";")
	for _, c := range w.sys.Core().Channels() {
		if strings.HasPrefix(c.Name(), "Local/"+exten+"@") && strings.HasSuffix(c.Name(), ";"+end) {
			return c
		}
	}
	w.t.Fatalf("there is no %s: %v", of, channelNames(w))
	return nil
}

// Halves of Local channels that an operation has bridged with each other alone have nobody
// who could end them: they end at once, however many they are.
func TestRingOfLocalChannels(t *testing.T) {
	for name, c := range map[string]struct {
		dial, at string
		make     func(w *world) bool
	}{
		"one, joined":      {"one@ring", "wait", func(w *world) bool { return w.half("one;1").GiveTo(w.half("wait;1")) == nil }},
		"one that stays":   {"kept@ring/n", "wait", func(w *world) bool { return w.half("kept;1").GiveTo(w.half("wait;1")) == nil }},
		"two, joined":      {"two@ring", "wait", func(w *world) bool { return w.half("two;1").GiveTo(w.half("wait;1")) == nil }},
		"one, transferred": {"two@ring", "wait", func(w *world) bool { return w.half("wait;1").TransferTo(w.half("two;2")) }},
		"two, transferred": {"three@ring", "wait", func(w *world) bool { return w.half("wait;1").TransferTo(w.half("three;2")) }},
		"one, by a pickup": {"desk@ring", "take", func(w *world) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, baseSIP, ringPlan, testkit.Faults{})
				core := w.sys.Core()
				to := pbx.Originate{Tech: "Local", Resource: c.dial, At: dialplan.Location{Context: "ring", Exten: c.at, Priority: 1}}
				if r := core.Originate(to); r.Err != nil {
					t.Fatal(r.Err)
				}
				time.Sleep(500 * time.Millisecond)
				if !c.make(w) {
					t.Error("refused")
				}
				time.Sleep(5 * time.Second)
				for _, c := range core.Channels() {
					t.Errorf("left: %s, bridged with %s", c.Name(), c.View().Bridged.Name())
				}
				w.stop()
			})
		})
	}
}
