package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"obelisk/internal/testkit"
)

// A folder of the guide with files NODE/cluster.conf is that of several machines, a, b, ...: each has all files and its own, and
// the address 192.168.1.11, .12, ... Commands are run at the first one; ssh, scp and systemctl are there, and mean these machines.

// clusterProgram is the program with the bus between machines, built once.
var clusterProgram = sync.OnceValues(func() (string, error) {
	path, err := program()
	if err != nil || tags == "nats" {
		return path, err
	}
	path = filepath.Join(filepath.Dir(path), "obelisk-cluster")
	out, err := exec.Command("go", "build", "-tags", "nats", "-o", path, "obelisk/cmd/obelisk").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%v\n%s", err, out)
	}
	return path, nil
})

// nodes are the machines of a folder; none: it is one, with a switchboard of its own.
func (f *guideFolder) nodes() (out []string) {
	for name := range f.files {
		if node, ok := strings.CutSuffix(name, "/cluster.conf"); ok {
			out = append(out, node)
		}
	}
	slices.Sort(out)
	return out
}

// guideMachine is what stands for the commands of a machine: CONF is its asterisk.conf, DIR its folder, PROGRAM the program.
var guideMachine = map[string]string{
	"obelisk": "#!/bin/sh\ncase \"$1\" in -r*) exec PROGRAM -C CONF \"$@\";; esac\nexec PROGRAM \"$@\"\n",
	"systemctl": `#!/bin/sh
signal() { kill -s $1 $(cat DIR/pid); }
stop() {
	PROGRAM -C CONF -rx 'core stop now' >/dev/null 2>&1
	while PROGRAM -C CONF -rx 'core show version' >/dev/null 2>&1; do sleep 0.1; done
}
start() {
	PROGRAM -f -q -C CONF </dev/null >>DIR/out 2>&1 &
	echo $! >DIR/pid
	for i in $(seq 100); do PROGRAM -C CONF -rx 'core waitfullybooted' >/dev/null 2>&1 && return; sleep 0.1; done
}
case $1 in
kill) signal $3 ;;
stop) stop ;;
start) start ;;
restart) stop; start ;;
esac
`,
}

// guideFar is what stands for the commands that reach other machines: HOME/NODE is the folder of each.
var guideFar = map[string]string{
	"sudo": "#!/bin/sh\nexec \"$@\"\n",
	"ssh": `#!/bin/sh
node=$1; shift
[ -d HOME/$node ] || exit 255
cd HOME/$node
PATH=HOME/bin-$node:$PATH exec sh -c "$(echo "$*" | sed "s,HOME/FIRST,HOME/$node,g")"
`,
	"scp": `#!/bin/sh
for to; do :; done
node=${to%%:*}
to=$(echo "${to#*:}" | sed "s,HOME/FIRST,HOME/$node,g")
while [ $# -gt 1 ]; do cp "$1" "$to" || exit 1; shift; done
`,
}

// nodeAddress is that of a machine.
func (g *guideRun) nodeAddress(node string) string {
	return fmt.Sprintf("%s%d", g.net, 11+slices.Index(g.folder.nodes(), node))
}

// machines writes the files and the commands of all machines, and prepares their end.
func (g *guideRun) machines(t *testing.T) {
	path, err := clusterProgram()
	if err != nil {
		t.Fatal(err)
	}
	nodes := g.folder.nodes()
	for _, node := range nodes {
		dir := filepath.Join(g.home, node)
		files := map[string]string{"asterisk.conf": asteriskConf(dir), "address.inc": "udpbindaddr=" + g.nodeAddress(node) + "\n"}
		for name, text := range g.folder.files {
			of, own, some := strings.Cut(name, "/")
			if some && of != node {
				continue
			}
			if some {
				name = own
			}
			// the files are the same on all machines, as those of real ones are that listen on all their addresses
			files[name] = strings.ReplaceAll(g.names.Replace(guidePaths(dir).Replace(text)), "udpbindaddr=0.0.0.0", "#include \"address.inc\"\n;")
		}
		writeFiles(t, dir, files)
		words := strings.NewReplacer("PROGRAM", path, "CONF", filepath.Join(dir, "asterisk.conf"), "DIR", dir)
		writeTools(t, filepath.Join(g.home, "bin-"+node), guideMachine, words)
		if node == nodes[0] {
			writeTools(t, filepath.Join(g.home, "bin"), guideMachine, words)
		}
		t.Cleanup(func() { exec.Command(filepath.Join(g.home, "bin-"+node, "systemctl"), "kill", "-s", "KILL").Run() })
	}
	writeTools(t, filepath.Join(g.home, "bin"), guideFar, strings.NewReplacer("HOME", g.home, "FIRST", nodes[0]))
}

func writeTools(t *testing.T, bin string, tools map[string]string, words *strings.Replacer) {
	t.Helper()
	os.MkdirAll(bin, 0o755)
	for name, text := range tools {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(words.Replace(text)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// phoneAt is a phone that is registered at a machine, on a host of the network of the phones.
func (g *guideRun) phoneAt(node string, host int, user, secret string) *testkit.Phone {
	g.t.Helper()
	p := g.newPhoneOf(g.nodeAddress(node), host, user, secret)
	if status, _, err := p.Register(300); status != 200 {
		g.t.Fatalf("%s is not registered: %d %v", user, status, err)
	}
	return p
}

// phonesAtTwo are the phones of the first office, each at a machine, which call each other.
func phonesAtTwo(g *guideRun) {
	a, b := g.phoneAt("a", 101, "101", "green-Kettle-41"), g.phoneAt("b", 102, "102", "seven-Ladders-8")
	g.reads("cluster show registrations", "2 registrations")
	out, _ := g.talks(a, "102", b)
	out.Hangup()
	out, _ = g.talks(b, "101", a)
	out.Hangup()
	g.reads("core show channels count", "0 active channels")
}
