package sipstack

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// machine is a stack of one shard with a processor that takes some time for each call.
type machine struct {
	*Stack
	calls int

	mu   sync.Mutex
	took []time.Duration // how long each call that was let in waited for its answer
}

func (m *machine) waits() []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.took)
}

func onMachine(t *testing.T, work time.Duration, f func(m *machine)) {
	synctest.Test(t, func(t *testing.T) {
		m := &machine{}
		u := &uas{onRequest: func(_ *Shard, tx *ServerTx, msg *Message) {
			time.Sleep(work)
			m.mu.Lock()
			m.took = append(m.took, time.Since(msg.Arrived))
			m.mu.Unlock()
			tx.Respond(Answer{Status: 486, Reason: "X"})
		}}
		s, err := New(Config{UDP: []netip.AddrPort{pbxAddr}, ListenUDP: testkit.NewNetwork(testkit.Faults{}).Listen, Handler: u, Shards: 1,
			Log: zerolog.Nop(), Limits: Limits{MaxAge: 100 * time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		m.Stack = s
		s.Start()
		f(m)
		time.Sleep(time.Minute)
		s.Close()
	})
}

// offer brings so many calls a second for a time, as a reader does that has more to read.
func (m *machine) offer(rate int, for_ time.Duration) {
	each := time.Second / time.Duration(rate)
	for range int(for_ / each) {
		m.calls++
		m.received(packet{flow: Flow{Remote: uaAddr, Local: pbxAddr}, data: []byte(of("INVITE", fmt.Sprint("call", m.calls))),
			arrived: time.Now(), more: true})
		time.Sleep(each)
	}
}

// pause takes the processor away.
func (m *machine) pause(d time.Duration) { go m.Post("pause", func(*Shard) { time.Sleep(d) }) }

// A machine that is fast enough, and whose processor is taken away now and then, refuses
// nothing, however old calls become meanwhile.
func TestPausesRefuseNothing(t *testing.T) {
	for _, rate := range []int{1, 30, 125, 160} { // of 250 calls a second that it can do, 175 with the pauses
		onMachine(t, 4*time.Millisecond, func(m *machine) {
			for range 12 {
				m.pause(300 * time.Millisecond)
				m.offer(rate, time.Second)
			}
			time.Sleep(time.Second)
			if old := m.Admission().TooOld.Load(); old != 0 || len(m.waits()) != m.calls {
				t.Errorf("%d calls/s: %d of %d refused, %d answered", rate, old, m.calls, len(m.waits()))
			}
		})
	}
}

// Four times as many calls as it can do: it does as many as it can, and those that it
// takes have not waited long.
func TestGoodputUnderOverload(t *testing.T) {
	for _, times := range []int{2, 4, 10} {
		onMachine(t, 4*time.Millisecond, func(m *machine) {
			m.offer(250*times, 8*time.Second)
			a, late := m.Admission(), 0
			for _, d := range m.waits() {
				if d > time.Second {
					late++
				}
			}
			if n := len(m.waits()); n < 8*250*9/10 || late > n/20 || a.TooOld.Load() == 0 {
				t.Errorf("%d times the load: %d of %d taken, %d of them late, %d refused, %d dropped", times, n, m.calls, late, a.TooOld.Load(),
					a.Full.Load())
			}
		})
	}
}

// A few calls are never too many, however long they have waited.
func TestHandfulIsNeverRefused(t *testing.T) {
	onMachine(t, 0, func(m *machine) {
		for range 20 {
			m.pause(3 * time.Second)
			m.offer(1000, handful*time.Millisecond)
			time.Sleep(4 * time.Second)
		}
		if old := m.Admission().TooOld.Load(); old != 0 || len(m.waits()) != m.calls {
			t.Errorf("%d of %d refused", old, m.calls)
		}
	})
}
