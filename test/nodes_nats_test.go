//go:build nats

package test

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
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
supportpath=yes
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

// tells waits for the program's log to say something after its first so many bytes: what was so for a moment only is still there.
func (p *process) tells(after int, want string) {
	p.t.Helper()
	within(p.t, 30*time.Second, fmt.Sprintf("the log says %q", want), func() bool { return strings.Contains(p.out.String()[after:], want) })
}

// nodesOverNATS prepares as many programs, with the first addresses at 127.0.NET.
func nodesOverNATS(t *testing.T, net, port int, names ...string) (nodes []*process) {
	t.Helper()
	return nodesOverNATSWith(t, net, port, "", "", names...)
}

// nodesOverNATSWith is nodesOverNATS with more in cluster.conf and sip.conf.
func nodesOverNATSWith(t *testing.T, net, port int, conf, sip string, names ...string) (nodes []*process) {
	t.Helper()
	var peers []string
	for i := range names {
		peers = append(peers, fmt.Sprintf("127.0.%d.%d", net, 11+i))
	}
	for i, name := range names {
		p := prepare(t, map[string]string{
			"sip.conf":        fmt.Sprintf(nodeSIP, peers[i], port) + sip,
			"extensions.conf": "[inside]\nexten => 600,1,Answer()\nsame => n,Echo()\nexten => _100X,1,Dial(SIP/${EXTEN},30)\n[public]\n",
			"cluster.conf": fmt.Sprintf("[general]\nnode=%s\nlisten=%s\npeers=%s\nsip=%s:%d\n", name, peers[i], strings.Join(peers, ","), peers[i],
				port) + conf,
			"rtp.conf": fmt.Sprintf("[general]\nrtpstart=%d\nrtpend=%d\n", 17000+400*i, 17398+400*i),
		})
		nodes = append(nodes, p)
		p.start()
	}
	for _, p := range nodes {
		p.eventually("cluster show nodes", fmt.Sprintf("%d other nodes", len(names)-1))
	}
	for _, p := range nodes {
		p.alive(len(names) - 1)
	}
	return nodes
}

// alive waits until a node sees so many others that are well.
func (p *process) alive(n int) {
	p.t.Helper()
	within(p.t, 30*time.Second, fmt.Sprintf("%d nodes are alive", n), func() bool {
		out, _ := p.rx("cluster show nodes")
		return strings.Count(out, " alive ") == n
	})
}

// TestNodeIsStopped: a program that stands still is suspect and dead to the others, and is there again with all that it says
// when it goes on; it takes the others for dead no longer either.
func TestNodeIsStopped(t *testing.T) {
	alongside(t, nil)
	nodes := nodesOverNATS(t, 35, 5235, "a", "b", "c")
	p, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort("127.0.35.21:5060"), netip.MustParseAddrPort("127.0.35.13:5235"),
		"1002", "two")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if status, _, err := p.Register(120); status != 200 {
		t.Fatalf("%d %v", status, err)
	}
	nodes[0].eventually("cluster show registrations", "\n1 registrations")
	still, at := nodes[2].cmd.Process, len(nodes[0].out.String())
	still.Signal(syscall.SIGSTOP)
	nodes[0].tells(at, "node 'c' is suspect")
	nodes[0].tells(at, "node 'c' is dead")
	nodes[0].eventually("cluster show registrations", "\n0 registrations")
	still.Signal(syscall.SIGCONT)
	for _, x := range nodes {
		x.alive(2)
		x.eventually("cluster show registrations", "\n1 registrations")
	}
}

// TestRollingUpgrade runs the script for it: each node is exchanged when its calls have ended, one whose calls do not end is not.
func TestRollingUpgrade(t *testing.T) {
	alongside(t, nil)
	nodes := nodesOverNATS(t, 36, 5236, "a", "b")
	path, _ := program()
	dir := t.TempDir()
	on, script := dir+"/on", "#!/bin/sh\ncase $1 in\n"
	for i, name := range []string{"a", "b"} {
		script += fmt.Sprintf("%s) CONF=%s ;;\n", name, nodes[i].conf)
	}
	script += "esac\nexport CONF\necho \"$1 $2\" >> " + dir + "/log\nsh -c \"$2\"\n"
	os.WriteFile(on, []byte(script), 0o755)
	program := dir + "/obelisk"
	os.WriteFile(program, []byte("#!/bin/sh\nexec "+path+" -C $CONF \"$@\"\n"), 0o755)
	exchange := dir + "/exchange" // as a service manager does it
	os.WriteFile(exchange, []byte("#!/bin/sh\n"+path+" -C $CONF -rx 'core stop now'\nsleep 1\n"+
		path+" -f -q -C $CONF </dev/null >/dev/null 2>&1 &\n"), 0o755)
	t.Cleanup(func() {
		for _, x := range nodes {
			x.rx("core stop now")
		}
	})
	upgrade := func(patience string) (string, error) {
		cmd := exec.Command("../docs/packaging/rolling-upgrade.sh", "a", "b")
		cmd.Env = append(os.Environ(), "ON="+on, "OBELISK="+program, "EXCHANGE="+exchange, "PATIENCE="+patience)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	p, err := testkit.NewPhone(testkit.SystemListen, netip.MustParseAddrPort("127.0.36.21:5060"), netip.MustParseAddrPort("127.0.36.11:5236"),
		"1001", "one")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if status, _, err := p.Register(120); status != 200 {
		t.Fatalf("%d %v", status, err)
	}
	call := p.Dial("600")
	if !call.Wait("200", 30*time.Second) {
		t.Fatal("not answered")
	}
	if out, err := upgrade("1"); err == nil || !strings.Contains(out, "a: is not exchanged") {
		t.Errorf("with a call: %v %s", err, out)
	}
	nodes[1].alive(1) // it takes calls again: it would be draining
	if s := call.Hangup(); s != 200 {
		t.Errorf("BYE answered %d", s)
	}
	out, err := upgrade("60")
	if err != nil || !strings.Contains(out, "a: exchanged") || !strings.Contains(out, "b: exchanged") {
		log, _ := os.ReadFile(dir + "/log")
		t.Errorf("%v %s\n%s", err, out, log)
	}
	for _, x := range nodes {
		x.alive(1)
	}
}

// TestNodesOverNATS: two programs and a phone at each, with real sockets: who is where is known, one
// calls the other, they hear each other, and when the second program is killed its phone is not there.
func TestNodesOverNATS(t *testing.T) {
	alongside(t, nil)
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
	if raw := in.Invite().Raw; !strings.Contains(raw, "SIP/2.0/TLS "+hosts[0]+":5062") {
		t.Errorf("it did not come over TLS:\n%s", raw)
	}
	notLetIn(t, hosts[1]+":5062")
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
	at := len(nodes[0].out.String())
	nodes[1].cmd.Process.Kill()
	nodes[0].tells(at, "is suspect")
	out = from.Dial("1002")
	if !out.Wait("503", 30*time.Second) {
		t.Error("a call to a phone of a dead node goes on")
	}
	nodes[0].eventually("core show hints", "State:Unavailable")
	nodes[0].eventually("cluster show registrations", "\n1 registrations")
}

// notLetIn wants an address of TLS between nodes to refuse who shows no certificate, and one of another authority.
func notLetIn(t *testing.T, at string) {
	t.Helper()
	foreign := t.TempDir()
	if _, err := cluster.InitAuthority(foreign, []string{"a"}); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(foreign+"/a.crt", foreign+"/a.key")
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range [][]tls.Certificate{nil, {pair}} {
		conn, err := tls.Dial("tcp", at, &tls.Config{Certificates: shown, InsecureSkipVerify: true})
		if err == nil { // TLS 1.3 tells with the first that is read
			conn.SetDeadline(time.Now().Add(30 * time.Second))
			_, err = conn.Read(make([]byte, 1))
			conn.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "remote error: tls") {
			t.Errorf("a stranger with %d certificates: %v", len(shown), err)
		}
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
