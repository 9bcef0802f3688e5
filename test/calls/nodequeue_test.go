package calls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

const nodesQueue = "[general]\npersistentmembers=yes\n[sales]\nstrategy=rrmemory\nmember=SIP/1002\nretry=1\ntimeout=15\nringinuse=no\n" +
	"musicclass=default\n"

const nodesQueuePlan = "[inside]\nexten => 900,1,Answer()\nsame => n,Queue(sales)\n"

// inQueue runs f with nodes that have a queue.
func inQueue(t *testing.T, count int, f func(n []*node)) {
	t.Helper()
	inNodesWith(t, count, nodeKit{plan: nodesQueuePlan, files: map[string]string{"queues.conf": nodesQueue}}, f)
}

// waits has a phone call the queue, and wants it to wait there.
func waits(t *testing.T, p *testkit.Phone) *testkit.Call {
	t.Helper()
	c := p.Dial("900")
	if !c.Wait("200", 10*time.Second) {
		t.Fatal("the queue does not answer")
	}
	return c
}

// inOrder wants the answer of a command to have texts in their order.
func (x *node) inOrder(command string, want ...string) {
	x.t.Helper()
	got := x.ask(command)
	rest := got
	for _, text := range want {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			x.t.Errorf("%s: %s says\n%swithout %q in its place", x.name, command, got, text)
			return
		}
		rest = after
	}
}

// A queue spans nodes: callers stay where they are and are served in the order in which they came, wherever the member's
// phone is; he rings for one of them at a time.
func TestQueueOverNodes(t *testing.T) {
	inQueue(t, 3, func(n []*node) {
		a, b, c := n[0], n[1], n[2]
		member := c.registered("1002", "two", "10.0.2.7:5060")
		first, second, third := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1003", "three", "10.0.1.7:5060"),
			a.registered("1004", "four", "10.0.0.8:5060")
		for _, p := range []*testkit.Phone{member, first, second, third} {
			defer p.Close()
		}
		one := waits(t, first)
		in := answered(t, member)
		in.Answer()
		time.Sleep(2 * time.Second)
		talk(t, one, in)
		two := waits(t, second)
		time.Sleep(time.Second)
		three := waits(t, third)
		time.Sleep(2 * time.Second)
		for _, x := range n {
			x.inOrder("queue show sales", "sales has 2 calls", "(In use)", "1. SIP/1003", "2. SIP/1004")
		}
		c.says("queue show sales", " at a\n", " at b\n")
		in.Hangup()
		in = answered(t, member)
		time.Sleep(5 * time.Second) // it rings for one
		select {
		case <-member.Incoming:
			t.Error("it rings for two")
		default:
		}
		in.Answer()
		time.Sleep(2 * time.Second)
		talk(t, two, in)
		for _, x := range n {
			x.inOrder("queue show sales", "sales has 1 calls", "1. SIP/1004")
			x.says("queue show sales", "has taken 1 calls")
		}
		two.Hangup()
		in = answered(t, member)
		in.Answer()
		time.Sleep(2 * time.Second)
		talk(t, three, in)
		three.Hangup()
		time.Sleep(2 * time.Second)
		for _, x := range n {
			x.says("queue show sales", "sales has 0 calls", "has taken 3 calls", "No Callers")
		}
	})
}

// What is made of members at one node holds at all, of a node that comes later too.
func TestQueueMembersOverNodes(t *testing.T) {
	inQueue(t, 2, func(n []*node) {
		a, b := n[0], n[1]
		a.says("queue pause member SIP/1002 queue sales reason lunch", "paused")
		b.says("queue add member SIP/1003 to sales penalty 3 as Carol", "Added")
		time.Sleep(time.Second)
		for _, x := range n {
			x.says("queue show sales", "paused:lunch", "Carol (SIP/1003) with penalty 3", "(dynamic)")
		}
		b.says("queue unpause member SIP/1002 queue sales", "unpaused")
		a.says("queue set penalty 5 on SIP/1003 in sales", "")
		time.Sleep(time.Second)
		for _, x := range n {
			x.says("queue show sales", "with penalty 5")
			if got := x.ask("queue show sales"); strings.Contains(got, "paused") {
				t.Errorf("%s: %s", x.name, got)
			}
		}
		b.stop()
		time.Sleep(time.Second)
		a.says("queue remove member SIP/1003 from sales", "Removed")
		a.says("queue pause member SIP/1002", "paused")
		time.Sleep(time.Second)
		b.run()
		time.Sleep(3 * time.Second)
		for _, x := range n {
			x.says("queue show sales", "(paused")
			if got := x.ask("queue show sales"); strings.Contains(got, "Carol") {
				t.Errorf("%s: %s", x.name, got)
			}
		}
	})
}

// The node that decides whom a member rings dies: the others' callers wait on, hear their music, and are served within 5 s,
// in their order.
func TestQueueOwnerDies(t *testing.T) {
	for dead := range 2 {
		t.Run(fmt.Sprint(dead), func(t *testing.T) {
			inQueue(t, 3, func(n []*node) {
				c := n[2]
				member, caller := c.registered("1002", "two", "10.0.2.7:5060"), c.registered("1001", "one", "10.0.2.8:5060")
				defer member.Close()
				defer caller.Close()
				n[dead].kill()
				call := waits(t, caller)
				select {
				case in := <-member.Incoming:
					in.Answer()
					time.Sleep(2 * time.Second)
					talk(t, call, in)
				case <-time.After(5 * time.Second):
					t.Error("the caller is not served within 5 s")
				}
			})
		})
	}
}
