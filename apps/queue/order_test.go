package queue

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/cluster"
	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/internal/testkit/seeds"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// part is a house that is one of several.
type part struct {
	*house
	name  string
	soft  *store.Soft
	nodes *cluster.Module
	dead  atomic.Bool // nothing goes out or comes in
}

// way is that of a house to the bus of all: it ends with the house.
type way struct {
	store.Bus
	p *part
}

func (way) Close() {}

func (w way) Publish(subject string, data []byte) error {
	if w.p.dead.Load() {
		return nil
	}
	return w.Bus.Publish(subject, data)
}

func (w way) Subscribe(subject string, f func([]byte)) (func(), error) {
	return w.Bus.Subscribe(subject, func(data []byte) {
		if !w.p.dead.Load() {
			f(data)
		}
	})
}

type oneFile struct{ file *config.File }

func (f oneFile) File(string) *config.File { return f.file }

func newPart(t *testing.T, bus store.Bus, name, queues, plan string, told func(uid, event string)) *part {
	t.Helper()
	p := &part{name: name, soft: store.NewSoft("")}
	p.house = bareHouse(t, plan, p.soft)
	p.told = func(line string) {
		f := strings.Split(line, "|")
		told(f[0], f[3])
	}
	p.nodes = cluster.New(cluster.House{Shared: p.soft, Log: zerolog.Nop, Bus: way{bus, p}, Files: func() string { return "same" },
		SIP: func() (a netip.AddrPort) { return a }})
	p.nodes.Furnish(p.core)
	next, _ := p.nodes.Prepare(oneFile{p.file("[general]\nnode=" + name + "\nbus=external\nurl=nats://in.memory\n")})
	next.Commit()
	p.nodes.Start()
	p.read(queues, "")
	return p
}

// end takes a house down; one that is killed says nothing of it.
func (p *part) end(killed bool) {
	p.dead.Store(killed)
	for _, c := range p.core.Channels() {
		c.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	}
}

// waiter is who waits in a queue of several houses.
type waiter struct {
	p      *part
	phone  phone
	uid    string
	prio   int
	joined int // the how-many-th he is
	left   bool
	served int // times
}

// lineSim is callers who come at several houses, of which some die.
type lineSim struct {
	t     *testing.T
	r     *rand.Rand
	parts []*part
	all   []*waiter

	mu     sync.Mutex // guards what follows
	served []string   // house and unique id, in order
}

func (s *lineSim) alive() (out []*part) {
	return slices.DeleteFunc(slices.Clone(s.parts), func(p *part) bool { return p.dead.Load() })
}

func (s *lineSim) pause(most time.Duration) {
	time.Sleep(50*time.Millisecond + time.Duration(s.r.Int64N(int64(most))))
}

func (s *lineSim) joins() {
	list := s.alive()
	p, prio := list[s.r.IntN(len(list))], s.r.IntN(10)/9
	w := &waiter{p: p, prio: prio, joined: len(s.all), phone: p.calls(fmt.Sprint(prio, 100+len(s.all)))}
	time.Sleep(20 * time.Millisecond)
	w.uid = w.phone.Channel().UniqueID()
	s.all = append(s.all, w)
}

// kills one, where two are left then.
func (s *lineSim) kills() {
	if list := s.alive(); len(list) > 1 {
		list[s.r.IntN(len(list))].end(true)
	}
}

// wrong says who was not served in his order, or not once.
func (s *lineSim) wrong() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.all {
		for _, x := range s.served {
			if x == w.p.name+w.uid {
				w.served++
			}
		}
		lost := w.left || w.p.dead.Load()
		if w.served > 1 || w.served == 0 && !lost {
			return fmt.Sprintf("caller %d at %s (left or dead: %v) is served %d times", w.joined, w.p.name, lost, w.served)
		}
	}
	place := func(x string) *waiter {
		return s.all[slices.IndexFunc(s.all, func(w *waiter) bool { return x == w.p.name+w.uid })]
	}
	if !slices.IsSortedFunc(s.served, func(x, y string) int {
		a, b := place(x), place(y)
		return cmp.Or(cmp.Compare(b.prio, a.prio), cmp.Compare(a.joined, b.joined))
	}) {
		text := ""
		for _, x := range s.served {
			text += fmt.Sprintf(" %d(%d)@%s", place(x).joined, place(x).prio, place(x).p.name)
		}
		return "served in this order:" + text
	}
	return ""
}

const linePlan = "[in]\nexten => _X.,1,Set(QUEUE_PRIO=${EXTEN:0:1})\nsame => n,Queue(sales,,,,900)\n"

// play has callers come while nobody takes calls, some of them leave, a house die at some time, then Ann take them all.
func (s *lineSim) play(seed uint64) {
	bus := store.NewInside()
	queues := "[sales]\nstrategy=rrmemory\ntimeout=15\nretry=1\nringinuse=no\nmember => Desk/ann\n"
	if seed%2 == 0 {
		queues = "[general]\nautofill=yes\n" + queues
	}
	for _, name := range []string{"a", "b", "c"} {
		s.parts = append(s.parts, newPart(s.t, bus, name, queues, linePlan, func(uid, event string) {
			if event == "CONNECT" {
				s.mu.Lock()
				s.served = append(s.served, name+uid)
				s.mu.Unlock()
			}
		}))
	}
	time.Sleep(2 * time.Second)
	desk := s.parts[s.r.IntN(3)].desks // where she talks to somebody else
	desk.set("ann", pbx.DeviceInUse)
	for _, p := range s.parts {
		p.desks.acts["ann"] = agent{rings: 300 * time.Millisecond, talks: time.Duration(1+s.r.IntN(4)) * time.Second}
	}
	time.Sleep(time.Second)
	early := s.r.IntN(3) == 0
	for range 4 + s.r.IntN(6) {
		s.joins()
		s.pause(time.Second)
		if w := s.all[s.r.IntN(len(s.all))]; s.r.IntN(6) == 0 && !w.p.dead.Load() && desk.DeviceState("ann") == pbx.DeviceInUse {
			w.left = true
			w.phone.hangsUp()
			s.pause(time.Second)
		}
	}
	if early {
		s.kills()
		time.Sleep(6 * time.Second)
	}
	desk.set("ann", pbx.DeviceNotInUse)
	if s.pause(8 * time.Second); !early {
		s.kills()
	}
	time.Sleep(3 * time.Minute)
	for _, p := range s.parts {
		p.end(p.dead.Load())
	}
	time.Sleep(time.Minute)
	for _, p := range s.parts {
		p.nodes.Close()
		p.m.Close()
		p.soft.Close()
		p.media.Close()
	}
	bus.Close()
	time.Sleep(time.Minute)
}

// TestOrderOverNodes: whenever a house dies, callers of all others are served, each once, by priority and in the order in
// which they came (P5).
func TestOrderOverNodes(t *testing.T) {
	seeds.Play(t, 20, func(seed uint64) (wrong string) {
		synctest.Test(t, func(t *testing.T) {
			s := &lineSim{t: t, r: rand.New(rand.NewPCG(seed, 6))}
			s.play(seed)
			wrong = s.wrong()
		})
		return wrong
	})
}
