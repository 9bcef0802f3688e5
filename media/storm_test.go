package media

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// countedSink counts its ends.
type countedSink struct{ ends *atomic.Int64 }

func (c countedSink) Rate() int           { return 8000 }
func (c countedSink) Put([]int16)         {}
func (c countedSink) End()                { c.ends.Add(1) }
func (c countedSink) both() countedDuplex { return countedDuplex(c) }

type countedDuplex struct{ ends *atomic.Int64 }

func (c countedDuplex) Rate() int { return 16000 }
func (c countedDuplex) Put(a, b []int16) {
	if len(a) != len(b) {
		panic("not in step")
	}
}
func (c countedDuplex) End() { c.ends.Add(1) }

// Streams on several loops are linked, seated, heard, played to, given away and closed in any
// order, from several goroutines, while packets come: each sink and each voice is told its end
// once, and nothing is left.
func TestStormOfMedia(t *testing.T) {
	e := engine(t, Config{PerLoop: 1})
	e.mu.Lock()
	if err := e.grow(); err != nil {
		t.Fatal(err)
	}
	e.mu.Unlock()
	p := newPhone(t)
	var begun, ended, voices, over atomic.Int64
	mixers := []*Mixer{e.NewMixer(Mixing{}), e.NewMixer(Mixing{Loudest: 2})}
	streams := make([]atomic.Pointer[Stream], 12)
	fresh := func() *Stream {
		s, err := e.Open(loopback, nil)
		if err != nil {
			t.Error(err)
			return streams[0].Load()
		}
		s.Negotiate(Params{Remote: p.addr(), Formats: ulawOnly})
		return s
	}
	for i := range streams {
		streams[i].Store(fresh())
	}
	table, _ := NewKeyTable(map[string]int{"*1": 1}, 10*time.Millisecond)
	storm := func(r *rand.Rand) {
		var joints []*Joint
		var seats []*Seat
		var taps []*Tap
		var played []*Voice
		for range 400 {
			i, k := r.IntN(len(streams)), r.IntN(len(streams))
			a, b := streams[i].Load(), streams[k].Load()
			switch r.IntN(16) {
			case 0, 1:
				joints = append(joints, Link(a, b))
			case 2:
				if len(joints) > 0 {
					joints[r.IntN(len(joints))].Cut()
				}
			case 3, 4:
				seats = append(seats, mixers[r.IntN(2)].Seat(a, Seating{Muted: r.IntN(2) == 0}))
			case 5:
				if len(seats) > 1 {
					x := seats[r.IntN(len(seats))]
					x.SpeaksTo(seats[0])
					x.Leave()
				}
			case 6:
				begun.Add(1)
				taps = append(taps, a.Tap(In, countedSink{&ended}))
			case 7:
				begun.Add(1)
				taps = append(taps, a.TapBoth(countedSink{&ended}.both()))
			case 8:
				if len(taps) > 0 {
					taps[r.IntN(len(taps))].Stop()
				}
			case 9, 10:
				voices.Add(1)
				played = append(played, a.Start(NewClip(make([]int16, r.IntN(2000))), Play{Mix: r.IntN(2) == 0, In: r.IntN(2) == 0,
					Done: func(bool) { over.Add(1) }}))
			case 11:
				if len(played) > 0 {
					v := played[r.IntN(len(played))]
					v.Pause(r.IntN(2) == 0)
					v.Seek(time.Second)
					v.Pause(false)
					v.Stop()
				}
			case 12:
				s := fresh()
				if old := streams[i].Swap(s); old != s {
					old.HandOver(s)
					old.Close()
				}
			case 13:
				a.Gate(table, func(int) {})
				a.Press('*')
			case 14:
				a.Mute(In|Out, r.IntN(2) == 0)
				a.SetGain(In, float64(r.IntN(3)))
			case 15:
				a.Echo()
				time.Sleep(time.Millisecond)
			}
		}
	}
	var done sync.WaitGroup
	stop := make(chan bool)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				p.send(streams[i%len(streams)].Load(), 0, make([]byte, 160))
				time.Sleep(100 * time.Microsecond)
			}
		}
	}()
	for i := range 3 {
		done.Go(func() { storm(rand.New(rand.NewPCG(uint64(i), 1))) })
	}
	done.Wait()
	stop <- true
	for _, m := range mixers {
		m.Close()
	}
	for i := range streams {
		streams[i].Load().Close()
	}
	for deadline := time.Now().Add(patience); ended.Load() != begun.Load() || over.Load() != voices.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d sinks and %d of %d voices have ended", ended.Load(), begun.Load(), over.Load(), voices.Load())
		}
	}
	for _, m := range mixers {
		if n := len(m.seats); n != 0 {
			t.Errorf("%d seats are left", n)
		}
	}
	if e.SinkPanics() != 0 {
		t.Error("a sink was given directions that are not in step")
	}
}
