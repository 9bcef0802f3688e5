//go:build nats

package test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// guideFile is a file of a page of the guide.
func guideFile(t *testing.T, folder, name string) string {
	t.Helper()
	for _, f := range readGuide(t) {
		if f.name == folder && f.files[name] != "" {
			return f.files[name]
		}
	}
	t.Fatalf("the guide has no %s in %s", name, folder)
	return ""
}

// TestInFrontKamailio runs the sample of the guide before two programs: phones register and call through it, and go to the other
// node when theirs drains and when it is dead.
func TestInFrontKamailio(t *testing.T) {
	alongside(t, nil)
	program := tool(t, "kamailio")
	const net = 37
	nodes := nodesOverNATS(t, net, 5060, "a", "b")
	dir := t.TempDir()
	words := strings.NewReplacer(pageNet, fmt.Sprintf("127.0.%d.", net), "/etc/kamailio", dir)
	for _, name := range []string{"kamailio.cfg", "dispatcher.list"} {
		os.WriteFile(filepath.Join(dir, name), []byte(words.Replace(guideFile(t, "cluster/kamailio", name))), 0o644)
	}
	cmd := exec.Command(program, "-DD", "-E", "-m", "64", "-M", "8", "-f", dir+"/kamailio.cfg", "-P", dir+"/pid", "-Y", dir)
	out, _ := os.Create(dir + "/log")
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		cmd.Wait()
		if b, _ := os.ReadFile(dir + "/log"); t.Failed() {
			t.Logf("%s", b)
		}
	})
	phone := func(host, user, secret string) *testkit.Phone {
		p, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort(fmt.Sprintf("127.0.%d.%s:5060", net, host)),
			netip.MustParseAddrPort(fmt.Sprintf("127.0.%d.10:5060", net)), user, secret)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
	one, two := phone("21", "1001", "one"), phone("22", "1002", "two")
	reached := func() {
		t.Helper()
		for _, p := range []*testkit.Phone{one, two} {
			within(t, 30*time.Second, p.User+" registers", func() bool { status, _, _ := p.Register(60); return status == 200 })
		}
		time.Sleep(500 * time.Millisecond)
		rings(t, one, two)
		rings(t, two, one)
	}
	reached()
	for i, p := range nodes {
		if out, _ := p.rx("cluster drain"); !strings.Contains(out, "takes no new calls") {
			t.Errorf("%s", out)
		}
		reached()
		p.eventually("cluster show registrations "+[]string{"a", "b"}[i], "\n0 registrations")
		p.rx("cluster join")
		nodes[1-i].alive(1)
		within(t, 30*time.Second, "it takes calls again", func() bool {
			out, _ := nodes[1-i].rx("cluster show nodes")
			return !strings.Contains(out, "draining")
		})
		time.Sleep(5 * time.Second) // the dispatcher asks again
	}
	nodes[1].cmd.Process.Kill()
	nodes[0].eventually("cluster show nodes", "0 other nodes")
	reached()
}

// TestInFrontFloating moves the one address that phones know from a node that lives, and from one that is dead, to the other one: phones
// register there and are called.
func TestInFrontFloating(t *testing.T) {
	alongside(t, nil)
	const net = 28
	n := islands(t, net, "a", "b")
	a, b := n[0], n[1]
	float := fmt.Sprintf("10.177.%d.100", net)
	has := island{}
	move := func(to island) {
		t.Helper()
		if has.process != nil {
			ip("-n", has.host, "addr", "del", float+"/24", "dev", "eth0")
		}
		if err := ip("-n", to.host, "addr", "add", float+"/24", "dev", "eth0"); err != nil {
			t.Fatal(err)
		}
		ip("neigh", "flush", "to", float) // as the gratuitous ARP of keepalived has it
		has = to
	}
	phone := func(user, secret string, port uint16) *testkit.Phone {
		p, err := testkit.NewPhone(testkit.SystemListen, netip.AddrPortFrom(netip.MustParseAddr(fmt.Sprintf("10.177.%d.254", net)), port),
			netip.MustParseAddrPort(float+":5060"), user, secret)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
	move(a)
	one, two := phone("1001", "one", 6001), phone("1002", "two", 6002)
	at := func(x island, name string) {
		t.Helper()
		x.registers(one)
		x.registers(two)
		x.eventually("cluster show registrations "+name, "\n2 registrations")
		rings(t, one, two)
		rings(t, two, one)
	}
	at(a, "a")
	move(b) // both phones are at a as yet
	at(b, "b")
	move(a)
	at(a, "a")
	a.cmd.Process.Kill()
	b.eventually("cluster show nodes", "0 other nodes")
	move(b)
	at(b, "b")
}
