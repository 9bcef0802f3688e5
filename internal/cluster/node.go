package cluster

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/store"
)

// Subjects of the bus: to all, and to one node by its name.
const (
	toAll  = "obk.all"
	toNode = "obk.to."
)

// gather is how long words wait for others that go with them.
const gather = time.Millisecond

// Node is this node at work: it joins the shared state to a bus.
type Node struct {
	soft *store.Soft
	bus  store.Bus
	news func(text string) // for the log
	now  func(*Beat)       // brings the beat up to date

	machine *Machine // worked under the lock of soft
	reach   atomic.Pointer[[]reach]
	able    atomic.Pointer[[]string] // nodes that may be given work; nil: it is too early to know
	joined  time.Time
	pending []store.Word
	units   chan struct{} // is closed when something new is known of hard limits

	wake chan struct{}
	stop chan struct{}
	done sync.WaitGroup
	ends []func()
}

// Hard says what hard limits go by.
type Hard struct {
	Lease  time.Duration // after which what a silent node has is given to others; 0: never
	Others int           // how many other nodes there are; 0: as many as are heard of
}

// Join makes this node one of several. beat is what its heartbeat says; news gets what people
// are to know; now brings a beat up to date before it is sent.
func Join(soft *store.Soft, bus store.Bus, beat Beat, hard Hard, now func(*Beat), news func(text string)) (*Node, error) {
	n := &Node{soft: soft, bus: bus, news: news, now: now, joined: time.Now(), units: make(chan struct{}), wake: make(chan struct{}, 1),
		stop: make(chan struct{})}
	name := soft.Node()
	soft.Work(func(t *store.Table) []store.Word {
		n.machine = NewMachine(name, t.Epoch(), beat)
		n.machine.Harden(hard.Lease, hard.Others)
		return nil
	})
	for _, subject := range []string{toAll, toNode + name} {
		end, err := bus.Subscribe(subject, n.receive)
		if err != nil {
			n.unsubscribe()
			return nil, err
		}
		n.ends = append(n.ends, end)
	}
	first := soft.Join(n.say)
	soft.Work(func(*store.Table) []store.Word {
		n.pending = append(first, n.pending...)
		return nil
	})
	n.done.Go(n.run)
	return n, nil
}

// say takes a word of this node; the lock of soft is held.
func (n *Node) say(w store.Word) {
	n.pending = append(n.pending, w)
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// run sends words and heartbeats: both from one goroutine, so that a sum never tells of
// a word that was not sent before.
func (n *Node) run() {
	beat := time.NewTicker(Heartbeat)
	defer beat.Stop()
	n.step(true)
	for {
		select {
		case <-n.stop:
			return
		case <-beat.C:
			n.step(true)
		case <-n.wake:
			time.Sleep(gather)
			n.step(false)
		}
	}
}

func (n *Node) step(beat bool) {
	var r Result
	var latest Beat
	n.now(&latest)
	n.soft.Work(func(t *store.Table) []store.Word {
		n.machine.beat.Calls, n.machine.beat.Drains = latest.Calls, latest.Drains
		words := n.pending
		n.pending = nil
		out := n.machine.Say(words)
		r = n.machine.Tick(time.Now(), t, beat)
		r.Send = append(out, r.Send...)
		if beat {
			n.publish()
		}
		return r.Changed
	})
	n.after(r)
}

// receive takes a message from the bus.
func (n *Node) receive(data []byte) {
	var x Message
	if json.Unmarshal(data, &x) != nil {
		return // of no node
	}
	var r Result
	n.soft.Work(func(t *store.Table) []store.Word {
		r = n.machine.Receive(time.Now(), t, &x)
		if x.Beat != nil || x.Leaving {
			n.publish()
		}
		if x.Talk != nil {
			close(n.units)
			n.units = make(chan struct{})
		}
		return r.Changed
	})
	n.after(r)
}

// after sends and tells what a step has come to.
func (n *Node) after(r Result) {
	for i := range r.Send {
		subject := toAll
		if to := r.Send[i].To; to != "" {
			subject = toNode + to
		}
		data, err := json.Marshal(&r.Send[i])
		if err == nil {
			err = n.bus.Publish(subject, data)
		}
		if err != nil {
			n.news("the bus: " + err.Error()) // the sums make up for it
		}
	}
	for _, text := range r.News {
		n.news(text)
	}
}

// askUnits is how often who waits for a unit of a hard limit asks for it.
const askUnits = 100 * time.Millisecond

// Take takes a unit of a hard limit, of which there are most over all nodes. It waits for other nodes so long at most.
func (n *Node) Take(name string, most int, patience time.Duration) (ok bool) {
	for end := time.Now().Add(patience); ; {
		var out []Message
		var news chan struct{}
		n.soft.Work(func(*store.Table) []store.Word {
			ok, out = n.machine.Take(time.Now(), name, most)
			news = n.units
			return nil
		})
		n.after(Result{Send: out})
		left := time.Until(end)
		if ok || left <= 0 {
			return ok
		}
		again := time.NewTimer(min(left, askUnits))
		select {
		case <-news:
		case <-again.C:
		}
		again.Stop()
	}
}

// Give gives a unit back.
func (n *Node) Give(name string) {
	n.soft.Work(func(*store.Table) []store.Word {
		n.machine.Give(name)
		return nil
	})
}

// Members lists the other nodes by name.
func (n *Node) Members() (out []Member) {
	n.soft.Work(func(*store.Table) []store.Word {
		for _, who := range n.machine.Sorted() {
			out = append(out, *who)
		}
		return nil
	})
	return out
}

// Self is what this node says of itself.
func (n *Node) Self() (b Beat) {
	n.soft.Work(func(*store.Table) []store.Word {
		b = n.machine.beat
		return nil
	})
	return b
}

// Close says that the node leaves.
func (n *Node) Close() {
	n.soft.Join(nil)
	n.unsubscribe()
	close(n.stop)
	n.done.Wait()
	n.after(Result{Send: []Message{n.machine.Leave()}})
	n.bus.Close()
}

func (n *Node) unsubscribe() {
	for _, end := range n.ends {
		end()
	}
}
