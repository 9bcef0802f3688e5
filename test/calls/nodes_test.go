package calls

import (
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/boot"
	"obelisk/internal/store"
	"obelisk/internal/testkit"
	"obelisk/internal/testkit/common"
)

// ownBus is a node's way to a bus that outlives it.
type ownBus struct {
	store.Bus
	cut *atomic.Bool // nothing goes out any more
}

func (ownBus) Close() {}

func (b ownBus) Publish(subject string, data []byte) error {
	if b.cut.Load() {
		return nil
	}
	return b.Bus.Publish(subject, data)
}

// node is a switchboard that is one of several.
type node struct {
	*world
	name string
	addr netip.AddrPort
	cut  *atomic.Bool
	kit  nodeKit
}

// nodesSIP is the sip.conf of all nodes.
const nodesSIP = `[general]
udpbindaddr=%s
context=public
alwaysauthreject=yes
disallow=all
allow=ulaw
callcounter=yes
%s
[phone](!)
type=friend
host=dynamic
context=inside
[1001](phone)
secret=one
callerid="Alice" <1001>
[1002](phone)
secret=two
[1003](phone)
secret=three
max_contacts=3
[1004](phone)
secret=four
call-limit=2
`

const nodesExtensions = `[inside]
exten => 600,1,Answer()
same => n,Echo()
exten => _100X,1,Dial(SIP/${EXTEN},20)
same => n,Set(CDR(userfield)=${DIALSTATUS})
exten => 1002,hint,SIP/1002
exten => 1004,hint,SIP/1004
[public]
exten => 600,1,Answer()
same => n,Wait(30)
`

// nodeKit is what the nodes of a test have, beside their sip.conf.
type nodeKit struct {
	sip    string                 // is added to the general section
	plan   string                 // is added to extensions.conf
	nodes  string                 // is added to cluster.conf
	files  map[string]string      // more files
	common *common.DB             // the database of all; nil: there is none
	others func(*testkit.Network) // who is on the network before them
	bus    store.Bus
	each   func(i int, k *nodeKit) // changes the kit of one of them; nil: nothing
	keys   string                  // a folder with certificates of the nodes: SIP between them goes over TLS; "": over UDP
}

// inNodes runs f with nodes a, b, ... on one network, in virtual time; sip is added to the
// general section.
func inNodes(t *testing.T, n int, sip string, f func(nodes []*node)) {
	t.Helper()
	inNodesWith(t, n, nodeKit{sip: sip}, f)
}

// inNodesWith is inNodes with more.
func inNodesWith(t *testing.T, n int, kit nodeKit, f func(nodes []*node)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		net := testkit.NewNetwork(testkit.Faults{Delay: time.Millisecond})
		bus := store.NewInside()
		kit.bus = bus
		if kit.others != nil {
			kit.others(net)
		}
		var nodes []*node
		for i := range n {
			own := kit
			if kit.each != nil {
				kit.each(i, &own)
			}
			nodes = append(nodes, own.begin(t, net, i))
		}
		time.Sleep(2 * time.Second)
		f(nodes)
		for _, x := range nodes {
			if x.sys != nil {
				x.stop()
			}
		}
		bus.Close()
		time.Sleep(time.Minute)
	})
}

func (kit nodeKit) begin(t *testing.T, net *testkit.Network, i int) *node {
	t.Helper()
	name := string(rune('a' + i))
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 1}), 5060)
	conf := "[general]\nnode=" + name + "\nbus=external\nurl=nats://in.memory\n"
	if kit.common != nil {
		conf += "database=yes\n"
	}
	if kit.keys != "" {
		conf += strings.ReplaceAll("cacert=DIR/ca.crt\ncert=DIR/"+name+".crt\nkey=DIR/"+name+".key\n", "DIR", kit.keys)
	}
	conf += kit.nodes
	files := map[string]string{"sip.conf": fmt.Sprintf(nodesSIP, addr, kit.sip), "extensions.conf": nodesExtensions + kit.plan,
		"cluster.conf": conf}
	maps.Copy(files, kit.files)
	w := prepared(t, net, files, names)
	x := &node{w, name, addr, &atomic.Bool{}, kit}
	x.run()
	return x
}

// run starts the node, again where it was stopped.
func (x *node) run() {
	x.t.Helper()
	x.start(func(o *boot.Options) {
		o.Bus, o.Streams = ownBus{x.kit.bus, x.cut}, x.net
		if x.kit.common != nil {
			o.Common = x.kit.common
		}
	})
}

// kill ends a node as if its machine had lost its power: it says nothing any more.
func (x *node) kill() {
	x.t.Helper()
	x.cut.Store(true)
	x.world.stop()
	x.sys = nil
}

func (x *node) phone(user, secret, addr string) *testkit.Phone {
	x.t.Helper()
	p, err := testkit.NewPhone(x.net.Listen, netip.MustParseAddrPort(addr), x.addr, user, secret)
	if err != nil {
		x.t.Fatal(err)
	}
	return p
}

func (x *node) registered(user, secret, addr string) *testkit.Phone {
	x.t.Helper()
	p := x.phone(user, secret, addr)
	if status, _, err := p.Register(300); status != 200 {
		x.t.Fatalf("%s: registration answered %d, %v", user, status, err)
	}
	time.Sleep(200 * time.Millisecond) // the others are told
	return p
}

// says runs a console command, and wants its answer to have the texts.
func (x *node) says(command string, want ...string) {
	x.t.Helper()
	got := x.ask(command)
	for _, text := range want {
		if !strings.Contains(got, text) {
			x.t.Errorf("%s: %s says\n%swithout %q", x.name, command, got, text)
		}
	}
}

// Who is registered where is known at all nodes, and ends with the registration.
func TestRegistrationsOverNodes(t *testing.T) {
	inNodes(t, 2, "", func(n []*node) {
		a, b := n[0], n[1]
		p := b.registered("1002", "two", "10.0.1.7:5060")
		defer p.Close()
		a.says("cluster show registrations", "1002 ", " b ", "10.0.1.7:5060", "1 registrations")
		a.says("cluster show registrations a", "0 registrations")
		a.says("sip show peers", "1002/1002", "10.0.1.7", "AT b", "1 online")
		b.says("sip show peers", "10.0.1.7", "Unmonitored")
		a.says("core show hints", "Idle")
		if status, _, err := p.Register(0); status != 200 {
			t.Fatalf("%d %v", status, err)
		}
		time.Sleep(200 * time.Millisecond)
		a.says("cluster show registrations", "0 registrations")
		a.says("sip show peers", "(Unspecified)")

		q := b.phone("1002", "two", "10.0.1.8:5060")
		defer q.Close()
		q.Register(60)
		time.Sleep(time.Second)
		a.says("cluster show registrations", "1 registrations")
		time.Sleep(80 * time.Second)
		a.says("cluster show registrations", "0 registrations")
	})
}

// A phone that registers at another node leaves the first one.
func TestPhoneMovesBetweenNodes(t *testing.T) {
	inNodes(t, 2, "", func(n []*node) {
		a, b := n[0], n[1]
		p := a.registered("1002", "two", "10.0.0.7:5060")
		defer p.Close()
		q := b.registered("1002", "two", "10.0.1.7:5060")
		defer q.Close()
		for _, x := range n {
			x.says("cluster show registrations", "10.0.1.7:5060", "1 registrations")
		}
		if got := a.sys.Driver().Bindings("1002"); len(got) != 0 {
			t.Errorf("a still has %v", got[0])
		}
		a.says("sip show peers", "AT b")
		// What a has kept of an earlier time does not win over b when it starts again.
		for range 2 {
			r := a.registered("1002", "two", "10.0.0.9:5060")
			b.says("sip show peers", "AT a")
			r.Close()
			q.Register(300)
			time.Sleep(200 * time.Millisecond)
			a.says("sip show peers", "AT b")
		}
		// Several contacts of one endpoint stay each at its node.
		one, two := a.registered("1003", "three", "10.0.0.20:5060"), b.registered("1003", "three", "10.0.1.20:5060")
		defer one.Close()
		defer two.Close()
		a.says("cluster show registrations", "10.0.0.20", "10.0.1.20", "3 registrations")
		if a.sys.Driver().Bindings("1003") == nil || b.sys.Driver().Bindings("1003") == nil {
			t.Error("a contact is gone")
		}
	})
}
