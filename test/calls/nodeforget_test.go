package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// The channels of all nodes are seen at each; a node that does not answer is named.
func TestChannelsOverNodes(t *testing.T) {
	inNodes(t, 3, "", func(n []*node) {
		a, b := n[0], n[1]
		p := b.registered("1002", "two", "10.0.1.7:5060")
		defer p.Close()
		c := p.Dial("600")
		time.Sleep(3 * time.Second)
		for _, x := range n {
			x.says("cluster show channels", "b                SIP/1002-", "600@inside:2", "Echo()", "\n1 channels, 1 calls at 3 nodes\n")
		}
		a.says("cluster show channels a", "\n0 channels, 0 calls at 1 nodes\n")
		n[2].kill()
		a.says("cluster show channels", "Echo()", "node 'c' does not answer within 2s: its channels are not here\n1 channels, 1 calls")
		a.says("cluster show channels zz", "node 'zz' does not answer")
		c.Hangup()
	})
}

// A node that is gone for good is forgotten: where its places stay with it, they are free then.
func TestForgottenNode(t *testing.T) {
	inNodesWith(t, 3, nodeKit{nodes: "hardlimits=yes\nlimitlease=0\nnodes=3\n"}, func(n []*node) {
		a, c := n[0], n[2]
		p := c.registered("1004", "four", "10.0.2.7:5060")
		if up := through([]*testkit.Call{p.Dial("600"), p.Dial("600")}); len(up) != 2 {
			t.Fatalf("%d of two are let in", len(up))
		}
		a.says("cluster forget c", "'c' lives", "nothing is changed")
		a.says("cluster forget a", "'a' is this node")
		a.says("cluster forget", "Usage: cluster forget <node>")
		c.kill()
		p.Close()
		time.Sleep(10 * time.Second)
		q := a.registered("1004", "four", "10.0.0.7:5060")
		defer q.Close()
		if up := through([]*testkit.Call{q.Dial("600")}); len(up) != 0 {
			t.Fatal("its places are free before it is forgotten")
		}
		a.says("cluster forget c", "Forgotten at all 2 nodes: c")
		up := through([]*testkit.Call{q.Dial("600"), q.Dial("600"), q.Dial("600")})
		if len(up) != 2 {
			t.Errorf("%d of three are let in", len(up))
		}
		for _, x := range up {
			x.Hangup()
		}
		if got := a.ask("cluster show nodes"); strings.Contains(got, "\nc ") {
			t.Errorf("it is still there: %s", got)
		}
	})
}
