package calls

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// nodesProvider is a registrar that asks for credentials, takes any, and keeps who is registered.
type nodesProvider struct {
	conn net.PacketConn

	mu       sync.Mutex
	contacts map[string]bool // by the host of the Contact
	asked    int             // REGISTERs that were answered 200
}

func newNodesProvider(t *testing.T, listen testkit.Listen, addr string) *nodesProvider {
	t.Helper()
	c, err := listen(netip.MustParseAddrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	p := &nodesProvider{conn: c, contacts: map[string]bool{}}
	go p.serve()
	return p
}

func (p *nodesProvider) serve() {
	b := make([]byte, 4096)
	for {
		n, from, err := p.conn.ReadFrom(b)
		if err != nil {
			return
		}
		p.conn.WriteTo([]byte(p.answer(testkit.ParseMsg(string(b[:n])))), from)
	}
}

func (p *nodesProvider) answer(m *testkit.Msg) string {
	status, more := "200 OK", ""
	switch {
	case m.Method != "REGISTER":
	case m.Get("Authorization") == "":
		status, more = "401 Unauthorized", "WWW-Authenticate: Digest realm=\"p\",nonce=\"n\"\r\n"
	default:
		more = "Expires: " + m.Get("Expires") + "\r\n"
		_, host, _ := strings.Cut(m.Get("Contact"), "@")
		host, _, _ = strings.Cut(host, ":")
		p.mu.Lock()
		p.asked++
		if m.Get("Expires") == "0" {
			delete(p.contacts, host)
		} else {
			p.contacts[host] = true
		}
		p.mu.Unlock()
	}
	return fmt.Sprintf("SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=p\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: 0\r\n\r\n",
		status, m.Get("Via"), m.Get("From"), m.Get("To"), m.Get("Call-ID"), m.Get("CSeq"), more)
}

// has are the nodes that are registered there.
func (p *nodesProvider) has(hosts ...string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range hosts {
		if !p.contacts[h] {
			return false
		}
	}
	return len(p.contacts) == len(hosts)
}

// Of all nodes one keeps a registration at a provider. It takes it back when another is to have it; when it
// dies another takes over.
func TestOneRegistrationForAllNodes(t *testing.T) {
	var p *nodesProvider
	register := "register => 555:pw@10.9.9.9\n"
	others := func(net *testkit.Network) { p = newNodesProvider(t, net.Listen, "10.9.9.9:5060") }
	inNodesWith(t, 3, nodeKit{sip: register, others: others}, func(n []*node) {
		defer p.conn.Close()
		keeper := func() (at *node, host string) {
			for _, x := range n {
				if x.sys != nil && strings.Contains(x.ask("sip show registry"), " Registered ") {
					if at != nil {
						t.Fatalf("%s and %s keep it", at.name, x.name)
					}
					at, host = x, x.addr.Addr().String()
				}
			}
			return at, host
		}
		within(t, 10*time.Second, "one node registers", func() bool { at, host := keeper(); return at != nil && p.has(host) })
		first, _ := keeper()
		for _, x := range n {
			x.says("cluster show leases", "register ", " "+first.name+" ", "555@10.9.9.9")
			if x != first {
				x.says("sip show registry", "AT "+first.name+" ")
			}
		}
		first.says("cluster drain", "takes no new calls")
		within(t, 10*time.Second, "another node registers", func() bool { at, host := keeper(); return at != nil && at != first && p.has(host) })
		second, host := keeper()
		first.says("sip show registry", "AT "+second.name+" ")

		second.kill()
		within(t, 20*time.Second, "the third node registers", func() bool {
			at, _ := keeper()
			return at != nil && at != first
		})
		third, other := keeper()
		if !p.has(host, other) { // the dead one's runs out by itself
			t.Errorf("the provider knows %v", p.contacts)
		}
		first.says("cluster join", "again")
		time.Sleep(5 * time.Second)
		if at, _ := keeper(); at != first && at != third {
			t.Error("nobody keeps it")
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.asked > 12 {
			t.Errorf("%d registrations", p.asked)
		}
	})
}
