//go:build nats

package test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"obelisk/internal/cluster"
	"obelisk/internal/testkit"
)

// island is a node in a network namespace of its own, joined to the others and to the phones, which are in ours, by a bridge.
type island struct {
	*process
	addr, link string // link is our end of its wire
}

// ip runs the command, and says whether it can.
func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %v %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// islands prepares nodes a, b, ... at 10.177.NET.1 and so on, and phones' addresses at 10.177.NET.254. It skips where there are
// no namespaces.
func islands(t *testing.T, net int, names ...string) (out []island) {
	t.Helper()
	return islandsWith(t, net, "", names...)
}

// islandsWith is islands with certificates of a folder; "": without.
func islandsWith(t *testing.T, net int, keys string, names ...string) (out []island) {
	t.Helper()
	tag := fmt.Sprintf("o%d-%d", net, os.Getpid()%10000)
	need := func(args ...string) {
		if err := ip(args...); err != nil {
			t.Skip("network namespaces are needed (root): ", err)
		}
	}
	need("link", "add", tag, "type", "bridge")
	t.Cleanup(func() { ip("link", "del", tag) })
	need("addr", "add", fmt.Sprintf("10.177.%d.254/24", net), "dev", tag)
	need("link", "set", tag, "up")
	var peers []string
	for i := range names {
		peers = append(peers, fmt.Sprintf("10.177.%d.%d", net, i+1))
	}
	for i, name := range names {
		host, link := tag+name, tag+name
		need("netns", "add", host)
		t.Cleanup(func() { ip("netns", "del", host) })
		need("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", host)
		need("link", "set", link, "master", tag, "up")
		need("-n", host, "addr", "add", peers[i]+"/24", "dev", "eth0")
		need("-n", host, "link", "set", "eth0", "up")
		need("-n", host, "link", "set", "lo", "up")
		p := prepare(t, map[string]string{
			"sip.conf":        fmt.Sprintf(nodeSIP, "0.0.0.0", 5060),
			"extensions.conf": "[inside]\nexten => _100X,1,Dial(SIP/${EXTEN},30)\n[public]\n",
			"cluster.conf": fmt.Sprintf("[general]\nnode=%s\nlisten=%s\npeers=%s\nsip=%s:5060\n", name, peers[i],
				strings.Join(peers, ","), peers[i]),
			"rtp.conf": "[general]\nrtpstart=17000\nrtpend=17098\n",
		})
		if keys != "" {
			copyFolder(t, keys, p.dir+"/keys")
			p.append("cluster.conf", fmt.Sprintf("cacert=keys/ca.crt\ncert=keys/%s.crt\nkey=keys/%s.key\n", name, name))
		}
		p.host = host
		out = append(out, island{p, peers[i], link})
	}
	for _, x := range out {
		x.start()
	}
	for _, x := range out {
		x.alive(len(names) - 1)
	}
	return out
}

// phone is one that registers at the island.
func (x island) phone(user, secret string, net int, port uint16) *testkit.Phone {
	x.t.Helper()
	at := netip.AddrPortFrom(netip.MustParseAddr(fmt.Sprintf("10.177.%d.254", net)), port)
	p, err := testkit.NewPhone(testkit.SystemListen, at, netip.MustParseAddrPort(x.addr+":5060"), user, secret)
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(p.Close)
	x.registers(p)
	return p
}

func (x island) registers(p *testkit.Phone) {
	x.t.Helper()
	if status, _, err := p.Register(120); status != 200 {
		x.t.Fatalf("%s: %d %v", x.addr, status, err)
	}
}

// rings wants a call of a phone to another one to be answered.
func rings(t *testing.T, from, to *testkit.Phone) {
	t.Helper()
	out := from.Dial(to.User)
	select {
	case in := <-to.Incoming:
		in.Answer()
	case <-time.After(30 * time.Second):
		t.Fatal("no call came in")
	}
	if !out.Wait("200", 30*time.Second) {
		t.Fatal("not answered")
	}
	if s := out.Hangup(); s != 200 {
		t.Errorf("BYE answered %d", s)
	}
}

// TestNodesParted: a node that is cut off, both ways or one way, is dead to the others and they to it, each side serves its phones and
// says what it sees, and when the wire is whole again they agree.
func TestNodesParted(t *testing.T) {
	alongside(t, nil)
	const net = 27
	n := islands(t, net, "a", "b", "c")
	a, b, c := n[0], n[1], n[2]
	one, two := a.phone("1001", "one", net, 6001), b.phone("1002", "two", net, 6002)
	a.eventually("cluster show registrations", "\n2 registrations")
	cuts := []struct {
		name        string
		part, whole func() error
		served      bool // phones reach the node that is cut off
	}{
		{"both ways", func() error { return ip("link", "set", c.link, "down") }, func() error { return ip("link", "set", c.link, "up") }, false},
		{"one way", func() error { return c.silenced("add", a, b) }, func() error { return c.silenced("del", a, b) }, true},
	}
	for _, cut := range cuts {
		t.Run(cut.name, func(t *testing.T) {
			atA, atC := len(a.out.String()), len(c.out.String())
			if err := cut.part(); err != nil {
				t.Fatal(err)
			}
			a.tells(atA, "node 'c' is suspect")
			a.tells(atA, "node 'c' is dead")
			c.tells(atC, "node 'a' is dead")
			for _, x := range []island{a, b} {
				x.eventually("cluster show nodes", "\n1 other nodes")
			}
			c.eventually("cluster show nodes", "\n0 other nodes")
			if out, code := c.rx("cluster check"); code == 0 || !strings.Contains(out, "no other node was heard of") {
				t.Errorf("c says %d %q", code, out)
			}
			rings(t, one, two)
			if cut.served {
				p := c.phone("1002", "two", net, 6003)
				c.eventually("cluster show registrations", "\n1 registrations")
				p.Register(0)
				c.eventually("cluster show registrations", "\n0 registrations")
			}
			if err := cut.whole(); err != nil {
				t.Fatal(err)
			}
			for _, x := range n {
				x.alive(2)
			}
			b.registers(two) // to c it has moved for a moment, as far as b is told now
			for _, x := range n {
				x.eventually("cluster show registrations", "\n2 registrations")
			}
			rings(t, one, two)
		})
	}
}

// silenced has packets of a node to others go nowhere (add), or reach them again (del); what they send to it comes.
func (x island) silenced(how string, to ...island) error {
	for _, o := range to {
		if err := ip("-n", x.host, "route", how, "blackhole", o.addr+"/32"); err != nil {
			return err
		}
	}
	return nil
}

// append adds to a file of the configuration.
func (p *process) append(name, text string) {
	p.t.Helper()
	f, err := os.OpenFile(filepath.Join(p.dir, name), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// TestWireOfTLSBreaks: what is sent to a node behind a wire that is down is not waited for as long as TCP would (15 minutes): the
// connection is given up, and when the wire is whole again the next call goes over a new one.
func TestWireOfTLSBreaks(t *testing.T) {
	alongside(t, nil)
	if _, err := exec.LookPath("ss"); err != nil {
		t.Skip(err)
	}
	const net = 28
	keys := t.TempDir()
	if _, err := cluster.InitAuthority(keys, []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	n := islandsWith(t, net, keys, "a", "b")
	a, b := n[0], n[1]
	one, two := a.phone("1001", "one", net, 6011), b.phone("1002", "two", net, 6012)
	a.eventually("cluster show registrations", "\n2 registrations")
	open := func() int {
		out, err := exec.Command("ip", "netns", "exec", a.host, "ss", "-Htn", "state", "established", "dst", b.addr+":5062").CombinedOutput()
		if err != nil {
			t.Fatalf("ss: %v %s", err, out)
		}
		return strings.Count(string(out), "\n")
	}
	out := one.Dial("1002")
	select {
	case in := <-two.Incoming:
		in.Answer()
	case <-time.After(30 * time.Second):
		t.Fatal("no call came in")
	}
	if !out.Wait("200", 30*time.Second) || open() != 1 {
		t.Fatalf("not answered, or not over one connection of TLS (%d)", open())
	}
	if err := ip("link", "set", b.link, "down"); err != nil {
		t.Fatal(err)
	}
	cut := time.Now()
	if s := out.Hangup(); s != 200 {
		t.Errorf("BYE answered %d", s)
	}
	within(t, time.Minute, "the connection is given up", func() bool { return open() == 0 })
	t.Logf("given up %.1f s after the wire went down", time.Since(cut).Seconds())
	if err := ip("link", "set", b.link, "up"); err != nil {
		t.Fatal(err)
	}
	for _, x := range n {
		x.alive(1)
	}
	b.registers(two)
	a.eventually("cluster show registrations", "\n2 registrations")
	rings(t, one, two)
}
