package calls

import (
	"crypto/tls"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/cluster"
)

// nodeKeys makes certificates of nodes a, b, c and x that are good in virtual time.
func nodeKeys(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		if _, err := cluster.InitAuthority(dir, []string{"a", "b", "c", "x"}); err != nil {
			t.Fatal(err)
		}
	})
	return dir
}

// A visit goes over TLS as a call to a phone does.
func TestVisitOverTLS(t *testing.T) {
	kit := nodeKit{keys: nodeKeys(t), plan: "[inside]\ninclude => parkedcalls\n", files: nodesParking}
	inNodesWith(t, 2, kit, func(n []*node) {
		a, b := n[0], n[1]
		waiting, second := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1002", "two", "10.0.1.7:5060")
		defer waiting.Close()
		defer second.Close()
		one := reaches(t, waiting, "700")
		time.Sleep(3 * time.Second)
		two := reaches(t, second, "701")
		time.Sleep(2 * time.Second)
		talk(t, one, two)
		b.says("sip show tcp", "10.0.0.1:5062", "TLS")
		two.Hangup()
		within(t, 5*time.Second, "who was fetched is hung up", one.Over)
		if got := a.ask("cluster check"); strings.Contains(got, "SIP") {
			t.Error(got)
		}
	})
}

// A call finds its way when the connection between the nodes has been lost, and when the other node has begun anew; a token of its
// earlier run is answered 430.
func TestOverTLSAgain(t *testing.T) {
	inNodesWith(t, 2, nodeKit{keys: nodeKeys(t)}, func(n []*node) {
		a, b := n[0], n[1]
		from, to, out, in := across(t, n)
		defer from.Close()
		defer to.Close()
		in.Answer()
		if !out.Wait("200", 10*time.Second) {
			t.Fatal("not answered")
		}
		talk(t, out, in)
		_, record, _ := strings.Cut(in.Invite().Get("Record-Route"), "<")
		route, _, _ := strings.Cut(record, ">")
		b.world.stop()
		time.Sleep(2 * time.Second)
		b.run()
		time.Sleep(3 * time.Second)
		if status, _, err := to.Register(300); status != 200 {
			t.Fatalf("%d %v", status, err)
		}
		time.Sleep(time.Second)
		again := from.Dial("1002")
		second := answered(t, to)
		second.Answer()
		if !again.Wait("200", 10*time.Second) {
			t.Fatal("not answered after the other node has begun anew")
		}
		talk(t, again, second)
		again.Hangup()

		x := a.asNode(t, "a", b)
		defer x.Close()
		if got := x.ask(request("BYE", "sip:1002@10.0.1.7:5060", ";tag=1", route)); !strings.HasPrefix(got, "SIP/2.0 430") {
			t.Errorf("a token of the run before: %q", got)
		}
	})
}

// tlsNode is somebody who speaks SIP over TLS to a node.
type tlsNode struct{ *tls.Conn }

// asNode connects to the SIP of a node with the certificate of a name; nil: it was not let in.
func (x *node) asNode(t *testing.T, name string, to *node) *tlsNode {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(x.kit.keys+"/"+name+".crt", x.kit.keys+"/"+name+".key")
	if err != nil {
		t.Fatal(err)
	}
	return shows(t, x, to, pair)
}

func shows(t *testing.T, x, to *node, certificates ...tls.Certificate) *tlsNode {
	t.Helper()
	conn, err := x.net.DialStream(x.addr.Addr(), netip.AddrPortFrom(to.addr.Addr(), cluster.SIPPort))
	if err != nil {
		t.Fatal(err)
	}
	return &tlsNode{tls.Client(conn, &tls.Config{Certificates: certificates, InsecureSkipVerify: true})}
}

// ask sends a request, and is the first line of what comes back within five seconds; "" for nothing.
func (c *tlsNode) ask(text string) string {
	c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Write([]byte(text)); err != nil {
		return ""
	}
	buf := make([]byte, 4096)
	n, _ := c.Read(buf)
	line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
	return line
}

func request(method, target, tag, route string) string {
	w := &socket{addr: netip.MustParseAddrPort("10.0.0.1:5062")}
	text := strings.Replace(w.request(method, target, tag, route), "SIP/2.0/UDP", "SIP/2.0/TLS", 1)
	return strings.ReplaceAll(text, "\n", "\r\n") + "\r\n\r\n"
}

// Who has no certificate of the nodes' authority, or one of no node that is there, is not let in; over UDP nobody is a node.
func TestStrangersOverTLS(t *testing.T) {
	foreign := nodeKeys(t)
	inNodesWith(t, 2, nodeKit{keys: nodeKeys(t)}, func(n []*node) {
		a, b := n[0], n[1]
		from, to, out, in := across(t, n)
		defer from.Close()
		defer to.Close()
		in.Answer()
		if !out.Wait("200", 10*time.Second) {
			t.Fatal("not answered")
		}
		_, record, _ := strings.Cut(in.Invite().Get("Record-Route"), "<")
		route, _, _ := strings.Cut(record, ">")
		_, stale, _ := b.sys.Driver().PassedOn()
		bye := request("BYE", "sip:1002@10.0.1.7:5060", ";tag=1", route)
		other := a.kit.keys
		a.kit.keys = foreign
		for name, c := range map[string]*tlsNode{"another authority": a.asNode(t, "a", b), "no certificate": shows(t, a, b)} {
			if got := c.ask(bye); got != "" {
				t.Errorf("%s: %q", name, got)
			}
			c.Close()
		}
		a.kit.keys = other
		c := a.asNode(t, "x", b)
		if got := c.ask(bye); got != "" {
			t.Errorf("a node that is not there: %q", got)
		}
		c.Close()
		passed, _, _ := b.sys.Driver().PassedOn()
		for _, addr := range []string{"10.0.0.1:5062", "10.0.0.9:5060"} {
			u := b.socket(addr)
			u.sends(b.addr, u.request("BYE", "sip:1002@10.0.1.7:5060", ";tag=1", route))
			if got := u.hears(); !strings.HasPrefix(got, "SIP/2.0 481") {
				t.Errorf("over UDP from %s: %q", addr, got)
			}
		}
		if now, nowStale, _ := b.sys.Driver().PassedOn(); now != passed || nowStale != stale {
			t.Error("something of a stranger was passed on")
		}
		talk(t, out, in)
		if s := out.Hangup(); s != 200 {
			t.Errorf("BYE answered %d", s)
		}
	})
}

// A node without TLS is reached by those that have it where their cluster.conf says so, and by nobody else.
func TestPlainNode(t *testing.T) {
	for conf, want := range map[string]string{"": "503", "sipplain=yes\n": "200"} {
		t.Run(want, func(t *testing.T) {
			kit := nodeKit{keys: nodeKeys(t), nodes: conf}
			plain := func(i int, k *nodeKit) {
				if i == 1 {
					k.keys, k.nodes = "", ""
				}
			}
			inNodesWith(t, 2, nodeKit{keys: kit.keys, nodes: conf, each: plain}, func(n []*node) {
				a, b := n[0], n[1]
				from, to := a.registered("1001", "one", "10.0.0.7:5060"), b.registered("1002", "two", "10.0.1.7:5060")
				defer from.Close()
				defer to.Close()
				if want == "200" {
					if got := a.ask("cluster check"); strings.Contains(got, "SIP") {
						t.Error(got)
					}
					out := from.Dial("1002")
					in := answered(t, to)
					in.Answer()
					if !out.Wait("200", 10*time.Second) {
						t.Fatal("not answered")
					}
					talk(t, out, in)
					return
				}
				a.says("cluster check", "no way of SIP to node 'b'")
				out := from.Dial("1002")
				if !out.Wait("503", 10*time.Second) && !out.Over() {
					t.Error("the call goes on")
				}
				within(t, 5*time.Second, "the record", func() bool { return strings.Contains(a.cdr(), "CHANUNAVAIL") })
			})
		})
	}
}
