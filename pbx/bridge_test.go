package pbx_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

const bridgePlan = plan + `exten => loop,1,Answer()
same => n(top),Wait(100)
same => n,Goto(top)
exten => join,1,Bridge(${WHO},${OPT})
same => n,Set(GLOBAL(WENT)=${WENT}${BRIDGERESULT} )
same => n,Wait(100)
exten => add,1,BridgeAdd(${WHO})
same => n,Set(GLOBAL(WENT)=${WENT}${BRIDGERESULT} )
exten => hold,1,BridgeWait(room,,e(${E})S(${S}))
same => n,Set(GLOBAL(WENT)=${WENT}left )
exten => try,1,TryExec(BridgeWait(room))
same => n,Set(GLOBAL(WENT)=${WENT}${TRYSTATUS} )
same => n,Wait(100)
`

// callsWith is calls with variables of the channel.
func (b *board) callsWith(name, exten string, vars ...[2]string) *phone {
	b.t.Helper()
	p := b.leg(name)
	n := pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: name}, Vars: vars,
		Trace: b.core.Book().Open()}
	if _, err := b.core.Incoming(n); err != nil {
		b.t.Fatal(err)
	}
	time.Sleep(time.Second)
	return p
}

// Bridge() takes a channel out of its application, or out of its bridge, which goes on where it was
// at the end.
func TestBridgeApp(t *testing.T) {
	onBoard(t, bridgePlan, func(b *board) {
		w := b.calls("w", "wait")
		a := b.callsWith("a", "join", [2]string{"WHO", w.Channel().Name()})
		if a.with() != "w" || w.with() != "a" || len(b.core.Bridges()) != 1 {
			t.Fatalf("a is with %q", a.with())
		}
		x := b.callsWith("x", "join", [2]string{"WHO", w.Channel().Name()}, [2]string{"OPT", "x"})
		if x.with() != "w" || a.with() != "" || b.global("WENT") != "SUCCESS " {
			t.Errorf("x is with %q, a with %q; %q", x.with(), a.with(), b.global("WENT"))
		}
		x.does(pbx.EventHungUp, "")
		if !w.Ended() || a.Ended() || len(b.core.Bridges()) != 0 {
			t.Errorf("over: w %v, a %v", w.Ended(), a.Ended())
		}
		n := b.callsWith("n", "join", [2]string{"WHO", "Phone/none"})
		if b.global("WENT") != "SUCCESS NONEXISTENT " || n.Ended() {
			t.Errorf("%q", b.global("WENT"))
		}
	})
}

// BridgeAdd() joins as a third; the pair lives on when it leaves, and it when both are gone.
func TestBridgeAdd(t *testing.T) {
	onBoard(t, bridgePlan, func(b *board) {
		a := b.calls("a", "b")
		b.phone("b").does(pbx.EventAnswered, "")
		third := b.callsWith("t", "add", [2]string{"WHO", a.Channel().Name()})
		list := b.core.Bridges()
		if len(list) != 1 || len(list[0].Members()) != 3 {
			t.Fatalf("%d bridges", len(list))
		}
		if list[0].Mixer() == nil || list[0].Seat(third.Channel()) == nil || a.with() != "" || list[0].View().Technology != "softmix" {
			t.Error("three are not mixed")
		}
		of := func(p *phone) string { return p.Channel().Name() }
		if got, want := a.Channel().Variable("BRIDGEPEER"), of(b.phone("b"))+","+of(third); got != want {
			t.Errorf("a is with %s, want %s", got, want)
		}
		third.does(pbx.EventHungUp, "")
		if a.with() != "b" || list[0].Mixer() != nil || len(list[0].Members()) != 2 {
			t.Errorf("a is with %q", a.with())
		}
		if got := a.Channel().Variable("BRIDGEPEER"); got != of(b.phone("b")) {
			t.Errorf("then a is with %s", got)
		}
	})
}

// BridgeWait() is one bridge for all who wait, with music for each; it ends with the last.
func TestBridgeWait(t *testing.T) {
	onBoard(t, bridgePlan, func(b *board) {
		one := b.callsWith("a", "hold", [2]string{"E", "s"}, [2]string{"S", "5"})
		two := b.callsWith("b", "try")
		list := b.core.Bridges()
		if len(list) != 1 || len(list[0].Members()) != 2 || list[0].View().Technology != "holding_bridge" || one.with() != "" {
			t.Fatalf("%d bridges", len(list))
		}
		if n := b.happened("BridgeEnter"); len(n) != 2 || n[1].Bridge.Channels != 2 || n[1].Bridge.Name != "room" ||
			n[1].Bridge.Creator != "BridgeWait" {
			t.Errorf("%+v", n)
		}
		time.Sleep(6 * time.Second)
		if b.global("WENT") != "left " || !one.Ended() || len(list[0].Members()) != 1 {
			t.Errorf("went %q", b.global("WENT"))
		}
		if err := two.Channel().Kick(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if b.global("WENT") != "left SUCCESS " || two.Ended() || len(b.core.Bridges()) != 0 || two.Channel().Kick() == nil {
			t.Errorf("went %q", b.global("WENT"))
		}
	})
}

// Whom a member is sent elsewhere, exchanged or put out from outside, each goes on with its After.
func TestMoves(t *testing.T) {
	onBoard(t, bridgePlan, func(b *board) {
		var mu sync.Mutex
		why := map[string]string{}
		after := func(c *pbx.Channel, l pbx.Left) dialplan.Result {
			mu.Lock()
			defer mu.Unlock()
			why[c.Leg().Resource()] += map[pbx.Why]string{pbx.PeerLeft: "peer ", pbx.Replaced: "replaced ", pbx.Kicked: "kicked ",
				pbx.Closed: "closed ", pbx.HungUp: "hung up ", pbx.Sent: "sent ", pbx.Refused: "refused "}[l.Why]
			return dialplan.Continue
		}
		told := func(name string) string {
			mu.Lock()
			defer mu.Unlock()
			return why[name]
		}
		x, y, z := b.calls("x", "loop"), b.calls("y", "loop"), b.calls("z", "loop")
		room := b.core.NewBridge(pbx.Policy{Kind: pbx.KindStasis, Ends: pbx.Never})
		other := b.core.NewBridge(pbx.Policy{})
		for _, p := range []*phone{x, y} {
			if err := p.Channel().Move(room, pbx.Member{After: after}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		if x.with() != "y" || z.Channel().TakePlace(z.Channel()) == nil || z.Channel().TakePlace(b.calls("w", "wait").Channel()) == nil {
			t.Errorf("x is with %q", x.with())
		}
		if err := z.Channel().TakePlace(x.Channel()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if z.with() != "y" || told("x") != "replaced " || x.Ended() || x.Channel().View().At.Exten != "loop" {
			t.Errorf("z is with %q, x was told %q", z.with(), told("x"))
		}
		release, _ := other.Keep()
		y.Channel().Move(other, pbx.Member{})
		x.Channel().Move(other, pbx.Member{After: after})
		release()
		time.Sleep(time.Second)
		if y.with() != "x" || len(room.Members()) != 1 || told("y") != "" {
			t.Errorf("y is with %q", y.with())
		}
		if room.Merge(other) != nil {
			t.Error("they cannot be merged")
		}
		time.Sleep(time.Second)
		if len(room.Members()) != 3 || !other.Over() || x.Channel().Move(other, pbx.Member{}) == nil {
			t.Errorf("%d are there", len(room.Members()))
		}
		room.Close(pbx.CauseNormal)
		time.Sleep(time.Second)
		if told("y") != "closed " || told("x") != "replaced closed " || y.Ended() || len(b.core.Bridges()) != 0 {
			t.Errorf("told %q, %q", told("x"), told("y"))
		}
	})
}

// A member is lent to a goroutine, as a feature's application is: it keeps its seat, and when it is
// put out meanwhile it must come back at once.
func TestLend(t *testing.T) {
	onBoard(t, bridgePlan, func(b *board) {
		a := b.calls("a", "b")
		b.phone("b").does(pbx.EventAnswered, "")
		in := a.Channel().Bridge()
		var heard, gone atomic.Int32
		in.Lend(a.Channel(), func(c *pbx.Channel) {
			e, _ := c.Await(pbx.Wait{Keys: true})
			heard.Store(int32(e.Digit))
		})
		a.does(pbx.EventDigit, "7")
		if heard.Load() != '7' || a.with() != "b" {
			t.Errorf("heard %c, with %q", heard.Load(), a.with())
		}
		in.Lend(a.Channel(), func(c *pbx.Channel) {
			_, why := c.Await(pbx.Wait{})
			gone.Store(map[bool]int32{true: 1}[why == pbx.Sent])
		})
		time.Sleep(time.Second)
		b.phone("b").does(pbx.EventHungUp, "")
		if gone.Load() == 0 || !a.Ended() || strings.Contains(b.global("WENT"), "on") {
			t.Errorf("gone %v, over %v", gone.Load(), a.Ended())
		}
		if in.Lend(a.Channel(), func(*pbx.Channel) { t.Error("lent") }) == nil {
			t.Error("who has left is lent")
		}
	})
}

// Features hang at a member: codes of keys, what is done for it after a time, and a limit; they go
// with it into another bridge.
func TestFeatures(t *testing.T) {
	onBoard(t, bridgePlan, func(b *board) {
		keys, err := media.NewKeyTable(map[string]int{"*1": 1, "*2": 2}, 0)
		if err != nil {
			t.Fatal(err)
		}
		var did, timed, why atomic.Int32
		f := &pbx.Features{Keys: keys, Do: func(c *pbx.Channel, code int) {
			did.Add(int32(code))
			c.Await(pbx.Wait{For: time.Second})
		}, Limit: 20 * time.Second, Timed: []pbx.Timed{{After: 5 * time.Second, Do: func(*pbx.Channel) { timed.Add(1) }}}}
		x, y := b.calls("x", "loop"), b.calls("y", "loop")
		first, second := b.core.NewBridge(pbx.Policy{}), b.core.NewBridge(pbx.Policy{Ends: pbx.LastLeaves})
		release, _ := first.Keep()
		x.Channel().Move(first, pbx.Member{Features: f, After: func(c *pbx.Channel, l pbx.Left) dialplan.Result {
			why.Store(int32(l.Why))
			return dialplan.Continue
		}})
		y.Channel().Move(first, pbx.Member{})
		release()
		time.Sleep(time.Second)
		for _, k := range "*1*2" { // the second while the first is at work
			x.Channel().SendDigit(byte(k), true)
			time.Sleep(200 * time.Millisecond)
		}
		time.Sleep(3 * time.Second)
		if did.Load() != 3 || x.with() != "y" || len(b.happened("DTMFEnd")) != 4 {
			t.Errorf("did %d, x is with %q, %d keys were told", did.Load(), x.with(), len(b.happened("DTMFEnd")))
		}
		x.Channel().Move(second, pbx.Member{})
		time.Sleep(10 * time.Second)
		x.Channel().SendDigit('*', true)
		x.Channel().SendDigit('2', true)
		time.Sleep(2 * time.Second)
		if did.Load() != 5 || timed.Load() != 1 || why.Load() != 0 || x.Channel().Bridge() != second {
			t.Errorf("did %d, timed %d, left %d", did.Load(), timed.Load(), why.Load())
		}
		time.Sleep(5 * time.Second)
		if pbx.Why(why.Load()) != pbx.Kicked || x.Ended() || x.Channel().Bridge() != nil {
			t.Errorf("left because of %d", why.Load())
		}
		x.Channel().SendDigit('*', true)
		x.Channel().SendDigit('1', true)
		time.Sleep(2 * time.Second)
		if did.Load() != 5 {
			t.Error("who has left has its features")
		}
	})
}

// Three Local channels one after the other are left out, whichever is first.
func TestCallerOfALongChain(t *testing.T) {
	onBoard(t, bridgePlan+"exten => l1,1,Dial(Local/b@in,20)\nexten => l2,1,Dial(Local/l1@in,20)\nexten => l3,1,Dial(Local/l2@in,20)\n",
		func(b *board) {
			a := b.calls("a", "l3")
			b.phone("b").does(pbx.EventAnswered, "")
			time.Sleep(time.Second)
			if a.with() != "b" || len(b.core.Channels()) != 2 || len(b.core.Bridges()) != 1 || b.times("LocalOptimizationEnd") != 3 {
				t.Errorf("a is with %q, %d channels, %d bridges, %d left out", a.with(), len(b.core.Channels()), len(b.core.Bridges()),
					b.times("LocalOptimizationEnd"))
			}
		})
}

// Between two that stay (/n) Local channels are left out too: who speaks is behind those.
func TestChainBetweenTwoThatStay(t *testing.T) {
	onBoard(t, bridgePlan+"exten => l1,1,Dial(Local/b@in/n,20)\nexten => l2,1,Dial(Local/l1@in,20)\nexten => l3,1,Dial(Local/l2@in,20)\n"+
		"exten => l4,1,Dial(Local/l3@in/n,20)\n", func(b *board) {
		a := b.calls("a", "l4")
		b.phone("b").does(pbx.EventAnswered, "")
		time.Sleep(time.Second)
		if a.with() != "l3@in" || len(b.core.Channels()) != 6 || b.times("LocalOptimizationEnd") != 2 {
			t.Errorf("a is with %q, %d channels, %d left out", a.with(), len(b.core.Channels()), b.times("LocalOptimizationEnd"))
		}
	})
}
