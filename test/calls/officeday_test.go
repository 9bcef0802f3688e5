package calls

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// officeFiles have desks 1001 to 1012, a provider, a queue, a conference, parking, mailboxes and lamps.
func officeFiles() map[string]string {
	sip := `[general]
udpbindaddr=10.0.0.1:5060
disallow=all
allow=ulaw
allowguest=no
allowsubscribe=yes
qualify=yes
subscribecontext=hints
[desk](!)
type=friend
host=dynamic
secret=s
context=inside
callgroup=1
pickupgroup=1
[provider]
type=peer
host=10.0.0.50
insecure=port,invite
context=outside
`
	hints, boxes := "[hints]\n", "[general]\nformat=wav\nmaxmsg=5\nmaxsecs=20\n[default]\n"
	for i := 1001; i <= 1012; i++ {
		sip += fmt.Sprintf("[%d](desk)\nmailbox=%d@default\ncallerid=Desk <%d>\n", i, i, i)
		hints += fmt.Sprintf("exten => %d,hint,SIP/%d\n", i, i)
		boxes += fmt.Sprintf("%d => 1,Desk\n", i)
	}
	return map[string]string{"sip.conf": sip, "voicemail.conf": boxes, "extensions.conf": hints + `[inside]
include => parkedcalls
exten => _10XX,1,Dial(SIP/${EXTEN},15,tTkK)
same => n,VoiceMail(${EXTEN}@default,u)
exten => 800,1,Answer()
same => n,Queue(help,,,,40)
same => n,VoiceMail(1001@default)
exten => 801,1,ConfBridge(team)
exten => 802,1,Page(SIP/1002&SIP/1003&SIP/1004,,5)
exten => 803,1,Answer()
same => n,MixMonitor(day.wav)
same => n,Playback(beep)
same => n,Wait(30)
exten => *97,1,VoiceMailMain(${CALLERID(num)},s)
exten => _9X.,1,Dial(SIP/${EXTEN:1}@provider,30)
exten => _*8X,1,Pickup(10${EXTEN:2}@inside)
[outside]
exten => _55XX,1,MixMonitor(in-${EXTEN}.wav)
same => n,Dial(SIP/10${EXTEN:2},10,t)
same => n,Goto(inside,800,1)
`, "queues.conf": "[help]\nstrategy=rrmemory\ntimeout=8\nretry=2\nmember => SIP/1001\nmember => SIP/1002\nmember => SIP/1003\n",
		"res_parking.conf": "[general]\n[default]\nparkext=>700\nparkpos=>701-720\ncontext=>parkedcalls\nparkingtime=>40\n",
		"features.conf":    "[featuremap]\nblindxfer=#1\natxfer=*2\n",
		"confbridge.conf":  "[general]\n[default_user]\ntype=user\n[default_bridge]\ntype=bridge\n"}
}

// officeDesk is a telephone whose owner takes calls and makes them.
type officeDesk struct {
	*testkit.Phone
	calls *sync.WaitGroup

	mu sync.Mutex // guards r
	r  *rand.Rand
}

func (d *officeDesk) upTo(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

func (d *officeDesk) pause(most time.Duration) {
	time.Sleep(time.Second + time.Duration(d.upTo(int(most/time.Millisecond)))*time.Millisecond)
}

// work takes the calls that come until the phone goes off.
func (d *officeDesk) work(off <-chan struct{}) {
	for {
		select {
		case <-off:
			return
		case c := <-d.Incoming:
			d.calls.Go(func() { d.take(c) })
		}
	}
}

func (d *officeDesk) take(c *testkit.Call) {
	defer c.Media.Close()
	c.Ring()
	switch d.upTo(8) {
	case 0:
		c.Reject("486 Busy Here")
		return
	case 1: // nobody is there
		for n := 0; n < 60 && !c.Wait("CANCEL", time.Second); n++ {
		}
		return
	}
	if d.pause(6 * time.Second); c.Wait("CANCEL", time.Millisecond) {
		return
	}
	c.Answer()
	d.talk(c)
}

// dial makes a call, and gives it up when nobody answers.
func (d *officeDesk) dial(number string) {
	c := d.Dial(number)
	defer c.Media.Close()
	if !c.Wait("200", 45*time.Second) {
		c.Cancel()
		return
	}
	d.talk(c)
}

// talk is what happens in a call until it ends.
func (d *officeDesk) talk(c *testkit.Call) {
	for range 1 + d.upTo(4) {
		if d.pause(20 * time.Second); c.Over() {
			return
		}
		switch d.upTo(9) {
		case 0:
			c.Hold("sendonly")
			d.pause(10 * time.Second)
			c.Hold("sendrecv")
		case 1:
			c.Send("REFER", fmt.Sprintf("Refer-To: <sip:%d@10.0.0.1>\r\n", 1001+d.upTo(12)), "")
		case 2:
			c.Send("REFER", "Refer-To: <sip:700@10.0.0.1>\r\n", "")
		case 3:
			c.Send("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=1\r\nDuration=160\r\n")
		case 4:
			c.Media.Tone(440, 100*time.Millisecond)
		}
	}
	if !c.Over() {
		c.Hangup()
	}
}

// officeDay has all phones switched on in the morning, used and switched off in the evening, some without a word.
// It returns the channels that it met.
func officeDay(w *world, r *rand.Rand) map[weak.Pointer[pbx.Channel]]bool {
	met := map[weak.Pointer[pbx.Channel]]bool{}
	var calls, working sync.WaitGroup
	off, desks := make(chan struct{}), []*officeDesk{}
	open := func(user, at string) *officeDesk {
		d := &officeDesk{Phone: w.phone(user, "s", at), calls: &calls, r: rand.New(rand.NewPCG(r.Uint64(), 1))}
		working.Go(func() { d.work(off) })
		return d
	}
	provider := open("provider", "10.0.0.50:5060")
	for i := range 12 {
		d := open(strconv.Itoa(1001+i), fmt.Sprintf("10.0.0.%d:5060", 101+i))
		desks = append(desks, d)
		d.Register(3600)
		d.Subscribe(strconv.Itoa(1001+(i+1)%12), "dialog", "Expires: 3600\r\n")
	}
	for hour := range 10 {
		for _, d := range desks {
			d.Register(3600)
		}
		for minute := 0; minute < 60; minute += 2 {
			d := desks[r.IntN(len(desks))]
			switch to := r.IntN(12); {
			case to < 5:
				calls.Go(func() { d.dial(strconv.Itoa(1001 + d.upTo(12))) })
			case to < 7:
				calls.Go(func() { provider.dial(fmt.Sprintf("55%02d", 1+d.upTo(12))) })
			case to < 8:
				calls.Go(func() { d.dial("9555123") })
			default:
				number := []string{"800", "801", "802", "803", "*97", "*81", "701", "1234"}[r.IntN(8)]
				calls.Go(func() { d.dial(number) })
			}
			for range 8 {
				time.Sleep(15 * time.Second)
				for _, c := range w.sys.Core().Channels() {
					met[weak.Make(c)] = true
				}
			}
		}
		w.console([]string{"sip reload", "dialplan reload", "queue reload all", "module reload", "logger rotate"}[hour%5])
	}
	time.Sleep(10 * time.Minute)
	calls.Wait()
	for i, d := range desks {
		if i%3 > 0 {
			d.Register(0)
		}
	}
	close(off)
	working.Wait()
	for _, d := range append(desks, provider) {
		d.Close()
	}
	time.Sleep(13 * time.Hour)
	return met
}

// held counts those of the channels that are still somebody's.
func held(met map[weak.Pointer[pbx.Channel]]bool) (n int) {
	for c := range met {
		if c.Value() != nil {
			n++
		}
	}
	return n
}

// footprint is what the switchboard holds at night.
type footprint struct {
	goroutines, sockets, ports, channels int
	heap                                 uint64 // bytes that live
}

func (w *world) footprint() footprint {
	synctest.Wait()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	channels, _, _ := w.sys.Core().Counts()
	return footprint{runtime.NumGoroutine(), w.net.Open(), w.sys.Media().PortsInUse(), channels, m.HeapAlloc}
}

// Days of an office with all that phones do in one: each night the switchboard holds what it held before the first, and no
// channel of the day. What it remembers of calls has a bound, which the first four days reach.
func TestOfficeDays(t *testing.T) {
	days, err := strconv.Atoi(os.Getenv("OBELISK_DAYS")) // ten and more say whether memory grows
	if err != nil {
		days = 1
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, officeFiles())
		time.Sleep(time.Hour)
		nights := []footprint{w.footprint()}
		for day := range days {
			met := officeDay(w, rand.New(rand.NewPCG(uint64(day), 3)))
			nights = append(nights, w.footprint())
			// Rooms that are used again, as a worker's, may have the last one of each kind.
			if n := held(met); n > 15 || len(met) < 200 {
				t.Errorf("night %d: %d of %d channels are still held", day+1, n, len(met))
			}
			t.Logf("night %d: %+v, %d of %d channels held", day+1, nights[day+1], held(met), len(met))
		}
		first, last := nights[0], nights[days]
		if last.goroutines > first.goroutines || last.sockets != first.sockets || last.ports != 0 || last.channels != 0 {
			t.Errorf("before the first day %+v, after the last %+v", first, last)
		}
		if days >= 10 && last.heap > nights[5].heap*12/10 {
			t.Errorf("%d bytes live after the fifth day, %d after the last", nights[5].heap, last.heap)
		}
		if got := strings.Count(w.cdr(), "\n"); got < 100*days {
			t.Errorf("only %d call records of %d days", got, days)
		}
		if n := w.sys.Core().Panics(); n != 0 {
			t.Errorf("%d panics", n)
		}
		w.stop()
	})
}
