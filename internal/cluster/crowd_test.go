package cluster

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"obelisk/internal/store"
)

// crowd is many nodes with many phones, in virtual time and without faults.
type crowd struct {
	nodes []*simNode
	now   time.Time
	said  []int64 // bytes that a node has sent
	heard []int64
}

const (
	crowdNodes  = 16
	crowdPhones = 100_000
	crowdExpiry = time.Minute
)

// contact is what is said of a phone.
const contact = `[{"c":"sip:%[1]d@10.20.30.40:5060","a":"10.20.30.40:5060","k":"0123456789abcdef01234567.313030%[1]d","s":1700000000000}]`

func newCrowd() *crowd {
	c := &crowd{now: time.Unix(1_700_000_000, 0), said: make([]int64, crowdNodes), heard: make([]int64, crowdNodes)}
	for i := range crowdNodes {
		name := fmt.Sprint("n", i)
		c.nodes = append(c.nodes, &simNode{name: name, up: true, t: store.NewTable(name, 1), m: NewMachine(name, 1, Beat{SIP: "10.0.0.1:5060"})})
	}
	return c
}

// send gives messages to all other nodes, at once.
func (c *crowd) send(from int, list []Message) {
	for len(list) > 0 {
		data, _ := json.Marshal(&list[0])
		list = list[1:]
		c.said[from] += int64(len(data))
		for i, n := range c.nodes {
			var x Message
			if i == from || !n.up || json.Unmarshal(data, &x) != nil || x.To != "" && x.To != n.name {
				continue
			}
			c.heard[i] += int64(len(data))
			c.send(i, n.m.Receive(c.now, n.t, &x).Send)
		}
	}
}

// run lets phones register for a time, each every half of its expiry.
func (c *crowd) run(d time.Duration) {
	const step = 100 * time.Millisecond
	each := int(int64(crowdPhones) * int64(step) / int64(crowdExpiry/2))
	for i := 0; i < int(d/step); i++ {
		c.now = c.now.Add(step)
		for j := range each {
			phone := (i*each + j) % crowdPhones
			at := phone % crowdNodes
			if n := c.nodes[at]; n.up {
				w, _ := n.t.Say(c.now, "reg", fmt.Sprint(phone), fmt.Sprintf(contact, phone), crowdExpiry)
				n.pending = append(n.pending, w)
			}
		}
		for at, n := range c.nodes {
			if n.up {
				out := n.m.Say(n.pending)
				n.pending = nil
				c.send(at, append(out, n.m.Tick(c.now, n.t, i%5 == 0).Send...))
			}
		}
	}
}

// BenchmarkSixteenNodes is 100,000 phones that register at 16 nodes, each every 30 s: memory of a node, what it sends and hears, and how
// long the others believe one that has died.
func BenchmarkSixteenNodes(b *testing.B) {
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		c := newCrowd()
		c.run(crowdExpiry)
		runtime.GC()
		runtime.ReadMemStats(&after)
		clear(c.said)
		clear(c.heard)
		const while = 10 * time.Second
		c.run(while)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/crowdNodes/(1<<20), "MB/node")
		b.ReportMetric(float64(c.said[0])/while.Seconds()/1024, "KB_sent/s")
		b.ReportMetric(float64(c.heard[0])/while.Seconds()/1024, "KB_heard/s")
		c.nodes[0].up = false
		dead := c.now
		for len(c.nodes[1].t.Of(c.now, "n0", func(int) bool { return true })) > 0 {
			c.run(100 * time.Millisecond)
		}
		b.ReportMetric(c.now.Sub(dead).Seconds(), "s_to_forget")
	}
}
