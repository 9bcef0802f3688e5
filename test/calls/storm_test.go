package calls

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/testkit"
	"obelisk/manage/ami/wording"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// stormPlan has a bit of everything that goes from channel to channel.
const stormPlan = `[storm]
exten => wait,1,Answer()
same => n,Wait(3)
exten => talk,1,Answer()
same => n,Read(X,,4,,1,5)
same => n,Playback(beep)
same => n,Wait(1)
exten => gone,1,Answer()
exten => busy,1,Ringing()
same => n,Progress()
same => n,Busy(1)
exten => ring,1,Ringing()
same => n,Wait(5)
same => n,Answer()
same => n,MusicOnHold(default,2)
exten => group,1,Dial(Local/wait@storm&Local/ring@storm/n&Local/busy@storm&Local/gone@storm,4,g)
same => n,Goto(talk,1)
exten => one,1,Dial(Local/wait@storm,4)
exten => chain,1,Dial(Local/one@storm,4)
exten => long,1,Dial(Local/chain@storm,4,g)
same => n,Dial(Local/chain@storm/n,4)
exten => kept,1,Dial(Local/long@storm/n,6)
exten => round,1,Dial(Local/there@storm,5)
exten => there,1,Dial(Local/round@storm,5)
exten => sub,1,Dial(Local/talk@storm,4,b(before^s^1)U(screen)g)
exten => on,1,Dial(Local/talk@storm,4,F(storm^wait^1))
exten => both,1,Dial(Local/wait@storm,4,G(storm^wait^1))
exten => loop,1,Set(n=0)
same => n(top),Set(n=$[${n}+1])
same => n,GotoIf($[${n}<500]?top)
exten => deep,1,Gosub(deep,1)
exten => call,1,Originate(Local/wait@storm,exten,storm,one,1,3)
same => n,Originate(Local/one@storm,app,Wait,2,,a)
exten => phone,1,Dial(Phone/desk,4)
exten => desk,1,Dial(Local/phone@storm,5)
exten => behind,1,Dial(Local/desk@storm,5,g)
same => n,Dial(Local/phone@storm/n,5)
exten => hunt,1,Dial(Phone/busy&Local/phone@storm&Local/desk@storm,5,g)
same => n,Goto(talk,1)
exten => take,1,Answer()
same => n,Pickup(phone@storm&ring@storm&desk@storm)
exten => _X,1,Wait(1)
exten => h,1,Set(GLOBAL(H)=${CHANNEL(name)} ${HANGUPCAUSE})
same => n,Wait(1)
[before]
exten => s,1,Set(CHANNEL(hangup_handler_push)=after,s,1)
same => n,Wait(0.3)
same => n,Return()
[screen]
exten => s,1,Wait(0.3)
same => n,Return()
[after]
exten => s,1,Return()
`

var stormExtens = []string{"wait", "talk", "gone", "busy", "ring", "group", "one", "chain", "long", "kept", "round", "sub", "on", "both",
	"loop", "deep", "call", "phone", "desk", "behind", "hunt", "take"}

// storm is one source of things that happen.
type storm struct {
	core   *pbx.Core
	phones *loosePhones
	r      *rand.Rand
	wg     *sync.WaitGroup
}

func (s *storm) place() dialplan.Location {
	exten := stormExtens[s.r.IntN(len(stormExtens))]
	if exten == "deep" && s.r.IntN(5) > 0 { // it takes 10,000 steps
		exten = "desk"
	}
	return dialplan.Location{Context: "storm", Exten: exten, Priority: 1}
}

// begin begins a call: of a phone, to one, or of nobody but Local channels.
func (s *storm) begin() {
	o := pbx.Originate{Tech: "Local", Resource: s.place().Exten + "@storm" + []string{"", "/n"}[s.r.IntN(2)], At: s.place(),
		Timeout: time.Duration(1+s.r.IntN(5)) * time.Second}
	switch s.r.IntN(4) {
	case 0:
		o.Tech, o.Resource = "Phone", "first"
	case 1:
		s.phones.call("storm", s.place().Exten)
		return
	}
	s.wg.Go(func() { s.core.Originate(o) })
}

// any is one of the channels that there are.
func (s *storm) any() *pbx.Channel {
	if list := s.core.Channels(); len(list) > 0 {
		return list[s.r.IntN(len(list))]
	}
	return nil
}

// talking is one that is bridged with another, if that is found soon; else any.
func (s *storm) talking() *pbx.Channel {
	c := s.any()
	for n := 0; n < 20 && c != nil && c.View().Bridged == nil; n++ {
		c = s.any()
	}
	return c
}

// strike does something to somebody.
func (s *storm) strike() {
	c, d := s.any(), s.any()
	if s.r.IntN(2) == 0 {
		c, d = s.talking(), s.talking()
	}
	if c == nil || d == nil || s.r.IntN(6) == 0 {
		s.begin()
		return
	}
	switch s.r.IntN(16) {
	case 0:
		c.SoftHangup(pbx.CauseNormal)
	case 1:
		c.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseBusy})
	case 2:
		c.Redirect(s.place())
	case 3:
		pbx.RedirectBoth(c, s.place(), d, s.place())
	case 4:
		c.Transfer("storm", s.place().Exten)
	case 5, 14:
		c.TransferTo(d)
	case 6, 15:
		c.GiveTo(d)
	case 7:
		c.Expire(time.Duration(s.r.IntN(2000)) * time.Millisecond)
	case 8:
		s.wg.Go(func() { c.Visit(func(c *pbx.Channel) { c.Function("CHANNEL", "max_forwards"); c.Machine() }) })
	case 9:
		s.wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			c.Do(ctx, func(c *pbx.Channel) { c.Record() })
		})
	case 10:
		c.Post(pbx.Event{Kind: pbx.EventText, Text: "hello"})
	default:
		c.Post(pbx.Event{Kind: pbx.EventDigit, Digit: "0123456789*#"[s.r.IntN(12)]})
	}
}

// Whatever is done to calls of phones and through Local channels, at the same time and at
// random, while somebody listens: every one of them ends, and nothing is left.
func TestStorm(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("OBELISK_STORM")) // 400 and more find what is rare
	if err != nil {
		rounds = 100
	}
	for _, seed := range []uint64{1, 2, uint64(time.Now().UnixNano())} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, baseSIP, stormPlan, testkit.Faults{})
				core := w.sys.Core()
				happened := newsCount{of: map[string]int{}}
				defer core.Listen(happened.add)()
				phones := &loosePhones{core: core, media: w.sys.Media(), r: rand.New(rand.NewPCG(seed, 99))}
				core.RegisterTech(phones)
				var wg, requests sync.WaitGroup
				for i := range uint64(4) {
					s := &storm{core, phones, rand.New(rand.NewPCG(seed, i)), &requests}
					wg.Go(func() {
						for range rounds {
							s.strike()
							time.Sleep(time.Duration(s.r.IntN(60)) * time.Millisecond)
						}
					})
				}
				wg.Wait()
				requests.Wait()
				time.Sleep(5 * time.Minute)
				for _, c := range core.Channels() {
					t.Errorf("left: %s %+v", c.Name(), c.View())
				}
				if n := core.Panics(); n != 0 {
					t.Errorf("%d panics", n)
				}
				for _, exten := range stormExtens {
					if state := core.DeviceState("Local/" + exten + "@storm"); state != pbx.DeviceNotInUse {
						t.Errorf("%s is %v", exten, state)
					}
				}
				if strings.TrimSpace(w.global("H")) == "" {
					t.Error("no 'h' has run")
				}
				for _, name := range []string{"LocalOptimizationEnd", "AttendedTransfer", "BlindTransfer", "Pickup", "HangupHandlerRun"} {
					if rounds >= 400 && happened.times(name) == 0 {
						t.Errorf("there was no %s", name)
					}
				}
				w.stop()
			})
		})
	}
}

// newsCount counts what has happened, by its name.
type newsCount struct {
	mu sync.Mutex // guards of
	of map[string]int
}

func (c *newsCount) add(e event.Event) {
	n := wording.Event(e)
	c.mu.Lock()
	c.of[n.Name]++
	c.mu.Unlock()
}

func (c *newsCount) times(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[name]
}
