//go:build nats

package test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"obelisk/internal/cluster"
	"obelisk/internal/testkit"
)

func init() { tags = "nats" }

const nodeSIP = `[general]
udpbindaddr=%s:%d
context=public
disallow=all
allow=ulaw
callcounter=yes
[1001]
type=friend
host=dynamic
context=inside
secret=one
[1002]
type=friend
host=dynamic
context=inside
secret=two
`

// eventually waits for a console command to say something.
func (p *process) eventually(command, want string) {
	p.t.Helper()
	out := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if out, _ = p.rx(command); strings.Contains(out, want) {
			return
		}
	}
	p.t.Fatalf("%s says\n%swithout %q\n%s", command, out, want, p.out.String())
}

// TestNodesOverNATS: two programs and a phone at each, with real sockets: who is where is known, one
// calls the other, they hear each other, and when the second program is killed its phone is not there.
func TestNodesOverNATS(t *testing.T) {
	const port = 5234
	var hosts [2]string
	var nodes [2]*process
	for i, name := range []string{"a", "b"} {
		hosts[i] = fmt.Sprintf("127.0.34.%d", 11+i)
		p := prepare(t, map[string]string{
			"sip.conf":        fmt.Sprintf(nodeSIP, hosts[i], port),
			"extensions.conf": "[inside]\nexten => _100X,1,Dial(SIP/${EXTEN},30)\nexten => 1002,hint,SIP/1002\n[public]\n",
			"cluster.conf": fmt.Sprintf("[general]\nnode=%s\nlisten=%s\npeers=127.0.34.11,127.0.34.12\nsip=%s:%d\ncacert=keys/ca.crt\n"+
				"cert=keys/%s.crt\nkey=keys/%s.key\n",
				name, hosts[i], hosts[i], port, name, name),
			"rtp.conf": fmt.Sprintf("[general]\nrtpstart=%d\nrtpend=%d\n", 17000+400*i, 17398+400*i),
		})
		nodes[i] = p
	}
	if _, err := cluster.InitAuthority(nodes[0].dir+"/keys", []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, nodes[0].dir+"/keys", nodes[1].dir+"/keys")
	for _, p := range nodes {
		p.start()
	}
	for _, p := range nodes {
		p.eventually("cluster show nodes", "alive")
	}
	phone := func(i int, user, secret, addr string) *testkit.Phone {
		p, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort(addr),
			netip.MustParseAddrPort(fmt.Sprintf("%s:%d", hosts[i], port)), user, secret)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		if status, _, err := p.Register(120); status != 200 {
			t.Fatalf("%d %v", status, err)
		}
		return p
	}
	from, to := phone(0, "1001", "one", "127.0.34.21:5060"), phone(1, "1002", "two", "127.0.34.22:5060")
	nodes[0].eventually("sip show peers", "AT b")
	out := from.Dial("1002")
	var in *testkit.Call
	select {
	case in = <-to.Incoming:
	case <-time.After(30 * time.Second):
		t.Fatal("no call came in")
	}
	in.Ring()
	if !out.Wait("180", 30*time.Second) {
		t.Fatal("it does not ring")
	}
	nodes[1].eventually("core show hints", "State:Ringing")
	in.Answer()
	if !out.Wait("200", 30*time.Second) {
		t.Fatal("not answered")
	}
	for _, c := range []*testkit.Call{out, in} {
		far := map[*testkit.Call]*testkit.Call{out: in, in: out}[c]
		heard := false
		for end := time.Now().Add(30 * time.Second); !heard && time.Now().Before(end); {
			c.Media.Tone(440, 500*time.Millisecond)
			heard = far.Media.Level(440) > 0.1
		}
		if !heard {
			t.Error("one does not hear the other")
		}
	}
	if s := in.Hold("sendonly"); s != 200 {
		t.Errorf("hold answered %d", s)
	}
	if s := in.Hangup(); s != 200 {
		t.Errorf("BYE answered %d", s)
	}
	if !out.Wait("BYE", 30*time.Second) {
		t.Error("the caller is not told")
	}
	nodes[0].eventually("core show hints", "State:Idle")
	nodes[1].cmd.Process.Kill()
	nodes[0].eventually("cluster show nodes", "suspect")
	out = from.Dial("1002")
	if !out.Wait("503", 30*time.Second) {
		t.Error("a call to a phone of a dead node goes on")
	}
	nodes[0].eventually("core show hints", "State:Unavailable")
	nodes[0].eventually("cluster show registrations", "\n1 registrations")
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
