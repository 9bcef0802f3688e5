package pbx_test

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

const randomPlan = `[in]
exten => wait,1,Answer()
same => n,Wait(${RAND(1,20)})
same => n,Goto(${NEXT},1)
exten => sit,1,Sit()
same => n,Sit()
same => n,Wait(1)
exten => dial,1,Dial(Phone/x,20,${OPT})
same => n,Wait(${RAND(1,5)})
exten => group,1,Dial(Phone/x&Phone/y&Local/dial@in,20,${OPT})
exten => far,1,Dial(Local/dial@in,20)
exten => chain,1,Dial(Local/far@in,20)
exten => stays,1,Dial(Local/dial@in/n,20,g)
same => n,Goto(sit,1)
exten => try,1,TryExec(Dial(Phone/x,20,g))
same => n,TryExec(Sit())
same => n,Goto(wait,1)
exten => sub,1,Gosub(in,dialled,1)
same => n,Hangup()
exten => dialled,1,Dial(Phone/x,20,U(in^screen)g)
same => n,Return()
exten => s,1,Set(CHANNEL(hangup_handler_push)=in,handler,1)
same => n,Return()
exten => handler,1,Set(X=${CHANNEL(name)})
same => n,Return()
exten => h,1,Set(X=1)
`

// storm is calls at random.
type storm struct {
	*board
	sat, told atomic.Int64 // seats that have an After, and Afters told
	done      atomic.Int64 // what Do and Lend have run
}

// after is told once for each seat.
func (s *storm) after(r *rand.Rand) pbx.After {
	s.sat.Add(1)
	again := r.Intn(4)
	var once atomic.Int32
	return func(c *pbx.Channel, l pbx.Left) dialplan.Result {
		if s.told.Add(1); once.Add(1) != 1 {
			s.t.Error("After is told twice")
		}
		if c.Gone() {
			return dialplan.End
		}
		switch again {
		case 0:
			c.Await(pbx.Wait{For: time.Millisecond})
		case 1:
			c.Redirect(dialplan.Location{Context: "in", Exten: "wait", Priority: 1})
		case 2:
			if b := s.bridge(r); b != nil {
				s.sat.Add(1)
				return c.Into(b, pbx.Member{After: func(*pbx.Channel, pbx.Left) dialplan.Result { s.told.Add(1); return dialplan.Continue }})
			}
		}
		return dialplan.Continue
	}
}

// locked is a source of chance for several goroutines.
type locked struct {
	sync.Mutex
	rand.Source
}

func (l *locked) Int63() int64 {
	l.Lock()
	defer l.Unlock()
	return l.Source.Int63()
}

func (s *storm) bridge(r *rand.Rand) *pbx.Bridge {
	list := s.core.Bridges()
	if len(list) == 0 {
		return nil
	}
	return list[r.Intn(len(list))]
}

func (s *storm) channel(r *rand.Rand) *pbx.Channel {
	list := s.core.Channels()
	if len(list) == 0 {
		return nil
	}
	return list[r.Intn(len(list))]
}

// op does one thing to somebody.
func (s *storm) op(r *rand.Rand) {
	c, o, b := s.channel(r), s.channel(r), s.bridge(r)
	places := []string{"wait", "sit", "dial", "group", "far", "chain", "stays", "try", "sub", "nowhere"}
	place := dialplan.Location{Context: "in", Exten: places[r.Intn(len(places))], Priority: 1}
	if c == nil || r.Intn(8) == 0 {
		if channels, _, _ := s.core.Counts(); channels > 60 {
			return
		}
		p := s.leg("a" + strconv.Itoa(r.Intn(10)))
		vars := [][2]string{{"OPT", []string{"", "g", "F", "gb(in^s^1)", "S(2)"}[r.Intn(5)]}, {"NEXT", place.Exten}}
		s.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: place.Exten, CallerID: pbx.CallerID{Num: p.Name}, Vars: vars,
			Trace: s.core.Book().Open()})
		return
	}
	switch n := r.Intn(26); n {
	case 0:
		c.SoftHangup(pbx.CauseNormal)
	case 1:
		c.Redirect(place)
	case 2:
		pbx.RedirectBoth(c, place, o, place)
	case 3:
		if b != nil {
			after := s.after(r)
			if c.Move(b, pbx.Member{After: after}) != nil {
				s.sat.Add(-1)
			}
		}
	case 4:
		c.TakePlace(o)
	case 5:
		c.Kick()
	case 6:
		c.Transfer("in", place.Exten)
	case 7:
		c.TransferTo(o)
	case 8, 9:
		c.Post(pbx.Event{Kind: pbx.EventDigit, Digit: byte('0' + r.Intn(10))})
	case 10:
		c.Post(pbx.Event{Kind: []pbx.EventKind{pbx.EventHeld, pbx.EventUnheld, pbx.EventIdentity, pbx.EventFax, pbx.EventText}[r.Intn(5)],
			Text: "t"})
	case 11, 12, 13, 14, 15, 16:
		if c.Outgoing() && c.View().State != pbx.StateUp {
			if _, half := c.Leg().(pbx.Paired); !half {
				c.Post(pbx.Event{Kind: pbx.EventAnswered})
			}
		}
	case 17:
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		c.Do(ctx, func(*pbx.Channel) { s.done.Add(1) })
	case 18:
		if b != nil {
			b.Lend(c, func(c *pbx.Channel) {
				s.done.Add(1)
				c.Await(pbx.Wait{For: time.Duration(r.Intn(5)) * time.Millisecond})
			})
		}
	case 19:
		if b != nil {
			b.Close(pbx.CauseNormal)
		}
	case 20:
		n := s.core.NewBridge(pbx.Policy{Kind: []string{pbx.KindBasic, pbx.KindBase, pbx.KindStasis}[r.Intn(3)], Ends: pbx.Ends(r.Intn(2)),
			Apart: r.Intn(3) == 0})
		release, _ := n.Keep()
		if c.Move(n, pbx.Member{}) != nil && o.Move(n, pbx.Member{}) != nil {
			n.Close(pbx.CauseNormal)
		} else {
			o.Move(n, pbx.Member{})
		}
		release()
	case 21:
		if b != nil {
			if to := s.bridge(r); to != nil {
				to.Merge(b)
			}
		}
	case 24:
		c.Expire(time.Duration(r.Intn(3)) * time.Millisecond)
	case 25:
		if b != nil {
			b.Set(c, func(m *pbx.Member) {
				m.Muted, m.Features = r.Intn(2) == 0, &pbx.Features{Limit: time.Duration(r.Intn(20)) * time.Millisecond,
					Timed: []pbx.Timed{{After: time.Millisecond, Do: func(*pbx.Channel) { s.done.Add(1) }}}}
			})
		}
	case 22:
		c.GiveTo(o)
	case 23:
		c.Adopt(s.leg("r"), pbx.CallerID{Num: "r"})
	}
}

// Whatever channels and bridges are asked for, at any moment: no channel, bridge or goroutine is
// left, nothing is lost, and no two work one channel (the probe of the race detector's builds).
// OBELISK_STORM is how many operations there are.
func TestRandom(t *testing.T) {
	ops := 1500
	if n, err := strconv.Atoi(os.Getenv("OBELISK_STORM")); err == nil {
		ops = n
	}
	seed := time.Now().UnixNano()
	if n, err := strconv.ParseInt(os.Getenv("OBELISK_SEED"), 10, 64); err == nil {
		seed = n
	}
	for round := range 4 {
		seed := seed + int64(round)
		t.Run(fmt.Sprint(seed), func(t *testing.T) { stormOf(t, seed, ops) })
	}
}

func stormOf(t *testing.T, seed int64, ops int) {
	var s *storm
	boardOf(t, randomPlan, 0, func(b *board) {
		s = &storm{board: b}
		r := rand.New(&locked{Source: rand.NewSource(seed)})
		b.core.RegisterApp(pbx.App{Name: "Sit", Exec: func(c *pbx.Channel, _ string) dialplan.Result {
			at := s.bridge(r)
			if at == nil || r.Intn(3) == 0 {
				at = b.core.NewBridge(pbx.Policy{Kind: pbx.KindBase, Ends: pbx.LastLeaves, Apart: true})
			}
			return c.Into(at, pbx.Member{Answer: true, After: s.after(r)})
		}})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range ops / 4 {
					s.op(r)
					if r.Intn(3) == 0 {
						time.Sleep(time.Duration(r.Intn(3000)) * time.Microsecond)
					}
				}
			})
		}
		all.Wait()
		b.core.HangupAll(pbx.CauseNormal)
		time.Sleep(10 * time.Second)
		for range 50 { // those that were just begun by others
			b.core.HangupAll(pbx.CauseNormal)
			time.Sleep(time.Second)
		}
	})
	if n := len(s.core.Bridges()); n != 0 {
		t.Errorf("%d bridges are left", n)
	}
	if a, b := s.sat.Load(), s.told.Load(); a != b {
		t.Errorf("%d seats, %d Afters were told", a, b)
	}
}
