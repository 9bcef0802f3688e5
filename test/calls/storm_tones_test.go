package calls

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const (
	toneGroups = 4
	groupOf    = 3 // phones
)

// toneStorm is a group of phones that call each other, at the same time as other groups. Each phone has
// a tone of its own.
type toneStorm struct {
	t      *testing.T
	r      *rand.Rand
	first  int // its number among all
	phones [groupOf]*testkit.Phone
}

// end is a phone's end of a call.
type end struct {
	of   int // the phone's number among all
	call *testkit.Call
}

func toneOf(phone int) float64 { return float64(400 + 130*phone) }

// pair brings two phones of the group together, in one way or another.
func (s *toneStorm) pair() (x, y end) {
	at := s.r.Perm(groupOf)
	a, b, c := s.phones[at[0]], s.phones[at[1]], s.phones[at[2]]
	if s.r.IntN(5) == 0 {
		return s.pickedUp(at[0], at[1], at[2])
	}
	call, in := connected(s.t, a, b, b.User)
	x, y = end{at[0], call}, end{at[1], in}
	if s.r.IntN(2) == 0 {
		x, y = y, x
	}
	switch s.r.IntN(4) {
	case 0: // they just talk
	case 1:
		x.call.Hold("sendonly")
		s.pause()
		x.call.Hold("sendrecv")
	case 2: // x sends y to the third
		if status := x.call.Send("REFER", "Refer-To: <sip:"+c.User+"@10.0.0.1>\r\n", ""); status != 202 {
			s.t.Fatalf("REFER was answered %d", status)
		}
		third := answered(s.t, c)
		x.call.Hangup()
		third.Ring()
		s.pause()
		third.Answer()
		if !third.Wait("ACK", 2*time.Second) {
			s.t.Fatal("the third phone is not connected")
		}
		x = end{at[2], third}
	case 3: // x joins y with the third
		x.call.Hold("sendonly")
		mine, third := connected(s.t, s.phones[x.of], c, c.User)
		s.pause()
		if status := x.call.Send("REFER", referTo(c.User, mine), ""); status != 202 {
			s.t.Fatalf("REFER with Replaces was answered %d", status)
		}
		if !mine.Over() && !mine.Wait("BYE", 2*time.Second) {
			s.t.Error("the consultation goes on")
		}
		if !x.call.Over() {
			x.call.Hangup()
		}
		x = end{at[2], third}
	}
	return x, y
}

// pickedUp has c take a call of a that rings at b.
func (s *toneStorm) pickedUp(a, b, c int) (x, y end) {
	call := s.phones[a].Dial(s.phones[b].User)
	in := answered(s.t, s.phones[b])
	in.Ring()
	call.Wait("180", 2*time.Second)
	s.pause()
	mine := s.phones[c].Dial("8" + s.phones[b].User)
	if !mine.Wait("200", 2*time.Second) || !call.Wait("200", 2*time.Second) || !in.Wait("CANCEL", 2*time.Second) {
		s.t.Fatal("the call is not picked up")
	}
	return end{a, call}, end{c, mine}
}

func (s *toneStorm) pause() { time.Sleep(time.Duration(s.r.IntN(400)) * time.Millisecond) }

// talk has both send their tones: each hears that of the other, and no other one.
func (s *toneStorm) talk(x, y end) {
	const long = 600 * time.Millisecond
	time.Sleep(400 * time.Millisecond) // what was on its way has come
	from := [2]int{x.call.Media.Samples(), y.call.Media.Samples()}
	x.call.Media.Tone(toneOf(s.first+x.of), long)
	y.call.Media.Tone(toneOf(s.first+y.of), long)
	time.Sleep(long + 200*time.Millisecond)
	for i, e := range [2][2]end{{x, y}, {y, x}} {
		m := e[0].call.Media
		for phone := range toneGroups * groupOf {
			level := m.LevelSince(from[i], toneOf(phone))
			if partner := phone == s.first+e[1].of; partner != (level > 4000) || !partner && level > 400 {
				s.t.Errorf("phone %d, which talks with %d, hears %d at %.0f", s.first+e[0].of, s.first+e[1].of, phone, level)
			}
		}
	}
}

// round is a pair that talks, and hangs up.
func (s *toneStorm) round() {
	x, y := s.pair()
	s.talk(x, y)
	if s.r.IntN(2) == 0 {
		x, y = y, x
	}
	x.call.Hangup()
	if !y.call.Over() && !y.call.Wait("BYE", 3*time.Second) {
		s.t.Error("who was hung up on has waited three seconds")
	}
	s.pause()
}

// Phones call, hold, transfer blindly and attended, and pick up, all at the same time and at random. Each
// hears whom it talks with and nobody else, every hang-up comes through, and whatever began has ended once.
func TestStormOfTones(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("OBELISK_STORM"))
	if err != nil {
		rounds = 12
	}
	var sip strings.Builder
	sip.WriteString("[general]\nudpbindaddr=10.0.0.1:5060\ncontext=nowhere\ndisallow=all\nallow=ulaw\n[phone](!)\ntype=friend\nhost=dynamic\n" +
		"context=inside\nsecret=tone\n")
	for i := range toneGroups * groupOf {
		fmt.Fprintf(&sip, "[20%02d](phone)\n", i)
	}
	const plan = "[inside]\nexten => _20XX,1,Dial(SIP/${EXTEN},20)\nexten => _820XX,1,Pickup(${EXTEN:1})\n"
	for _, seed := range []uint64{1, uint64(time.Now().UnixNano())} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { stormOfTones(t, sip.String(), plan, seed, rounds) })
		})
	}
}

func stormOfTones(t *testing.T, sip, plan string, seed uint64, rounds int) {
	w := newWorld(t, sip, plan, testkit.Faults{})
	happened := newsCount{of: map[string]int{}}
	core := w.sys.Core()
	stop := core.Listen(happened.add)
	var phones []*testkit.Phone
	var wg sync.WaitGroup
	for g := range toneGroups {
		s := &toneStorm{t: t, r: rand.New(rand.NewPCG(seed, uint64(g))), first: g * groupOf}
		for i := range s.phones {
			n := s.first + i
			s.phones[i] = w.registered(fmt.Sprintf("20%02d", n), "tone", fmt.Sprintf("10.0.1.%d:5060", n+1))
			phones = append(phones, s.phones[i])
		}
		wg.Go(func() {
			for range rounds {
				s.round()
			}
		})
	}
	wg.Wait()
	time.Sleep(time.Minute)
	for _, c := range core.Channels() {
		t.Errorf("left: %s %+v", c.Name(), c.View())
	}
	stop()
	for begun, ended := range map[string]string{"Newchannel": "Hangup", "DialBegin": "DialEnd", "BridgeEnter": "BridgeLeave",
		"BridgeCreate": "BridgeDestroy"} {
		if a, b := happened.times(begun), happened.times(ended); a != b || a == 0 {
			t.Errorf("%d %s, %d %s", a, begun, b, ended)
		}
	}
	synctest.Wait()
	w.stop()
	for _, p := range phones {
		p.Close()
	}
	if n := w.net.Open(); n != 0 {
		t.Errorf("%d sockets left open", n)
	}
}
